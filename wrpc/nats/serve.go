package wrpcnats

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

var errPanic = errors.New("the handler panicked")

// servedCall is a call that this side serves. It is its handler's context, too.
type servedCall struct {
	call
	served  *function
	header  nats.Header
	peer    string // R_c
	self    string // R_s
	results string // where the results go, below R_c
	rest    []byte // of the results, for send
	foreign bool   // the caller is of another implementation, see hearing.go
	shaking sync.Once
	shaken  error
	ends    []func(error)

	// These belong to the call's mutex.
	handling bool
	left     bool          // no longer counts against the limit of calls
	heard    bool          // the caller has answered the handshake
	reminder time.Duration // between the handshakes until then
	hearing  chan struct{} // closed with heard; made when somebody waits
	logged   bool
	logTo    func(slog.Level, string, []any) // nil before logWith
	done     chan struct{}                   // made when somebody asks
	ctxErr   error
	hooks    map[*byte]func()
}

var _ side = (*servedCall)(nil)

// function is one that is served.
type function struct {
	client         *Client
	instance, name string
	subject        string
	handle         wrpc.HandleFunc
	sub            *nats.Subscription
}

// receive takes a call: it runs in a goroutine of its own. It is the callback of the function's subscription.
func (f *function) receive(msg *nats.Msg) {
	c := f.client
	if err := checkSubject(msg.Reply); err != nil {
		c.log.Warn("call dropped: it says not where to answer", f.attrs(msg.Header, err)...)
		return
	}
	if reason := c.serving.flight.admit(c.maxServed); reason != "" {
		f.refuse(msg, reason)
		return
	}
	s := newServedCall(f, msg)
	if !s.takeParams(msg) {
		s.finished()
		f.refuse(msg, "too many bytes wait in the calls in flight")
		return
	}
	if !s.foreign {
		c.whenOlder(s, c.timeout)
	}
	c.serving.workers.serve(s)
}

// refuse answers a call that is not made.
func (f *function) refuse(msg *nats.Msg, reason string) {
	err := f.client.sendRefusal(msg.Reply, reason)
	f.client.log.Warn("call refused: "+reason, f.attrs(msg.Header, err)...)
	if isForeign(msg.Reply) {
		f.client.refuseAgain(msg.Reply, reason)
	}
}

// sendRefusal sends the handshake and the end of the results, which says why.
func (s *shared) sendRefusal(peer, reason string) error {
	if err := s.conn.PublishRequest(peer, s.inbox.prefix+"refused", nil); err != nil {
		return publishError(err)
	}
	return publishEnd(s.conn, peer+resultsPart, errors.New(refusedPrefix+reason))
}

