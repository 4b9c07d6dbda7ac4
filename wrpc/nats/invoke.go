package wrpcnats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// madeCall is a call that this side makes.
type madeCall struct {
	call
	answered     sync.Cond                 // broadcast when params is known, or never will be
	params       string                    // where the params go, below R_s of the handshake; empty before it
	sent         bool                      // the first message is, or is just being sent
	gone         chan struct{}             // closed when the call has failed; made when somebody asks
	paramsEnd    error                     // io.EOF or why the params are not whole, once they have ended before params was known
	watchContext func() (stop func() bool) // nil when the context never ends
	stopContext  func() bool               // once it is watched
	first        firstMessage              // until it is sent
	ends         []func(error)
}

var _ side = (*madeCall)(nil)

// firstMessage is what the first message of a call consists of, beside where to answer.
type firstMessage struct {
	subject string
	header  nats.Header
	params  []byte
}

// Invoke calls a function. When the first message holds the params as a whole, it returns as soon as that is sent, or is
// about to be with those of other calls: whether anybody serves the function then shows when the results are read.
// Larger params are sent before it returns.
//
// The end of ctx ends the call, a millisecond later at most. While the connection is being re-established, Invoke waits
// for it until its deadline.
func (c *Client) Invoke(ctx context.Context, instance, name string, params []byte, _ ...wrpc.SubscribePath) (wrpc.IndexWriteCloser, wrpc.IndexReadCloser, error) {
	m := newMade(c, instance, name)
	header := outgoingHeader(ctx)
	if len(c.interceptors) > 0 {
		info := &CallInfo{Instance: instance, Function: name, Prefix: c.prefix, Header: maps.Clone(header)}
		if info.Header == nil {
			info.Header = nats.Header{}
		}
		ctx, m.ends = intercept(ctx, c.interceptors, info, invokeSide)
		header = info.Header
	}
	if err := m.start(ctx, header, params); err != nil {
		m.fail(err)
		return nil, nil, m.failure()
	}
	return &m.writer, &m.root, nil
}

func newMade(c *Client, instance, name string) *madeCall {
	m := new(madeCall)
	m.init(c, m, instance, name)
	m.phase = wrpc.PhaseResults
	m.rootCounts = true
	m.parts = 2 // the root reader and the root writer
	m.answered.L = &m.mu
	c.made.Add(1)
	return m
}

// start sends the call and the params.
func (m *madeCall) start(ctx context.Context, header nats.Header, params []byte) error {
	c := m.client
	subject, err := callSubject(c.prefix, m.instance, m.function)
	if err != nil {
		return m.wrap(wrpc.PhaseParams, err)
	}
	if err := c.openInbox(); err != nil {
		return m.wrap(wrpc.PhaseRequest, err)
	}
	if err := m.watch(ctx); err != nil {
		return m.wrap(wrpc.PhaseRequest, err)
	}
	if err := m.awaitConnection(); err != nil {
		return err
	}
	room := int(c.conn.MaxPayload()) - headerSize(header)
	if room < 0 {
		return m.wrap(wrpc.PhaseParams, fmt.Errorf("%w: the headers alone exceed the NATS server's max_payload by %d bytes", wrpc.ErrTooLarge, -room))
	}
	m.first.subject, m.first.header, m.first.params = subject, header, params[:min(len(params), room)]
	rest := params[len(m.first.params):]
	if len(params) <= maxSmall && len(rest) == 0 && c.made.Load() > fewCalls {
		m.first.params = bytes.Clone(params)
		c.later(m)
		return nil
	}
	c.sendEnds()
	m.send()
	if err := m.failure(); err != nil || len(rest) == 0 {
		return err
	}
	_, err = m.writer.Write(rest)
	return err
}

