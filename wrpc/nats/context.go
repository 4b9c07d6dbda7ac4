package wrpcnats

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

type (
	servedKey struct{} // the call that is being served, in its handler's context
	headerKey struct{} // the headers of calls to be made
)

// HeaderFromContext returns the headers that came with the call being served, in the context of its handler. They are to
// be read only, and nil when none came; ok tells whether ctx is that of a call at all.
func HeaderFromContext(ctx context.Context) (header nats.Header, ok bool) {
	s, ok := ctx.Value(servedKey{}).(*servedCall)
	if !ok {
		return nil, false
	}
	return s.header, true
}

// ContextWithHeader returns a context whose calls are sent with header, which must not be changed afterwards. Headers of
// a call being served are never passed on unless they are given here.
func ContextWithHeader(ctx context.Context, header nats.Header) context.Context {
	return context.WithValue(ctx, headerKey{}, header)
}

func outgoingHeader(ctx context.Context) nats.Header {
	h, _ := ctx.Value(headerKey{}).(nats.Header)
	return h
}

// A servedCall is the context of its handler. It is no context.WithTimeout because its deadline ends when the root
// results are sent, while their streams, and so the context, go on; and it costs no allocation beside the call.
var _ context.Context = (*servedCall)(nil)

// Deadline returns when the results are due. There is none any more once they were sent.
func (s *servedCall) Deadline() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settled {
		return time.Time{}, false
	}
	return s.client.epoch.Add(s.deadline), true
}

// Done returns a channel that is closed when the call has failed, was cancelled, or has ended with all its streams.
func (s *servedCall) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.ctxErr != nil {
			close(s.done)
		}
	}
	return s.done
}

// Err tells why Done is closed.
func (s *servedCall) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ctxErr
}

// Value finds the call itself.
func (s *servedCall) Value(key any) any {
	if key == (servedKey{}) {
		return s
	}
	return nil
}

// AfterFunc runs f when the context is done. Package context uses it to cancel derived contexts without a goroutine for
// each.
func (s *servedCall) AfterFunc(f func()) (stop func() bool) {
	s.mu.Lock()
	if s.ctxErr != nil {
		s.mu.Unlock()
		go f() // package context holds a lock that f takes; f waits for nothing else
		return func() bool { return false }
	}
	defer s.mu.Unlock()
	key := new(byte)
	if s.hooks == nil {
		s.hooks = make(map[*byte]func())
	}
	s.hooks[key] = f
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, waiting := s.hooks[key]
		delete(s.hooks, key)
		return waiting
	}
}

// cancel ends the context.
func (s *servedCall) cancel(cause error) {
	s.mu.Lock()
	if s.ctxErr != nil {
		s.mu.Unlock()
		return
	}
	s.ctxErr = context.Canceled
	if errors.Is(cause, wrpc.ErrDeadline) {
		s.ctxErr = context.DeadlineExceeded
	}
	if s.done != nil {
		close(s.done)
	}
	hooks := s.hooks
	s.hooks = nil
	s.mu.Unlock()
	for _, f := range hooks {
		f()
	}
}

// afterFunc is context.AfterFunc for functions that don't wait. The context of a served call, however wrapped, is
// asked directly, which saves the goroutine that package context would start for it.
func afterFunc(ctx context.Context, f func()) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return false }
	}
	if s, ok := ctx.Value(servedKey{}).(*servedCall); ok && s.Done() == ctx.Done() {
		return s.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}
