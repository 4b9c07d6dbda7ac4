package provider

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"
)

// Bounds of what waits to be handled, for each purpose on its own.
const (
	maxQueuedMessages = 16 << 10
	maxQueuedBytes    = 16 << 20
	// The router below empties this channel without ever waiting, so that it holds no more than one burst.
	controlBuffer = 16 << 10
)

// control receives the messages of all control subjects in the order of their arrival and sorts them into one mailbox per
// purpose, so that nothing waits behind another purpose, and puts and deletions of links, which have a subject each, keep
// their order.
type control struct {
	conn  *nats.Conn
	log   *slog.Logger
	in    chan *nats.Msg
	boxes map[string]*mailbox // by subject
	subs  []*nats.Subscription

	stop chan struct{}  // closed to end the router
	wait sync.WaitGroup // waits for the router
}

func newControl(conn *nats.Conn, log *slog.Logger, boxes map[string]*mailbox) *control {
	return &control{
		conn: conn, log: log, boxes: boxes,
		in:   make(chan *nats.Msg, controlBuffer),
		stop: make(chan struct{}),
	}
}

// open subscribes, and returns when the server has the subscriptions.
func (c *control) open() error {
	c.wait.Go(c.route)
	for subject := range c.boxes {
		sub, err := c.conn.ChanSubscribe(subject, c.in)
		if err != nil {
			c.close()
			return fmt.Errorf("subscribe to %s: %w", subject, err)
		}
		c.subs = append(c.subs, sub)
	}
	if err := c.conn.FlushTimeout(dialTimeout); err != nil {
		c.close()
		return fmt.Errorf("subscribe to the control subjects: %w", err)
	}
	return nil
}

func (c *control) route() {
	for {
		select {
		case msg := <-c.in:
			if box := c.boxes[msg.Subject]; !box.put(msg) {
				c.log.Error("control message dropped: too many are waiting", "subject", msg.Subject)
			}
		case <-c.stop:
			return
		}
	}
}

// close ends the subscriptions and the router. It may be called once.
func (c *control) close() {
	for _, sub := range c.subs {
		// It fails only when the connection is gone, and the subscription with it.
		_ = sub.Unsubscribe()
	}
	close(c.stop)
	c.wait.Wait()
}

// mailbox is a bounded queue of messages that one goroutine handles in order.
type mailbox struct {
	mu      sync.Mutex
	waiting []*nats.Msg
	bytes   int
	arrived chan struct{} // holds one token while there may be something waiting
}

func newMailbox() *mailbox { return &mailbox{arrived: make(chan struct{}, 1)} }

// put returns false when the mailbox is full. It never waits.
func (b *mailbox) put(msg *nats.Msg) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxQueuedMessages || b.bytes+len(msg.Data) > maxQueuedBytes {
		return false
	}
	b.waiting = append(b.waiting, msg)
	b.bytes += len(msg.Data)
	select {
	case b.arrived <- struct{}{}:
	default:
	}
	return true
}

// takeAll empties the mailbox.
func (b *mailbox) takeAll() []*nats.Msg {
	b.mu.Lock()
	defer b.mu.Unlock()
	msgs := b.waiting
	b.waiting, b.bytes = nil, 0
	return msgs
}

// handle calls f for each message until stop is closed.
func (b *mailbox) handle(stop <-chan struct{}, f func(*nats.Msg)) {
	for {
		select {
		case <-stop:
			return
		case <-b.arrived:
		}
		for _, msg := range b.takeAll() {
			select {
			case <-stop:
				return
			default:
				f(msg)
			}
		}
	}
}

// reply answers a control message that asks for it.
func reply(msg *nats.Msg, log *slog.Logger, data []byte) {
	if msg.Reply == "" {
		return
	}
	if err := msg.Respond(data); err != nil {
		log.Warn("answer to a control message lost", "subject", msg.Subject, "reason", err)
	}
}
