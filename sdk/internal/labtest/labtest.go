// Package labtest has what the tests of a provider need around it: a NATS server, connections to it, and a log to wait for.
package labtest

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Patience bounds every wait of a test. It is long because the race detector and a busy machine are slow; no test takes it.
const Patience = 20 * time.Second

// Server starts a NATS server on a free port of 127.0.0.1, which ends with the test.
func Server(t testing.TB, options ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true}
	for _, option := range options {
		option(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(Patience) {
		t.Fatal("nats-server did not start")
	}
	return s
}

// Port lets [Server] listen on that port: where an earlier server was, for those who reconnect to it.
func Port(port int) func(*server.Options) {
	return func(o *server.Options) { o.Port = port }
}

// Connect returns a connection as a host has one, which is closed when the test ends.
func Connect(t testing.TB, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// Log collects what a provider logs, and lets a test wait for a text in it. It is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed by the next Write
}

// NewLog returns an empty log.
func NewLog() *Log { return &Log{changed: make(chan struct{})} }

// Write adds to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(p)
}

// String returns all of the log.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// WaitFor waits until the log holds text, and fails the test when it never does.
func (l *Log) WaitFor(t testing.TB, text string) {
	t.Helper()
	deadline := time.After(Patience)
	for {
		l.mu.Lock()
		found, changed := strings.Contains(l.text.String(), text), l.changed
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("the log never said %q:\n%s", text, l)
		}
	}
}
