package telemetry

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	callersSpan = "b7ad6b7169203331"
)

func traceHeader() nats.Header {
	return nats.Header{
		"source-id": {"comp"}, "link-name": {"first"},
		"traceparent": {"00-" + traceID + "-" + callersSpan + "-01"}, "tracestate": {"vendor=1"},
	}
}

// collectors are the protocols that every test of what is sent runs with.
func collectors(t *testing.T, test func(t *testing.T, c *collectorStandin, config fields)) {
	t.Run("http", func(t *testing.T) {
		t.Parallel()
		c := serveHTTP(t, nil)
		test(t, c, all("http://"+c.addr, "Http"))
	})
	t.Run("grpc", func(t *testing.T) {
		t.Parallel()
		c := serveGRPC(t, nil)
		test(t, c, all("http://"+c.addr+"/ignored", "GRPC"))
	})
}

// A call that comes in with a trace and causes a call to another provider: four spans in one line, and the metrics and
// logs that belong to them.
func TestSignalsOfCalls(t *testing.T) {
	t.Parallel()
	collectors(t, func(t *testing.T, c *collectorStandin, config fields) {
		url := labtest.Server(t).ClientURL()
		front := start(t, url, "front", config, Option())
		back := start(t, url, "back", config, Option())
		host := connect(t, url)
		if text, err := callProvider(t, host, "front", "relay", "back", traceHeader()); err != nil || text != "over" {
			t.Fatalf("got %q, %v", text, err)
		}
		if _, err := callProvider(t, host, "front", "fail", "", nats.Header{}); err == nil {
			t.Fatal("the failing call did not fail")
		}
		front.stop()
		back.stop()
		checkSpans(t, c)
		checkMetrics(t, c)
		checkLogs(t, c)
		checkResource(t, c)
		if strings.Contains(c.raw.String(), secret) {
			t.Error("a handler's error text is in a span or metric")
		}
	})
}

func checkSpans(t *testing.T, c *collectorStandin) {
	t.Helper()
	served := c.span(t, instance+"/relay", tracepb.Span_SPAN_KIND_SERVER)
	called := c.span(t, instance+"/echo", tracepb.Span_SPAN_KIND_CLIENT)
	end := c.span(t, instance+"/echo", tracepb.Span_SPAN_KIND_SERVER)
	for _, link := range []struct {
		name   string
		span   *tracepb.Span
		parent string
	}{
		{"relay, served", served, callersSpan},
		{"echo, called", called, hexOf(served.SpanId)},
		{"echo, served", end, hexOf(called.SpanId)},
	} {
		if id := hexOf(link.span.TraceId); id != traceID {
			t.Errorf("%s: trace %s, want %s", link.name, id, traceID)
		}
		if parent := hexOf(link.span.ParentSpanId); parent != link.parent {
			t.Errorf("%s: parent %s, want %s", link.name, parent, link.parent)
		}
		if link.span.TraceState != "vendor=1" {
			t.Errorf("%s: trace state %q", link.name, link.span.TraceState)
		}
	}
	wantAttributes(t, "relay, served", attributesOf(served.Attributes), map[string]string{
		"rpc.system.name": "wrpc", "rpc.method": instance + "/relay", "wasmcloud.source_id": "comp", "wasmcloud.link_name": "first",
	})
	wantAttributes(t, "echo, called", attributesOf(called.Attributes), map[string]string{
		"rpc.system.name": "wrpc", "rpc.method": instance + "/echo", "server.address": "back",
	})
	failed := c.span(t, instance+"/fail", tracepb.Span_SPAN_KIND_SERVER)
	if failed.Status.Code != tracepb.Status_STATUS_CODE_ERROR || failed.Status.Message != "handler" {
		t.Errorf("fail: status %v", failed.Status)
	}
	wantAttributes(t, "fail, served", attributesOf(failed.Attributes), map[string]string{
		"rpc.system.name": "wrpc", "rpc.method": instance + "/fail", "error.type": "handler",
	})
}

func wantAttributes(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got[name], value)
		}
	}
	for name, value := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s is %q, want none", what, name, value)
		}
	}
}

func checkMetrics(t *testing.T, c *collectorStandin) {
	t.Helper()
	for _, want := range []struct {
		metric, method string
		value          int64
	}{
		{"rpc.server.calls", "relay", 1},
		{"rpc.server.calls", "fail", 1},
		{"rpc.server.errors", "fail", 1},
		{"rpc.server.active_calls", "relay", 0},
		{"rpc.client.calls", "echo", 1},
		{"rpc.client.active_calls", "echo", 0},
	} {
		if got := sum(c, want.metric, instance+"/"+want.method); !slices.Contains(got, want.value) {
			t.Errorf("%s of %s: got %v, want %d", want.metric, want.method, got, want.value)
		}
	}
	if got := sum(c, "rpc.server.errors", instance+"/relay"); got != nil {
		t.Errorf("rpc.server.errors of relay: %v", got)
	}
	for _, name := range []string{"rpc.server.call.duration", "rpc.client.call.duration"} {
		m := c.metric(t, name)
		points := m.GetHistogram().GetDataPoints()
		if m.Unit != "s" || len(points) == 0 || points[0].Count != 1 || points[0].GetSum() <= 0 {
			t.Errorf("%s: %v", name, m)
		}
	}
}

// sum returns the values of the points of a sum that are of a function, nil when there is none.
func sum(c *collectorStandin, name, method string) []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var values []int64
	for _, m := range c.metrics {
		if m.Name != name {
			continue
		}
		for _, point := range m.GetSum().GetDataPoints() {
			if attributesOf(point.Attributes)["rpc.method"] == method {
				values = append(values, point.Value.(*metricspb.NumberDataPoint_AsInt).AsInt)
			}
		}
	}
	return values
}

func checkLogs(t *testing.T, c *collectorStandin) {
	t.Helper()
	failed := c.log(t, "call failed") // by the transport, whose log belongs to the call's trace too
	if got, want := hexOf(failed.SpanId), hexOf(c.span(t, instance+"/fail", tracepb.Span_SPAN_KIND_SERVER).SpanId); got != want {
		t.Errorf("log of the failed call: span %q, want %s", got, want)
	}
	record := c.log(t, "echoing")
	span := c.span(t, instance+"/echo", tracepb.Span_SPAN_KIND_SERVER)
	if got := hexOf(record.TraceId); got != traceID {
		t.Errorf("log: trace %q, want %s", got, traceID)
	}
	if got, want := hexOf(record.SpanId), hexOf(span.SpanId); got != want {
		t.Errorf("log: span %q, want %s", got, want)
	}
	wantAttributes(t, "log", attributesOf(record.Attributes), map[string]string{"at": "back"})
	if record.SeverityText != "INFO" {
		t.Errorf("log: severity %q", record.SeverityText)
	}
}

func checkResource(t *testing.T, c *collectorStandin) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, r := range c.resources {
		attributes := attributesOf(r.Attributes)
		name := attributes["service.name"]
		names = append(names, name)
		if attributes["service.instance.id"] != "instance-of-"+name || attributes["wasmcloud.provider_key"] != name ||
			attributes["wasmcloud.host_id"] != "NHOST" || attributes["wasmcloud.lattice"] != "lat" {
			t.Errorf("resource: %v", attributes)
		}
	}
	contains(t, "service.name", names, "front")
	contains(t, "service.name", names, "back")
}