// send sends the first message, unless the call has failed while it waited for that.
func (m *madeCall) send() {
	if m.failure() != nil {
		return
	}
	var err error
	conn, f, reply := m.client.conn, m.first, tokenSubject(m.client.inbox.prefix, m.token)
	m.first = firstMessage{}
	if len(f.header) == 0 {
		err = conn.PublishRequest(f.subject, reply, f.params)
	} else {
		err = conn.PublishMsg(&nats.Msg{Subject: f.subject, Reply: reply, Header: f.header, Data: f.params})
	}
	if err != nil {
		m.fail(m.wrap(wrpc.PhaseRequest, publishError(err)))
	}
}

// watch registers the call for its messages, and for its deadline and the end of its context when it gets so old: most
// calls are over before, and spare setting up both.
func (m *madeCall) watch(ctx context.Context) error {
	if ctx.Err() != nil {
		return contextError(ctx, 0)
	}
	m.client.calls.add(m)
	m.deadline = m.started + m.client.timeout
	if ctx.Done() != nil {
		m.watchContext = func() (stop func() bool) {
			return afterFunc(ctx, func() { m.contextDone(ctx) })
		}
	}
	left := m.client.timeout
	if at, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(at))
	}
	m.client.whenOlder(m, left)
	return nil
}

// mature makes the call obey its deadline and its context.
func (m *madeCall) mature() sendable {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended || m.err != nil {
		return nil
	}
	m.arm(m.deadline)
	if m.watchContext != nil {
		m.stopContext = m.watchContext()
	}
	return nil
}

// contextDone fails the call because its context is done. A call that lingers gets the default deadline instead: it is
// done with, except for the end of the params.
func (m *madeCall) contextDone(ctx context.Context) {
	m.mu.Lock()
	lingers := m.parts == 0 && m.lingers()
	if lingers {
		m.deadline = m.client.now() + m.client.timeout
		m.arm(m.deadline)
	}
	m.mu.Unlock()
	if lingers {
		return
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		m.fail(m.timeout())
		return
	}
	m.mu.Lock()
	phase, _ := m.waitsFor()
	m.mu.Unlock()
	m.fail(m.wrap(phase, contextError(ctx, m.client.now()-m.started)))
}

// contextError says why ctx is done.
func contextError(ctx context.Context, waited time.Duration) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: the context's deadline", wrpc.ErrDeadline)
	}
	if cause := context.Cause(ctx); !errors.Is(cause, err) {
		return fmt.Errorf("given up after %v: %w: %w", waited.Round(time.Millisecond), err, cause)
	}
	return fmt.Errorf("given up after %v: %w", waited.Round(time.Millisecond), err)
}

// awaitConnection waits while the connection is being re-established, so that nothing is sent after its deadline. From
// its return on, the loss of the connection ends the call.
func (m *madeCall) awaitConnection() error {
	for {
		up, changed := m.client.link.state()
		m.mu.Lock()
		m.sent = up
		gone := m.gone
		if gone == nil && !up {
			gone = make(chan struct{})
			m.gone = gone
		}
		err := m.err
		m.mu.Unlock()
		if err != nil {
			return err
		}
		if up {
			// Lost right before sent was set, where nobody saw it?
			if up, _ = m.client.link.state(); up {
				return nil
			}
			continue
		}
		if changed == nil {
			return m.wrap(wrpc.PhaseRequest, fmt.Errorf("%w: %w", wrpc.ErrClosed, nats.ErrConnectionClosed))
		}
		select {
		case <-changed:
		case <-gone:
		}
	}
}

// receive takes a message of the inbox.
func (m *madeCall) receive(part, path string, msg *nats.Msg) {
	switch part {
	case resultsPart:
		m.deliver(path, msg)
	case "":
		m.accept(msg)
	}
}

