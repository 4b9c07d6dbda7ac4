package telemetry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	provider "github.com/wasmCloud/provider-sdk-go"
)

// An answer to come back later is followed, a refusal is not; both are told when they are the last word.
func TestRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers  []int
		requests int32
		told     bool
	}{
		"taken":               {[]int{200}, 1, false},
		"busy, then taken":    {[]int{503, 200}, 2, false},
		"refused":             {[]int{400}, 1, true},
		"busy until the end":  {[]int{503, 503}, 2, true},
		"user and key refuse": {[]int{401}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := int(requests.Add(1))
				if user, password, _ := r.BasicAuth(); user != "me" || password != secret || r.Header.Get("X-Key") != "abc" {
					t.Errorf("credentials %s, headers %v", user, r.Header)
				}
				if n == len(test.answers) && test.answers[n-1] == 503 {
					defer cancel() // the stop, for example
				}
				w.WriteHeader(test.answers[min(n, len(test.answers))-1])
			}))
			defer server.Close()
			address, _ := strings.CutPrefix(server.URL, "http://")
			e, logged := read(provider.OtelConfig{TracesEndpoint: "http://me:" + secret + "@" + address}, map[string]string{
				"OTEL_EXPORTER_OTLP_HEADERS": "x-key=abc",
			})
			s := &sender{signal: traces, target: e.target(traces)}
			s.collector = newCollector(e, s.target.connection)
			body, err := s.target.Body(new(tracepb.TracesData))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.send(ctx, body); (err != nil) != test.told {
				t.Errorf("got %v", err)
			} else if err != nil {
				s.collector.report(traces, err)
			}
			if got := requests.Load(); got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			if text := logged.String(); strings.Contains(text, secret) || test.told && !strings.Contains(text, "telemetry lost") {
				t.Errorf("log: %s", text)
			}
			if err := s.collector.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An export ends by itself when the collector stays away.
func TestExportGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, logged := read(provider.OtelConfig{}, nil)
		s := &sender{signal: traces, target: e.target(traces)}
		s.collector = newCollector(e, s.target.connection)
		s.collector.transport.RegisterProtocol("http", failing{})
		s.export(t.Context(), new(tracepb.TracesData))
		if !strings.Contains(logged.String(), "telemetry lost") || !strings.Contains(logged.String(), "nobody there") {
			t.Error(logged)
		}
	})
}

var errNobody = errors.New("nobody there")

type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &url.Error{Op: "post", URL: "x", Err: errNobody}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]map[string]string{
		"":                               {},
		"a=b":                            {"a": "b"},
		" a = b , c=d%20e,":              {"a": "b", "c": "d e"},
		"a=b=c":                          {"a": "b=c"},
		secret:                           {},
		"a b=" + secret + ",=" + secret:  {},
		"a=" + secret + "%0d%0aX: y,b=1": {"b": "1"},
		"a=%zz" + secret:                 {},
	} {
		e, logged := read(provider.OtelConfig{}, map[string]string{"OTEL_EXPORTER_OTLP_TRACES_HEADERS": value})
		if diff := cmp.Diff(want, e.target(traces).headers); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
		if strings.Contains(logged.String(), secret) {
			t.Errorf("%q is in the log: %s", value, logged)
		}
	}
}

func TestPreferencesOfMetrics(t *testing.T) {
	t.Parallel()
	const temporality, aggregation = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
	for _, test := range []struct {
		name, value string
		counter     metricdata.Temporality
		exponential bool
		ignored     string
	}{
		{temporality, "", metricdata.CumulativeTemporality, false, ""},
		{temporality, "Delta", metricdata.DeltaTemporality, false, ""},
		{temporality, "lowmemory", metricdata.DeltaTemporality, false, ""},
		{temporality, "other", metricdata.CumulativeTemporality, false, temporality},
		{aggregation, "explicit_bucket_histogram", metricdata.CumulativeTemporality, false, ""},
		{aggregation, "base2_exponential_bucket_histogram", metricdata.CumulativeTemporality, true, ""},
		{aggregation, "other", metricdata.CumulativeTemporality, false, aggregation},
	} {
		e, logged := read(provider.OtelConfig{}, map[string]string{test.name: test.value})
		if got := e.temporality()(sdkmetric.InstrumentKindCounter); got != test.counter {
			t.Errorf("%s: got %v", test.value, got)
		}
		_, exponential := e.aggregation()(sdkmetric.InstrumentKindHistogram).(sdkmetric.AggregationBase2ExponentialHistogram)
		if exponential != test.exponential {
			t.Errorf("%s: exponential %v", test.value, exponential)
		}
		checkIgnored(t, logged, test.ignored)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"": false, "none": false, "GZIP": true} {
		e, logged := read(provider.OtelConfig{}, map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": value})
		if got := e.target(logs).Gzip; got != want {
			t.Errorf("%q: got %v", value, got)
		}
		checkIgnored(t, logged, "")
	}
	e, logged := read(provider.OtelConfig{}, map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"})
	_ = e.target(logs)
	checkIgnored(t, logged, "OTEL_EXPORTER_OTLP_COMPRESSION")
}
