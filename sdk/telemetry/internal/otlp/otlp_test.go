package otlp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func TestAttributes(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]attribute.Value{
		`{"boolValue":true}`:    attribute.BoolValue(true),
		`{"intValue":"-3"}`:     attribute.Int64Value(-3),
		`{"doubleValue":0.5}`:   attribute.Float64Value(0.5),
		`{"stringValue":"x"}`:   attribute.StringValue("x"),
		`{"bytesValue":"AQI="}`: attribute.ByteSliceValue([]byte{1, 2}),
		`{}`:                    {},
		`{"arrayValue":{}}`:     attribute.SliceValue(),
		`{"kvlistValue":{}}`:    attribute.MapValue(),
		`{"arrayValue":{"values":[{"boolValue":false}]}}`:                                 attribute.BoolSliceValue([]bool{false}),
		`{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"2"}]}}`:                   attribute.Int64SliceValue([]int64{1, 2}),
		`{"arrayValue":{"values":[{"doubleValue":1.5}]}}`:                                 attribute.Float64SliceValue([]float64{1.5}),
		`{"arrayValue":{"values":[{"stringValue":"a"}]}}`:                                 attribute.StringSliceValue([]string{"a"}),
		`{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"a"}]}}`:                attribute.SliceValue(attribute.Int64Value(1), attribute.StringValue("a")),
		`{"kvlistValue":{"values":[{"key":"k","value":{"arrayValue":{"values":[{}]}}}]}}`: attribute.MapValue(attribute.Slice("k", attribute.Value{})),
	} {
		json, err := protojson.Marshal(anyValue(value))
		if got := strings.ReplaceAll(string(json), " ", ""); err != nil || got != want {
			t.Errorf("%v: got %s, %v, want %s", value, got, err, want)
		}
	}
}

// Each kind of metric that the SDK collects arrives as what the collector calls it.
func TestMetrics(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader(sdkmetric.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector),
		sdkmetric.WithAggregationSelector(func(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
			if kind == sdkmetric.InstrumentKindHistogram {
				return sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}
			}
			return sdkmetric.DefaultAggregationSelector(kind)
		}))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(resource.NewSchemaless(attribute.String("r", "s"))))
	meter := provider.Meter("m")
	ctx := t.Context()
	counter, _ := meter.Int64Counter("counter")
	counter.Add(ctx, 2)
	upDown, _ := meter.Float64UpDownCounter("updown")
	upDown.Add(ctx, -1.5)
	gauge, _ := meter.Float64Gauge("gauge")
	gauge.Record(ctx, 3.5)
	histogram, _ := meter.Int64Histogram("exponential")
	histogram.Record(ctx, 7)

	var collected metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &collected); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]*metricspb.Metric)
	group := decodeMetrics(t, &collected).ResourceMetrics[0]
	for _, m := range group.ScopeMetrics[0].Metrics {
		got[m.Name] = m
	}
	if group.Resource.Attributes[0].Key != "r" || group.ScopeMetrics[0].Scope.Name != "m" {
		t.Errorf("got %v", group)
	}
	if s := got["counter"].GetSum(); s.DataPoints[0].GetAsInt() != 2 || !s.IsMonotonic ||
		s.AggregationTemporality != metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA || s.DataPoints[0].TimeUnixNano == 0 {
		t.Errorf("counter: %v", s)
	}
	if s := got["updown"].GetSum(); s.DataPoints[0].GetAsDouble() != -1.5 || s.IsMonotonic {
		t.Errorf("updown: %v", s)
	}
	if g := got["gauge"].GetGauge(); g.DataPoints[0].GetAsDouble() != 3.5 {
		t.Errorf("gauge: %v", g)
	}
	p := got["exponential"].GetExponentialHistogram().DataPoints[0]
	if p.Count != 1 || p.GetSum() != 7 || p.GetMin() != 7 || p.GetMax() != 7 || len(p.Positive.BucketCounts) != 1 {
		t.Errorf("exponential: %v", p)
	}
}

// decodeMetrics reads the message as a collector does.
func decodeMetrics(t *testing.T, m *metricdata.ResourceMetrics) *collectormetrics.ExportMetricsServiceRequest {
	t.Helper()
	body, err := Format{}.Body(Metrics(m))
	if err != nil {
		t.Fatal(err)
	}
	request := new(collectormetrics.ExportMetricsServiceRequest)
	if err := proto.Unmarshal(body, request); err != nil {
		t.Fatal(err)
	}
	return request
}

