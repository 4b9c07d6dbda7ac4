package wrpcnats

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// side is the half of a call that differs between made and served calls.
type side interface {
	// target returns the subject of the root value that is sent, and makes sure that it may be sent to: a made call waits
	// for it, a served one makes the handshake first.
	target() (string, error)
	// prompt is called before a reader waits for data, and when that of a pending value is opened.
	prompt() error
	// remind is called when the call's timer runs, and returns after how long it wants to be called again; 0 is never.
	remind() time.Duration
	// closeRoot sends the end of the root value, with the cause when it is not whole.
	closeRoot(cause error) error
	// closeLater takes over the end of the root value and what still waits to be sent of it, if it can.
	closeLater() bool
	// valueFailed is told once for each value that was ended as failed by its own side.
	valueFailed(cause error)
	// waitsFor tells the phase of the call and what it waits for. The call's mutex is held.
	waitsFor() (wrpc.Phase, string)
	// rootEnded is called when the root value that arrives has ended. The call's mutex is held.
	rootEnded()
	// lingers tells whether the call goes on though nobody uses it any more. The call's mutex is held.
	lingers() bool
	// failed is called once when the call has failed as a whole. It may send, so the inbox does not call it.
	failed(err error)
	// over is called once when the call has ended: nothing is left that could use it.
	over(outcome error)
}

// call is what made and served calls have in common: the values that arrive, the deadlines, and what keeps the call in
// flight.
type call struct {
	client             *Client
	side               side
	instance, function string
	token              uint64
	phase              wrpc.Phase // of the values that arrive
	rootCounts         bool       // whether the root reader keeps the call in flight
	started            time.Duration
	deadline           time.Duration // until the root results are in; 0: the context's

	mu        sync.Mutex
	root      stream
	streams   map[string]*stream   // what is pending, by index path; nil until there is something
	unopened  int                  // how many of streams nobody has opened
	empties   int                  // how many of those have ended without data
	writer    writer               // of the root
	writers   map[*writer]struct{} // the open ones of pending values; nil until there is one
	parts     int                  // open readers and writers, and the handler: the call ends with the last
	accepted  bool                 // the handshake was received, or is this side's own to make
	settled   bool                 // the root results are in, or sent: from now on each stream has a deadline of its own
	settledAt time.Duration
	ended     bool
	err       error // why the call has failed as a whole
	outcome   error // what interceptors are told
	timer     *time.Timer
	timerAt   time.Duration
}

// maxUnopened is how many values of one call may arrive before somebody opens them. What they hold is bounded by the
// client's buffer.
const (
	maxUnopened = 4 << 10
	maxEmpties  = maxUnopened / 4
)

func (c *call) setToken(token uint64) { c.token = token }

func (c *call) init(client *Client, side side, instance, function string) {
	c.client, c.side = client, side
	c.instance, c.function = instance, function
	c.root.init(c, "")
	c.root.opened = true
	c.writer.c = c
	c.started = client.now()
}

// wrap says in which call and phase err happened.
func (c *call) wrap(phase wrpc.Phase, err error) error {
	return &wrpc.CallError{Instance: c.instance, Function: c.function, Phase: phase, Err: err}
}

// deliver takes a message of a value. It is called by the inbox and waits for nobody.
func (c *call) deliver(path string, msg *nats.Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.err != nil {
		return
	}
	s := &c.root
	if path != "" {
		if s = c.arriving(path, msg); s == nil {
			return
		}
	}
	if len(msg.Data) > 0 {
		s.push(msg.Data)
		return
	}
	s.finish(c.endOf(msg))
}

// endOf returns what the ending message of a value means.
func (c *call) endOf(msg *nats.Msg) error {
	text, ok := errorText(msg.Header)
	if !ok {
		return io.EOF
	}
	phase, err := peerError(text)
	return c.wrap(phase, err)
}

// arriving returns the stream of a message, which may come before anyone has opened it; nil drops the message.
//
// Rust sends empty messages on intermediate paths, too, one for each element of a stream: they end values that nobody
// opens, so only some are kept.
func (c *call) arriving(path string, msg *nats.Msg) *stream {
	if s := c.streams[path]; s != nil {
		return s
	}
	empty := len(msg.Data) == 0 && len(msg.Header) == 0
	if c.unopened >= maxUnopened || empty && c.empties >= maxEmpties || !c.client.charge(streamCost) {
		return nil
	}
	s := c.addStream(path)
	s.cost = streamCost
	c.unopened++
	if s.empty = empty; empty {
		c.empties++
	}
	return s
}

func (c *call) addStream(path string) *stream {
	s := new(stream)
	s.init(c, path)
	if c.streams == nil {
		c.streams = make(map[string]*stream)
	}
	c.streams[path] = s
	return s
}

// open returns the reader of a pending value.
func (c *call) open(path string) (*stream, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.usable(); err != nil {
		return nil, err
	}
	s := c.streams[path]
	switch {
	case s == nil:
		s = c.addStream(path)
	case s.opened:
		return s, nil
	default:
		c.unopened--
		if s.empty {
			c.empties--
		}
		s.uncharge(streamCost)
	}
	s.opened = true
	s.last = c.client.now()
	c.parts++
	if c.settled {
		c.arm(s.last + c.client.idleTimeout())
	}
	return s, nil
}

