package telemetry

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// Headers of a call that are read for attributes; traceparent and tracestate are a propagator's.
const (
	headerSource = "source-id"
	headerTarget = "target-id"
	headerLink   = "link-name"
)

// maxAttribute is how many bytes of a header from the lattice become an attribute.
const maxAttribute = 256

// propagator reads and writes traceparent and tracestate. Baggage is left out: it would carry texts of others.
type propagator = propagation.TraceContext

// carrier lets propagator read and write headers.
type carrier nats.Header

// Get returns the first value of a header.
func (c carrier) Get(key string) string { return nats.Header(c).Get(key) }

// Set replaces the values of a header.
func (c carrier) Set(key, value string) { nats.Header(c).Set(key, value) }

// Keys names all headers.
func (c carrier) Keys() []string {
	keys := make([]string, 0, len(c)) // of headers that have arrived
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}

// calls makes spans and metrics of calls. Without a tracer, the trace that a call came in with is what its logs belong to,
// and goes on in the calls out.
type calls struct {
	tracer         trace.Tracer // nil when traces are off
	server, client *instruments // nil when metrics are off
}

func (c *calls) interceptor() wrpcnats.Interceptor {
	return wrpcnats.Interceptor{Serve: c.serve, Invoke: c.invoke}
}

// serve begins the span of a call in, below that of the caller.
func (c *calls) serve(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
	if call.Header != nil {
		ctx = propagator{}.Extract(ctx, carrier(call.Header))
	}
	if c.tracer == nil {
		return ctx, c.server.begin(ctx, call)
	}
	ctx, span := c.tracer.Start(ctx, method(call), trace.WithSpanKind(trace.SpanKindServer))
	if span.IsRecording() {
		span.SetAttributes(spanAttributes(call, attribute.Key("wasmcloud.source_id"), headerSource)...)
	}
	return ctx, endSpan(span, c.server.begin(ctx, call))
}

// invoke begins the span of a call out and puts it into the headers.
func (c *calls) invoke(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
	var span trace.Span
	if c.tracer != nil {
		ctx, span = c.tracer.Start(ctx, method(call), trace.WithSpanKind(trace.SpanKindClient))
		if span.IsRecording() {
			span.SetAttributes(spanAttributes(call, semconv.ServerAddressKey, headerTarget)...)
		}
	}
	if trace.SpanContextFromContext(ctx).IsValid() {
		call.Header.Del("tracestate") // may be of another trace, and Inject leaves it when there is none
		propagator{}.Inject(ctx, carrier(call.Header))
	}
	end := c.client.begin(ctx, call)
	if span == nil {
		return ctx, end
	}
	return ctx, endSpan(span, end)
}

// method is the name of a call as OpenTelemetry writes it.
func method(call *wrpcnats.CallInfo) string { return call.Instance + "/" + call.Function }

// spanAttributes says which call it is and who is at the other side. No params and no other headers: they are the
// author's and the lattice's business.
func spanAttributes(call *wrpcnats.CallInfo, peer attribute.Key, header string) []attribute.KeyValue {
	attributes := append(make([]attribute.KeyValue, 0, 4), semconv.RPCSystemNameKey.String(systemName), semconv.RPCMethod(method(call)))
	for _, a := range []attribute.KeyValue{
		peer.String(call.Header.Get(header)),
		attribute.String("wasmcloud.link_name", call.Header.Get(headerLink)),
	} {
		if text := a.Value.AsString(); text != "" {
			attributes = append(attributes, attribute.String(string(a.Key), text[:min(len(text), maxAttribute)]))
		}
	}
	return attributes
}

// endSpan ends the span with the outcome of its call, and then runs next.
func endSpan(span trace.Span, next func(error)) func(error) {
	return func(err error) {
		if err != nil {
			kind := errorType(err)
			span.SetAttributes(semconv.ErrorTypeKey.String(kind))
			// Not the error's own text: it is the author's, or the peer's, and may quote what was in the call.
			span.SetStatus(codes.Error, kind)
		}
		span.End()
		if next != nil {
			next(err)
		}
	}
}

// errorType is one of few words for why a call failed.
func errorType(err error) string {
	for _, kind := range []struct {
		err  error
		name string
	}{
		{wrpc.ErrNoResponders, "no_responders"},
		{wrpc.ErrRefused, "refused"},
		{wrpc.ErrDisconnected, "disconnected"},
		{wrpc.ErrDeadline, "deadline_exceeded"},
		{context.DeadlineExceeded, "deadline_exceeded"},
		{context.Canceled, "cancelled"},
		{wrpc.ErrTooLarge, "too_large"},
		{wrpc.ErrMalformed, "malformed"},
		{wrpc.ErrOverflow, "overflow"},
		{wrpc.ErrClosed, "closed"},
	} {
		if errors.Is(err, kind.err) {
			return kind.name
		}
	}
	var handler *wrpc.HandlerError
	var call *wrpc.CallError
	if errors.As(err, &handler) || errors.As(err, &call) && call.Phase == wrpc.PhaseHandler {
		return "handler"
	}
	return "_OTHER"
}

// measure makes the instruments of both directions.
func (c *calls) measure(provider metric.MeterProvider) error {
	meter := provider.Meter(scope)
	var errs [2]error
	c.server, errs[0] = newInstruments(meter, "server")
	c.client, errs[1] = newInstruments(meter, "client")
	return errors.Join(errs[:]...)
}
