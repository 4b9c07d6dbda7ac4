package wrpcnats_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

const (
	prefix   = "default.x"
	instance = "test:calls/api"
)

// startServer runs a NATS server inside the test.
func startServer(t testing.TB, opts ...func(*server.Options)) *server.Server {
	t.Helper()
	return natstest.Server(t, opts...)
}

// connect returns a connection that the test closes.
func connect(t testing.TB, ns *server.Server, opts ...nats.Option) *nats.Conn {
	t.Helper()
	return natstest.Connect(t, ns, opts...)
}

// client returns a client on a connection of its own.
func client(t testing.TB, ns *server.Server, opts ...wrpcnats.ClientOpt) *wrpcnats.Client {
	t.Helper()
	return wrpcnats.NewClient(connect(t, ns), append([]wrpcnats.ClientOpt{wrpcnats.WithPrefix(prefix)}, opts...)...)
}

// eventually waits until cond holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	timeout := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited 10 s: %s", what)
		}
	}
}

// atRest waits until the clients hold nothing any more.
func atRest(t testing.TB, clients ...*wrpcnats.Client) {
	t.Helper()
	for _, c := range clients {
		eventually(t, "calls are still registered or bytes counted", func() bool {
			calls, bytes := c.Held()
			return calls == 0 && bytes == 0 && c.InFlight() == 0
		})
	}
}

// receive returns what comes next on ch.
func receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("waited 10 s for %s", what)
		panic("unreachable")
	}
}

// serveFunc serves one function until the test ends.
func serveFunc(t testing.TB, c *wrpcnats.Client, name string, f wrpc.HandleFunc) {
	t.Helper()
	stop, err := c.Serve(instance, name, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// call makes a call with whole params and returns the results.
func call(ctx context.Context, c *wrpcnats.Client, name string, params []byte) ([]byte, error) {
	w, r, err := c.Invoke(ctx, instance, name, params)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := w.Close(); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// echo answers with n bytes of its params.
func echo(n int) wrpc.HandleFunc {
	return func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		buf := make([]byte, n)
		if _, err := io.ReadFull(r, buf); err != nil {
			_ = wrpc.CloseWithError(w, err)
			return
		}
		if _, err := w.Write(buf); err != nil {
			_ = wrpc.CloseWithError(w, err)
			return
		}
		_ = w.Close()
	}
}

// peer is the other side of calls, written by the wire's description and not by this package.
type peer struct {
	t     testing.TB
	nc    *nats.Conn
	inbox string
	msgs  chan *nats.Msg // everything below inbox
	seen  map[string]int // how often each handshake came, by R_s
}

func newPeer(t testing.TB, ns *server.Server) *peer {
	t.Helper()
	p := &peer{t: t, nc: connect(t, ns), msgs: make(chan *nats.Msg, 1<<16), seen: map[string]int{}}
	p.inbox = p.nc.NewInbox()
	if _, err := p.nc.ChanSubscribe(p.inbox+".>", p.msgs); err != nil {
		t.Fatal(err)
	}
	p.flush()
	return p
}

// subject is the call subject of a function.
func subject(name string) string { return prefix + ".wrpc.0.0.1." + instance + "." + name }

// serves receives the calls of a function.
func (p *peer) serves(name string) <-chan *nats.Msg {
	p.t.Helper()
	calls := make(chan *nats.Msg, 1024)
	if _, err := p.nc.ChanSubscribe(subject(name), calls); err != nil {
		p.t.Fatal(err)
	}
	p.flush()
	return calls
}

func (p *peer) flush() {
	p.t.Helper()
	if err := p.nc.Flush(); err != nil {
		p.t.Fatal(err)
	}
}

// send publishes; kv is a header.
func (p *peer) send(subject, reply string, data []byte, kv ...string) {
	p.t.Helper()
	m := &nats.Msg{Subject: subject, Reply: reply, Data: data}
	if len(kv) > 0 {
		m.Header = nats.Header{kv[0]: {kv[1]}}
	}
	if err := p.nc.PublishMsg(m); err != nil {
		p.t.Fatal(err)
	}
}

// next is the next message below the inbox. Handshakes that are made again are counted and left out.
func (p *peer) next() *nats.Msg {
	p.t.Helper()
	for {
		m := receive(p.t, "a message of the other side", p.msgs)
		if m.Reply == "" {
			return m
		}
		if p.seen[m.Reply]++; p.seen[m.Reply] == 1 {
			return m
		}
	}
}

// expect is next, which must be on inbox+suffix.
func (p *peer) expect(suffix, data string) *nats.Msg {
	p.t.Helper()
	m := p.next()
	if m.Subject != p.inbox+suffix || string(m.Data) != data {
		p.t.Fatalf("got %q on %s, want %q on %s", m.Data, m.Subject, data, p.inbox+suffix)
	}
	return m
}
