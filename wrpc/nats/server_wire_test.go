package wrpcnats_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// makeCall sends the first message of a call and returns R_s.
func (p *peer) makeCall(name, token string, params []byte) string {
	p.t.Helper()
	p.send(subject(name), p.inbox+"."+token, params)
	m := p.expect("."+token, "")
	if m.Reply == "" {
		p.t.Fatal("the handshake has no reply subject")
	}
	return m.Reply
}

func TestServedCallOnTheWire(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns), newPeer(t, ns)
	serveFunc(t, srv, "echo", echo(5))

	rs := p.makeCall("echo", "a", []byte("hello"))
	p.expect(".a.results", "hello")
	if m := p.expect(".a.results", ""); len(m.Header) > 0 {
		t.Errorf("the end of good results has headers: %v", m.Header)
	}
	p.send(rs+".params", "", nil)
	atRest(t, srv)

	t.Run("params byte by byte", func(t *testing.T) {
		rs := p.makeCall("echo", "b", nil)
		for _, b := range []byte("world") {
			p.send(rs+".params", "", []byte{b})
		}
		p.expect(".b.results", "world")
		p.expect(".b.results", "")
		p.send(rs+".params", "", nil)
		atRest(t, srv)
	})
	t.Run("params that end early", func(t *testing.T) {
		rs := p.makeCall("echo", "c", []byte("he"))
		p.send(rs+".params", "", nil)
		m := p.expect(".c.results", "")
		if got := m.Header.Get("Wrpc-Error"); got != "unexpected EOF" {
			t.Errorf("Wrpc-Error %q", got)
		}
		atRest(t, srv)
	})
	t.Run("params that end with an error", func(t *testing.T) {
		rs := p.makeCall("echo", "d", []byte("he"))
		p.send(rs+".params", "", nil, "Wrpc-Error", "the disk\nis full")
		m := p.expect(".d.results", "")
		if got := m.Header.Get("Wrpc-Error"); !strings.Contains(got, "the disk is full") {
			t.Errorf("Wrpc-Error %q", got)
		}
	})
}

// TestServerSurvivesOddCalls sends what no peer should.
func TestServerSurvivesOddCalls(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	var log syncBuffer
	srv := client(t, ns, wrpcnats.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	p := newPeer(t, ns)
	serveFunc(t, srv, "echo", echo(5))
	for _, reply := range []string{"", "a..b", "a.*", ">", strings.Repeat("x", 2000)} {
		p.send(subject("echo"), reply, []byte("hello"))
	}
	rs := p.makeCall("echo", "a", []byte("hel"))
	inbox := srv.InboxPrefix()
	for _, s := range []string{"x", "0123456789abcdef", "0123456789abcdef.params", rs[len(inbox):] + ".results", rs[len(inbox):] + ".params.x", rs[len(inbox):] + ".params.00", rs[len(inbox):]} {
		p.send(inbox+s, "", []byte("junk"))
	}
	p.send(rs+".params", "", []byte("lo"))
	p.expect(".a.results", "hello")
	p.expect(".a.results", "")
	p.send(rs+".params", "", []byte("more"))
	atRest(t, srv)
	eventually(t, "five calls are logged as dropped", func() bool { return strings.Count(log.String(), "call dropped") == 5 })
}

func TestSilentCaller(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns, wrpcnats.WithTimeout(50*time.Millisecond)), newPeer(t, ns)
	errs := make(chan error, 1)
	serveFunc(t, srv, "read", func(ctx context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		_, err := io.ReadAll(r)
		<-ctx.Done()
		if ctx.Err() != context.DeadlineExceeded {
			t.Errorf("the context ends with %v", ctx.Err())
		}
		errs <- err
	})
	p.makeCall("read", "a", []byte("and then nothing"))
	m := p.expect(".a.results", "")
	if got := m.Header.Get("Wrpc-Error"); !strings.HasPrefix(got, "deadline exceeded: waited ") {
		t.Errorf("Wrpc-Error %q", got)
	}
	wantCallError(t, receive(t, "the reader's error", errs), wrpc.PhaseHandler, wrpc.ErrDeadline)
	atRest(t, srv)
}