// usable tells why nothing can be opened or written any more. c.mu is held.
func (c *call) usable() error {
	if c.err != nil {
		return c.err
	}
	if c.ended {
		return c.wrap(c.phase, fmt.Errorf("the call has ended: %w", wrpc.ErrClosed))
	}
	return nil
}

// settle begins the time of the idle deadlines: the root results are in, or sent. c.mu is held.
func (c *call) settle() {
	if c.settled {
		return
	}
	c.settled = true
	c.settledAt = c.client.now()
	for _, s := range c.streams {
		if s.opened && !s.released {
			c.arm(c.settledAt + c.client.idleTimeout())
			return
		}
	}
}

// rootEnded is called when the root value that arrives has ended. c.mu is held.
func (c *call) rootEnded() {
	if err := c.root.end; err != io.EOF && c.outcome == nil {
		c.outcome = err
	}
	c.side.rootEnded()
}

// arm makes the timer run at the given time or before. c.mu is held.
func (c *call) arm(at time.Duration) {
	switch {
	case c.ended:
	case c.timer == nil:
		c.timer = time.AfterFunc(at-c.client.now(), c.tick)
		c.timerAt = at
	case at < c.timerAt:
		c.timer.Reset(at - c.client.now())
		c.timerAt = at
	}
}

// tick runs in the timer's goroutine: it enforces the deadline of the call, and the idle deadlines of its streams
// later. One timer serves all of them: messages only note the time, and the timer looks at it when it fires.
func (c *call) tick() {
	again := c.side.remind()
	c.mu.Lock()
	if c.ended || c.err != nil {
		c.mu.Unlock()
		return
	}
	now := c.client.now()
	next, last := c.deadline, false
	expired := !c.settled && c.deadline > 0 && now >= c.deadline
	if c.settled {
		next, last = c.sweep(now)
	}
	if again > 0 && (next == 0 || now+again < next) {
		next = now + again
	}
	if !expired && !last && next > 0 {
		c.timerAt = next
		c.timer.Reset(next - now)
	}
	c.mu.Unlock()
	switch {
	case expired:
		c.fail(c.timeout())
	case last:
		c.finished()
	}
}

// sweep ends the streams without a message for too long, and lets go of those that nobody reads any more. It returns
// when to look again, and whether the call has ended by this. c.mu is held.
func (c *call) sweep(now time.Duration) (next time.Duration, last bool) {
	idle := c.client.idleTimeout()
	check := func(s *stream) {
		if !s.opened || s.released {
			return
		}
		due := max(s.last, c.settledAt) + idle
		switch {
		case now < due:
		case s.end == nil:
			s.finish(c.wrap(c.phase, fmt.Errorf("%w: no message for %v on the pending value at %s", wrpc.ErrDeadline, idle, s.path[1:])))
			due = now + idle
			s.last = now
		default:
			// Its end has come, and for that long its user has neither read nor closed it. What it holds is no longer
			// counted and can still be read.
			s.uncharge(s.cost)
			last = s.release() || last
			return
		}
		if next == 0 || due < next {
			next = due
		}
	}
	if c.rootCounts {
		check(&c.root)
	}
	for _, s := range c.streams {
		check(s)
	}
	return next, last
}

// timeout is the error of a call whose time is over. It says what was waited for.
func (c *call) timeout() error {
	waited := (c.client.now() - c.started).Round(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	phase, what := c.side.waitsFor()
	return c.wrap(phase, fmt.Errorf("%w: waited %v for %s", wrpc.ErrDeadline, waited, what))
}

// fail ends the call as a whole: every reader and writer gets err.
func (c *call) fail(err error) {
	c.mu.Lock()
	if c.ended || c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	if c.outcome == nil {
		c.outcome = err
	}
	c.root.finish(err)
	for _, s := range c.streams {
		s.finish(err)
	}
	c.mu.Unlock()
	c.client.calls.remove(c.token)
	c.side.failed(err)
}

// release ends one part in keeping the call in flight, and tells whether it was the last: c.finished is to be called
// then, without c.mu, which is held here.
func (c *call) release() (last bool) {
	c.parts--
	return c.parts == 0 && c.err == nil && !c.side.lingers()
}

// releaseOne is release, for those who don't hold c.mu.
func (c *call) releaseOne() {
	c.mu.Lock()
	last := c.release()
	c.mu.Unlock()
	if last {
		c.finished()
	}
}

// finished ends the call: everything that it holds is given back, what nobody opened is dropped.
func (c *call) finished() {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	c.ended = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.root.uncharge(c.root.cost)
	for _, s := range c.streams {
		s.uncharge(s.cost)
		s.finish(c.wrap(c.phase, wrpc.ErrClosed)) // of those that are still open none has a reader
	}
	c.streams = nil
	outcome := c.outcome
	c.mu.Unlock()
	c.client.calls.remove(c.token)
	c.side.over(outcome)
}

// note keeps err as the call's outcome, unless it has one.
func (c *call) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outcome == nil {
		c.outcome = err
	}
}

// wrapOnce is wrap, unless err already says which call it belongs to.
func (c *call) wrapOnce(phase wrpc.Phase, err error) error {
	var call *wrpc.CallError
	if errors.As(err, &call) {
		return err
	}
	return c.wrap(phase, err)
}
