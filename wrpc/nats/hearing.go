package wrpcnats

import (
	"strings"
	"time"
)

// The wRPC client of wasmCloud hosts and of wash (wrpc-transport-nats 0.29) subscribes to the answers of a call in a
// task of its own, beside the one that sends it. On a busy machine the answers of a fast server can be there first; that
// client then drops each of them by chance, and waits for ever for a handshake that was dropped. So callers that are not
// of this package get the handshake at once, again until they have answered it, and the results only then: the answer,
// which ends the params at the latest, shows that they hear. This package's own client hears before it calls.
const (
	// reminderInterval is how soon an unanswered handshake is made again; each time after takes twice as long. A second
	// handshake does no harm.
	reminderInterval = 50 * time.Millisecond
	// hearingPatience is how long results wait for a caller to be heard of; one that ends its params only after the
	// results gets them then.
	hearingPatience = 100 * time.Millisecond
	// maxRefusals is how many refusals wait at most to be sent once more, so that a flood of calls is not answered by
	// twice as many messages. A caller that loses one beyond that learns it from its own deadline.
	maxRefusals = 128
)

// refuseAgain refuses a foreign caller's call once more, a little later: it tells in no way whether it has heard, and
// once it has, it hears no more.
func (s *shared) refuseAgain(peer, reason string) {
	if s.refusals.Add(1) > maxRefusals {
		s.refusals.Add(-1)
		return
	}
	time.AfterFunc(reminderInterval, func() {
		s.spawn(func() {
			s.refusals.Add(-1)
			_ = s.sendRefusal(peer, reason) // the first was logged
		})
	})
}

// isForeign tells by the caller's subject whether it is one of another implementation.
func isForeign(peer string) bool {
	token := peer[strings.LastIndexByte(peer, '.')+1:]
	return len(token) != tokenDigits || strings.Trim(token, hexDigits) != ""
}

// hear notes that the caller has answered the handshake.
func (s *servedCall) hear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard {
		return
	}
	s.heard = true
	if s.hearing != nil {
		close(s.hearing)
	}
}

// remind makes the handshake again to a foreign caller that was not heard of. It returns after how long to be called
// again, and 0 when that is not needed.
func (s *servedCall) remind() time.Duration {
	s.mu.Lock()
	unheard := s.foreign && !s.heard
	s.reminder = max(2*s.reminder, reminderInterval)
	again := s.reminder
	s.mu.Unlock()
	if !unheard {
		return 0
	}
	_ = s.client.conn.PublishRequest(s.peer, s.self, nil) // if not, then the next time
	return again
}

// awaitHearing waits until a foreign caller hears, so that results are not lost on it. Those who close a call that has
// failed as a whole don't wait.
func (s *servedCall) awaitHearing() {
	if !s.foreign {
		return
	}
	s.mu.Lock()
	wait := !s.heard && s.err == nil
	if wait && s.hearing == nil {
		s.hearing = make(chan struct{})
	}
	hearing := s.hearing
	s.mu.Unlock()
	if !wait || s.shake() != nil {
		return
	}
	patience := time.NewTimer(hearingPatience)
	defer patience.Stop()
	select {
	case <-hearing:
	case <-patience.C:
		s.hear() // as if: what follows does not wait once more
	case <-s.Done():
	}
}
