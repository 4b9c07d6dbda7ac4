package wrpcnats

import (
	"slices"
	"sync"
	"time"
)

// idleWorkerTime is how long, up to twice as long, a goroutine waits for another call.
const idleWorkerTime = time.Second

// workers are the goroutines that serve calls, each one at a time, so there are never more than calls have been in flight
// together. One that has served its call waits for another: its stack has grown by then, and growing that of a new
// goroutine was a fifth of what a server computed for a small call. The zero value is ready.
type workers struct {
	mu    sync.Mutex
	idle  []*worker   // the last to have served is the next to serve
	least int         // how many of idle, from the first, have been so since the timer ran last
	timer *time.Timer // runs while some are idle
	ended bool
}

// worker is one goroutine. It has a call whenever it is not among the idle ones.
type worker struct {
	calls chan *servedCall // the next one; closed when there is none any more
	gone  chan struct{}    // closed when the goroutine has ended
}

// serve serves a call in a goroutine that serves no other at the same time. It waits for nobody.
func (ws *workers) serve(s *servedCall) {
	ws.mu.Lock()
	var w *worker
	if last := len(ws.idle) - 1; last >= 0 {
		w = ws.idle[last]
		ws.idle[last] = nil
		ws.idle = ws.idle[:last]
		ws.least = min(ws.least, last)
	}
	ws.mu.Unlock()
	if w != nil {
		w.calls <- s // there is room: it is idle
		return
	}
	w = &worker{calls: make(chan *servedCall, 1), gone: make(chan struct{})}
	go w.work(ws, s) // Stop waits for its call by the count of those in flight, and for itself when it is idle
}

// work ends when nobody has needed w for a while, with the workers as a whole, or when a handler ends its goroutine.
func (w *worker) work(ws *workers, s *servedCall) {
	defer close(w.gone)
	for more := true; more; s, more = <-w.calls {
		s.run()
		if !ws.rest(w) {
			return
		}
	}
}

// rest makes w one of the idle workers, if it may stay.
func (ws *workers) rest(w *worker) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.ended {
		return false
	}
	ws.idle = append(ws.idle, w)
	if ws.timer == nil {
		ws.timer = time.AfterFunc(idleWorkerTime, ws.trim)
	}
	return true
}

// trim ends those that nobody has needed for a while.
func (ws *workers) trim() {
	ws.mu.Lock()
	surplus := slices.Clone(ws.idle[:ws.least])
	ws.idle = slices.Delete(ws.idle, 0, ws.least)
	ws.least = len(ws.idle)
	if ws.least > 0 {
		ws.timer.Reset(idleWorkerTime)
	} else {
		ws.timer = nil
	}
	ws.mu.Unlock()
	dismiss(surplus)
}

// end waits until no worker is idle any more. Those that serve end with their calls.
func (ws *workers) end() {
	ws.mu.Lock()
	ws.ended = true
	idle := ws.idle
	ws.idle, ws.least = nil, 0
	ws.mu.Unlock()
	dismiss(idle)
}

// dismiss ends idle workers and waits for that.
func dismiss(idle []*worker) {
	for _, w := range idle {
		close(w.calls)
	}
	for _, w := range idle {
		<-w.gone
	}
}
