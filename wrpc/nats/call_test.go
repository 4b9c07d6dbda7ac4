package wrpcnats_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// wantCallError checks the phase and reason of a call's error.
func wantCallError(t testing.TB, err error, phase wrpc.Phase, reason error) {
	t.Helper()
	var call *wrpc.CallError
	if !errors.As(err, &call) {
		t.Fatalf("%v is no *wrpc.CallError", err)
	}
	if call.Phase != phase || !errors.Is(err, reason) || call.Function == "" {
		t.Errorf("got %v (phase %s), want phase %s, %v", err, call.Phase, phase, reason)
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns), client(t, ns)
	serveFunc(t, srv, "echo", func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		var head [8]byte
		if _, err := r.Read(head[:]); err != nil {
			t.Error(err)
		}
		_ = r.Close() // before the results are written, as old bindings do
		_, _ = w.Write(head[:])
		_ = w.Close()
	})
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 50 {
				want := binary.LittleEndian.AppendUint64(nil, uint64(i)<<32|uint64(j))
				if got, err := call(t.Context(), c, "echo", want); !bytes.Equal(got, want) || err != nil {
					t.Errorf("got %x, %v, want %x", got, err, want)
				}
			}
		})
	}
	wg.Wait()
	atRest(t, srv, c)
}

// TestLargeValues sends values of many messages both ways.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns), client(t, ns)
	stop, err := wrpc.ServeFuncs(srv, instance, wrpc.Func{Name: "double", Handle: func(_ context.Context, p wrpc.Decoder, r wrpc.Encoder) error {
		b := p.At(0).Bytes()
		r.At(0).Bytes(append(b, b...))
		return p.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	for range 3 {
		var got []byte
		err := wrpc.Call(t.Context(), c, instance, "double", func(e wrpc.Encoder) { e.At(0).Bytes(want) }, func(d wrpc.Decoder) { got = d.At(0).Bytes() })
		if err != nil || len(got) != 2*len(want) || !bytes.Equal(got[len(want):], want) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	atRest(t, srv, c)
}

// TestRefusal overloads a server: the calls beyond its limit fail at once, the others are served.
func TestRefusal(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns, wrpcnats.WithMaxInFlight(8)), client(t, ns)
	release := make(chan struct{})
	serveFunc(t, srv, "wait", func(_ context.Context, w wrpc.IndexWriteCloser, _ wrpc.IndexReadCloser) {
		<-release
		_, _ = w.Write([]byte("served"))
	})
	answers := make(chan answer, 20)
	for range 20 {
		go func() {
			data, err := call(t.Context(), c, "wait", nil)
			answers <- answer{data, err}
		}()
	}
	for range 12 {
		wantCallError(t, receive(t, "a refusal", answers).err, wrpc.PhaseRequest, wrpc.ErrRefused)
	}
	close(release)
	for range 8 {
		if got := receive(t, "an answer", answers); string(got.data) != "served" || got.err != nil {
			t.Errorf("got %q, %v", got.data, got.err)
		}
	}
	atRest(t, srv, c)
}

// TestAsManyAsAdmitted: callers that keep as many calls in flight as a server takes are never refused.
func TestAsManyAsAdmitted(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	const callers = 4
	srv, c := client(t, ns, wrpcnats.WithMaxInFlight(callers)), client(t, ns)
	serveFunc(t, srv, "echo", echo(1))
	answers := make(chan answer, callers)
	for range callers {
		go func() {
			var last answer
			for range 500 {
				if last.data, last.err = call(t.Context(), c, "echo", []byte("x")); last.err != nil {
					break
				}
			}
			answers <- last
		}()
	}
	for range callers {
		if got := receive(t, "a caller's last answer", answers); got.err != nil {
			t.Error(got.err)
		}
	}
	atRest(t, srv, c)
}

// TestHeadersOfCalls has a handler that calls on: nothing of its caller's headers is passed on by itself.
func TestHeadersOfCalls(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns), client(t, ns)
	if _, ok := wrpcnats.HeaderFromContext(wrpcnats.ContextWithHeader(t.Context(), nats.Header{"a": {"b"}})); ok {
		t.Error("outgoing headers are taken for incoming ones")
	}
	seen := make(chan nats.Header, 2)
	see := func(ctx context.Context) {
		h, ok := wrpcnats.HeaderFromContext(ctx)
		if !ok {
			t.Error("a served call has no headers")
		}
		seen <- h
	}
	serveFunc(t, srv, "outer", func(ctx context.Context, w wrpc.IndexWriteCloser, _ wrpc.IndexReadCloser) {
		see(ctx)
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a served call has no deadline")
		}
		derived, cancel := context.WithCancel(context.WithValue(ctx, struct{ k int }{}, 1))
		defer cancel()
		if _, err := call(derived, srv, "inner", nil); err != nil {
			t.Error(err)
		}
	})
	serveFunc(t, srv, "inner", func(ctx context.Context, w wrpc.IndexWriteCloser, _ wrpc.IndexReadCloser) { see(ctx) })
	want := nats.Header{"source-id": {"me"}, "X": {"1", "2"}}
	if _, err := call(wrpcnats.ContextWithHeader(t.Context(), want), c, "outer", nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, receive(t, "the outer headers", seen)); diff != "" {
		t.Error(diff)
	}
	if h := receive(t, "the inner headers", seen); len(h) > 0 {
		t.Errorf("headers passed on: %v", h)
	}
	atRest(t, srv, c)
}

