package wrpcnats

import (
	"runtime"
	"sync"
)

// fewCalls is up to how many calls in flight each sends for itself: with so few the sender's goroutine is a detour.
const fewCalls = 4

// sender sends for many calls at once, in a goroutine that ends when there are no more. nats.go flushes as soon as a
// goroutine that has published something waits; this way all that can run at the same time share a packet. With 128
// calls in flight that leaves a sixth of a client's packets.
type sender struct {
	mu      sync.Mutex
	queue   []sendable
	running bool // send runs
}

// sendable is a call that has something to send. Nobody waits for it.
type sendable interface{ send() }

// later has calls send soon, and before them the ends of params that are due.
func (s *shared) later(calls ...sendable) {
	q := &s.sender
	q.mu.Lock()
	if !q.running {
		q.running = s.spawn(s.send)
	}
	inline := !q.running // the client is closed
	if !inline {
		q.queue = append(q.queue, calls...)
	}
	q.mu.Unlock()
	if inline {
		s.sendAll(calls)
	}
}

func (s *shared) send() {
	q := &s.sender
	var calls []sendable
	for {
		runtime.Gosched() // lets the goroutines that can run now have theirs sent along
		q.mu.Lock()
		calls, q.queue = q.queue, calls[:0]
		q.running = len(calls) > 0
		q.mu.Unlock()
		if s.sendAll(calls); len(calls) == 0 {
			return
		}
	}
}

// sendAll empties calls.
func (s *shared) sendAll(calls []sendable) {
	s.sendEnds()
	for i, c := range calls {
		calls[i] = nil
		c.send()
	}
}
