package guide

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	"github.com/wrpc/wrpc/go/internal/guide/client/example/shelf/shelf"
	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// start serves a shelf for the length of the test, and returns a connection to call it on.
func start(t *testing.T) *nats.Conn {
	t.Helper()
	ns := natstest.Server(t)
	serving := natstest.Connect(t, ns)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, serving) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	conn := natstest.Connect(t, ns)
	target := wrpcnats.NewClient(conn, wrpcnats.WithPrefix("default.shelf"))
	for {
		_, err := shelf.Entries(t.Context(), target)
		if err == nil {
			return conn
		}
		if !errors.Is(err, wrpc.ErrNoResponders) { // not yet
			t.Fatal(err)
		}
	}
}

func TestShelf(t *testing.T) {
	t.Parallel()
	conn := start(t)
	target := wrpcnats.NewClient(conn, wrpcnats.WithPrefix("default.shelf"))
	text := strings.Repeat("all work and no play ", 10_000)
	if err := put(t.Context(), target, "novel", text); err != nil {
		t.Fatal(err)
	}
	got, err := get(t.Context(), target, "novel")
	if err != nil || got != text {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, len(text))
	}
	var trouble *shelf.Trouble
	_, err = get(t.Context(), target, "other")
	if !errors.As(err, &trouble) || trouble.Discriminant() != shelf.TroubleMissing {
		t.Errorf("get of what is not there: %v", err)
	}
	if err := put(t.Context(), target, "too long", strings.Repeat(text, 10)); !errors.As(err, &trouble) {
		t.Errorf("put of too much: %v", err)
	}
	var out bytes.Buffer
	if err := list(t.Context(), conn, &out); err != nil || out.String() != "novel 210000\n" {
		t.Errorf("listed %q, %v", &out, err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	ns := natstest.Server(t)
	_, err := get(t.Context(), wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.nobody")), "x")
	tests := []struct {
		err  error
		want string
	}{
		{err, "not called: try again later"},
		{&wrpc.HandlerError{Text: "out of paper"}, "the handler failed: out of paper"},
		{wrpc.ErrDeadline, "perhaps called: try again only what may happen twice"},
		{&wrpc.CallError{Function: "get", Phase: wrpc.PhaseResults, Err: wrpc.ErrMalformed}, "phase results of get"},
		{errors.New("other"), "not an error of a call"},
	}
	for _, tt := range tests {
		if got := explain(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

// TestReadme asserts that each block of code in the module's README stands in this package, which is compiled and run.
func TestReadme(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	for _, name := range []string{"wit/shelf.wit", "guide.go", "serve.go", "call.go"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(data)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```(?:go|wit)\n(.*?)^```$").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 6 {
		t.Errorf("%d blocks of code found", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(sources.String(), block[1]) {
			t.Errorf("not in the code of this package:\n%s", block[1])
		}
	}
}
