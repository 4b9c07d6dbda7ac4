package wrpcnats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// flushTimeout is how long the NATS server may take to answer; calls have deadlines of their own.
const flushTimeout = 10 * time.Second

// serving is what a client and its Views serve.
type serving struct {
	mu        sync.Mutex
	functions map[*function]struct{}
	held      bool // functions are registered, not subscribed
	stopped   bool // no further function is served
	flight    flight
	workers   workers
}

// flight counts the calls being served. It has a mutex of its own, since that of serving is held while the NATS server
// is waited for.
type flight struct {
	mu       sync.Mutex
	n        int
	admitted int           // those of n that count against the limit
	drained  bool          // no further call is served
	idle     chan struct{} // closed when n is 0; made when somebody waits
}

// Serve lets f answer the calls of a function until stop is called. It returns when the NATS server knows, so that a
// call made afterwards finds it; with [WithHeldServing] it only registers f before [Client.Start].
//
// Each call runs in a goroutine of its own, at most [WithMaxInFlight] at a time. Its context has the deadline of
// [WithTimeout] until the root results are sent, and ends with the call; [HeaderFromContext] reads its headers. A panic
// of f ends its call with an error. The text of an error by which f ends a value travels to the caller, and is logged.
//
// stop gives the function up: calls that were already on their way here are served, or go to other members of the queue
// group. It does not wait for running calls; [Client.Stop] does.
func (c *Client) Serve(instance, name string, f wrpc.HandleFunc, _ ...wrpc.SubscribePath) (stop func() error, err error) {
	subject, err := callSubject(c.prefix, instance, name)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	if f == nil {
		return nil, fmt.Errorf("serve %s.%s: the handler is nil", instance, name)
	}
	fn := &function{client: c, instance: instance, name: name, subject: subject, handle: f}
	sv := &c.serving
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.stopped {
		return nil, fmt.Errorf("serve %s.%s: the client is stopped: %w", instance, name, wrpc.ErrClosed)
	}
	if !sv.held {
		if err := fn.subscribe(); err != nil {
			return nil, err
		}
		if err := c.flush(); err != nil {
			return nil, errors.Join(fmt.Errorf("serve %s.%s: %w", instance, name, err), fn.drain())
		}
	}
	if sv.functions == nil {
		sv.functions = make(map[*function]struct{})
	}
	sv.functions[fn] = struct{}{}
	return func() error { return c.unserve(fn) }, nil
}

// unserve gives one function up.
func (c *Client) unserve(fn *function) error {
	sv := &c.serving
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if _, ok := sv.functions[fn]; !ok {
		return nil
	}
	delete(sv.functions, fn)
	if err := fn.drain(); err != nil {
		return err
	}
	return c.flush()
}

// subscribe lets the calls in.
func (f *function) subscribe() error {
	if err := f.client.openInbox(); err != nil {
		return fmt.Errorf("serve %s.%s: %w", f.instance, f.name, err)
	}
	var err error
	if group := f.client.queueGroup(); group != "" {
		f.sub, err = f.client.conn.QueueSubscribe(f.subject, group, f.receive)
	} else {
		f.sub, err = f.client.conn.Subscribe(f.subject, f.receive)
	}
	if err == nil {
		// The callback takes each call at once, or refuses it; a limit here would drop calls without an answer.
		err = f.sub.SetPendingLimits(-1, -1)
	}
	if err != nil {
		return fmt.Errorf("serve %s.%s: %w", f.instance, f.name, publishError(err))
	}
	return nil
}

// drain gives the subscription up; calls that the NATS server has sent already still arrive.
func (f *function) drain() error {
	if f.sub == nil {
		return nil
	}
	err := f.sub.Drain()
	if errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrBadSubscription) || errors.Is(err, nats.ErrConnectionDraining) {
		return nil // given up already
	}
	if err != nil {
		return fmt.Errorf("stop serving %s.%s: %w", f.instance, f.name, publishError(err))
	}
	return nil
}

// flush waits until the NATS server has seen what was sent. Without a connection there is nothing to wait for: nats.go
// repeats the subscriptions when it is back.
func (c *Client) flush() error {
	if !c.conn.IsConnected() {
		return nil
	}
	err := c.conn.FlushTimeout(flushTimeout)
	if err == nil || !c.conn.IsConnected() && !c.conn.IsClosed() {
		return nil
	}
	if errors.Is(err, nats.ErrConnectionClosed) {
		return nil
	}
	return fmt.Errorf("wait for the NATS server: %w", publishError(err))
}

// Start lets the calls in that [WithHeldServing] has held back, and returns when the NATS server knows. When one
// function can't be subscribed, none is. Without that option, and when repeated, it does nothing.
func (c *Client) Start() error {
	sv := &c.serving
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.stopped {
		return fmt.Errorf("start: the client is stopped: %w", wrpc.ErrClosed)
	}
	if !sv.held {
		return nil
	}
	for fn := range sv.functions {
		if err := fn.subscribe(); err != nil {
			for undo := range sv.functions {
				err = errors.Join(err, undo.drain())
				undo.sub = nil
			}
			return err
		}
	}
	sv.held = false
	return c.flush()
}

