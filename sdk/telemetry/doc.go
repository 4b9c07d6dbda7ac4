// Package telemetry sends the traces, metrics and logs of a provider to an OpenTelemetry collector, as the host data or
// the environment asks for it. It is one option of [provider.New]:
//
//	p, err := provider.New(telemetry.Option(), ...)
//
// A provider that leaves the option out links nothing of OpenTelemetry. With the option and all signals off, which is
// what hosts say unless they are told otherwise, nothing is built, sent or run; the trace that a call comes in with goes on
// in the calls out, as it does without the option.
//
// # What is recorded
//
// Names follow OpenTelemetry's conventions for RPC. In rpc.method a function is instance/function, for example
// wasmcloud:example/system-info/call; rpc.system.name is wrpc.
//
//	span of a call in     kind server, below the caller's; wasmcloud.source_id, wasmcloud.link_name
//	span of a call out    kind client, below the span in the context; server.address is the id of the callee
//	rpc.server.calls, rpc.client.calls                    counter: calls that have ended
//	rpc.server.errors, rpc.client.errors                  counter: calls that have failed, by error.type
//	rpc.server.active_calls, rpc.client.active_calls      in flight
//	rpc.server.call.duration, rpc.client.call.duration    histogram in seconds, streams included
//	log records           those of the provider's Logger that the host's log level lets through
//
// Error.type is one of no_responders, refused, disconnected, deadline_exceeded, cancelled, too_large, malformed,
// overflow, closed, handler and _OTHER. Params, results, other headers and the texts of errors are in no span and no
// metric. A log record carries what its author has logged, and the ids of the trace when it was logged with the context
// of a call (Logger.InfoContext).
//
// An author's own spans go below those of the call, with the same exporter and without anything global:
//
//	tracer := trace.SpanFromContext(ctx).TracerProvider().Tracer("my/provider")
//
// The resource has service.name (see [ServiceName]), service.instance.id, wasmcloud.provider_key, wasmcloud.host_id and
// wasmcloud.lattice, and what OTEL_RESOURCE_ATTRIBUTES adds.
//
// # Settings
//
// The host data (otel_config) wins over OTEL_* variables, field by field. What means nothing is logged and passed over.
//
//	which signals      enable_traces, enable_metrics, enable_logs; else enable_observability, which OTEL_SDK_DISABLED=true
//	                   and OTEL_<SIGNAL>_EXPORTER=none can switch off; no variable switches a signal on
//	endpoint           <signal>_endpoint as it is; else observability_endpoint, with /v1/<signal> when it has no path (HTTP)
//	                   or without its path (gRPC); else OTEL_EXPORTER_OTLP_<SIGNAL>_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT;
//	                   else 127.0.0.1, port 4318 (HTTP) or 4317 (gRPC); https means TLS, no scheme means http
//	protocol           protocol, else OTEL_EXPORTER_OTLP_PROTOCOL (grpc, http/protobuf), else HTTP
//	trust              the system's certificates, or the file of OTEL_EXPORTER_OTLP_CERTIFICATE, and additional_ca_paths
//	sampling           traces_sampler, traces_sampler_arg, else OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, else
//	                   parentbased_always_on
//	trace_level        spans of failed calls are of level error, all others info: error and warn leave the failed ones,
//	                   critical none
//	queues             max_batch_queue_size, at most 65536, for spans and log records each; else OTEL_BSP_*, OTEL_BLRP_*
//	concurrent_exports batches of spans sent side by side, at most 64; the default is one after another
//
// All other OTEL_* variables that the official SDK for Go knows are honoured by it: headers, time-outs, compression,
// client certificates, intervals, limits. It reads some of them even where the host data says otherwise, and may report
// a malformed one on stderr itself.
//
// Warnings of this package go to the provider's Logger as it is when the option runs: give provider.LogOutput first.
//
// # A collector that is not there
//
// No call ever waits for a collector: full queues drop. Failed exports are logged once a minute at most, in the provider's
// own log only and never through OpenTelemetry's process-wide error handler. A stop sends what is buffered, all
// signals side by side, for as long as the stop's budget and [FlushTimeout] allow; it does not wait at all for a collector
// whose last answer was missing, and no longer than for the first attempt that fails.
//
// # Goroutines
//
// With traces on: one batch processor, and up to concurrent_exports senders. With metrics on: one periodic reader. With
// logs on: one batch processor. For each collector: the connection of net/http or grpc. All of them have ended when the
// function given to [provider.OnFlush] returns, which owns them.
package telemetry