// TestInterceptors checks order, what they see and may change, and that each learns the outcome once.
func TestInterceptors(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	var log syncBuffer
	interceptor := func(name string) wrpcnats.ClientOpt {
		side := func(side string) func(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
			return func(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
				fmt.Fprintf(&log, "%s %s %s %s %v\n", name, side, call.Prefix, call.Function, call.Header["h"])
				if side == "invoke" {
					call.Header["h"] = append(call.Header["h"], name)
				}
				return ctx, func(err error) {
					reason := "ok"
					if err != nil {
						reason = err.Error()
					}
					fmt.Fprintf(&log, "%s %s ended: %s\n", name, side, reason)
				}
			}
		}
		return wrpcnats.WithInterceptor(wrpcnats.Interceptor{Serve: side("serve"), Invoke: side("invoke")})
	}
	none := func(context.Context, *wrpcnats.CallInfo) (context.Context, func(error)) {
		return context.Background(), nil
	}
	srv := client(t, ns, interceptor("s1"), wrpcnats.WithInterceptor(wrpcnats.Interceptor{}), interceptor("s2"))
	c := client(t, ns, interceptor("c1"), wrpcnats.WithInterceptor(wrpcnats.Interceptor{Invoke: none})).View(interceptor("c2"))
	serveFunc(t, srv, "good", echo(1))
	serveFunc(t, srv, "bad", func(_ context.Context, w wrpc.IndexWriteCloser, _ wrpc.IndexReadCloser) {
		_ = wrpc.CloseWithError(w, errors.New("no good"))
	})
	header := nats.Header{"h": {"mine"}}
	ctx := wrpcnats.ContextWithHeader(t.Context(), header)
	if _, err := call(ctx, c, "good", []byte("x")); err != nil {
		t.Error(err)
	}
	wants := func(name string, want ...string) {
		t.Helper()
		for _, line := range want {
			eventually(t, name+" logs "+line, func() bool { return strings.Count(log.String(), line+"\n") == 1 })
		}
	}
	wants("good",
		"c1 invoke default.x good [mine]", "c2 invoke default.x good [mine c1]",
		"s1 serve default.x good [mine c1 c2]\ns2 serve default.x good [mine c1 c2]",
		"s2 serve ended: ok\ns1 serve ended: ok", "c2 invoke ended: ok", "c1 invoke ended: ok")
	if len(header["h"]) != 1 {
		t.Errorf("the caller's own headers were changed: %v", header)
	}
	log = syncBuffer{}
	if _, err := call(t.Context(), c, "bad", nil); err == nil {
		t.Error("no error")
	}
	wants("bad", "s1 serve ended: "+instance+".bad: handler: no good", "c1 invoke ended: "+instance+".bad: handler: handler failed: no good")
	log = syncBuffer{}
	if _, err := call(t.Context(), c, "nobody", nil); err == nil {
		t.Error("no error")
	}
	wants("nobody", "c2 invoke ended: "+instance+".nobody: request: "+wrpc.ErrNoResponders.Error())
	atRest(t, srv, c)
}

func TestViews(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	root := client(t, ns)
	serveFunc(t, root, "echo", echo(1))
	other := root.View(wrpcnats.WithPrefix("default.other"))
	serveFunc(t, other, "echo", func(_ context.Context, w wrpc.IndexWriteCloser, _ wrpc.IndexReadCloser) {
		_, _ = w.Write([]byte("other"))
	})
	for c, want := range map[*wrpcnats.Client]string{root: "x", other: "other", other.View(wrpcnats.WithPrefix(prefix)): "x"} {
		if got, err := call(t.Context(), c, "echo", []byte("x")); string(got) != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if got, want := other.InboxPrefix(), root.InboxPrefix(); got != want {
		t.Errorf("a view has an inbox of its own: %s, not %s", got, want)
	}
}
