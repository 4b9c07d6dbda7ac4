package telemetry

import (
	"context"
	"log/slog"
	"sync"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The exporters get their connection from the collector, so that they share it and it is known how it fares; headers,
// compression over HTTP, time-outs over gRPC and the like they read from the environment. TLS is the collector's.

// spanExporter sends spans through a collector, several batches side by side when there are slots.
type spanExporter struct {
	sdktrace.SpanExporter
	collector *collector
	slots     chan struct{} // nil: one batch after another
	running   sync.WaitGroup
}

func newSpanExporter(ctx context.Context, c *collector, t target, concurrent int) (*spanExporter, error) {
	out := &spanExporter{collector: c}
	if concurrent > 1 {
		out.slots = make(chan struct{}, concurrent) // at most maxExports
	}
	var err error
	if t.grpc {
		out.SpanExporter, err = otlptracegrpc.New(ctx, otlptracegrpc.WithGRPCConn(c.conn))
	} else {
		out.SpanExporter, err = otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(t.url.String()),
			otlptracehttp.WithTLSClientConfig(nil), otlptracehttp.WithHTTPClient(c.httpClient(t)),
			otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf))
	}
	return out, err
}

// ExportSpans never fails.
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	send := func(ctx context.Context) error { return e.SpanExporter.ExportSpans(ctx, spans) }
	if e.slots == nil {
		e.collector.export(ctx, traces, send)
		return nil
	}
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil // the batches before this one have been failing for as long, and told so
	}
	spans = append([]sdktrace.ReadOnlySpan(nil), spans...) // the caller clears its slice when this method returns
	ctx = context.WithoutCancel(ctx)                       // and ends its context; the exporter has a time-out of its own
	e.running.Go(func() {
		defer func() { <-e.slots }()
		e.collector.export(ctx, traces, send)
	})
	return nil
}

// Shutdown waits for what is under way.
func (e *spanExporter) Shutdown(ctx context.Context) error {
	e.running.Wait()
	return e.SpanExporter.Shutdown(ctx)
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

// metricExporter sends metrics through a collector.
type metricExporter struct {
	sdkmetric.Exporter
	collector *collector
}

func newMetricExporter(ctx context.Context, c *collector, t target) (*metricExporter, error) {
	out := &metricExporter{collector: c}
	var err error
	if t.grpc {
		out.Exporter, err = otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithGRPCConn(c.conn))
	} else {
		out.Exporter, err = otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(t.url.String()),
			otlpmetrichttp.WithTLSClientConfig(nil), otlpmetrichttp.WithHTTPClient(c.httpClient(t)))
	}
	return out, err
}

// Export never fails.
func (e *metricExporter) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	e.collector.export(ctx, metrics, func(ctx context.Context) error { return e.Exporter.Export(ctx, m) })
	return nil
}

// logExporter sends log records through a collector.
type logExporter struct {
	sdklog.Exporter
	collector *collector
}

func newLogExporter(ctx context.Context, c *collector, t target) (*logExporter, error) {
	out := &logExporter{collector: c}
	var err error
	if t.grpc {
		out.Exporter, err = otlploggrpc.New(ctx, otlploggrpc.WithGRPCConn(c.conn))
	} else {
		out.Exporter, err = otlploghttp.New(ctx, otlploghttp.WithEndpointURL(t.url.String()),
			otlploghttp.WithTLSClientConfig(nil), otlploghttp.WithHTTPClient(c.httpClient(t)))
	}
	return out, err
}

// Export never fails.
func (e *logExporter) Export(ctx context.Context, records []sdklog.Record) error {
	e.collector.export(ctx, logs, func(ctx context.Context) error { return e.Exporter.Export(ctx, records) })
	return nil
}
