package telemetry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	provider "github.com/wasmCloud/provider-sdk-go"
)

const (
	maxQueue     = 1 << 16 // of max_batch_queue_size: a queue is allocated at the start
	maxExports   = 64      // of concurrent_exports
	defaultBatch = 512     // spans or records in one export, unless the queue is smaller
)

// pipeline is what the enabled signals are made of. A signal that is off has nil.
type pipeline struct {
	traces     *sdktrace.TracerProvider
	metrics    *sdkmetric.MeterProvider
	logs       *sdklog.LoggerProvider
	collectors map[connection]*collector
}

// newPipeline builds the enabled signals. One whose exporter cannot be made is told and left out: telemetry never keeps
// a provider from starting.
func newPipeline(ctx context.Context, e *environment, enabled []signal, about *resource.Resource) *pipeline {
	p := &pipeline{collectors: make(map[connection]*collector)}
	build := map[signal]func(context.Context, *environment, *resource.Resource) error{
		traces: p.buildTraces, metrics: p.buildMetrics, logs: p.buildLogs,
	}
	for _, s := range enabled {
		if err := build[s](ctx, e, about); err != nil {
			e.log.Warn("telemetry signal left out", "signal", string(s), "reason", err)
		}
	}
	return p
}

// collector returns the connection for a signal, shared with those that go to the same place in the same way.
func (p *pipeline) collector(e *environment, t target) (*collector, error) {
	if c, ok := p.collectors[t.connection]; ok {
		return c, nil
	}
	c, err := newCollector(e, t.connection)
	if err != nil {
		return nil, fmt.Errorf("connection to %s: %w", t.host, err)
	}
	p.collectors[t.connection] = c
	return c, nil
}

func (p *pipeline) buildTraces(ctx context.Context, e *environment, about *resource.Resource) error {
	t := e.target(traces)
	c, err := p.collector(e, t)
	if err != nil {
		return err
	}
	concurrent := e.limited("otel_config.concurrent_exports", e.host.ConcurrentExports, maxExports)
	exporter, err := newSpanExporter(ctx, c, t, concurrent)
	if err != nil {
		return err
	}
	var options []sdktrace.BatchSpanProcessorOption
	if queue := e.queue(); queue > 0 {
		options = append(options, sdktrace.WithMaxQueueSize(queue))
		if queue < defaultBatch {
			options = append(options, sdktrace.WithMaxExportBatchSize(queue))
		}
	}
	p.traces = sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithSampler(e.sampler()),
		sdktrace.WithSpanProcessor(spanLevels{sdktrace.NewBatchSpanProcessor(exporter, options...), e.traceLevel()}))
	return nil
}

func (p *pipeline) buildMetrics(ctx context.Context, e *environment, about *resource.Resource) error {
	t := e.target(metrics)
	c, err := p.collector(e, t)
	if err != nil {
		return err
	}
	exporter, err := newMetricExporter(ctx, c, t)
	if err != nil {
		return err
	}
	p.metrics = sdkmetric.NewMeterProvider(sdkmetric.WithResource(about),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	return nil
}

func (p *pipeline) buildLogs(ctx context.Context, e *environment, about *resource.Resource) error {
	t := e.target(logs)
	c, err := p.collector(e, t)
	if err != nil {
		return err
	}
	exporter, err := newLogExporter(ctx, c, t)
	if err != nil {
		return err
	}
	var options []sdklog.BatchProcessorOption
	if queue := e.queue(); queue > 0 {
		options = append(options, sdklog.WithMaxQueueSize(queue))
	}
	p.logs = sdklog.NewLoggerProvider(sdklog.WithResource(about),
		sdklog.WithProcessor(levelNames{sdklog.NewBatchProcessor(exporter, options...)}))
	return nil
}

func (e *environment) queue() int {
	return e.limited("otel_config.max_batch_queue_size", e.host.MaxBatchQueueSize, maxQueue)
}

// setGlobal makes the enabled signals those of the whole process.
func (p *pipeline) setGlobal() {
	otel.SetTextMapPropagator(propagator{})
	if p.traces != nil {
		otel.SetTracerProvider(p.traces)
	}
	if p.metrics != nil {
		otel.SetMeterProvider(p.metrics)
	}
	if p.logs != nil {
		otel.SetLoggerProvider(p.logs)
	}
}

// stop sends what is buffered, all signals side by side, and ends everything. When ctx ends it gives up what is still
// under way, but not before all of it has ended.
func (p *pipeline) stop(ctx context.Context) error {
	for _, c := range p.collectors {
		c.stop()
		defer context.AfterFunc(ctx, c.abandon)()
	}
	var shutdowns []func(context.Context) error
	if p.traces != nil {
		shutdowns = append(shutdowns, p.traces.Shutdown)
	}
	if p.metrics != nil {
		shutdowns = append(shutdowns, p.metrics.Shutdown)
	}
	if p.logs != nil {
		shutdowns = append(shutdowns, p.logs.Shutdown)
	}
	errs := make([]error, len(shutdowns), len(shutdowns)+len(p.collectors))
	var running sync.WaitGroup
	for i, shutdown := range shutdowns {
		// With ctx itself they would return at its end and leave their goroutines behind.
		running.Go(func() { errs[i] = shutdown(context.WithoutCancel(ctx)) })
	}
	running.Wait()
	for _, c := range p.collectors {
		errs = append(errs, c.close())
	}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return err == nil })...)
}

// newResource describes the provider. Its name is the provider's id unless the environment or the author gives another.
func newResource(ctx context.Context, e *environment, host *provider.HostData, name string) *resource.Resource {
	last := []attribute.KeyValue{
		semconv.ServiceInstanceID(host.InstanceID),
		attribute.String("wasmcloud.provider_key", host.ProviderKey),
		attribute.String("wasmcloud.host_id", host.HostID),
		attribute.String("wasmcloud.lattice", host.LatticeRPCPrefix),
	}
	if name != "" {
		last = append(last, semconv.ServiceName(name))
	}
	last = slices.DeleteFunc(last, func(a attribute.KeyValue) bool { return a.Value.AsString() == "" })
	about, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName(host.ProviderKey)),
		resource.WithTelemetrySDK(), resource.WithFromEnv(), resource.WithAttributes(last...))
	if err != nil {
		e.log.Warn("telemetry resource is incomplete", "setting", "OTEL_RESOURCE_ATTRIBUTES", "reason", err)
	}
	return about
}
