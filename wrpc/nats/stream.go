package wrpcnats

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/wrpc/wrpc/go"
)

const (
	// mergeBelow is the size up to which small messages that wait are put together, so that a value sent byte by byte
	// does not cost a slice for each.
	mergeBelow = 4 << 10
	// segmentCost is charged for each message that waits, beside its bytes: its slice and the allocator's rounding.
	segmentCost = 64
	// streamCost is charged for a stream that nobody has opened.
	streamCost = 512
)

// stream receives one value of a call: the root, or what is pending on an index path. Messages are put in by the inbox,
// which never waits; the bytes are taken out by one reader.
//
// Its fields belong to the call's mutex, except buf and off, which are the reader's own.
type stream struct {
	c    *call
	path string // as appendPath yields it; "" is the root

	wake  sync.Cond // its one waiter is the reader
	queue [][]byte  // arrived, in order
	first [1][]byte // what queue begins as: most values are one message
	cost  int       // what is charged to the client's buffer
	total int       // bytes that have arrived
	last  time.Duration
	end   error // why nothing more comes, io.EOF when the value is whole; nil while it may

	empty     bool // has ended without data before anyone opened it
	opened    bool // by Index; the root always is
	closed    bool // by the reader
	delivered bool // the reader has seen end
	released  bool // no longer keeps the call in flight

	buf []byte // taken from queue
	off int    // how much of buf is read
}

var (
	_ wrpc.IndexReadCloser = (*stream)(nil)
	_ wrpc.Buffered        = (*stream)(nil)
)

func (s *stream) init(c *call, path string) {
	s.c, s.path = c, path
	s.wake.L = &c.mu
}

// push takes a message. c.mu is held.
func (s *stream) push(data []byte) {
	if s.path != "" {
		s.last = s.c.client.now() // the root has the deadline of the call
	}
	if s.closed || s.end != nil {
		return
	}
	s.total += len(data)
	cfg := &s.c.client.config
	if s.path == "" && s.total > cfg.maxValue {
		s.overflow(fmt.Errorf("%w: more than %d bytes", wrpc.ErrTooLarge, cfg.maxValue))
		return
	}
	last := len(s.queue) - 1
	merge := last >= 0 && len(s.queue[last])+len(data) <= mergeBelow
	cost := len(data)
	if !merge {
		cost += segmentCost
	}
	switch {
	case s.path != "" && s.cost+cost > cfg.streamBuffer:
		s.overflow(fmt.Errorf("%w: %d bytes wait already", wrpc.ErrOverflow, s.cost))
		return
	case !s.c.client.charge(cost):
		s.overflow(fmt.Errorf("%w: the calls of this client hold %d bytes together", wrpc.ErrOverflow, s.c.client.maxBuffered))
		return
	}
	s.cost += cost
	if merge {
		s.queue[last] = append(s.queue[last], data...)
	} else {
		if s.queue == nil {
			s.queue = s.first[:0]
		}
		s.queue = append(s.queue, data)
	}
	s.wake.Signal()
}

// overflow ends the value and gives back its memory.
func (s *stream) overflow(err error) {
	s.drop()
	s.finish(s.c.wrap(s.c.phase, err))
}

// finish ends the value, once. What has arrived can still be read. c.mu is held.
func (s *stream) finish(err error) {
	if s.end != nil {
		return
	}
	s.end = err
	s.wake.Signal()
	if s.path == "" {
		s.c.rootEnded()
	} else if s.closed {
		delete(s.c.streams, s.path)
	}
}

// drop gives back what has arrived and was not read. c.mu is held.
func (s *stream) drop() {
	s.queue = nil
	s.uncharge(s.cost)
}

func (s *stream) uncharge(cost int) {
	cost = min(cost, s.cost)
	s.cost -= cost
	s.c.client.charge(-cost)
}

// pop takes the oldest message. c.mu is held.
func (s *stream) pop() []byte {
	data := s.queue[0]
	s.queue[0] = nil
	if s.queue = s.queue[1:]; len(s.queue) == 0 {
		s.queue = nil
	}
	s.uncharge(len(data) + segmentCost)
	return data
}

// wait waits until a message can be popped. c.mu is held.
func (s *stream) wait() error {
	for prompted := s.c.rootCounts; ; { // a made call has told what it has to
		switch {
		case s.closed:
			return s.c.wrap(s.c.phase, fmt.Errorf("read: %w", wrpc.ErrClosed))
		case len(s.queue) > 0:
			return nil
		case s.end != nil:
			s.delivered = true
			return s.end
		case !prompted:
			// A server that wants more of the params must have told the caller where to send them.
			prompted = true
			s.c.mu.Unlock()
			err := s.c.side.prompt()
			s.c.mu.Lock()
			if err != nil {
				return err
			}
		default:
			s.wake.Wait()
		}
	}
}

// Read yields bytes as they arrive. At the end of the value it returns io.EOF, else a *wrpc.CallError.
func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.off == len(s.buf) {
		if err := s.More(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.buf[s.off:])
	s.off += n
	return n, nil
}

// ReadByte is Read of one byte.
func (s *stream) ReadByte() (byte, error) {
	if s.off == len(s.buf) {
		if err := s.More(); err != nil {
			return 0, err
		}
	}
	s.off++
	return s.buf[s.off-1], nil
}

// Buffer returns the unread bytes at hand.
func (s *stream) Buffer() []byte { return s.buf[s.off:] }

// Discard marks the first n bytes of Buffer as read.
func (s *stream) Discard(n int) { s.off = min(s.off+max(n, 0), len(s.buf)) }

// More waits until Buffer is longer than before.
func (s *stream) More() error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if err := s.wait(); err != nil {
		return err
	}
	if s.path != "" {
		s.last = s.c.client.now() // a slow reader is not an idle one
	}
	if s.off == len(s.buf) {
		s.buf, s.off = s.pop(), 0 // the message itself: nothing is copied
		return nil
	}
	s.buf, s.off = s.buf[s.off:], 0
	for len(s.queue) > 0 {
		data := s.pop()
		if len(s.buf)+len(data) > cap(s.buf) {
			// Twice what has arrived, so that a large value is copied about once.
			s.buf = slices.Grow(s.buf, max(len(data), len(s.buf)))
		}
		s.buf = append(s.buf, data...)
	}
	return nil
}

// MaxValue is how many bytes one value may have; package wrpc asks for it.
func (s *stream) MaxValue() int { return s.c.client.maxValue }

// Index returns the reader of what is pending below s.
func (s *stream) Index(path ...uint32) (wrpc.IndexReadCloser, error) {
	if len(path) == 0 {
		return s, nil
	}
	p, err := appendPath(s.path, path...)
	if err != nil {
		return nil, s.c.wrap(s.c.phase, err)
	}
	if err := s.c.side.prompt(); err != nil {
		return nil, err
	}
	return s.c.open(p)
}

// Close discards what was not read and what still comes. It may be called repeatedly, and while another goroutine reads.
func (s *stream) Close() error {
	c := s.c
	c.mu.Lock()
	if s.closed {
		c.mu.Unlock()
		return nil
	}
	s.closed = true
	s.drop()
	s.wake.Signal()
	if s.end != nil && s.path != "" {
		delete(c.streams, s.path)
	}
	last := s.release()
	c.mu.Unlock()
	if last {
		c.finished()
	}
	return nil
}

// release ends s's part in keeping the call in flight, once, and tells whether it was the last. c.mu is held.
func (s *stream) release() (last bool) {
	if s.released || s.path == "" && !s.c.rootCounts {
		return false
	}
	s.released = true
	return s.c.release()
}

var _ io.ByteReader = (*stream)(nil)
