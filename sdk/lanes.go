package provider

import (
	"context"
	"errors"
	"sync"
)

// Bounds of what waits behind callbacks that do not return: in one lane, and in all.
const (
	maxLaneTasks = 16 << 10
	maxLaneBytes = 32 << 20
)

var errLaneFull = errors.New("dropped: too many changes wait behind a callback that does not return")

// task is a change that waits for its turn, and the memory that it holds.
type task struct {
	run  func()
	size int
}

// lane runs its tasks one after another.
type lane struct {
	tasks   []task
	running bool
}

// lanes runs the tasks of all lanes, different lanes side by side. A lane without tasks has no goroutine.
type lanes struct {
	mu     sync.Mutex
	closed bool
	bytes  int            // of all tasks that wait
	wait   sync.WaitGroup // the goroutines of the lanes
}

// submit puts a task at the end of a lane, and returns whether it will run.
func (l *lanes) submit(lane *lane, t task) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errStopping
	}
	if len(lane.tasks) >= maxLaneTasks || l.bytes+t.size > maxLaneBytes {
		return errLaneFull
	}
	lane.tasks = append(lane.tasks, t)
	l.bytes += t.size
	if !lane.running {
		lane.running = true
		l.wait.Go(func() { l.run(lane) })
	}
	return nil
}

// run empties one lane.
func (l *lanes) run(lane *lane) {
	for {
		l.mu.Lock()
		if len(lane.tasks) == 0 || l.closed {
			lane.tasks, lane.running = nil, false
			l.mu.Unlock()
			return
		}
		next := lane.tasks[0]
		lane.tasks[0] = task{}
		lane.tasks = lane.tasks[1:]
		l.bytes -= next.size
		l.mu.Unlock()
		next.run()
	}
}

// refuse drops what has not begun, and what comes later.
func (l *lanes) refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// waitFor waits for the group until ctx ends, and reports whether the group was first. Only then is its own goroutine
// over, too; otherwise it ends with the group.
func waitFor(ctx context.Context, group *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
