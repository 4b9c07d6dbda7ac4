package wrpcnats_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// gate is a handler whose calls enter together, and end when it is opened.
type gate struct {
	entered, open chan struct{}
}

func newGate() gate { return gate{entered: make(chan struct{}, 1<<10), open: make(chan struct{})} }

func (g gate) handle(_ context.Context, w wrpc.IndexWriteCloser, _ wrpc.IndexReadCloser) {
	g.entered <- struct{}{}
	<-g.open
	_, _ = w.Write([]byte("done"))
}

// callsAtOnce makes n calls of g's function and lets them go when all are there.
func callsAtOnce(t *testing.T, c *wrpcnats.Client, g gate, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if got, err := call(t.Context(), c, "gate", []byte("params")); string(got) != "done" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	for range n {
		receive(t, "the calls", g.entered)
	}
	close(g.open)
	wg.Wait()
}

// TestWorkersAreReused: a goroutine that has served a call serves the next, as many are kept as have served at a time, and
// they end when nobody needs them, and with the serving.
func TestWorkersAreReused(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	c := client(t, ns)
	idle := func(t *testing.T, srv *wrpcnats.Client, want int) {
		t.Helper()
		eventually(t, "workers wait for calls", func() bool { return srv.IdleWorkers() == want })
	}
	srv := client(t, ns)
	g := newGate()
	serveFunc(t, srv, "gate", g.handle)
	serveFunc(t, srv, "echo", echo(1))
	for range 10 {
		if _, err := call(t.Context(), c, "echo", []byte("x")); err != nil {
			t.Fatal(err)
		}
		idle(t, srv, 1)
	}
	callsAtOnce(t, c, g, 10)
	idle(t, srv, 10)
	idle(t, srv, 0) // after a while
	if _, err := call(t.Context(), c, "echo", []byte("x")); err != nil {
		t.Fatal(err)
	}
	idle(t, srv, 1)
	if err := srv.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if n := srv.IdleWorkers(); n != 0 {
		t.Errorf("%d workers wait after Stop", n)
	}

	nc := connect(t, ns)
	srv = wrpcnats.NewClient(nc, wrpcnats.WithPrefix(prefix))
	g = newGate()
	if _, err := srv.Serve(instance, "gate", g.handle); err != nil {
		t.Fatal(err)
	}
	callsAtOnce(t, c, g, 200)
	idle(t, srv, 200)
	nc.Close()
	idle(t, srv, 0)
}

// TestHandlerEndsItsGoroutine: the call ends, as if the handler had returned, and others are served.
func TestHandlerEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns), client(t, ns)
	serveFunc(t, srv, "exit", func(context.Context, wrpc.IndexWriteCloser, wrpc.IndexReadCloser) { runtime.Goexit() })
	for range 3 {
		if got, err := call(t.Context(), c, "exit", nil); len(got) != 0 || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	atRest(t, srv, c)
	if n := srv.IdleWorkers(); n != 0 {
		t.Errorf("%d workers, but each goroutine was ended", n)
	}
}

// TestSlowHandlerIsShaken: a caller of this package gets the handshake also when nothing asks for it.
func TestSlowHandlerIsShaken(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns), newPeer(t, ns)
	g := newGate()
	serveFunc(t, srv, "gate", g.handle)
	const token = "fedcba9876543210" // as this package makes them
	rs := p.makeCall("gate", token, nil)
	close(g.open)
	p.expect("."+token+".results", "done")
	p.expect("."+token+".results", "")
	p.send(rs+".params", "", nil)
	atRest(t, srv)
	if p.seen[rs] != 1 {
		t.Errorf("%d handshakes", p.seen[rs])
	}
}
