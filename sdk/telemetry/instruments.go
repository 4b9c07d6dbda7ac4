package telemetry

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// maxMethods is for how many functions the attributes are kept ready. Callers of more pay for each call.
const maxMethods = 1024

// systemName is the rpc.system.name of all calls.
const systemName = "wrpc"

// durationBuckets are those of OpenTelemetry's conventions for RPC, in seconds.
func durationBuckets() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
}

// instruments measure the calls of one direction. A nil one measures nothing.
type instruments struct {
	calls, errors metric.Int64Counter
	active        metric.Int64UpDownCounter
	duration      metric.Float64Histogram

	methods sync.Map // of function to *attributes
	known   atomic.Int64
}

// attributes are those of a measurement, in the forms that the instruments take.
type attributes struct {
	set    attribute.Set
	add    []metric.AddOption
	record []metric.RecordOption
}

func newAttributes(list ...attribute.KeyValue) *attributes {
	set := attribute.NewSet(list...)
	option := metric.WithAttributeSet(set)
	return &attributes{set, []metric.AddOption{option}, []metric.RecordOption{option}}
}

// function names one function; it is comparable.
type function struct{ instance, name string }

// newInstruments makes those of "server", calls in, or "client", calls out.
func newInstruments(meter metric.Meter, direction string) (*instruments, error) {
	prefix := "rpc." + direction + "."
	calls, err1 := meter.Int64Counter(prefix+"calls", metric.WithUnit("{call}"),
		metric.WithDescription("Calls that have ended."))
	failed, err2 := meter.Int64Counter(prefix+"errors", metric.WithUnit("{call}"),
		metric.WithDescription("Calls that have failed, by error.type."))
	active, err3 := meter.Int64UpDownCounter(prefix+"active_calls", metric.WithUnit("{call}"),
		metric.WithDescription("Calls in flight."))
	duration, err4 := meter.Float64Histogram(prefix+"call.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of calls, their streams included."),
		metric.WithExplicitBucketBoundaries(durationBuckets()...))
	return &instruments{calls: calls, errors: failed, active: active, duration: duration}, errors.Join(err1, err2, err3, err4)
}

// begin counts a call in flight; the returned function counts its outcome.
func (i *instruments) begin(ctx context.Context, call *wrpcnats.CallInfo) func(error) {
	if i == nil {
		return nil
	}
	about := i.about(call)
	started := time.Now()
	i.active.Add(ctx, 1, about.add...)
	return func(err error) {
		i.active.Add(ctx, -1, about.add...)
		if err != nil {
			about = newAttributes(append(about.set.ToSlice(), semconv.ErrorTypeKey.String(errorType(err)))...)
			i.errors.Add(ctx, 1, about.add...)
		}
		i.calls.Add(ctx, 1, about.add...)
		i.duration.Record(ctx, time.Since(started).Seconds(), about.record...)
	}
}

// about returns what all measurements of a function have.
func (i *instruments) about(call *wrpcnats.CallInfo) *attributes {
	key := function{call.Instance, call.Function}
	if about, ok := i.methods.Load(key); ok {
		return about.(*attributes)
	}
	about := newAttributes(semconv.RPCSystemNameKey.String(systemName), semconv.RPCMethod(method(call)))
	if i.known.Load() < maxMethods {
		if _, loaded := i.methods.LoadOrStore(key, about); !loaded {
			i.known.Add(1)
		}
	}
	return about
}
