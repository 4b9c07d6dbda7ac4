package main

import "context"

// echoes is a caller that has what it needs at hand.
type echoes struct {
	caller
	wrong bool
}

func (e echoes) echo(_ context.Context, v greeting) (greeting, error) {
	if e.wrong {
		v.Count++
	}
	return v, nil
}

func callEchoOf(c caller) func(context.Context) error {
	return func(ctx context.Context) error { return callEcho(ctx, c) }
}
