package wrpcnats

import (
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// writer sends one value of a call: the root, or what is pending on an index path. Each Write is a message of its own,
// or several when it is larger than the NATS server takes; nats.go puts messages that follow each other closely into
// one packet.
type writer struct {
	c       *call
	path    string // as appendPath yields it; "" is the root
	subject string // set by the first message
	small   []byte // of the root: what waits for more, or for the end
	ended   bool   // closed; belongs to the call's mutex, since the call may end the root itself
}

var (
	_ wrpc.IndexWriteCloser = (*writer)(nil)
	_ wrpc.ErrorCloser      = (*writer)(nil)
)

// maxSmall is how many bytes of the root wait at most, unless the NATS server takes less in one message.
const maxSmall = 512

// Write sends p, which it does not keep. Of the root, which nobody can use before it is whole, small parts are gathered.
func (w *writer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // an empty message would end the value
	}
	if w.path == "" && len(w.small)+len(p) <= min(maxSmall, int(w.c.client.conn.MaxPayload())) {
		if err := w.check(); err != nil {
			return 0, err
		}
		w.small = append(w.small, p...)
		return len(p), nil
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	if err := w.send(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteByte is Write of one byte.
func (w *writer) WriteByte(b byte) error {
	_, err := w.Write([]byte{b})
	return err
}

// flush sends what was gathered.
func (w *writer) flush() error {
	if len(w.small) == 0 {
		return nil
	}
	p := w.small
	w.small = nil
	return w.send(p)
}

// check tells why nothing can be written any more.
func (w *writer) check() error {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if w.ended && w.c.err == nil {
		return w.c.wrap(w.c.sends(), fmt.Errorf("write: %w", wrpc.ErrClosed))
	}
	return w.c.usable()
}

// send publishes p in chunks.
func (w *writer) send(p []byte) error {
	if err := w.check(); err != nil {
		return err
	}
	if err := w.address(); err != nil {
		return err
	}
	conn := w.c.client.conn
	most := max(int(conn.MaxPayload()), 1)
	for len(p) > 0 {
		n := min(len(p), most)
		if err := conn.Publish(w.subject, p[:n]); err != nil {
			return w.c.wrap(w.c.sends(), publishError(err))
		}
		p = p[n:]
	}
	return nil
}

// address finds out where to send.
func (w *writer) address() error {
	if w.subject != "" {
		return nil
	}
	root, err := w.c.side.target()
	if err != nil {
		return err
	}
	w.subject = root + w.path
	return nil
}

// Index returns the writer of what is pending below w.
func (w *writer) Index(path ...uint32) (wrpc.IndexWriteCloser, error) {
	if len(path) == 0 {
		return w, nil
	}
	p, err := appendPath(w.path, path...)
	if err != nil {
		return nil, w.c.wrap(w.c.sends(), err)
	}
	if err := w.flush(); err != nil {
		return nil, err
	}
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if err := w.c.usable(); err != nil {
		return nil, err
	}
	w.c.parts++
	iw := &writer{c: w.c, path: p}
	if w.c.writers == nil {
		w.c.writers = make(map[*writer]struct{})
	}
	w.c.writers[iw] = struct{}{}
	return iw, nil
}

// Close ends the value: it is whole.
func (w *writer) Close() error { return w.close(nil) }

// CloseWithError ends the value as failed; nil is Close.
func (w *writer) CloseWithError(err error) error { return w.close(err) }

// close ends the value once; repeated calls do nothing.
func (w *writer) close(cause error) error {
	switch {
	case w.isEnded():
		return nil
	case cause == nil && w.path == "" && w.c.side.closeLater():
		return nil
	}
	var flushErr error
	if cause == nil {
		flushErr = w.flush()
		cause = flushErr // the peer is told, if it can be
	}
	if !w.claim() {
		return nil
	}
	if cause != nil {
		w.c.side.valueFailed(cause)
	}
	err := w.sendEnd(cause)
	if flushErr != nil {
		err = flushErr
	}
	w.c.releaseOne()
	return err
}

func (w *writer) isEnded() bool {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return w.ended
}

// claim lets one caller end the value.
func (w *writer) claim() bool {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if w.ended {
		return false
	}
	w.ended = true
	delete(w.c.writers, w)
	return true
}

func (w *writer) sendEnd(cause error) error {
	if w.path == "" {
		return w.c.side.closeRoot(cause)
	}
	if err := w.address(); err != nil {
		return err
	}
	failure := w.c.failure()
	if failure != nil {
		cause = failure // whatever its user thinks, the peer must not take it for whole
	}
	if err := w.c.publishEnd(w.subject, cause); err != nil && failure == nil {
		return err
	}
	return failure
}

// failure returns why the call has failed as a whole.
func (c *call) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// sends is the phase of the values that are sent.
func (c *call) sends() wrpc.Phase {
	if c.phase == wrpc.PhaseParams {
		return wrpc.PhaseResults
	}
	return wrpc.PhaseParams
}

// publishEnd sends the empty message that ends the value on subject, with the reason when it is not whole.
func (c *call) publishEnd(subject string, cause error) error {
	return c.wrapNonNil(c.sends(), publishEnd(c.client.conn, subject, cause))
}

func (c *call) wrapNonNil(phase wrpc.Phase, err error) error {
	if err == nil {
		return nil
	}
	return c.wrap(phase, err)
}

func publishEnd(conn *nats.Conn, subject string, cause error) error {
	if cause == nil || !conn.HeadersSupported() {
		return publishError(conn.Publish(subject, nil))
	}
	return publishError(conn.PublishMsg(&nats.Msg{Subject: subject, Header: errorHeader(cause)}))
}
