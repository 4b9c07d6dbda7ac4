package wrpcnats

import (
	"context"

	"github.com/nats-io/nats.go"
)

// CallInfo tells an [Interceptor] which call it sees.
type CallInfo struct {
	// Instance and Function are WIT's names, Prefix the address below which they are served.
	Instance, Function, Prefix string
	// Header holds the headers: in Serve those that came with the call, to be read only; in Invoke those that will be
	// sent, a private map that may be changed and is never nil.
	Header nats.Header
}

// Interceptor sees every call of a client, for traces, metrics, headers or access rules. Nil fields are skipped.
type Interceptor struct {
	// Serve runs before the handler, with the context that the handler gets in the end, and may replace it. The
	// returned function, unless nil, gets the call's outcome once, when it has ended with all its streams.
	Serve func(ctx context.Context, call *CallInfo) (context.Context, func(error))
	// Invoke runs before the call is sent; the rest is as in Serve.
	Invoke func(ctx context.Context, call *CallInfo) (context.Context, func(error))
}

// intercept runs one side of interceptors, outermost first. The functions that it returns are to be run by finish.
func intercept(ctx context.Context, interceptors []Interceptor, info *CallInfo, side func(Interceptor) func(context.Context, *CallInfo) (context.Context, func(error))) (context.Context, []func(error)) {
	var ends []func(error)
	for _, i := range interceptors {
		f := side(i)
		if f == nil {
			continue
		}
		var end func(error)
		if ctx, end = f(ctx, info); end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, ends
}

// finish tells the outcome of a call, innermost interceptor first.
func finish(ends []func(error), err error) {
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i](err)
	}
}

func serveSide(i Interceptor) func(context.Context, *CallInfo) (context.Context, func(error)) {
	return i.Serve
}

func invokeSide(i Interceptor) func(context.Context, *CallInfo) (context.Context, func(error)) {
	return i.Invoke
}
