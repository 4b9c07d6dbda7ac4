package main

import (
	"context"
	"fmt"
)

// benchCase is something that every contender does for a while.
type benchCase struct {
	Name     string
	InFlight int // calls at the same time, each by a caller that makes the next when it has the result
	Size     int // bytes that a call moves; 0 where the number of calls is what counts
	call     func(ctx context.Context, c caller) error
}

// The sizes of the large values. A stream must fit our default bound of 16 MiB per stream, since the wire has no flow
// control: on a busy machine its reader may get no time until all is there.
const (
	largeValue  = 1_000_000
	hugeValue   = 16_000_000
	streamBytes = 16_000_000
)

func benchCases() []benchCase {
	var cases []benchCase
	for _, n := range []int{1, 16, 128, 1024} {
		cases = append(cases, benchCase{Name: fmt.Sprintf("small, %d in flight", n), InFlight: n, call: callEcho})
	}
	return append(cases,
		benchCase{Name: "1 MB value", InFlight: 1, Size: largeValue, call: putCall(largeValue)},
		benchCase{Name: "16 MB value", InFlight: 1, Size: hugeValue, call: putCall(hugeValue)},
		benchCase{Name: "stream<u8>, 16 MB", InFlight: 1, Size: streamBytes, call: callGet},
	)
}

func callEcho(ctx context.Context, c caller) error {
	sent := smallGreeting()
	got, err := c.echo(ctx, sent)
	if err == nil && got != sent {
		return fmt.Errorf("echo of %+v is %+v", sent, got)
	}
	return err
}

func putCall(size int) func(context.Context, caller) error {
	value := make([]byte, size)
	return func(ctx context.Context, c caller) error {
		n, err := c.put(ctx, value)
		if err == nil && int(n) != size {
			return fmt.Errorf("of %d bytes %d arrived", size, n)
		}
		return err
	}
}

func callGet(ctx context.Context, c caller) error {
	n, err := c.get(ctx, streamBytes)
	if err == nil && n != streamBytes {
		return fmt.Errorf("of %d streamed bytes %d arrived", streamBytes, n)
	}
	return err
}
