package wrpcnats_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// answer is what a made call came to.
type answer struct {
	data []byte
	err  error
}

// start makes a call in the background.
func start(ctx context.Context, c *wrpcnats.Client, name string, params []byte) <-chan answer {
	done := make(chan answer, 1)
	go func() {
		data, err := call(ctx, c, name, params)
		done <- answer{data, err}
	}()
	return done
}

func TestMadeCallOnTheWire(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	c, p := client(t, ns), newPeer(t, ns)
	calls := p.serves("f")

	done := start(t.Context(), c, "f", []byte("params"))
	m := receive(t, "the call", calls)
	if string(m.Data) != "params" || m.Reply == "" || len(m.Header) > 0 {
		t.Fatalf("call %q, reply %q, headers %v", m.Data, m.Reply, m.Header)
	}
	p.send(m.Reply, p.inbox+".s", nil)
	p.expect(".s.params", "")
	for _, b := range []byte("one by one") {
		p.send(m.Reply+".results", "", []byte{b})
	}
	p.send(m.Reply+".results", "", nil)
	if got := receive(t, "the results", done); string(got.data) != "one by one" || got.err != nil {
		t.Errorf("got %q, %v", got.data, got.err)
	}
	atRest(t, c)
	// All of this is too late, or never was.
	for _, suffix := range []string{"", ".results", ".results.0", ".params", ".x"} {
		p.send(m.Reply+suffix, p.inbox+".t", []byte("late"))
		p.send(m.Reply[:len(m.Reply)-1]+"z"+suffix, p.inbox+".t", nil)
	}
	p.send(c.InboxPrefix()+"short", "", nil)

	t.Run("results before everything else", func(t *testing.T) {
		done := start(t.Context(), c, "f", nil)
		m := receive(t, "the call", calls)
		p.send(m.Reply+".results", "", []byte("early"))
		p.send(m.Reply+".results", "", nil)
		if got := receive(t, "the results", done); string(got.data) != "early" || got.err != nil {
			t.Errorf("got %q, %v", got.data, got.err)
		}
		atRest(t, c)
	})
	t.Run("no results", func(t *testing.T) {
		done := start(t.Context(), c, "f", nil)
		m := receive(t, "the call", calls)
		p.send(m.Reply, p.inbox+".n", nil)
		p.send(m.Reply, p.inbox+".again", nil)
		p.send(m.Reply+".results", "", nil)
		if got := receive(t, "the results", done); len(got.data) != 0 || got.err != nil {
			t.Errorf("got %q, %v", got.data, got.err)
		}
		p.expect(".n.params", "")
		atRest(t, c)
	})
	t.Run("given up before the handshake", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w, r, err := c.Invoke(ctx, instance, "f", []byte("x"))
		if err := errors.Join(err, w.Close(), r.Close()); err != nil {
			t.Fatal(err)
		}
		cancel()
		m := receive(t, "the call", calls)
		p.send(m.Reply, p.inbox+".g", nil)
		p.expect(".g.params", "") // the end of the params is sent nevertheless
		atRest(t, c)
	})
}

func TestLargeParamsOnTheWire(t *testing.T) {
	t.Parallel()
	const most = 1000
	ns := startServer(t, func(o *server.Options) { o.MaxPayload = most })
	c, p := client(t, ns), newPeer(t, ns)
	calls := p.serves("f")
	header := nats.Header{"Source-Id": {"someone"}, "many": {strings.Repeat("a", 300), "b"}}
	ctx := wrpcnats.ContextWithHeader(t.Context(), header)
	want := bytes.Repeat([]byte("0123456789"), 350)
	done := start(ctx, c, "f", want)

	m := receive(t, "the call", calls)
	if m.Header["many"][1] != "b" || m.Header["Source-Id"][0] != "someone" {
		t.Errorf("headers %v", m.Header)
	}
	if free := most - 400; len(m.Data) < free {
		t.Errorf("%d bytes in the first message, which has room for more than %d", len(m.Data), free)
	}
	got := bytes.Clone(m.Data)
	p.send(m.Reply, p.inbox+".s", nil)
	for {
		m := p.next()
		if m.Subject != p.inbox+".s.params" {
			t.Fatalf("message on %s", m.Subject)
		}
		if len(m.Data) == 0 {
			break
		}
		got = append(got, m.Data...)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrived, want %d", len(got), len(want))
	}
	p.send(m.Reply+".results", "", nil)
	if got := receive(t, "the results", done); got.err != nil {
		t.Error(got.err)
	}

	header["many"] = []string{strings.Repeat("a", most)}
	_, err := call(ctx, c, "f", nil)
	wantCallError(t, err, wrpc.PhaseParams, wrpc.ErrTooLarge)
	atRest(t, c)
}