func TestRefusalOnTheWire(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	srv, p := client(t, ns, wrpcnats.WithMaxInFlight(1)), newPeer(t, ns)
	release := make(chan struct{})
	serveFunc(t, srv, "wait", func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
		<-release
		_ = w.Close()
	})
	p.makeCall("wait", "a", nil)
	p.makeCall("wait", "b", nil)
	for range 2 { // in case that the caller, one of another implementation, does not hear yet
		m := p.expect(".b.results", "")
		if got := m.Header.Get("Wrpc-Error"); got != "refused: 1 calls in flight" {
			t.Errorf("Wrpc-Error %q", got)
		}
	}
	const own = "0123456789abcdef" // a caller of this package hears
	p.send(subject("wait"), p.inbox+"."+own, nil)
	p.expect("."+own+".results", "")
	close(release)
	p.expect(".a.results", "")
	atRest(t, srv)
}

func TestChunksFitTheServer(t *testing.T) {
	t.Parallel()
	ns := startServer(t, func(o *server.Options) { o.MaxPayload = 1000 })
	srv, p := client(t, ns), newPeer(t, ns)
	serveFunc(t, srv, "echo", echo(3500))
	want := bytes.Repeat([]byte("0123456789"), 350)
	rs := p.makeCall("echo", "a", want[:1000])
	for _, chunk := range [][]byte{want[1000:1001], want[1001:2001], want[2001:]} {
		for len(chunk) > 0 {
			n := min(len(chunk), 1000)
			p.send(rs+".params", "", chunk[:n])
			chunk = chunk[n:]
		}
	}
	var got []byte
	for {
		m := p.next()
		if len(m.Data) == 0 {
			break
		}
		got = append(got, m.Data...)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}

// TestHandlerEnds covers every way a handler may end.
func TestHandlerEnds(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	var log syncBuffer
	srv := client(t, ns, wrpcnats.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	p := newPeer(t, ns)
	for i, test := range []struct {
		name    string
		handle  wrpc.HandleFunc
		results []string
		text    string
		logged  string
	}{
		{"returns", func(context.Context, wrpc.IndexWriteCloser, wrpc.IndexReadCloser) {}, nil, "", ""},
		{"closes twice", func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
			_ = w.Close()
			_ = w.Close()
			_ = wrpc.CloseWithError(w, io.ErrClosedPipe)
		}, nil, "", ""},
		{"writes in small parts", func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
			_ = w.WriteByte('a')
			_ = w.WriteByte('b')
			_, _ = w.Write([]byte("c"))
			_ = w.WriteByte('d')
		}, []string{"abcd"}, "", ""},
		{"panics", func(context.Context, wrpc.IndexWriteCloser, wrpc.IndexReadCloser) {
			panic("secret")
		}, nil, "the handler panicked", "panic=secret stack="},
		{"panics after results", func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
			_, _ = w.Write([]byte("half"))
			panic(io.ErrNoProgress)
		}, nil, "the handler panicked", "multiple Read calls return no data"},
		{"fails", func(_ context.Context, w wrpc.IndexWriteCloser, r wrpc.IndexReadCloser) {
			_ = wrpc.CloseWithError(w, fmt.Errorf("line one\r\nline \x00two %s", strings.Repeat("é", 3000)))
		}, nil, "line one line two " + strings.Repeat("é", 503), "source-id=tester"},
	} {
		name := fmt.Sprint("f", i)
		serveFunc(t, srv, name, test.handle)
		p.send(subject(name), p.inbox+"."+name, nil, "source-id", "tester")
		p.expect("."+name, "")
		for _, data := range test.results {
			p.expect("."+name+".results", data)
		}
		if got := p.expect("."+name+".results", "").Header.Get("Wrpc-Error"); got != test.text {
			t.Errorf("%s: Wrpc-Error %q, want %q", test.name, got, test.text)
		}
		if test.logged != "" {
			eventually(t, test.name+" is logged", func() bool { return strings.Contains(log.String(), test.logged) })
		}
	}
	atRest(t, srv)
	if n := strings.Count(log.String(), "\n"); n != 3 {
		t.Errorf("%d lines logged, want one for each failure:\n%s", n, log.String())
	}
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
