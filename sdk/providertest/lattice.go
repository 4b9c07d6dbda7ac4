package providertest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// patience bounds every wait. It is long, because a test that waits for it has failed already.
const patience = 10 * time.Second

// Lattice is a lattice of its own, for one test. Its methods are safe for concurrent use, but those that can end the
// test are to be called from the test's goroutine.
type Lattice struct {
	tb   testing.TB
	name string
	host *nats.Conn // the connection of the hosts

	mu      sync.Mutex
	server  *server.Server
	options server.Options
	running map[string]int // instances of each provider id
}

// Option is an option of [New].
type Option func(*Lattice)

// Named gives the lattice another name than "default".
func Named(name string) Option {
	return func(l *Lattice) { l.name = name }
}

// MaxPayload sets how many bytes a NATS message may have. The server's own default is 1 MiB.
func MaxPayload(bytes int32) Option {
	return func(l *Lattice) { l.options.MaxPayload = bytes }
}

// New starts a lattice that lives as long as the test. Its NATS server listens on a free port of 127.0.0.1.
func New(tb testing.TB, options ...Option) *Lattice {
	tb.Helper()
	l := &Lattice{
		tb:      tb,
		name:    "default",
		running: make(map[string]int),
		options: server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true},
	}
	for _, option := range options {
		option(l)
	}
	if err := l.startServer(); err != nil {
		tb.Fatalf("start the NATS server: %v", err)
	}
	tb.Cleanup(l.close)
	host, err := nats.Connect(l.URL(), nats.Name("host"), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		tb.Fatalf("connect the host: %v", err)
	}
	l.host = host
	return l
}

// startServer starts the server, on the same port as before if there was one.
func (l *Lattice) startServer() error {
	options := l.options
	s, err := server.NewServer(&options)
	if err != nil {
		return err
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		s.Shutdown()
		return fmt.Errorf("not ready on port %d within %v", l.options.Port, patience)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server = s
	l.options.Port = options.Port
	return nil
}

// Name returns the lattice's name, which begins the subjects of its calls.
func (l *Lattice) Name() string { return l.name }

// URL returns the address of the NATS server.
func (l *Lattice) URL() string { return "nats://" + l.address() }

// address is URL without the scheme.
func (l *Lattice) address() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return net.JoinHostPort(l.options.Host, strconv.Itoa(l.options.Port))
}

// Conn returns the NATS connection of the lattice's hosts, for what this package has no method for. The lattice closes it.
func (l *Lattice) Conn() *nats.Conn { return l.host }

// RestartServer ends the NATS server, so that every connection is lost, and starts it again at the same address. It
// returns when the hosts are connected again; providers and components reconnect by themselves.
func (l *Lattice) RestartServer() {
	l.tb.Helper()
	l.mu.Lock()
	s := l.server
	l.mu.Unlock()
	s.Shutdown()
	s.WaitForShutdown()
	if err := l.startServer(); err != nil {
		l.tb.Fatalf("start the NATS server again: %v", err)
	}
	l.await("the host's connection to be back", func() bool { return l.host.IsConnected() })
}

// await polls for what has no event to wait for.
func (l *Lattice) await(what string, reached func() bool) {
	l.tb.Helper()
	if !poll(patience, reached) {
		l.tb.Fatalf("waited %v for %s", patience, what)
	}
}

// poll asks often until reached says yes, and reports whether it did in time.
func poll(limit time.Duration, reached func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !reached() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return reached()
		}
	}
	return true
}

// close ends the lattice, after everything on it has ended in its own clean-up.
func (l *Lattice) close() {
	if l.host != nil {
		l.host.Close()
	}
	l.mu.Lock()
	s := l.server
	l.mu.Unlock()
	if !poll(time.Second, func() bool { return s.NumClients() == 0 }) {
		l.tb.Errorf("connections left open: %v", connections(s))
	}
	s.Shutdown()
	s.WaitForShutdown()
}

// connections names those that the server still has, with the number of their subscriptions.
func connections(s *server.Server) []string {
	open, err := s.Connz(nil)
	if err != nil {
		return []string{err.Error()}
	}
	var names []string
	for _, conn := range open.Conns {
		names = append(names, fmt.Sprintf("%q (%d subscriptions)", conn.Name, conn.NumSubs))
	}
	return names
}
