package wrpcnats

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// Client calls functions of peers and serves functions to them over one NATS connection, which stays its owner's. It is
// safe for concurrent use. There is no useful zero value: see [NewClient].
type Client struct {
	config
	*shared
}

var (
	_ wrpc.Invoker = (*Client)(nil)
	_ wrpc.Server  = (*Client)(nil)
)

// shared is what a client and its Views have in common.
type shared struct {
	conn        *nats.Conn
	epoch       time.Time // what all times in calls are measured from
	maxServed   int
	maxBuffered int64
	buffered    atomic.Int64 // bytes that wait for their readers, of maxBuffered
	made        atomic.Int64 // calls made that are in flight
	refusals    atomic.Int64 // that are sent once more
	telling     atomic.Int64 // made calls that have ended and whose interceptors are being told

	calls table
	inbox inbox
	link  link

	sender sender
	soon   soon

	runMu   sync.Mutex
	running sync.WaitGroup // the goroutines of this package, those of calls being served excepted
	closed  bool
	quit    chan struct{} // closed with closed

	serving serving
}

// NewClient returns a client on conn. It opens nothing before the first call is made or served.
func NewClient(conn *nats.Conn, opts ...ClientOpt) *Client {
	cfg := defaultConfig().with(opts)
	s := &shared{
		conn:        conn,
		epoch:       time.Now(),
		maxServed:   cfg.maxInFlight,
		maxBuffered: cfg.clientBuffer,
		quit:        make(chan struct{}),
	}
	s.inbox.prefix = conn.NewInbox() + "."
	s.serving.held = cfg.held
	return &Client{config: cfg, shared: s}
}

// View returns a client that differs by opts: another prefix or queue group, other deadlines, further interceptors. It
// is cheap: connection, inbox, limits, Start and Stop are those of c.
func (c *Client) View(opts ...ClientOpt) *Client {
	return &Client{config: c.config.with(opts), shared: c.shared}
}

// now is the time since the client was made.
func (s *shared) now() time.Duration { return time.Since(s.epoch) }

// charge counts bytes that wait for their readers, or no longer do when n is negative. It counts nothing and tells so
// when they would be too many.
func (s *shared) charge(n int) bool {
	if s.buffered.Add(int64(n)) > s.maxBuffered && n > 0 {
		s.buffered.Add(int64(-n))
		return false
	}
	return true
}

// spawn runs f in a goroutine that Close waits for; it refuses when the client is closed.
func (s *shared) spawn(f func()) bool {
	s.runMu.Lock()
	defer s.runMu.Unlock()
	if s.closed {
		return false
	}
	s.running.Go(f)
	return true
}
