package wrpcnats

import (
	"sync"
	"sync/atomic"
	"time"
)

// soonDelay is for how long calls put off what fast ones do without: at most so long the end of their params, and at
// least, though not twice, what they do when they get older.
const soonDelay = 500 * time.Microsecond

// soon does what calls put off. It has one timer for all of them, which is left alone while it runs: one for each call,
// set so early and stopped again, woke a thread for every other call.
type soon struct {
	mu    sync.Mutex
	timer *time.Timer
	armed bool // the timer runs

	ends    []*madeCall // whose end of the params is due
	hasEnds atomic.Bool
	young   []aging
	older   []aging // those that were young when the timer ran last
}

// aging is a call that does some things only when it gets older than a fast one: mature is called then, once, even if the
// call has ended. It waits for nobody, and returns what is to be sent, if anything.
type aging interface{ mature() sendable }

// whenOlder has c told when it is once to twice soonDelay old; at once when it may not get that old, with so little left.
func (s *shared) whenOlder(c aging, left time.Duration) {
	if left < 2*soonDelay {
		if send := c.mature(); send != nil {
			s.later(send)
		}
		return
	}
	q := &s.soon
	q.mu.Lock()
	defer q.mu.Unlock()
	q.young = append(q.young, c)
	q.arm(s.isSoon)
}

// laterEnd sends the end of m's params with the next call that is made, or a little later. The inbox, which learns from
// the handshake where to, must not wait for the connection; and a packet of its own for each end would cost a caller
// as much as the call.
func (s *shared) laterEnd(m *madeCall) {
	q := &s.soon
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ends = append(q.ends, m)
	q.hasEnds.Store(true)
	q.arm(s.isSoon)
}

// arm makes the timer run, if it does not. q.mu is held.
func (q *soon) arm(f func()) {
	if q.armed {
		return
	}
	q.armed = true
	if q.timer == nil {
		q.timer = time.AfterFunc(soonDelay, f)
	} else {
		q.timer.Reset(soonDelay)
	}
}

// isSoon runs in the timer's goroutine. What there is to send, which may take long, it leaves to the sender.
func (s *shared) isSoon() {
	q := &s.soon
	q.mu.Lock()
	matured := q.older
	q.older, q.young = q.young, nil
	if q.armed = false; len(q.older) > 0 {
		q.arm(s.isSoon)
	}
	q.mu.Unlock()
	var send []sendable
	for _, c := range matured {
		if due := c.mature(); due != nil {
			send = append(send, due)
		}
	}
	if len(send) > 0 || q.hasEnds.Load() {
		s.later(send...)
	}
}

// sendEnds sends the ends that are due. Who sends a call does so first: they share its packet. It costs next to nothing
// when there are none.
func (s *shared) sendEnds() {
	q := &s.soon
	if !q.hasEnds.Load() {
		return
	}
	q.mu.Lock()
	ends := q.ends
	q.ends = nil
	q.hasEnds.Store(false)
	q.mu.Unlock()
	for _, m := range ends {
		m.sendParamsEnd()
	}
}
