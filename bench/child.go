package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/nats-io/nats.go"
)

// order is what the parent tells a child to do, one line of JSON on its standard input.
type order struct {
	Do       string        // one of the constants below
	Case     string        // doRun: which
	InFlight int           // doHold, doMemory: how many calls
	Each     time.Duration // doRun: how long
	Profile  string        // doProfile: where to write the profiles, a path that their kinds are appended to
}

// What a child can do.
const (
	doRun       = "run"      // client: make the calls of a case
	doHold      = "hold"     // client: make calls that the server holds
	doMemory    = "memory"   // server: wait until so many calls are held, and tell the memory in use
	doRelease   = "release"  // server: let the held calls go
	doProfile   = "profile"  // either: begin
	doProfiled  = "profiled" // either: write what doProfile began
	holdTimeout = 5 * time.Second
)

// answer is what a child says when it has done so, one line of JSON on its standard output.
type answer struct {
	Err    string // why it has not
	Load   load   // doRun, doHold
	Memory uint64 // doMemory: bytes of heap and stacks
}

// child is the whole life of a child process, which ends when its standard input does.
func child(ctx context.Context, s settings, stdin io.Reader, stdout io.Writer) error {
	who, err := newContender(s.who)
	if err != nil {
		return err
	}
	nc, err := nats.Connect(s.url, nats.Name("bench "+s.who+" "+s.role))
	if err != nil {
		return err
	}
	defer nc.Close()
	c := &childState{}
	switch s.role {
	case "server":
		c.service = &service{}
		err = who.serve(nc, c.service)
	case "client":
		c.caller, err = who.dial(nc)
	default:
		err = fmt.Errorf("no role is called %q", s.role)
	}
	if err != nil {
		return err
	}
	return c.obey(ctx, json.NewDecoder(stdin), json.NewEncoder(stdout))
}

// childState is what a child has for its role.
type childState struct {
	service *service // of a server
	caller  caller   // of a client
	profile *profile // while one is taken
}

// obey does what it is told until there are no more orders.
func (c *childState) obey(ctx context.Context, orders *json.Decoder, answers *json.Encoder) error {
	if err := answers.Encode(answer{}); err != nil { // ready
		return err
	}
	for {
		var o order
		if err := orders.Decode(&o); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		a, err := c.do(ctx, o)
		if err != nil {
			a.Err = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func (c *childState) do(ctx context.Context, o order) (a answer, err error) {
	switch {
	case o.Do == doRun && c.caller != nil:
		a.Load, err = c.run(ctx, o)
	case o.Do == doHold && c.caller != nil:
		a.Load = drive(ctx, o.InFlight, 0, c.caller.hold)
	case o.Do == doMemory && c.service != nil:
		a.Memory, err = memoryHolding(c.service, o.InFlight)
	case o.Do == doRelease && c.service != nil:
		c.service.letGo()
	case o.Do == doProfile:
		c.profile, err = startProfile(o.Profile)
	case o.Do == doProfiled && c.profile != nil:
		err = c.profile.stop()
	default:
		err = fmt.Errorf("no order %q here", o.Do)
	}
	return a, err
}

// run warms up for a while that does not count, so that connections, pools and heaps have their size, and measures.
func (c *childState) run(ctx context.Context, o order) (load, error) {
	for _, b := range benchCases() {
		if b.Name == o.Case {
			call := func(ctx context.Context) error { return b.call(ctx, c.caller) }
			warm := drive(ctx, b.InFlight, o.Each/5, call)
			runtime.GC()
			l := drive(ctx, b.InFlight, o.Each, call)
			l.Made += warm.Made
			l.Lost += warm.Lost // a lost call is lost whenever it is made
			return l, nil
		}
	}
	return load{}, fmt.Errorf("no case is called %q", o.Case)
}

// memoryHolding returns the bytes of heap and stacks in use when so many calls are held.
func memoryHolding(s *service, calls int) (uint64, error) {
	for deadline := time.Now().Add(holdTimeout); s.holding() < calls; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return 0, errors.New("the calls to hold did not arrive")
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the second empties the pools' victims
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse, nil
}
