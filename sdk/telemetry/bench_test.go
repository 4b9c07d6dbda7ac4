package telemetry

import (
	"testing"

	"github.com/nats-io/nats.go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"

	provider "github.com/wasmCloud/provider-sdk-go"
)

// BenchmarkCall measures what a call in and the call out that it causes cost in this package alone, for a collector that
// is not there.
func BenchmarkCall(b *testing.B) {
	yes := true
	for _, test := range []struct {
		name string
		host provider.OtelConfig
	}{
		{"traces", provider.OtelConfig{EnableTraces: &yes}},
		{"metrics", provider.OtelConfig{EnableMetrics: &yes}},
		{"logs", provider.OtelConfig{EnableLogs: &yes}},
		{"all", provider.OtelConfig{EnableObservability: true}},
		{"unsampled", provider.OtelConfig{EnableObservability: true, TracesSampler: "always_off"}},
	} {
		b.Run(test.name, func(b *testing.B) {
			test.host.ObservabilityEndpoint = "http://127.0.0.1:1"
			e, _ := read(test.host, nil)
			signals := newPipeline(b.Context(), e, e.signals(), newResource(b.Context(), e, &provider.HostData{}, ""))
			defer func() { _ = signals.stop(b.Context()) }()
			var observed calls
			if signals.traces != nil {
				observed.tracer = signals.traces.Tracer(scope)
			}
			if signals.metrics != nil {
				if err := observed.measure(signals.metrics); err != nil {
					b.Fatal(err)
				}
			}
			in := &wrpcnats.CallInfo{Instance: instance, Function: "relay", Header: traceHeader()}
			b.ReportAllocs()
			for b.Loop() {
				ctx, end := observed.serve(b.Context(), in)
				out := &wrpcnats.CallInfo{Instance: instance, Function: "echo", Header: nats.Header{}}
				_, endOut := observed.invoke(ctx, out)
				for _, f := range []func(error){endOut, end} {
					if f != nil {
						f(nil)
					}
				}
			}
		})
	}
}
