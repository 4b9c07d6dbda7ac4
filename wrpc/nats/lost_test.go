package wrpcnats_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// restart ends a NATS server and returns what starts one at the same address.
func restart(t *testing.T, ns *server.Server) func() *server.Server {
	t.Helper()
	port := ns.Addr().(*net.TCPAddr).Port
	ns.Shutdown()
	ns.WaitForShutdown()
	return func() *server.Server {
		return startServer(t, func(o *server.Options) { o.Port = port })
	}
}

func TestConnectionLoss(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	ownersHandler := make(chan struct{}, 10)
	nc := connect(t, ns, nats.DisconnectErrHandler(func(*nats.Conn, error) { ownersHandler <- struct{}{} }))
	srv, c := client(t, ns, wrpcnats.WithTimeout(3*time.Second)), wrpcnats.NewClient(nc, wrpcnats.WithPrefix(prefix))
	entered, readErr := make(chan struct{}, 2), make(chan error, 1)
	serveFunc(t, srv, "hang", func(ctx context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		entered <- struct{}{}
		if _, err := r.ReadByte(); err != io.EOF { // params that never come
			readErr <- err
		}
		<-ctx.Done()
	})
	serveFunc(t, srv, "echo", echo(5))
	done := start(t.Context(), c, "hang", nil)
	receive(t, "the call", entered)
	w, r, err := c.Invoke(t.Context(), instance, "hang", nil)
	if err != nil {
		t.Fatal(err)
	}
	iw, err := w.Index(0)
	if err != nil {
		t.Fatal(err)
	}
	ir, err := r.Index(0)
	if err != nil {
		t.Fatal(err)
	}
	receive(t, "the call", entered)
	if _, err := iw.Write([]byte("x")); err != nil { // after the handshake
		t.Fatal(err)
	}

	back := restart(t, ns)
	receive(t, "the owner's handler", ownersHandler)
	begin := time.Now()
	wantCallError(t, receive(t, "the error", done).err, wrpc.PhaseResults, wrpc.ErrDisconnected)
	_, err = ir.ReadByte()
	wantCallError(t, err, wrpc.PhaseResults, wrpc.ErrDisconnected)
	_, err = iw.Write([]byte("x"))
	wantCallError(t, err, wrpc.PhaseResults, wrpc.ErrDisconnected)
	wantCallError(t, receive(t, "the handler's error", readErr), wrpc.PhaseParams, wrpc.ErrDisconnected)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v to notice", took)
	}

	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = call(short, c, "echo", []byte("hello"))
	wantCallError(t, err, wrpc.PhaseRequest, wrpc.ErrDeadline)
	waiting := start(t.Context(), c, "echo", []byte("hello"))
	eventually(t, "the call waits", func() bool { calls, _ := c.Held(); return calls > 0 })
	back()
	got := receive(t, "the call that waited for the connection", waiting)
	// The server's own connection may be back later than ours.
	if string(got.data) != "hello" && !errors.Is(got.err, wrpc.ErrNoResponders) {
		t.Errorf("got %q, %v", got.data, got.err)
	}
	eventually(t, "calls succeed again", func() bool {
		got, err := call(t.Context(), c, "echo", []byte("hello"))
		return err == nil && string(got) == "hello"
	})
	atRest(t, srv, c)
}

func TestConnectionClosedDuringCall(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	for _, end := range []func(*nats.Conn){(*nats.Conn).Close, func(nc *nats.Conn) { _ = nc.Drain() }} {
		nc := connect(t, ns)
		c, p := wrpcnats.NewClient(nc, wrpcnats.WithPrefix(prefix)), newPeer(t, ns)
		calls := p.serves("f")
		done := start(t.Context(), c, "f", nil)
		receive(t, "the call", calls)
		end(nc)
		wantCallError(t, receive(t, "the error", done).err, wrpc.PhaseRequest, wrpc.ErrDisconnected)
		atRest(t, c)
		_, err := call(t.Context(), c, "f", nil)
		wantCallError(t, err, wrpc.PhaseRequest, wrpc.ErrClosed)
		p.nc.Close()
	}
}

func TestClose(t *testing.T) {
	ns := startServer(t)
	nc := connect(t, ns)
	p := newPeer(t, ns)
	calls := p.serves("silent")
	base := runtime.NumGoroutine()
	for range 3 {
		c := wrpcnats.NewClient(nc, wrpcnats.WithPrefix(prefix))
		entered := make(chan struct{})
		_, err := c.Serve(instance, "hang", func(ctx context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
			close(entered)
			<-ctx.Done()
		})
		if err != nil {
			t.Fatal(err)
		}
		silent, hang := start(t.Context(), c, "silent", nil), start(t.Context(), c, "hang", nil)
		receive(t, "the call", calls)
		receive(t, "the call", entered)
		if err := errors.Join(c.Close(), c.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
		wantCallError(t, receive(t, "the error", silent).err, wrpc.PhaseResults, wrpc.ErrClosed)
		if err := receive(t, "the error", hang).err; err == nil {
			t.Error("a call survives Close")
		}
		atRest(t, c)
	}
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= base })
}