// TestSilentServer covers a peer that falls silent at each step.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	ns := startServer(t, func(o *server.Options) { o.MaxPayload = 1000 })
	const timeout = time.Second
	c, p := client(t, ns, wrpcnats.WithTimeout(timeout)), newPeer(t, ns)
	for i, test := range []struct {
		name   string
		params int
		answer func(m *nats.Msg)
		phase  wrpc.Phase
		waits  string
	}{
		{"no handshake", 1, func(*nats.Msg) {}, wrpc.PhaseRequest, "for the peer to accept the call"},
		{"no handshake, large params", 5000, func(*nats.Msg) {}, wrpc.PhaseRequest, "for the peer to accept the call"},
		{"no results", 1, func(m *nats.Msg) { p.send(m.Reply, p.inbox+".s", nil) }, wrpc.PhaseResults, "for the results"},
		{"no results, large params", 5000, func(m *nats.Msg) { p.send(m.Reply, p.inbox+".s", nil) }, wrpc.PhaseResults, "for the results"},
		{"half of the results", 1, func(m *nats.Msg) {
			p.send(m.Reply, p.inbox+".s", nil)
			p.send(m.Reply+".results", "", []byte("half"))
		}, wrpc.PhaseResults, "for the results"},
	} {
		for _, fromContext := range []bool{false, true} {
			name := fmt.Sprintf("f%d-%t", i, fromContext)
			calls := p.serves(name)
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				ctx := t.Context()
				if fromContext {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, timeout)
					defer cancel()
				}
				begin := time.Now()
				done := start(ctx, c, name, make([]byte, test.params))
				test.answer(receive(t, "the call", calls))
				got := receive(t, "the error", done)
				wantCallError(t, got.err, test.phase, wrpc.ErrDeadline)
				if !errors.Is(got.err, context.DeadlineExceeded) || !strings.Contains(got.err.Error(), test.waits) {
					t.Error(got.err)
				}
				if took := time.Since(begin); took < timeout-10*time.Millisecond {
					t.Errorf("took %v", took)
				}
				atRest(t, c)
			})
		}
	}
}

func TestCancelledCall(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	c, p := client(t, ns), newPeer(t, ns)
	calls := p.serves("f")
	cause := errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := start(ctx, c, "f", nil)
	receive(t, "the call", calls)
	cancel(cause)
	err := receive(t, "the error", done).err
	wantCallError(t, err, wrpc.PhaseRequest, context.Canceled)
	if !errors.Is(err, cause) {
		t.Errorf("the cause is lost: %v", err)
	}
	_, err = call(ctx, c, "f", nil)
	wantCallError(t, err, wrpc.PhaseRequest, cause)
	atRest(t, c)
}

// TestPeersErrors covers what a peer may answer instead of results.
func TestPeersErrors(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	c, p := client(t, ns, wrpcnats.WithMaxValue(1000)), newPeer(t, ns)
	calls := p.serves("f")
	for _, test := range []struct {
		name   string
		answer func(results string)
		data   string
		phase  wrpc.Phase
		reason error
		text   string
	}{
		{"error without data", func(s string) { p.send(s, "", nil, "Wrpc-Error", "no such\tkey") }, "", wrpc.PhaseHandler, nil, "no such key"},
		{"error after data", func(s string) {
			p.send(s, "", []byte("some"))
			p.send(s, "", nil, "Wrpc-Error", "gave up")
		}, "some", wrpc.PhaseHandler, nil, "gave up"},
		{"empty error", func(s string) { p.send(s, "", nil, "Wrpc-Error", "") }, "", wrpc.PhaseHandler, nil, ""},
		{"refusal", func(s string) { p.send(s, "", nil, "Wrpc-Error", "refused: full") }, "", wrpc.PhaseRequest, wrpc.ErrRefused, ""},
		{"too much", func(s string) { p.send(s, "", make([]byte, 1001)) }, "", wrpc.PhaseResults, wrpc.ErrTooLarge, ""},
		{"too much in pieces", func(s string) {
			for range 1001 {
				p.send(s, "", []byte("x"))
			}
		}, "*", wrpc.PhaseResults, wrpc.ErrTooLarge, ""},
	} {
		done := start(t.Context(), c, "f", nil)
		m := receive(t, "the call", calls)
		p.send(m.Reply, p.inbox+".s", nil)
		p.expect(".s.params", "")
		test.answer(m.Reply + ".results")
		got := receive(t, test.name, done)
		var handler *wrpc.HandlerError
		switch {
		case test.reason == nil && (!errors.As(got.err, &handler) || handler.Text != test.text):
			t.Errorf("%s: got %v", test.name, got.err)
		case test.reason == nil:
			test.reason = handler
		}
		wantCallError(t, got.err, test.phase, test.reason)
		if test.data != "*" && string(got.data) != test.data {
			t.Errorf("%s: data %q", test.name, got.data)
		}
		atRest(t, c)
	}
}

