package wrpcnats

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// receiver is a call in the table.
type receiver interface {
	// setToken is called once, before the call can be found.
	setToken(token uint64)
	// receive takes a message of the call. The inbox calls it, so it waits for nobody.
	receive(part, path string, msg *nats.Msg)
	// disconnected tells that messages may be missing from now on.
	disconnected(err error)
}

// table holds the calls in flight by their tokens. It is divided so that the inbox and the callers seldom meet.
type table struct {
	shards [32]struct {
		mu    sync.Mutex
		calls map[uint64]receiver
	}
}

// add gives a call its token, which peers can't guess from those of other calls.
func (t *table) add(r receiver) {
	for {
		token := rand.Uint64()
		s := &t.shards[token%uint64(len(t.shards))]
		s.mu.Lock()
		if s.calls == nil {
			s.calls = make(map[uint64]receiver)
		}
		_, taken := s.calls[token]
		free := !taken && token != 0
		if free {
			r.setToken(token)
			s.calls[token] = r
		}
		s.mu.Unlock()
		if free {
			return
		}
	}
}

func (t *table) find(token uint64) receiver {
	s := &t.shards[token%uint64(len(t.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[token]
}

// remove forgets a call; 0 is no call's token.
func (t *table) remove(token uint64) {
	s := &t.shards[token%uint64(len(t.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, token)
}

// all returns the calls that are in flight now.
func (t *table) all() []receiver {
	var all []receiver
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for _, r := range s.calls {
			all = append(all, r)
		}
		s.mu.Unlock()
	}
	return all
}

// inbox is the one subscription that all calls of a client and its Views receive on.
type inbox struct {
	prefix string // ends in a dot

	ready atomic.Bool
	mu    sync.Mutex
	sub   *nats.Subscription
}

// openInbox subscribes, when the first call needs it.
func (s *shared) openInbox() error {
	in := &s.inbox
	if in.ready.Load() {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.sub != nil {
		return nil
	}
	if err := s.watchConnection(); err != nil {
		return err
	}
	sub, err := s.conn.Subscribe(in.prefix+">", s.dispatch)
	if err != nil {
		return publishError(err)
	}
	// The callback takes each message at once and the calls count what they hold; limits here would drop messages
	// without telling whose.
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return fmt.Errorf("lift the limits of the inbox: %w", publishError(err))
	}
	in.sub = sub
	in.ready.Store(true)
	return nil
}

// dispatch hands a message to its call. It is the callback of the inbox and waits for nobody: a message of an unknown
// call, which is over or never was, is dropped.
func (s *shared) dispatch(msg *nats.Msg) {
	if len(msg.Subject) < len(s.inbox.prefix) {
		return
	}
	token, part, path, ok := parseSubject(msg.Subject[len(s.inbox.prefix):])
	if !ok {
		return
	}
	if call := s.calls.find(token); call != nil {
		call.receive(part, path, msg)
	}
}

// link is what is known of the connection.
type link struct {
	mu      sync.Mutex
	up      bool
	closed  bool
	changed chan struct{} // closed at the next change; nil while up
}

// state tells whether the connection is up; if not, changed is closed when that changes, and nil when it never will.
func (l *link) state() (up bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up || l.closed {
		return l.up, nil
	}
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return false, l.changed
}

func (l *link) set(up, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up, l.closed = up, closed
	if l.changed != nil && (up || closed) {
		close(l.changed)
		l.changed = nil
	}
}

// watchConnection starts the goroutine that follows the connection's state, without touching its owner's handlers.
func (s *shared) watchConnection() error {
	events := s.conn.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.DISCONNECTED, nats.DRAINING_SUBS, nats.CLOSED)
	if s.conn.IsClosed() {
		s.conn.RemoveStatusListener(events)
		return fmt.Errorf("%w: %w", wrpc.ErrClosed, nats.ErrConnectionClosed)
	}
	s.link.set(s.conn.IsConnected(), false)
	if !s.spawn(func() { s.follow(events) }) {
		s.conn.RemoveStatusListener(events)
		return fmt.Errorf("client: %w", wrpc.ErrClosed)
	}
	return nil
}

// follow ends with the connection, or when the client is closed.
func (s *shared) follow(events chan nats.Status) {
	defer s.conn.RemoveStatusListener(events)
	for {
		select {
		case <-s.quit:
			return
		case event := <-events:
			over := s.conn.IsClosed() || s.conn.IsDraining()
			s.link.set(s.conn.IsConnected() && !over, over)
			if event != nats.CONNECTED {
				for _, call := range s.calls.all() {
					call.disconnected(wrpc.ErrDisconnected)
				}
			}
			if event == nats.CLOSED {
				s.serving.workers.end()
				return
			}
		}
	}
}
