package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
)

const (
	reportEvery = time.Minute // at most one message about failed exports of a collector in this time
	patience    = time.Second // an attempt that has no answer after this time counts as failed when the provider stops
	maxReason   = 512         // bytes of a reason in a message: collectors answer with whole pages
)

// errLost is what a stop reports when not all could be sent.
var errLost = errors.New("the collector did not answer in time: the last telemetry is lost")

// collector is the connection to an OTLP collector, shared by the signals that go there, and what is known of how it
// fares. All methods may be called concurrently.
type collector struct {
	connection
	http *http.Transport  // one of the two
	conn *grpc.ClientConn //
	log  *slog.Logger     // not bridged: a message about lost telemetry must not become telemetry

	mu        sync.Mutex
	last      uint64                        // number of the last export or attempt
	exports   map[uint64]context.CancelFunc // what runs
	attempts  map[uint64]time.Time          // what is under way to the collector, and since when
	down      bool                          // the last attempt was not answered
	stopping  bool
	abandoned bool      // nothing is sent any more
	lost      bool      // something was not sent because of that
	reported  time.Time // when a failed export was told last
	failed    int       // exports since then
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

// close ends the connection. All exports have ended.
func (c *collector) close() error {
	var err error
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
	if c.conn != nil {
		err = c.conn.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost {
		err = errors.Join(errLost, err)
	}
	return err
}
