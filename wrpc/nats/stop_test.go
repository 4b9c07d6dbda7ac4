package wrpcnats_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

func TestStopWaitsForRunningCalls(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns), client(t, ns)
	entered, release := make(chan struct{}, 1000), make(chan struct{})
	serveFunc(t, srv, "wait", func(ctx context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		entered <- struct{}{}
		<-release
		iw, err := w.Index(0)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = w.Write([]byte("done"))
		_ = w.Close()
		go func() { // results go on after the handler has returned
			_, _ = iw.Write([]byte("later"))
			if ctx.Err() != nil {
				t.Errorf("the context ended before the results: %v", ctx.Err())
			}
			_ = iw.Close()
		}()
	})
	w, r, err := c.Invoke(t.Context(), instance, "wait", nil)
	if err != nil {
		t.Fatal(err)
	}
	r0, err := r.Index(0)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	receive(t, "the call", entered)
	if n := srv.InFlight(); n != 1 {
		t.Errorf("%d in flight", n)
	}
	var stops sync.WaitGroup
	for range 3 {
		stops.Go(func() {
			if err := srv.Stop(t.Context()); err != nil {
				t.Errorf("stop: %v", err)
			}
		})
	}
	eventually(t, "nobody serves any more", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := call(ctx, c, "wait", nil)
		return errors.Is(err, wrpc.ErrNoResponders)
	})
	close(release)
	for want, r := range map[string]io.ReadCloser{"done": r, "later": r0} {
		if data, err := io.ReadAll(r); string(data) != want || err != nil {
			t.Errorf("got %q, %v, want %q", data, err, want)
		}
		_ = r.Close()
	}
	stops.Wait()
	if _, err := srv.Serve(instance, "more", echo(0)); !errors.Is(err, wrpc.ErrClosed) {
		t.Errorf("serve after stop: %v", err)
	}
	if err := srv.Start(); !errors.Is(err, wrpc.ErrClosed) {
		t.Errorf("start after stop: %v", err)
	}
	atRest(t, srv, c)
}

func TestStopCancelsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns), client(t, ns)
	entered := make(chan struct{})
	serveFunc(t, srv, "hang", func(ctx context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		close(entered)
		<-ctx.Done()
		if ctx.Err() != context.Canceled {
			t.Errorf("the context ends with %v", ctx.Err())
		}
		if _, err := w.Write([]byte("x")); !errors.Is(err, wrpc.ErrClosed) {
			t.Errorf("write after the end: %v", err)
		}
	})
	done := start(t.Context(), c, "hang", nil)
	receive(t, "the call", entered)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := srv.Stop(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 calls were in flight") {
		t.Errorf("stop: %v", err)
	}
	var handler *wrpc.HandlerError
	if got := receive(t, "the caller's error", done); !errors.As(got.err, &handler) || !strings.HasPrefix(handler.Text, "stopping") {
		t.Errorf("the caller is told %v", got.err)
	}
	atRest(t, srv, c)
	if err := srv.Stop(t.Context()); err != nil {
		t.Errorf("second stop: %v", err)
	}
}

