package wrpcnats

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// endDelay is how long the end of params may wait for the next call's first message, so that one packet carries both.
const endDelay = 500 * time.Microsecond

// sender sends what nobody waits for, so that the messages of many calls go out in few packets.
type sender struct {
	mu      sync.Mutex
	results []*servedCall // small results with their ends
	running bool          // sendResults runs
	ends    []*madeCall   // whose end of the params is due
	timer   *time.Timer   // sends ends when no call has done so
	waiting atomic.Bool   // there are ends
}

// laterResults sends the results of c soon, in a goroutine that ends when there are no more. nats.go would flush once
// for each handler that ends; this way all that end at the same time share a packet.
func (s *shared) laterResults(c *servedCall) {
	q := &s.sender
	q.mu.Lock()
	if !q.running {
		q.running = s.spawn(s.sendResults)
	}
	inline := !q.running // the client is closed
	if !inline {
		q.results = append(q.results, c)
	}
	q.mu.Unlock()
	if inline {
		c.sendRest()
	}
}

func (s *shared) sendResults() {
	q := &s.sender
	var calls []*servedCall
	for {
		runtime.Gosched() // lets the handlers that can run now have theirs sent along
		q.mu.Lock()
		calls, q.results = q.results, calls[:0]
		q.running = len(calls) > 0
		q.mu.Unlock()
		if len(calls) == 0 {
			return
		}
		for i, c := range calls {
			calls[i] = nil
			c.sendRest()
		}
	}
}

// laterEnd sends the end of m's params with the next call that is made, or a little later. The inbox, which learns from
// the handshake where to, must not wait for the connection; and a packet of its own for each end would cost a caller
// as much as the call.
func (s *shared) laterEnd(m *madeCall) {
	q := &s.sender
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ends = append(q.ends, m)
	if q.waiting.Swap(true) {
		return
	}
	if q.timer == nil {
		q.timer = time.AfterFunc(endDelay, s.sendEnds)
	} else {
		q.timer.Reset(endDelay)
	}
}

// sendEnds sends the ends that are due. It costs next to nothing when there are none.
func (s *shared) sendEnds() {
	q := &s.sender
	if !q.waiting.Load() {
		return
	}
	q.mu.Lock()
	ends := q.ends
	q.ends = nil
	q.waiting.Store(false)
	q.mu.Unlock()
	for _, m := range ends {
		m.sendParamsEnd()
	}
}
