package providertest

import (
	"strings"

	"github.com/nats-io/nats.go"
)

// SilentPeer is somebody who takes calls and never answers.
type SilentPeer struct {
	lattice *Lattice
	id      string
	calls   *nats.Subscription
}

// SilentPeer puts a component or provider into the lattice that takes every call and never says a word.
func (l *Lattice) SilentPeer(id string) *SilentPeer {
	l.tb.Helper()
	calls, err := l.host.SubscribeSync(l.name + "." + id + ".>")
	if err == nil {
		err = l.host.FlushTimeout(patience)
	}
	if err != nil {
		l.tb.Fatalf("silent peer %s: %v", id, err)
	}
	return &SilentPeer{lattice: l, id: id, calls: calls}
}

// AwaitCall waits for the next call, and returns its function as "instance.function". It fails the test when none comes.
func (s *SilentPeer) AwaitCall() string {
	s.lattice.tb.Helper()
	msg, err := s.calls.NextMsg(patience)
	if err != nil {
		s.lattice.tb.Fatalf("nobody calls %s: %v", s.id, err)
	}
	// <lattice>.<id>.wrpc.<version>.<instance>.<function>, where the version has dots of its own.
	_, function, _ := strings.Cut(strings.TrimPrefix(msg.Subject, s.lattice.name+"."+s.id+"."), ".")
	for range 3 {
		_, function, _ = strings.Cut(function, ".")
	}
	return function
}
