package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// flushAnswer bounds how long the answer to the host, and the closing of the connection, may take. They come after the
// budget.
const flushAnswer = 250 * time.Millisecond

// errBudget ends the contexts of the phases of a stop.
var errBudget = errors.New("the budget of the shutdown is used up")

// The phases of a stop. Each may go on until its share of the budget is used up, counted from the beginning: a phase that
// needs less leaves the rest to the later ones.
const (
	phaseDrain = iota // running calls and callbacks
	phaseHook
	phaseFlush
	phases
)

// phaseEnd returns when a phase must be over, in a stop that may take budget.
func phaseEnd(phase int, budget time.Duration) time.Duration {
	return budget * time.Duration([phases]int{60, 85, 100}[phase]) / 100
}

// life is the end of a provider: who asked for it, how much time is left, how it went.
type life struct {
	stopping chan struct{} // closed when a stop has been asked for
	done     chan struct{} // closed when it is over; err is final then

	mu      sync.Mutex
	started bool
	ends    []context.CancelCauseFunc // of the phases; nil before a stop
	timers  []*time.Timer
	replies []*nats.Msg // host messages to be answered
	over    bool        // no further replies and timers
	cause   error       // why the provider cannot go on; nil for a proper stop
	err     error
}

func newLife() *life {
	return &life{stopping: make(chan struct{}), done: make(chan struct{})}
}

func (l *life) isStopping() bool {
	select {
	case <-l.stopping:
		return true
	default:
		return false
	}
}

// requestStop begins the stop, or when it has begun already gives it no more than budget from now on. cause is the error
// that it will end with; msg, unless nil, is answered last.
func (s *state) requestStop(budget time.Duration, cause error, msg *nats.Msg) {
	l := s.life
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	if msg != nil {
		l.replies = append(l.replies, msg)
	}
	if l.ends == nil {
		l.cause = cause
		contexts := make([]context.Context, phases)
		l.ends = make([]context.CancelCauseFunc, phases)
		for i := range contexts {
			contexts[i], l.ends[i] = context.WithCancelCause(context.Background())
		}
		close(l.stopping)
		go s.stop(contexts) // whoever waits for done waits for it
	}
	for phase, end := range l.ends {
		l.timers = append(l.timers, time.AfterFunc(phaseEnd(phase, budget), func() { end(errBudget) }))
	}
}

// stop is the one way in which a provider ends.
func (s *state) stop(contexts []context.Context) {
	began := time.Now()
	s.log.Info("stopping: no new calls")
	s.drain(contexts[phaseDrain])
	hookErr := s.runHook(contexts[phaseHook])
	s.flush(contexts[phaseFlush])
	if err := s.client.Close(); err != nil {
		s.log.Warn("the client of the calls did not close in order", "reason", err)
	}
	s.endControl()
	s.log.Info("stopped", "after", time.Since(began).Round(time.Millisecond))
	s.answerHost()
	s.close()
	l := s.life
	l.err = errors.Join(l.cause, hookErr)
	close(l.done)
}

// close closes the connection and waits until its goroutines have ended, unless somebody has replaced the handler that
// tells so.
func (s *state) close() {
	s.conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), flushAnswer)
	defer cancel()
	select {
	case <-s.closed:
	case <-ctx.Done():
	}
}

// drain refuses new calls and further changes, and waits for those that run.
func (s *state) drain(ctx context.Context) {
	close(s.stopWork)
	s.links.lanes.refuse()
	if err := s.client.Stop(ctx); err != nil {
		s.log.Warn("calls cut off", "reason", err)
	}
	if !waitFor(ctx, &s.links.lanes.wait) || !waitFor(ctx, &s.work) {
		s.log.Warn("left behind: a callback of a link or a config update that does not return", "reason", context.Cause(ctx))
	}
	s.endCallbacks()
}

// runHook runs the author's hook.
func (s *state) runHook(ctx context.Context) error {
	hook := s.settings.shutdown
	if hook == nil {
		return nil
	}
	err, ok := bounded(ctx, func() error { return guard(hook) })
	if !ok {
		s.log.Warn("left behind: the shutdown hook", "reason", context.Cause(ctx))
		return nil
	}
	if err != nil {
		if stack := stackOf(err); stack != nil {
			s.log.Error("the shutdown hook panicked", stack...)
		}
		return fmt.Errorf("shutdown hook: %w", err)
	}
	return nil
}

// flush runs the functions of OnFlush, the last added first.
func (s *state) flush(ctx context.Context) {
	for i := len(s.settings.flushes) - 1; i >= 0; i-- {
		flush := s.settings.flushes[i]
		err, ok := bounded(ctx, func() error { return guard(func() error { return flush(ctx) }) })
		if !ok {
			err = context.Cause(ctx)
		}
		if err != nil {
			s.log.Warn("not everything buffered was sent out", append([]any{"reason", err}, stackOf(err)...)...)
		}
	}
}

// bounded runs f until ctx ends, and reports whether f was first. A function that goes on is left behind: what others
// wrote cannot be stopped, and the channel has room for what it returns.
func bounded(ctx context.Context, f func() error) (error, bool) {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err, true
	case <-ctx.Done():
		return nil, false
	}
}

// endControl ends the control subjects with their goroutines. From here on nothing is published but the answer.
func (s *state) endControl() {
	s.control.close()
	close(s.stopControl)
	s.answering.Wait()
}

// answerHost answers those who asked for the stop. The host ends the process as soon as it has the answer.
func (s *state) answerHost() {
	l := s.life
	l.mu.Lock()
	replies := l.replies
	l.over = true
	for _, timer := range l.timers {
		timer.Stop()
	}
	for _, end := range l.ends {
		end(nil)
	}
	l.mu.Unlock()
	for _, msg := range replies {
		reply(msg, s.log, []byte("{}"))
	}
	if s.conn.IsConnected() {
		if err := s.conn.FlushTimeout(flushAnswer); err != nil {
			s.log.Warn("the last messages may be lost", "reason", err)
		}
	}
}

// handleShutdown takes a host's stop message, which all instances in the lattice hear.
func (s *state) handleShutdown(msg *nats.Msg) {
	host, err := parseShutdown(msg.Data)
	if err != nil {
		s.log.Warn("shutdown message ignored", "reason", err)
		return
	}
	if host == "" || host != s.host.HostID {
		s.log.Info("shutdown message ignored: it is meant for another host's instance", "host_id", shorten(host))
		return
	}
	s.requestStop(s.settings.hostBudget, nil, msg)
}

// parseShutdown returns the host that a stop message is meant for.
func parseShutdown(data []byte) (host string, err error) {
	f, err := parseFields("", data)
	if err != nil {
		return "", err
	}
	host = f.text("host_id")
	return host, f.err
}

// shorten bounds what a stranger's message puts into the log.
func shorten(text string) string {
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}