func (f *function) attrs(header nats.Header, err error) []any {
	attrs := []any{slog.String("instance", f.instance), slog.String("function", f.name)}
	if source := header[headerSource]; len(source) > 0 {
		attrs = append(attrs, slog.String(headerSource, source[0]))
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	return attrs
}

func newServedCall(f *function, msg *nats.Msg) *servedCall {
	s := &servedCall{served: f, header: msg.Header, peer: msg.Reply, results: msg.Reply + resultsPart, foreign: isForeign(msg.Reply), handling: true}
	s.init(f.client, s, f.instance, f.name)
	s.phase = wrpc.PhaseParams
	s.accepted = true
	s.parts = 2 // the handler and the root writer
	s.deadline = s.started + f.client.timeout
	f.client.calls.add(s)
	return s
}

func (s *servedCall) setToken(token uint64) {
	s.token = token
	s.self = tokenSubject(s.client.inbox.prefix, token)
}

// takeParams takes the part of the params that came with the call.
func (s *servedCall) takeParams(msg *nats.Msg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(msg.Data) > 0 {
		s.root.push(msg.Data)
	}
	if s.foreign {
		s.arm(s.started + min(reminderInterval, s.client.timeout))
	}
	return !errors.Is(s.root.end, wrpc.ErrOverflow)
}

// mature sets the call's timer, and has the handshake made: the caller may wait for it.
func (s *servedCall) mature() sendable {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.arm(s.deadline)
	return handshake{s}
}

// handshake is a served call whose handshake is to be made, if it was not yet.
type handshake struct{ *servedCall }

func (h handshake) send() { _ = h.shake() } // when it can't be made, the deadline holds all the same

// run serves the call. It ends when the handler has returned.
func (s *servedCall) run() {
	defer s.returned()
	defer s.recover()
	if s.foreign {
		_ = s.shake() // whoever sends results learns why it can't be made
	}
	ctx := context.Context(s)
	if len(s.client.interceptors) > 0 {
		info := &CallInfo{Instance: s.instance, Function: s.function, Prefix: s.client.prefix, Header: s.header}
		ctx, s.ends = intercept(ctx, s.client.interceptors, info, serveSide)
		s.logWith(ctx)
	}
	s.served.handle(ctx, &s.writer, &s.root)
}

// logWith makes what is logged of the call belong to ctx, in which an interceptor may have put a trace.
func (s *servedCall) logWith(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logTo = func(level slog.Level, text string, attrs []any) { s.client.log.Log(ctx, level, text, attrs...) }
}

// log logs something of the call.
func (s *servedCall) log(level slog.Level, text string, attrs []any) {
	s.mu.Lock()
	logTo := s.logTo
	s.mu.Unlock()
	if logTo == nil {
		s.client.log.Log(s, level, text, attrs...)
		return
	}
	logTo(level, text, attrs)
}

// recover makes a panic of the handler a failed call.
func (s *servedCall) recover() {
	v := recover()
	if v == nil {
		return
	}
	s.mu.Lock()
	s.logged = true
	s.mu.Unlock()
	s.log(slog.LevelError, "handler panicked", append(s.attrs(nil), slog.Any("panic", v), slog.String("stack", string(debug.Stack()))))
	s.fail(s.wrap(wrpc.PhaseHandler, errPanic))
}

// returned is called when the handler has returned. What it has opened may go on.
func (s *servedCall) returned() {
	if err := s.writer.Close(); err != nil {
		s.valueFailed(err)
	}
	s.mu.Lock()
	s.handling = false
	last := s.release() || s.err != nil
	s.mu.Unlock()
	if last {
		s.finished()
	}
}

// shake makes the handshake, once.
func (s *servedCall) shake() error {
	s.shaking.Do(func() {
		s.shaken = s.wrapNonNil(wrpc.PhaseRequest, publishError(s.client.conn.PublishRequest(s.peer, s.self, nil)))
	})
	return s.shaken
}

func (s *servedCall) target() (string, error) {
	s.awaitHearing()
	return s.results, s.shake()
}

func (s *servedCall) prompt() error { return s.shake() }
func (s *servedCall) lingers() bool { return false }
func (s *servedCall) rootEnded()    {}

func (s *servedCall) waitsFor() (wrpc.Phase, string) {
	return wrpc.PhaseHandler, "the handler's results"
}

// closeRoot sends the end of the results. From then on each stream has a deadline of its own.
func (s *servedCall) closeRoot(cause error) error {
	failure := s.failure()
	if failure != nil {
		cause = failure
	}
	s.awaitHearing()
	err := s.shake()
	if err == nil {
		s.leaveWithEnd()
		err = s.publishEnd(s.results, cause)
	}
	s.mu.Lock()
	s.settle()
	s.mu.Unlock()
	if failure != nil {
		return failure
	}
	return err
}

// closeLater leaves small results to the client's sender, with their end and, if it was not needed before, the
// handshake. The call is in flight until then.
func (s *servedCall) closeLater() bool {
	if s.failure() != nil || !s.writer.claim() {
		return false
	}
	s.awaitHearing()
	s.rest, s.writer.small = s.writer.small, nil
	s.mu.Lock()
	s.settle()
	s.mu.Unlock()
	if s.client.InFlight() > fewCalls {
		s.client.later(s)
	} else {
		s.send()
	}
	return true
}

// send sends the results of a handler that has ended well.
func (s *servedCall) send() {
	err := s.shake()
	if err == nil && len(s.rest) > 0 {
		err = s.wrapNonNil(wrpc.PhaseResults, publishError(s.client.conn.Publish(s.results, s.rest)))
	}
	if err == nil {
		s.leaveWithEnd()
		err = s.publishEnd(s.results, nil)
	}
	if err != nil {
		s.valueFailed(err)
	}
	s.releaseOne()
}

// leaveWithEnd makes room for another call when the end of the results, about to be sent, is the call's end: a caller that
// keeps as many calls in flight as are admitted makes its next one as soon as it sees the end.
func (s *servedCall) leaveWithEnd() {
	s.mu.Lock()
	leaves := s.parts <= 2 && s.err == nil && !s.left // the handler and the root writer at most
	s.left = s.left || leaves
	s.mu.Unlock()
	if leaves {
		s.client.serving.flight.leave()
	}
}

// receive takes a message of the inbox.
func (s *servedCall) receive(part, path string, msg *nats.Msg) {
	if part == paramsPart {
		if s.foreign {
			s.hear()
		}
		s.deliver(path, msg)
	}
}

// disconnected ends the params that may lack messages now; a handler that has all it needs may go on.
func (s *servedCall) disconnected(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.wrap(wrpc.PhaseParams, err)
	s.root.finish(err)
	for _, stream := range s.streams {
		stream.finish(err)
	}
}

// valueFailed logs why the handler has failed, once.
func (s *servedCall) valueFailed(cause error) {
	s.note(s.wrapOnce(wrpc.PhaseHandler, cause))
	s.mu.Lock()
	logged := s.logged
	s.logged = true
	s.mu.Unlock()
	if !logged {
		s.log(slog.LevelWarn, "call failed", s.attrs(cause))
	}
}

func (s *servedCall) attrs(err error) []any {
	return s.served.attrs(s.header, err)
}

// failed ends the context and tells the caller, if it has no results yet.
func (s *servedCall) failed(err error) {
	s.cancel(err)
	if s.writer.claim() { // else its user is just sending the end
		s.valueFailed(err)
		_ = s.closeRoot(err) // err, or what it can't be told for: the caller has its own deadline
	}
	s.mu.Lock()
	writers := slices.Collect(maps.Keys(s.writers))
	last := !s.handling
	s.mu.Unlock()
	for _, w := range writers {
		if w.claim() {
			_ = s.publishEnd(s.results+w.path, err)
		}
	}
	if last {
		s.finished()
	}
}

// over ends the context and makes room for another call.
func (s *servedCall) over(outcome error) {
	s.cancel(nil)
	finish(s.ends, outcome)
	s.mu.Lock()
	left := s.left
	s.mu.Unlock()
	if !left {
		s.client.serving.flight.leave()
	}
	s.client.serving.flight.done()
}