// accept takes the handshake, or the NATS server's word that there will be none.
func (m *madeCall) accept(msg *nats.Msg) {
	if isNoResponders(msg) {
		m.fail(m.wrap(wrpc.PhaseRequest, wrpc.ErrNoResponders))
		return
	}
	if err := checkSubject(msg.Reply); err != nil {
		m.fail(m.wrap(wrpc.PhaseRequest, fmt.Errorf("%w: the answer is no handshake of wRPC, it has no usable reply subject: %w", wrpc.ErrMalformed, err)))
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.params != "" || m.err != nil || m.ended {
		return
	}
	m.params = msg.Reply + paramsPart
	if m.accepted = true; m.root.end != nil {
		m.settle()
	}
	m.answered.Broadcast()
	if m.paramsEnd != nil {
		m.client.laterEnd(m) // its writer was closed before
	}
}

// sendParamsEnd sends the end of the params that was due before the handshake.
func (m *madeCall) sendParamsEnd() {
	m.mu.Lock()
	params, cause, last := m.params, m.paramsEnd, m.parts == 0
	m.mu.Unlock()
	if cause == io.EOF {
		cause = nil
	}
	if err := m.publishEnd(params, cause); err != nil {
		m.note(err)
	}
	if last {
		m.finished()
	}
}

// target waits for the handshake.
func (m *madeCall) target() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.params == "" {
		if err := m.usable(); err != nil {
			return "", err
		}
		if err := m.root.end; err != nil && err != io.EOF {
			return "", err // the peer has given up before it took the params
		}
		m.answered.Wait()
	}
	if err := m.root.end; err != nil && err != io.EOF {
		return "", err
	}
	return m.params, nil
}

// closeRoot sends the end of the params now, or as soon as the peer has said where to.
func (m *madeCall) closeRoot(cause error) error {
	m.mu.Lock()
	failure, params := m.err, m.params
	if params == "" {
		if m.paramsEnd = cause; cause == nil {
			m.paramsEnd = io.EOF
		}
		m.mu.Unlock()
		return failure
	}
	m.mu.Unlock()
	if failure != nil {
		cause = failure // the peer must not take the params for whole
	}
	if err := m.publishEnd(params, cause); err != nil && failure == nil {
		return err
	}
	return failure
}

// valueFailed keeps the reason for the interceptors.
func (m *madeCall) valueFailed(cause error) { m.note(m.wrap(wrpc.PhaseParams, cause)) }

func (m *madeCall) prompt() error { return nil }

// remind does nothing: the first message is not sent again.
func (m *madeCall) remind() time.Duration { return 0 }
func (m *madeCall) closeLater() bool      { return false }

func (m *madeCall) waitsFor() (wrpc.Phase, string) {
	switch {
	case !m.sent:
		return wrpc.PhaseRequest, "the connection to NATS to come back"
	case m.params == "":
		return wrpc.PhaseRequest, "the peer to accept the call"
	default:
		return wrpc.PhaseResults, "the results"
	}
}

// rootEnded begins the time of the idle deadlines, and tells those who wait for the handshake of a peer that has failed.
func (m *madeCall) rootEnded() {
	if m.accepted {
		m.settle()
	}
	m.answered.Broadcast()
}

// lingers tells whether a call that nobody uses any more waits for the handshake, to send the end of the params.
func (m *madeCall) lingers() bool {
	return m.paramsEnd != nil && m.params == "" && m.root.end == nil
}

// failed removes everything that the call has registered: its readers and writers need none of it to report the error.
func (m *madeCall) failed(error) {
	m.mu.Lock()
	m.answered.Broadcast()
	if m.gone != nil {
		close(m.gone)
	}
	m.mu.Unlock()
	m.finished()
}

// disconnected ends the call, which the peer may or may not go on with.
func (m *madeCall) disconnected(err error) {
	m.mu.Lock()
	sent := m.sent
	phase, _ := m.waitsFor()
	m.mu.Unlock()
	if sent {
		m.fail(m.wrap(phase, err))
	}
}

// over tells the interceptors. They are foreign code, and the inbox may be what brought us here.
func (m *madeCall) over(outcome error) {
	m.client.made.Add(-1)
	m.mu.Lock()
	stop := m.stopContext
	m.mu.Unlock()
	if stop != nil {
		stop()
	}
	if len(m.ends) == 0 {
		return
	}
	m.client.telling.Add(1)
	tell := func() {
		defer m.client.telling.Add(-1)
		finish(m.ends, outcome)
	}
	if !m.client.spawn(tell) {
		tell() // the client is closed: this is Close, or a user's late call
	}
}
