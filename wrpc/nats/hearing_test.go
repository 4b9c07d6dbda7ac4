package wrpcnats_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// TestForeignCallerHearsLate plays a caller that has lost the first handshake: it gets another one, and the results not
// before it has answered that.
func TestForeignCallerHearsLate(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns), newPeer(t, ns)
	serveFunc(t, srv, "echo", echo(5))

	p.send(subject("echo"), p.inbox+".a", []byte("hello"))
	lost := receive(t, "the first handshake", p.msgs)
	again := receive(t, "the second handshake", p.msgs)
	if lost.Reply == "" || again.Reply != lost.Reply || again.Subject != lost.Subject {
		t.Fatalf("after the handshake from %q came %q from %q", lost.Reply, again.Data, again.Reply)
	}
	p.send(again.Reply+".params", "", nil)
	p.expect(".a.results", "hello")
	p.expect(".a.results", "")
	atRest(t, srv)
}

// TestForeignCallerIsLazy: who ends the params after the results has them all the same.
func TestForeignCallerIsLazy(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns), newPeer(t, ns)
	serveFunc(t, srv, "echo", echo(5))

	rs := p.makeCall("echo", "a", []byte("hello"))
	p.expect(".a.results", "hello")
	p.expect(".a.results", "")
	p.send(rs+".params", "", nil)
	atRest(t, srv)
	if p.seen[rs] < 2 {
		t.Error("the handshake was not made again")
	}
}

// TestOwnCallerHears: this package's client gets one handshake, together with the results.
func TestOwnCallerHears(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns), newPeer(t, ns)
	serveFunc(t, srv, "echo", echo(5))

	const token = ".0123456789abcdef" // as this package makes them
	rs := p.makeCall("echo", token[1:], []byte("hello"))
	p.expect(token+".results", "hello")
	p.expect(token+".results", "")
	p.send(rs+".params", "", nil)
	atRest(t, srv)
	if p.seen[rs] != 1 {
		t.Errorf("%d handshakes", p.seen[rs])
	}
}

// TestTimeoutBoundsContext: a context that ends later does not make a call longer than the client's deadline.
func TestTimeoutBoundsContext(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	p := newPeer(t, ns)
	p.serves("silent")
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	err := wrpc.Call(ctx, client(t, ns, wrpcnats.WithTimeout(50*time.Millisecond)), instance, "silent", nil, nil)
	if !errors.Is(err, wrpc.ErrDeadline) || ctx.Err() != nil {
		t.Errorf("call: %v, context: %v", err, ctx.Err())
	}
}