func TestHistogramWithExemplar(t *testing.T) {
	t.Parallel()
	at := time.Unix(5, 6)
	point := decodeMetrics(t, &metricdata.ResourceMetrics{Resource: resource.Empty(), ScopeMetrics: []metricdata.ScopeMetrics{{
		Metrics: []metricdata.Metrics{{Name: "summary", Data: metricdata.Summary{}}, {Name: "h", Data: metricdata.Histogram[float64]{
			DataPoints: []metricdata.HistogramDataPoint[float64]{{
				Time: at, Count: 3, Sum: 4, Bounds: []float64{1}, BucketCounts: []uint64{1, 2}, Max: metricdata.NewExtrema(3.0),
				Exemplars: []metricdata.Exemplar[float64]{{Time: at, Value: 3, TraceID: []byte{1}, SpanID: []byte{2}}},
			}},
		}}},
	}}}).ResourceMetrics[0].ScopeMetrics[0].Metrics[0].GetHistogram().DataPoints[0]
	want := &metricspb.HistogramDataPoint{
		TimeUnixNano: 5_000_000_006, Count: 3, Sum: new(4.0), Max: new(3.0), BucketCounts: []uint64{1, 2}, ExplicitBounds: []float64{1},
		Exemplars: []*metricspb.Exemplar{{
			TimeUnixNano: 5_000_000_006, Value: &metricspb.Exemplar_AsDouble{AsDouble: 3}, TraceId: []byte{1}, SpanId: []byte{2},
		}},
	}
	if !proto.Equal(point, want) {
		t.Errorf("got %v, want %v", point, want)
	}
}

// What a collector may answer, over HTTP and gRPC.
func TestAnswers(t *testing.T) {
	t.Parallel()
	partial, err := proto.Marshal(&collectorlogs.ExportLogsServiceResponse{
		PartialSuccess: &collectorlogs.ExportLogsPartialSuccess{RejectedLogRecords: 2, ErrorMessage: "too old"},
	})
	if err != nil {
		t.Fatal(err)
	}
	frame := append([]byte{0, 0, 0, 0, byte(len(partial))}, partial...)
	protobuf := http.Header{"Content-Type": {"application/x-protobuf"}}
	for name, test := range map[string]struct {
		grpc            bool
		status          int
		header, trailer http.Header
		body            string
		want            *AnswerError
	}{
		"HTTP":                {status: 200},
		"HTTP, empty message": {status: 202, header: protobuf},
		"HTTP, text":          {status: 200, body: "fine"},
		"HTTP, partly":        {status: 200, header: protobuf, body: string(partial), want: &AnswerError{Text: "2 rejected: too old"}},
		"HTTP, garbage":       {status: 200, header: protobuf, body: "\xff\xff\xff"},
		"HTTP, refused":       {status: 400, body: " no\n", want: &AnswerError{Text: "400 Bad Request: no"}},
		"HTTP, busy":          {status: 503, header: http.Header{"Retry-After": {"7"}}, want: &AnswerError{Text: "503 Service Unavailable: ", Retry: true, After: 7 * time.Second}},
		"HTTP, too many":      {status: 429, header: http.Header{"Retry-After": {"soon"}}, want: &AnswerError{Text: "429 Too Many Requests: ", Retry: true}},
		"gRPC":                {grpc: true, status: 200, trailer: http.Header{"Grpc-Status": {"0"}}, body: "\x00\x00\x00\x00\x00"},
		"gRPC, partly":        {grpc: true, status: 200, trailer: http.Header{"Grpc-Status": {"0"}}, body: string(frame), want: &AnswerError{Text: "2 rejected: too old"}},
		"gRPC, unavailable":   {grpc: true, status: 200, trailer: http.Header{"Grpc-Status": {"14"}, "Grpc-Message": {"gone%20away"}}, want: &AnswerError{Text: "gRPC status 14: gone away", Retry: true}},
		"gRPC, in the header": {grpc: true, status: 200, header: http.Header{"Grpc-Status": {"12"}, "Grpc-Message": {"what?"}}, want: &AnswerError{Text: "gRPC status 12: what?"}},
		"gRPC, not spoken":    {grpc: true, status: 200, body: "<html>", want: &AnswerError{Text: "no gRPC status: the endpoint does not speak gRPC"}},
		"gRPC, by a proxy":    {grpc: true, status: 502, want: &AnswerError{Text: "502 Bad Gateway: ", Retry: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := test.header
			if header == nil {
				header = http.Header{}
			}
			err := Format{GRPC: test.grpc}.ReadAnswer(&http.Response{
				StatusCode: test.status, Status: httpStatus(test.status), Header: header, Trailer: test.trailer,
				Body: io.NopCloser(strings.NewReader(test.body)),
			})
			got, _ := errors.AsType[*AnswerError](err)
			if diff := cmp.Diff(test.want, got); diff != "" || (err == nil) != (test.want == nil) {
				t.Errorf("got %v: %s", err, diff)
			}
		})
	}
}

func httpStatus(code int) string { return strconv.Itoa(code) + " " + http.StatusText(code) }

func TestAnswerCutOff(t *testing.T) {
	t.Parallel()
	err := Format{}.ReadAnswer(&http.Response{StatusCode: 200, Body: io.NopCloser(cut{})})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, context.Canceled }
