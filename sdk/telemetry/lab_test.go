package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

const (
	longest  = labtest.Patience // any wait of a test; none takes it
	instance = "test:calls/api"
	secret   = "hunter2-in-an-error" // what a failing handler says, which must not become telemetry
)

// TestMain fails when OpenTelemetry's process-wide error handler was used by anything.
func TestMain(m *testing.M) {
	var mu sync.Mutex
	var handled []error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		handled = append(handled, err)
	}))
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	if err := errors.Join(handled...); err != nil {
		fmt.Fprintln(os.Stderr, "otel's error handler got:", err)
		code = 1
	}
	os.Exit(code)
}

// fields are host data, or its otel_config.
type fields map[string]any

// connect returns a client as the host has one for its components.
func connect(t testing.TB, url string) *wrpcnats.Client {
	t.Helper()
	return wrpcnats.NewClient(labtest.Connect(t, url), wrpcnats.WithTimeout(longest))
}

// running is a provider that runs.
type running struct {
	*provider.WasmcloudProvider
	t     testing.TB
	logs  *labtest.Log
	ended chan error
}

// start runs a provider with telemetry whose host data has this otel_config.
func start(t testing.TB, url, id string, otelConfig fields, options ...provider.ProviderHandler) *running {
	t.Helper()
	r := &running{t: t, logs: labtest.NewLog(), ended: make(chan error, 1)}
	data, err := json.Marshal(fields{
		"host_id": "NHOST", "lattice_rpc_prefix": "lat", "provider_key": id, "lattice_rpc_url": url, "instance_id": "instance-of-" + id,
		"log_level": "info", "otel_config": otelConfig,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.WasmcloudProvider, err = provider.NewWithHostDataSource(bytes.NewReader(data), append([]provider.ProviderHandler{provider.LogOutput(r.logs)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Shutdown() })
	r.serve()
	go func() { r.ended <- r.Run(context.Background()) }()
	r.logs.WaitFor(t, "provider runs")
	return r
}

// serve serves the functions that the tests call: echo answers its param and logs, relay calls echo of the provider that
// its param names, fail fails.
func (r *running) serve() {
	r.t.Helper()
	_, err := wrpc.ServeFuncs(r.RPCClient, instance,
		wrpc.Func{Name: "echo", Handle: func(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
			text := params.At(0).String()
			r.Logger.InfoContext(ctx, "echoing", "at", r.ID)
			results.At(0).String(text)
			return params.Err()
		}},
		wrpc.Func{Name: "relay", Handle: func(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
			text, err := echo(ctx, r.OutgoingRpcClient(params.At(0).String()), "echo", "over")
			results.At(0).String(text)
			return err
		}},
		wrpc.Func{Name: "fail", Handle: func(context.Context, wrpc.Decoder, wrpc.Encoder) error {
			return errors.New(secret)
		}})
	if err != nil {
		r.t.Fatal(err)
	}
}

// stop stops the provider and returns how long it took.
func (r *running) stop() time.Duration {
	r.t.Helper()
	began := time.Now()
	if err := r.Shutdown(); err != nil {
		r.t.Fatal(err)
	}
	took := time.Since(began)
	if err := <-r.ended; err != nil {
		r.t.Fatal(err)
	}
	return took
}

// echo calls a function that takes and returns a string.
func echo(ctx context.Context, client wrpc.Invoker, function, text string) (string, error) {
	var out string
	err := wrpc.Call(ctx, client, instance, function,
		func(e wrpc.Encoder) { e.At(0).String(text) }, func(d wrpc.Decoder) { out = d.At(0).String() })
	return out, err
}

// callProvider calls a function of a provider as a host does for a component.
func callProvider(t testing.TB, host *wrpcnats.Client, id, function, text string, header nats.Header) (string, error) {
	t.Helper()
	return echo(wrpcnats.ContextWithHeader(t.Context(), header), host.View(wrpcnats.WithPrefix("lat."+id)), function, text)
}

// with adds to fields.
func (f fields) with(more fields) fields {
	f = maps.Clone(f)
	maps.Copy(f, more)
	return f
}

// all switches everything on.
func all(endpoint, protocol string) fields {
	return fields{"enable_observability": true, "observability_endpoint": endpoint, "protocol": protocol}
}

func contains[T comparable](t testing.TB, what string, list []T, want T) {
	t.Helper()
	if !slices.Contains(list, want) {
		t.Errorf("%s: no %v in %v", what, want, list)
	}
}