// InFlight is how many calls are being served.
func (c *Client) InFlight() int {
	fl := &c.serving.flight
	fl.mu.Lock()
	defer fl.mu.Unlock()
	return fl.n
}

// admit counts a call in, or says why it is refused.
func (fl *flight) admit(most int) (refusal string) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	switch {
	case fl.drained:
		return "stopping"
	case fl.admitted >= most:
		return fmt.Sprintf("%d calls in flight", fl.admitted)
	}
	fl.admitted++
	fl.n++
	return ""
}

// leave makes room for another call.
func (fl *flight) leave() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.admitted--
}

// done counts a call out.
func (fl *flight) done() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.n--
	if fl.n == 0 && fl.idle != nil {
		close(fl.idle)
		fl.idle = nil
	}
}

// drain lets no further call in.
func (fl *flight) drain() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.drained = true
}

// wait returns a channel that is closed when no call is in flight, nil when none is.
func (fl *flight) wait() <-chan struct{} {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if fl.n > 0 && fl.idle == nil {
		fl.idle = make(chan struct{})
	}
	return fl.idle
}

// Stop gives up all functions of the client and its Views and waits for the calls being served: those that were on
// their way here are still served, later ones go to other members of the queue group, or are refused. When ctx ends
// first, the running calls are cancelled, and the error wraps ctx's. Calls that this side makes are not affected.
//
// Stop may be called repeatedly and concurrently.
func (c *Client) Stop(ctx context.Context) error {
	sv := &c.serving
	sv.mu.Lock()
	sv.stopped = true
	functions := make([]*function, 0, len(sv.functions))
	for fn := range sv.functions {
		functions = append(functions, fn)
	}
	sv.mu.Unlock()

	var errs []error
	for _, fn := range functions {
		errs = append(errs, fn.drain())
	}
	errs = append(errs, c.awaitDrained(ctx, functions))
	sv.flight.drain()
	errs = append(errs, c.awaitIdle(ctx))
	sv.workers.end()
	c.awaitTold(ctx)
	return errors.Join(errs...)
}

// awaitTold waits until the interceptors know of every call that has ended, those that handlers made among them: what
// they have noted is sent out after a Stop.
func (c *Client) awaitTold(ctx context.Context) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for c.telling.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// awaitDrained waits until every call that the NATS server has sent is counted in.
func (c *Client) awaitDrained(ctx context.Context, functions []*function) error {
	if len(functions) == 0 || ctx.Err() != nil || !c.conn.IsConnected() {
		return nil
	}
	flushCtx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if err := c.conn.FlushWithContext(flushCtx); err != nil {
		if ctx.Err() != nil || !c.conn.IsConnected() {
			return nil // awaitIdle says so; without a connection nothing more comes
		}
		return fmt.Errorf("stop: wait for the NATS server: %w", publishError(err))
	}
	// All has arrived; the callbacks, which don't wait, may have some still before them. nats.go tells when only by
	// asking (its own signal for it is up to 100 ms late).
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, fn := range functions {
		for fn.pending() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	}
	return nil
}

// pending tells whether calls of f have arrived that its callback has not seen.
func (f *function) pending() bool {
	if f.sub == nil {
		return false
	}
	n, _, err := f.sub.Pending()
	return err == nil && n > 0
}

// awaitIdle waits for the running calls, and cancels them when ctx ends first.
func (c *Client) awaitIdle(ctx context.Context) error {
	idle := c.serving.flight.wait()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	n := c.InFlight()
	for _, call := range c.calls.all() {
		if s, ok := call.(*servedCall); ok {
			s.fail(s.wrap(wrpc.PhaseHandler, fmt.Errorf("stopping: %w", wrpc.ErrClosed)))
		}
	}
	return fmt.Errorf("stop: %d calls were in flight and are cancelled: %w", n, context.Cause(ctx))
}

// Close is Stop without waiting, ends the calls that this side makes, and gives up the inbox. It returns when all
// goroutines of the client have ended, those of handlers that ignore their context excepted. The connection stays open.
// Close is only needed by those who close clients more often than connections: everything ends with the connection, too.
func (c *Client) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := c.Stop(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil // what is cancelled is what Close is for
	}
	s := c.shared
	s.runMu.Lock()
	if !s.closed {
		s.closed = true
		close(s.quit)
	}
	s.runMu.Unlock()
	s.running.Wait()
	s.sendEnds()
	s.link.set(false, true)
	for _, call := range s.calls.all() {
		if m, ok := call.(*madeCall); ok {
			m.fail(m.wrap(m.phase, fmt.Errorf("client: %w", wrpc.ErrClosed)))
		}
	}
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	if sub := s.inbox.sub; sub != nil {
		if unsubErr := sub.Unsubscribe(); unsubErr != nil && !errors.Is(unsubErr, nats.ErrConnectionClosed) && !errors.Is(unsubErr, nats.ErrBadSubscription) {
			err = errors.Join(err, fmt.Errorf("close the inbox: %w", publishError(unsubErr)))
		}
	}
	return err
}
