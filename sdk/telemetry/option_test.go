package telemetry

import (
	"errors"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for text, setting := range map[string]Setting{
		"FlushTimeout(0s)":  FlushTimeout(0),
		"FlushTimeout(-1s)": FlushTimeout(-time.Second),
		"ServiceName":       ServiceName(""),
	} {
		_, err := provider.NewWithHostDataSource(strings.NewReader(`{"provider_key":"p"}`), Option(setting))
		if !errors.Is(err, provider.ErrOption) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// A provider without telemetry carries none of it.
func TestProviderDoesNotLinkOpenTelemetry(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/wasmCloud/provider-sdk-go").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range strings.Fields(string(out)) {
		if strings.Contains(path, "opentelemetry") || strings.HasPrefix(path, "google.golang.org/") {
			t.Errorf("package provider depends on %s", path)
		}
	}
}

// With everything off nothing is sent, no goroutine runs for it, and the trace goes on all the same.
func TestOff(t *testing.T) {
	t.Parallel()
	c := serveHTTP(t, nil)
	url := labtest.Server(t).ClientURL()
	back := start(t, url, "back", all("http://"+c.addr, "http"), Option())
	front := start(t, url, "front", fields{"observability_endpoint": "http://" + c.addr}, Option())
	if _, err := callProvider(t, connect(t, url), "front", "relay", "back", traceHeader()); err != nil {
		t.Fatal(err)
	}
	front.stop()
	if !c.empty() {
		t.Error("something was sent before the provider that exports has stopped")
	}
	back.stop()
	served := c.span(t, instance+"/echo", tracepb.Span_SPAN_KIND_SERVER)
	if got := hexOf(served.TraceId) + "-" + hexOf(served.ParentSpanId); got != traceID+"-"+callersSpan {
		t.Errorf("the call out had %s", got)
	}
	for _, r := range c.resources {
		if name := attributesOf(r.Attributes)["service.name"]; name != "back" {
			t.Errorf("%s sent something", name)
		}
	}
}

// One signal on: the others are not even built, and the trace goes on.
func TestOneSignal(t *testing.T) {
	t.Parallel()
	c := serveHTTP(t, nil)
	url := labtest.Server(t).ClientURL()
	r := start(t, url, "prov", all("http://"+c.addr, "http").with(fields{"enable_traces": false, "enable_metrics": false}), Option())
	if _, err := callProvider(t, connect(t, url), "prov", "echo", "x", traceHeader()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	if id := hexOf(c.log(t, "echoing").TraceId); id != traceID {
		t.Errorf("the log record has trace %q", id)
	}
	if len(c.spans)+len(c.metrics) > 0 {
		t.Error("signals that are off were sent")
	}
}

// The variables say what the host data leaves open. Not parallel: they are the process's.
func TestVariables(t *testing.T) {
	c := serveHTTP(t, nil)
	unused := serveHTTP(t, nil)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.addr+"/base")
	t.Setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://"+unused.addr) // the host data has another
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=abc")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem") // of no use without TLS
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.instance.id=not-this")
	t.Setenv("OTEL_SERVICE_NAME", "named")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	url := labtest.Server(t).ClientURL()
	r := start(t, url, "prov", fields{"enable_observability": true, "logs_endpoint": "http://" + c.addr + "/mine/logs"}, Option())
	if _, err := callProvider(t, connect(t, url), "prov", "echo", "x", traceHeader()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	contains(t, "paths", c.paths, "/base/v1/metrics")
	contains(t, "paths", c.paths, "/mine/logs")
	if got := c.headers["x-key"]; len(got) != 1 || got[0] != "abc" {
		t.Errorf("headers: %v", c.headers)
	}
	if got := c.headers["content-encoding"]; len(got) != 1 || got[0] != "gzip" {
		t.Errorf("headers: %v", c.headers)
	}
	got := attributesOf(c.resources[0].Attributes)
	if got["service.name"] != "named" || got["deployment.environment.name"] != "test" || got["service.instance.id"] != "instance-of-prov" {
		t.Errorf("resource: %v", got)
	}
	if len(c.spans) > 0 {
		t.Error("spans were sent that the sampler left out")
	}
	if !unused.empty() {
		t.Error("the variable won over the host data")
	}
}

// The host's level of traces, the queue's size and the service name of the author.
func TestErrorsOnly(t *testing.T) {
	t.Parallel()
	c := serveGRPC(t, nil)
	url := labtest.Server(t).ClientURL()
	r := start(t, url, "prov", all(c.addr, "grpc").with(fields{
		"trace_level": "Error", "max_batch_queue_size": 4, "concurrent_exports": 2,
	}), Option(ServiceName("mine")))
	host := connect(t, url)
	for range 3 {
		if _, err := callProvider(t, host, "prov", "echo", "x", nats.Header{}); err != nil {
			t.Fatal(err)
		}
		if _, err := callProvider(t, host, "prov", "fail", "", nats.Header{}); err == nil {
			t.Fatal("no error")
		}
	}
	r.stop()
	if len(c.spans) != 3 || c.spans[0].Name != instance+"/fail" {
		t.Errorf("spans: %v", c.spans)
	}
	if got := attributesOf(c.resources[0].Attributes)["service.name"]; got != "mine" {
		t.Errorf("service.name: %s", got)
	}
}

// Batches go out side by side when the host asks for it.
func TestConcurrentExports(t *testing.T) {
	t.Parallel()
	c := serveHTTP(t, nil)
	c.hold = make(chan struct{})
	url := labtest.Server(t).ClientURL()
	r := start(t, url, "prov", fields{
		"enable_traces": true, "traces_endpoint": "http://" + c.addr + "/v1/traces", "max_batch_queue_size": 4, "concurrent_exports": 2,
	}, Option())
	host := connect(t, url)
	for range 8 {
		if _, err := callProvider(t, host, "prov", "echo", "x", nats.Header{}); err != nil {
			t.Fatal(err)
		}
	}
	c.until(t, "two requests at once", func() bool { return c.held == 2 })
	close(c.hold)
	r.stop()
	if len(c.spans) != 8 || c.largest > 4 {
		t.Errorf("%d spans, at most %d in one request", len(c.spans), c.largest)
	}
}

// Global changes the process, nothing else does. Not parallel for that reason.
func TestGlobal(t *testing.T) {
	before := otel.GetTracerProvider()
	propagated := otel.GetTextMapPropagator()
	c := serveHTTP(t, nil)
	url := labtest.Server(t).ClientURL()
	start(t, url, "local", all("http://"+c.addr, "http"), Option()).stop()
	if otel.GetTracerProvider() != before || otel.GetTextMapPropagator() != propagated {
		t.Fatal("the process's telemetry has changed without Global")
	}
	t.Cleanup(func() { otel.SetTextMapPropagator(propagated) })
	r := start(t, url, "global", all("http://"+c.addr, "http"), Option(Global()))
	_, span := otel.Tracer("library").Start(t.Context(), "library span", trace.WithSpanKind(trace.SpanKindInternal))
	span.End()
	r.stop()
	c.span(t, "library span", tracepb.Span_SPAN_KIND_INTERNAL)
	if fields := otel.GetTextMapPropagator().Fields(); len(fields) != 2 {
		t.Errorf("propagator: %v", fields)
	}
}

// All goroutines have ended when the provider has. Not parallel: it counts them.
func TestGoroutinesEnd(t *testing.T) {
	for _, protocol := range []string{"http", "grpc"} {
		for name, address := range map[string]func(*testing.T) string{"black hole": blackHole, "refusing": refusing} {
			t.Run(protocol+", "+name, func(t *testing.T) {
				url := labtest.Server(t).ClientURL()
				host := connect(t, url)
				to := address(t)
				warm := start(t, url, "warm", fields{})
				if _, err := callProvider(t, host, "warm", "echo", "x", nats.Header{}); err != nil {
					t.Fatal(err) // what server and caller keep is there from now on
				}
				warm.stop()
				base := settled(t, 1<<20)
				r := start(t, url, "prov", all("http://"+to, protocol), Option(FlushTimeout(100*time.Millisecond)))
				if _, err := callProvider(t, host, "prov", "echo", "x", nats.Header{}); err != nil {
					t.Fatal(err)
				}
				r.stop()
				settled(t, base)
			})
		}
	}
}

// settled waits until at most that many goroutines run, and returns how many do.
func settled(t *testing.T, atMost int) int {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(longest)
	last, same := 0, 0
	for {
		n := runtime.NumGoroutine()
		if n == last {
			same++
		} else {
			last, same = n, 0
		}
		if same > 5 && n <= atMost {
			return n
		}
		select {
		case <-tick.C:
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines run, want %d:\n%s", n, atMost, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// Levels beyond slog's own have the host's names, and records below the host's level are not sent.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	c := serveHTTP(t, nil)
	r := start(t, labtest.Server(t).ClientURL(), "prov", fields{"enable_logs": true, "logs_endpoint": "http://" + c.addr + "/v1/logs"}, Option())
	group := r.Logger.With("outer", 1).WithGroup("g").With("inner", true)
	group.Log(t.Context(), slog.LevelError+4, "grave", "x", errors.New("cause"))
	group.Debug("whispered")
	r.stop()
	record := c.log(t, "grave")
	if record.SeverityText != "CRITICAL" || record.SeverityNumber != 21 {
		t.Errorf("severity %s, %d", record.SeverityText, record.SeverityNumber)
	}
	if got := attributesOf(record.Attributes); got["outer"] == "" || !strings.Contains(got["g"], "inner") {
		t.Errorf("attributes: %v", got)
	}
	for _, record := range c.logs {
		if record.Body.GetStringValue() == "whispered" {
			t.Error("a record below the host's level was sent")
		}
	}
}

// However host data is logged, its secrets are not sent.
func TestNoSecretIsSent(t *testing.T) {
	t.Parallel()
	c := serveHTTP(t, nil)
	url := labtest.Server(t).ClientURL()
	r := start(t, url, "prov", all("http://"+c.addr, "http"), Option())
	host := r.HostData()
	host.LatticeRPCUserSeed, host.LatticeRPCUserJWT = secret, secret
	host.ProviderXKeyPrivateKey = provider.Redact(secret)
	header := traceHeader()
	header.Set("x-private", secret)
	if _, err := callProvider(t, connect(t, url), "prov", "echo", secret, header); err != nil {
		t.Fatal(err)
	}
	r.Logger.Info("host", "data", host, "pointer", &host, "list", []provider.HostData{host}, "map", map[string]any{"k": host},
		"seed", host.ProviderXKeyPrivateKey, "provider", *r.WasmcloudProvider)
	r.stop()
	c.log(t, "host")
	if strings.Contains(c.raw.String(), secret) {
		t.Error("a span or metric holds a secret")
	}
	for _, record := range c.logs {
		if strings.Contains(record.String(), secret) {
			t.Errorf("a log record holds a secret: %v", record)
		}
	}
}

// When the host has its answer, the collector has everything: the host ends the process then.
func TestFlushComesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	collectors(t, func(t *testing.T, c *collectorStandin, config fields) {
		url := labtest.Server(t).ClientURL()
		// More than a host waits, which is no concern here: a busy machine may take long.
		r := start(t, url, "prov", config, provider.ShutdownBudget(longest, longest), Option(FlushTimeout(longest)))
		if _, err := callProvider(t, connect(t, url), "prov", "echo", "x", nats.Header{}); err != nil {
			t.Fatal(err)
		}
		if _, err := labtest.Connect(t, url).Request(r.Topics.LatticeShutdown, []byte(`{"host_id":"NHOST"}`), longest); err != nil {
			t.Fatal(err)
		}
		c.span(t, instance+"/echo", tracepb.Span_SPAN_KIND_SERVER)
		c.metric(t, "rpc.server.calls")
		c.log(t, "echoing")
		if err := <-r.ended; err != nil {
			t.Fatal(err)
		}
	})
}
