package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// contender is one way to make calls over NATS. All of them serve the same functions:
//
//	echo: func(v: greeting) -> greeting   a small call
//	put: func(value: list<u8>) -> u32     a large value; returns how many bytes came
//	get: func(size: u32) -> stream<u8>    that many bytes
//	hold: func()                          returns when the server is told to let go
type contender interface {
	// serve answers calls until the connection closes.
	serve(nc *nats.Conn, s *service) error
	// dial returns the client's side. It may be used concurrently, put and get by one goroutine at a time.
	dial(nc *nats.Conn) (caller, error)
}

// caller is the client's side of a contender.
type caller interface {
	echo(ctx context.Context, v greeting) (greeting, error)
	put(ctx context.Context, value []byte) (uint32, error)
	get(ctx context.Context, size uint32) (received int, err error)
	hold(ctx context.Context) error
}

// The contenders, in the order of the tables. Each is compared with the first.
const (
	nameFloor    = "nats"
	nameUpstream = "upstream"
	nameOurs     = "ours"
)

func contenderNames() []string { return []string{nameFloor, nameUpstream, nameOurs} }

func newContender(name string) (contender, error) {
	switch name {
	case nameFloor:
		return floor{}, nil
	case nameUpstream:
		return upstream{}, nil
	case nameOurs:
		return ours{}, nil
	default:
		return nil, fmt.Errorf("no contender is called %q", name)
	}
}

const (
	// prefix, instance: where the wRPC contenders serve; each has a prefix of its own.
	instance = "wrpc-bench:calls/calls"
	// callTimeout is after how long a call counts as lost.
	callTimeout = 10 * time.Second
	// streamChunk is how many bytes our stream<u8> puts into one message; the others are made to do the same.
	streamChunk = 64 << 10
)

// greeting is record greeting { name: string, count: u32 }, the small value.
type greeting struct {
	Name  string
	Count uint32
}

// smallGreeting is what the small calls send and get back: 20 bytes encoded.
func smallGreeting() greeting { return greeting{Name: "wasmcloud:example", Count: 1000} }

// service is what the contenders' servers do, so that only the way there differs. Its zero value is ready.
type service struct {
	mu      sync.Mutex
	held    int
	release chan struct{}
}

// hold waits until letGo.
func (s *service) hold(ctx context.Context) error {
	released := s.waiters(1)
	defer s.waiters(-1)
	select {
	case <-released:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waiters counts n more held calls and returns what they wait for.
func (s *service) waiters(n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held += n
	if s.release == nil {
		s.release = make(chan struct{})
	}
	return s.release
}

// letGo ends all held calls.
func (s *service) letGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.release != nil {
		close(s.release)
		s.release = nil
	}
}

// holding tells how many calls are held.
func (s *service) holding() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// zeros yields that many bytes at the cost of none: what is read into keeps what it held.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	z.left -= n
	return n, nil
}

func (z *zeros) Close() error { return nil }

// drain reads r to its end and returns how many bytes came.
func drain(r io.Reader) (int, error) {
	buf := make([]byte, streamChunk)
	for total := 0; ; {
		n, err := r.Read(buf)
		total += n
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