func TestHeldServing(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, c := client(t, ns, wrpcnats.WithHeldServing()), client(t, ns)
	serveFunc(t, srv, "a", echo(1))
	serveFunc(t, srv.View(wrpcnats.WithPrefix("default.y")), "b", echo(1))
	dropped, err := srv.Serve(instance, "c", echo(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(dropped(), dropped()); err != nil {
		t.Error(err)
	}
	_, err = call(t.Context(), c, "a", []byte("x"))
	wantCallError(t, err, wrpc.PhaseRequest, wrpc.ErrNoResponders)
	if err := errors.Join(srv.Start(), srv.Start()); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]*wrpcnats.Client{"a": c, "b": c.View(wrpcnats.WithPrefix("default.y"))} {
		if got, err := call(t.Context(), at, name, []byte("x")); string(got) != "x" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	_, err = call(t.Context(), c, "c", []byte("x"))
	wantCallError(t, err, wrpc.PhaseRequest, wrpc.ErrNoResponders)
	serveFunc(t, srv, "d", echo(1)) // no longer held
	if got, err := call(t.Context(), c, "d", []byte("x")); string(got) != "x" || err != nil {
		t.Errorf("d: %q, %v", got, err)
	}
}

// TestStartUndoesItsFirstHalf makes one of the subscriptions impossible.
func TestStartUndoesItsFirstHalf(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	nc := connect(t, ns)
	srv := wrpcnats.NewClient(nc, wrpcnats.WithPrefix(prefix), wrpcnats.WithHeldServing())
	for i := range 5 {
		serveFunc(t, srv, fmt.Sprint("f", i), echo(0))
	}
	serveFunc(t, srv.View(wrpcnats.WithGroup("no group")), "bad", echo(0))
	if err := srv.Start(); err == nil {
		t.Fatal("started with a queue group of two words")
	}
	c := client(t, ns)
	eventually(t, "no function is served", func() bool {
		for i := range 5 {
			if _, err := call(t.Context(), c, fmt.Sprint("f", i), nil); !errors.Is(err, wrpc.ErrNoResponders) {
				return false
			}
		}
		return true
	})
}

// TestRollingStop replaces three servers of a queue group in turn while they are called: no call may be lost.
func TestRollingStop(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	newServer := func() *wrpcnats.Client {
		srv := client(t, ns)
		if _, err := srv.Serve(instance, "echo", echo(5)); err != nil {
			t.Fatal(err)
		}
		return srv
	}
	servers := []*wrpcnats.Client{newServer(), newServer(), newServer()}
	c := client(t, ns)
	var (
		made     atomic.Int64
		callers  sync.WaitGroup
		finished = make(chan struct{})
	)
	for range 16 {
		callers.Go(func() {
			for {
				select {
				case <-finished:
					return
				default:
				}
				if got, err := call(t.Context(), c, "echo", []byte("hello")); string(got) != "hello" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
				made.Add(1)
			}
		})
	}
	for range 4 {
		for i := range servers {
			before := made.Load()
			eventually(t, "calls go on", func() bool { return made.Load() > before+20 })
			next := newServer()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if err := servers[i].Stop(ctx); err != nil {
				t.Errorf("stop: %v", err)
			}
			cancel()
			if n := servers[i].InFlight(); n != 0 {
				t.Errorf("%d calls in flight after stop", n)
			}
			servers[i] = next
		}
	}
	close(finished)
	callers.Wait()
	atRest(t, append(servers, c)...)
}

func TestServeFailures(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	nc := connect(t, ns)
	for name, serve := range map[string]func() (func() error, error){
		"bad prefix": func() (func() error, error) {
			return wrpcnats.NewClient(nc, wrpcnats.WithPrefix("a..b")).Serve(instance, "f", echo(0))
		},
		"no instance": func() (func() error, error) { return wrpcnats.NewClient(nc).Serve("", "f", echo(0)) },
		"wildcard":    func() (func() error, error) { return wrpcnats.NewClient(nc).Serve(instance, "*", echo(0)) },
		"no handler":  func() (func() error, error) { return wrpcnats.NewClient(nc).Serve(instance, "f", nil) },
		"closed": func() (func() error, error) {
			c := wrpcnats.NewClient(nc)
			_ = c.Close()
			return c.Serve(instance, "f", echo(0))
		},
	} {
		if _, err := serve(); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := wrpcnats.NewClient(nc).Invoke(t.Context(), "a b", "f", nil)
	if err == nil {
		t.Error("an instance with a blank is called")
	}

	srv := wrpcnats.NewClient(nc)
	stop, err := srv.Serve(instance, "f", echo(0))
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	if err := errors.Join(stop(), stop(), srv.Stop(t.Context()), srv.Close()); err != nil {
		t.Errorf("stop after the connection has closed: %v", err)
	}
	_, err = call(t.Context(), srv, "f", nil)
	wantCallError(t, err, wrpc.PhaseRequest, wrpc.ErrClosed)
	_, err = call(t.Context(), wrpcnats.NewClient(nc), "f", nil)
	wantCallError(t, err, wrpc.PhaseRequest, nats.ErrConnectionClosed)
}
