package telemetry

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/wasmCloud/provider-sdk-go/telemetry/internal/otlp"
)

// None of the exporters returns an error from an export: OpenTelemetry would give it to its process-wide handler. The
// collector tells it instead.

// spanExporter sends spans, several batches side by side when there are slots.
type spanExporter struct {
	*otlptrace.Exporter
	slots   chan struct{} // nil: one batch after another
	running sync.WaitGroup
}

func newSpanExporter(ctx context.Context, s *sender, concurrent int) (*spanExporter, error) {
	inner, err := otlptrace.New(ctx, spanClient{s})
	out := &spanExporter{Exporter: inner}
	if concurrent > 1 {
		out.slots = make(chan struct{}, concurrent) // at most maxExports
	}
	return out, err
}

// ExportSpans never fails.
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e.slots == nil {
		return e.Exporter.ExportSpans(ctx, spans)
	}
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil // the batches before this one have been failing for as long, and told so
	}
	spans = slices.Clone(spans)      // the caller clears its slice when this method returns
	ctx = context.WithoutCancel(ctx) // and ends its context; the sender has a time-out of its own
	e.running.Go(func() {
		defer func() { <-e.slots }()
		_ = e.Exporter.ExportSpans(ctx, spans) // never fails
	})
	return nil
}

// Shutdown waits for what is under way.
func (e *spanExporter) Shutdown(ctx context.Context) error {
	e.running.Wait()
	return e.Exporter.Shutdown(ctx)
}

// spanClient is where OpenTelemetry's exporter of spans sends them.
type spanClient struct{ *sender }

// Start does nothing: the collector is dialled when there is something to send.
func (spanClient) Start(context.Context) error { return nil }

// Stop does nothing: the connection is the collector's.
func (spanClient) Stop(context.Context) error { return nil }

// UploadTraces never fails. The bytes of TracesData are those of an ExportTraceServiceRequest.
func (c spanClient) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	c.export(ctx, &tracepb.TracesData{ResourceSpans: spans})
	return nil
}

// spanLevels leaves out spans that are less severe than the host wants: a span is an error when its status is, and info
// otherwise.
type spanLevels struct {
	sdktrace.SpanProcessor
	least slog.Level
}

// OnEnd passes on spans that are severe enough.
func (p spanLevels) OnEnd(span sdktrace.ReadOnlySpan) {
	level := slog.LevelInfo
	if span.Status().Code == codes.Error {
		level = slog.LevelError
	}
	if level >= p.least {
		p.SpanProcessor.OnEnd(span)
	}
}

// metricExporter sends metrics.
type metricExporter struct {
	*sender
	temporality sdkmetric.TemporalitySelector
	aggregation sdkmetric.AggregationSelector
}

// Temporality is what the environment prefers.
func (e *metricExporter) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return e.temporality(k)
}

// Aggregation is what the environment prefers.
func (e *metricExporter) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return e.aggregation(k)
}

// Export never fails.
func (e *metricExporter) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	e.export(ctx, otlp.Metrics(m))
	return nil
}

// ForceFlush does nothing: nothing is held back.
func (e *metricExporter) ForceFlush(context.Context) error { return nil }

// Shutdown does nothing: the connection is the collector's.
func (e *metricExporter) Shutdown(context.Context) error { return nil }

// logExporter sends log records.
type logExporter struct{ *sender }

// Export never fails.
func (e logExporter) Export(ctx context.Context, records []sdklog.Record) error {
	e.export(ctx, otlp.Logs(records))
	return nil
}

// ForceFlush does nothing: nothing is held back.
func (e logExporter) ForceFlush(context.Context) error { return nil }

// Shutdown does nothing: the connection is the collector's.
func (e logExporter) Shutdown(context.Context) error { return nil }