func TestNoHandshake(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	c, p := client(t, ns), newPeer(t, ns)
	calls := p.serves("f")

	for _, params := range []int{0, 2 << 20} {
		begin := time.Now()
		_, err := call(t.Context(), c, "nobody", make([]byte, params))
		wantCallError(t, err, wrpc.PhaseRequest, wrpc.ErrNoResponders)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v to learn that nobody serves", took)
		}
	}
	for _, reply := range []string{"", "a.>", strings.Repeat("long", 1000)} {
		done := start(t.Context(), c, "f", nil)
		p.send(receive(t, "the call", calls).Reply, reply, []byte("not a handshake"))
		wantCallError(t, receive(t, "the error", done).err, wrpc.PhaseRequest, wrpc.ErrMalformed)
	}
	// Refused while the large params wait to be sent.
	done := start(t.Context(), c, "f", make([]byte, 2<<20))
	p.send(receive(t, "the call", calls).Reply+".results", "", nil, "Wrpc-Error", "refused: stopping")
	wantCallError(t, receive(t, "the error", done).err, wrpc.PhaseRequest, wrpc.ErrRefused)
	atRest(t, c)
}

// TestPendingResults covers the order in which pending results may arrive.
func TestPendingResults(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	c, p := client(t, ns), newPeer(t, ns)
	calls := p.serves("f")
	w, r, err := c.Invoke(t.Context(), instance, "f", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := receive(t, "the call", calls)
	results := m.Reply + ".results"
	p.send(m.Reply, p.inbox+".s", nil)
	p.send(results+".0.1", "", []byte("before "))
	p.send(results+".0", "", nil) // an intermediate path, as Rust sends them
	p.send(results, "", []byte("root"))
	p.send(results+".0.1", "", []byte("between"))
	p.send(results+".0.4294967295.2", "", nil)
	p.send(results+".0.3", "", []byte("x"))
	p.send(results+".0.3", "", nil, "Wrpc-Error", "half-way")
	p.send(results, "", nil)
	p.send(results+".0.1", "", []byte(" after"))
	p.send(results+".0.1", "", nil)
	p.send(results+".7", "", []byte("never opened"))

	read := func(r io.Reader) string {
		t.Helper()
		data, err := io.ReadAll(r)
		if err != nil {
			return string(data) + ": " + err.Error()
		}
		return string(data)
	}
	if got := read(r); got != "root" {
		t.Errorf("root: %q", got)
	}
	r0, err := r.Index(0)
	if err != nil {
		t.Fatal(err)
	}
	r01, err := r0.Index(1)
	if err != nil {
		t.Fatal(err)
	}
	r03, err := r.Index(0, 3)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := r0.Index(3); err != nil || same != r03 {
		t.Errorf("two readers of one path: %v", err)
	}
	if same, err := r01.Index(); err != nil || same != r01 {
		t.Errorf("the empty path is not the reader itself: %v", err)
	}
	if _, err := r.Index(make([]uint32, 33)...); err == nil {
		t.Error("a path of any depth is taken")
	}
	if err := errors.Join(r.Close(), r.Close(), w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	p.expect(".s.params", "")
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, wrpc.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, wrpc.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
	if got := read(r01); got != "before between after" {
		t.Errorf("pending value: %q", got)
	}
	if got := read(r0); got != "" {
		t.Errorf("intermediate path: %q", got)
	}
	if got := read(r03); got != "x: "+instance+".f: handler: handler failed: half-way" {
		t.Errorf("failed pending value: %q", got)
	}
	if calls, _ := c.Held(); calls != 1 {
		t.Errorf("%d calls in flight while readers are open", calls)
	}
	if err := errors.Join(r01.Close(), r0.Close(), r03.Close()); err != nil {
		t.Error(err)
	}
	atRest(t, c)
	if _, err := r01.Index(5); !errors.Is(err, wrpc.ErrClosed) {
		t.Errorf("a reader is opened in a call that has ended: %v", err)
	}
}
