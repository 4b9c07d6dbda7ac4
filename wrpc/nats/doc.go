// Package wrpcnats carries wRPC calls over NATS, as wasmCloud hosts and Rust components speak it.
//
// A [Client] is a wrpc.Invoker and a wrpc.Server on a NATS connection of its user's. All calls of a client, made and
// served, receive on one wildcard inbox subscription: a call costs five messages and no subscription. The inbox never
// waits for anybody: it appends a message to the call that it belongs to, and what a slow reader leaves there is
// bounded, by its own stream's buffer and by one of the client.
//
// # Calls
//
// Invoke returns when the params are sent; whether somebody serves the function shows at the latest when the results
// are read. Every wait has a deadline: [WithTimeout], or that of the context, until the root results are in, then
// [WithIdleTimeout] for each stream or future. All errors of a call are *wrpc.CallError; match the reasons with
// errors.Is: wrpc.ErrNoResponders, wrpc.ErrRefused, wrpc.ErrDeadline, wrpc.ErrDisconnected, wrpc.ErrTooLarge,
// wrpc.ErrOverflow, wrpc.ErrMalformed, wrpc.ErrClosed; *wrpc.HandlerError by errors.As.
//
// When the connection is lost, the calls in flight fail at once with wrpc.ErrDisconnected, and new ones wait for its
// return until their deadline.
//
// A reader or writer is used by one goroutine at a time, each by its own; Close may be called beside a Read.
//
// # Goroutines
//
// Beside those of nats.go, one per subscription:
//   - one that follows the state of the connection, from the first call to the end of the connection or [Client.Close],
//     which waits for it;
//   - one for each call being served, which then waits a second or two for another; [Client.Stop] waits for the calls and
//     ends those that wait, and so does the end of the connection;
//   - one, while many calls are in flight, which sends small params and results for all of them; Stop and Close wait for
//     what it sends;
//   - one for the interceptors of a made call, when it has ended; Close waits for it.
//
// Timers, one for each call that is not over in a millisecond and some of the client, run their function in a goroutine
// of package time.
package wrpcnats
