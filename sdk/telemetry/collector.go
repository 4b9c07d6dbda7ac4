package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	reportEvery = time.Minute // at most one message about failed exports of a collector in this time
	patience    = time.Second // an attempt that has no answer after this time counts as failed when the provider stops
	maxReason   = 512         // bytes of a reason in a message: collectors answer with whole pages
	dialTimeout = 10 * time.Second
	idleTimeout = 90 * time.Second
)

// errLost is what a stop reports when not all could be sent.
var errLost = errors.New("the collector did not answer in time: the last telemetry is lost")

// collector is the connection to an OTLP collector, shared by the signals that go there, and what is known of how it
// fares. All methods may be called concurrently.
type collector struct {
	connection
	transport *http.Transport
	log       *slog.Logger // not bridged: a message about lost telemetry must not become telemetry

	mu        sync.Mutex
	open      map[net.Conn]struct{}
	last      uint64                        // number of the last export or attempt
	exports   map[uint64]context.CancelFunc // what runs
	attempts  map[uint64]time.Time          // what is under way to the collector, and since when
	down      bool                          // the last attempt was not answered
	stopping  bool
	closed    bool
	abandoned bool      // nothing is sent any more
	lost      bool      // something was not sent because of that
	reported  time.Time // when a failed export was told last
	failed    int       // exports since then
}

// newCollector prepares a connection. Nothing is dialled before something is sent.
func newCollector(e *environment, c connection) *collector {
	out := &collector{
		connection: c,
		log:        e.log,
		open:       make(map[net.Conn]struct{}),
		exports:    make(map[uint64]context.CancelFunc),
		attempts:   make(map[uint64]time.Time),
	}
	out.transport = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         out.dial,
		TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout:     idleTimeout,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true, // of answers, which are short
	}
	if c.secure {
		out.transport.TLSClientConfig = e.tlsConfig(c)
	}
	if c.grpc { // is HTTP/2, also without TLS
		out.transport.Protocols = new(http.Protocols)
		out.transport.Protocols.SetHTTP2(c.secure)
		out.transport.Protocols.SetUnencryptedHTTP2(!c.secure)
		// Else a connection whose other end has vanished would be tried for ever.
		out.transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: dialTimeout, PingTimeout: dialTimeout}
	}
	return out
}

// dial keeps hold of the connection for close: the transport closes idle ones only, and one whose request has just been
// cancelled is not idle yet.
func (c *collector) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	c.open[conn] = struct{}{}
	return &ownedConn{Conn: conn, collector: c}, nil
}

// ownedConn is a connection that its collector closes when nobody else has.
type ownedConn struct {
	net.Conn
	collector *collector
}

// Close closes the connection.
func (o *ownedConn) Close() error {
	o.collector.mu.Lock()
	delete(o.collector.open, o.Conn)
	o.collector.mu.Unlock()
	return o.Conn.Close()
}

// export runs send, whose errors are told rather than returned: what OpenTelemetry does with an error is process-wide.
// The context of send ends when the collector is abandoned.
func (c *collector) export(ctx context.Context, s signal, send func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.mu.Lock()
	if c.abandoned {
		c.lost = true
		c.mu.Unlock()
		return
	}
	c.last++
	number := c.last
	c.exports[number] = cancel
	c.mu.Unlock()

	err := send(ctx)

	c.mu.Lock()
	delete(c.exports, number)
	cut := err != nil && ctx.Err() == context.Canceled // abandoned, or broken off to send more at the stop
	c.lost = c.lost || cut && c.abandoned
	c.mu.Unlock()
	if err != nil && !cut {
		c.report(s, err)
	}
}

// report tells that an export failed, at most once in reportEvery.
func (c *collector) report(s signal, err error) {
	c.mu.Lock()
	c.failed++
	failed, now := c.failed, time.Now()
	if !c.reported.IsZero() && now.Sub(c.reported) < reportEvery {
		c.mu.Unlock()
		return
	}
	c.reported, c.failed = now, 0
	c.mu.Unlock()
	reason := err.Error()
	c.log.Warn("telemetry lost", "signal", string(s), "collector", c.host,
		"reason", reason[:min(len(reason), maxReason)], "failed_exports", failed)
}

// outcome is what an attempt to send something tells of the collector.
type outcome int

const (
	answered   outcome = iota // with an error, perhaps
	unanswered                // or told to come back later
	undecided                 // broken off by this side
)

// attempt notes that something is under way to the collector; ended must be called with what became of it.
func (c *collector) attempt() (ended func(outcome)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	number := c.last
	c.attempts[number] = time.Now()
	return func(o outcome) {
		c.mu.Lock()
		delete(c.attempts, number)
		if o != undecided {
			c.down = o == unanswered
		}
		abandon := c.stopping && c.down
		c.mu.Unlock()
		if abandon {
			c.abandon()
		}
	}
}

// stop makes the next failed attempt the last. A collector that is known not to answer is abandoned at once.
func (c *collector) stop() {
	c.mu.Lock()
	c.stopping = true
	abandon := c.down
	for _, since := range c.attempts {
		abandon = abandon || time.Since(since) > patience
	}
	c.mu.Unlock()
	if abandon {
		c.abandon()
	}
}

// abandon ends all exports, and each later one at once.
func (c *collector) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandoned = true
	for _, cancel := range c.exports {
		cancel()
	}
}

// close ends the connection, and returns an error when something was lost in the stop. All exports have ended.
func (c *collector) close() error {
	c.transport.CloseIdleConnections()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.open {
		_ = conn.Close() // nothing is under way any more that could miss it
	}
	if c.lost {
		return fmt.Errorf("%s: %w", c.host, errLost)
	}
	return nil
}
