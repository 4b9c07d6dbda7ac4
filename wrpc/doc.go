// Package wrpc is the Go runtime of wRPC: calls of functions that a WIT contract declares, between components, hosts and
// providers, over any transport.
//
// A transport implements [Invoker] and [Server]; package wrpcnats (…/go/nats) does so over NATS. The code that
// wit-bindgen-wrpc generates from a contract consists of types and of calls into this package: [Call] and [CallAsync] for
// imports, [ServeFuncs] for exports. How a value looks on the wire is decided here, once, by [Encoder] and [Decoder] and
// the Encode and Decode functions of the composite types.
//
// Errors of a call are [*CallError]: which call, in which [Phase], and why. Match the reasons with [errors.Is]
// ([ErrNoResponders], [ErrDeadline], …) and [errors.As] ([*HandlerError]).
//
// # Concurrency
//
// Everything that a transport hands out for one call (readers, writers, streams, futures) is used by one goroutine at a
// time, each by its own; Invokers and Servers are safe for concurrent use. The package starts goroutines in two places:
// CallAsync sends pending params in one that its writeErrs channel ends with, and the pending values of one value are
// sent side by side in goroutines that their sender waits for. All of them end with the call.
//
// # Memory
//
// Nothing that a peer announces is allocated before it has arrived. One value has a limit of [DefaultMaxValue] bytes
// unless the transport sets another.
package wrpc
