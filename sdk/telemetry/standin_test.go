package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// collectorStandin is an OTLP collector that keeps what it gets, over HTTP or gRPC.
type collectorStandin struct {
	collectortraces.UnimplementedTraceServiceServer
	addr string

	mu        sync.Mutex
	changed   chan struct{}
	spans     []*tracepb.Span
	metrics   []*metricspb.Metric
	logs      []*logspb.LogRecord
	resources []*resourcepb.Resource
	paths     []string            // of the requests over HTTP
	headers   map[string][]string // of the last request, in lower case
	raw       bytes.Buffer        // all requests but those of logs, marshalled
	largest   int                 // spans in one request
	hold      chan struct{}       // unless nil, requests wait until it is closed
	held      int                 // requests that wait
}

func newStandin() *collectorStandin { return &collectorStandin{changed: make(chan struct{})} }

// serveHTTP starts the collector for OTLP over HTTP, with TLS when config is given.
func serveHTTP(t testing.TB, config *tls.Config) *collectorStandin {
	c := newStandin()
	server := httptest.NewUnstartedServer(http.HandlerFunc(c.handle))
	if config != nil {
		server.TLS = config
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	c.addr = server.Listener.Addr().String()
	return c
}

// serveGRPC starts the collector for OTLP over gRPC, with TLS when config is given.
func serveGRPC(t testing.TB, config *tls.Config) *collectorStandin {
	c := newStandin()
	var options []grpc.ServerOption
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	server := grpc.NewServer(options...)
	collectortraces.RegisterTraceServiceServer(server, c)
	collectormetrics.RegisterMetricsServiceServer(server, metricsService{standin: c})
	collectorlogs.RegisterLogsServiceServer(server, logsService{standin: c})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.addr = listener.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})
	return c
}

func (c *collectorStandin) handle(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	headers := make(map[string][]string)
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = values
	}
	c.note(headers, r.URL.Path)
	requests := map[string]proto.Message{
		"/v1/traces":  new(collectortraces.ExportTraceServiceRequest),
		"/v1/metrics": new(collectormetrics.ExportMetricsServiceRequest),
		"/v1/logs":    new(collectorlogs.ExportLogsServiceRequest),
	}
	request, ok := requests["/v1/"+r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
	if !ok || r.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, "not for this collector", http.StatusNotFound)
		return
	}
	if err := proto.Unmarshal(data, request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.take(r.Context(), request)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// Export takes spans over gRPC.
func (c *collectorStandin) Export(ctx context.Context, r *collectortraces.ExportTraceServiceRequest) (*collectortraces.ExportTraceServiceResponse, error) {
	c.fromGRPC(ctx, r)
	return new(collectortraces.ExportTraceServiceResponse), nil
}

type metricsService struct {
	collectormetrics.UnimplementedMetricsServiceServer
	standin *collectorStandin
}

func (s metricsService) Export(ctx context.Context, r *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	s.standin.fromGRPC(ctx, r)
	return new(collectormetrics.ExportMetricsServiceResponse), nil
}

type logsService struct {
	collectorlogs.UnimplementedLogsServiceServer
	standin *collectorStandin
}

func (s logsService) Export(ctx context.Context, r *collectorlogs.ExportLogsServiceRequest) (*collectorlogs.ExportLogsServiceResponse, error) {
	s.standin.fromGRPC(ctx, r)
	return new(collectorlogs.ExportLogsServiceResponse), nil
}

func (c *collectorStandin) fromGRPC(ctx context.Context, request proto.Message) {
	headers, _ := metadata.FromIncomingContext(ctx)
	c.note(headers, "")
	c.take(ctx, request)
}

func (c *collectorStandin) note(headers map[string][]string, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headers = headers
	c.paths = append(c.paths, path)
}

// take keeps what a request holds.
func (c *collectorStandin) take(ctx context.Context, request proto.Message) {
	c.wait(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, _ := proto.Marshal(request); !isLogs(request) {
		c.raw.Write(data)
	}
	switch r := request.(type) {
	case *collectortraces.ExportTraceServiceRequest:
		spans := 0
		for _, group := range r.ResourceSpans {
			c.resources = append(c.resources, group.Resource)
			for _, scope := range group.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
				spans += len(scope.Spans)
			}
		}
		c.largest = max(c.largest, spans)
	case *collectormetrics.ExportMetricsServiceRequest:
		for _, group := range r.ResourceMetrics {
			c.resources = append(c.resources, group.Resource)
			for _, scope := range group.ScopeMetrics {
				c.metrics = append(c.metrics, scope.Metrics...)
			}
		}
	case *collectorlogs.ExportLogsServiceRequest:
		for _, group := range r.ResourceLogs {
			c.resources = append(c.resources, group.Resource)
			for _, scope := range group.ScopeLogs {
				c.logs = append(c.logs, scope.LogRecords...)
			}
		}
	}
	c.tell()
}

func isLogs(request proto.Message) bool {
	_, ok := request.(*collectorlogs.ExportLogsServiceRequest)
	return ok
}

// wait holds a request back.
func (c *collectorStandin) wait(ctx context.Context) {
	c.mu.Lock()
	hold := c.hold
	if hold != nil {
		c.held++
		c.tell()
	}
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
}

func (c *collectorStandin) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// until waits until ready, which runs with the collector locked, says so.
func (c *collectorStandin) until(t testing.TB, what string, ready func() bool) {
	t.Helper()
	deadline := time.After(longest)
	for {
		c.mu.Lock()
		ok, changed := ready(), c.changed
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("the collector never got %s", what)
		}
	}
}

// span returns the span of that name and kind.
func (c *collectorStandin) span(t testing.TB, name string, kind tracepb.Span_SpanKind) *tracepb.Span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.spans, func(s *tracepb.Span) bool { return s.Name == name && s.Kind == kind })
	if i < 0 {
		t.Fatalf("no span %s of kind %v in %v", name, kind, c.spans)
	}
	return c.spans[i]
}

// metric returns the last state of a metric.
func (c *collectorStandin) metric(t testing.TB, name string) *metricspb.Metric {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range slices.Backward(c.metrics) {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no metric %s", name)
	return nil
}

// log returns the record with that text.
func (c *collectorStandin) log(t testing.TB, text string) *logspb.LogRecord {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, record := range c.logs {
		if record.Body.GetStringValue() == text {
			return record
		}
	}
	t.Fatalf("no log record %q in %v", text, c.logs)
	return nil
}

// empty tells whether nothing at all has come.
func (c *collectorStandin) empty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.paths) == 0
}

// attributes makes texts of attributes.
func attributesOf(list []*commonpb.KeyValue) map[string]string {
	out := make(map[string]string)
	for _, a := range list {
		if text, ok := a.Value.Value.(*commonpb.AnyValue_StringValue); ok {
			out[a.Key] = text.StringValue
		} else {
			out[a.Key] = a.Value.String()
		}
	}
	return out
}

func hexOf(id []byte) string { return hex.EncodeToString(id) }
