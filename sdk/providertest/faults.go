package providertest

import (
	"sync"
	"time"
)

// Message is a NATS message between a provider and its server, in either direction.
type Message struct {
	Sent    bool   // by the provider; otherwise it is on its way to it
	Subject string // such as default.component.wrpc.0.0.1.wasi:keyvalue/store.get for a call
	Reply   string // empty when no answer is asked for
	Data    []byte // without headers; not to be changed
}

// Fault is what becomes of a message. The zero Fault is none: the message passes as it is.
type Fault struct {
	copies int           // instead of one, when altered
	after  time.Duration // before the message, and all behind it, go on
	pieces int           // bytes of each piece; 0 for the whole
	alter  bool
}

// Pass lets the message through.
func Pass() Fault { return Fault{} }

// Drop loses the message. Dropping all that comes from somebody makes them a silent peer.
func Drop() Fault { return Fault{alter: true} }

// Duplicate delivers the message twice.
func Duplicate() Fault { return Fault{alter: true, copies: 2} }

// Delay holds the message back, and with it what comes behind it in its direction: NATS keeps the order.
func Delay(d time.Duration) Fault { return Fault{alter: true, copies: 1, after: d} }

// Split delivers the data in messages of so many bytes each, at least one. On wRPC's streams of messages the cuts mean
// nothing. A message that asks for an answer is not split: each piece would be a request of its own.
func Split(bytes int) Fault { return Fault{alter: true, copies: 1, pieces: max(bytes, 1)} }

// Rule decides on each message of a provider, in both directions. It is called for one at a time.
type Rule func(Message) Fault

// WithFaults puts the rule between the provider and the NATS server. Other connections, such as those of hosts and
// components, are not affected.
func WithFaults(rule Rule) ProviderOption {
	return func(i *instance) error {
		var turn sync.Mutex
		i.rule = func(m Message) Fault {
			turn.Lock()
			defer turn.Unlock()
			return rule(m)
		}
		return nil
	}
}

// interpose starts the proxy that applies the instance's rule, and makes the provider connect to it.
func (l *Lattice) interpose(i *instance) error {
	if i.rule == nil {
		return nil
	}
	p, err := startProxy(l.address, i.rule)
	if err != nil {
		return err
	}
	l.tb.Cleanup(p.close)
	i.hostData["lattice_rpc_url"] = p.address()
	return nil
}
