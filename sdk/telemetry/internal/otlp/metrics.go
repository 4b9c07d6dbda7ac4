package otlp

import (
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
)

// Metrics returns the message for metrics. Its bytes are those of an ExportMetricsServiceRequest. Aggregations that the
// SDK does not make are left out.
func Metrics(m *metricdata.ResourceMetrics) *metricspb.MetricsData {
	group := &metricspb.ResourceMetrics{Resource: resourceOf(m.Resource), SchemaUrl: m.Resource.SchemaURL()}
	for _, scope := range m.ScopeMetrics {
		in := &metricspb.ScopeMetrics{Scope: scopeOf(scope.Scope), SchemaUrl: scope.Scope.SchemaURL}
		for _, one := range scope.Metrics {
			out := &metricspb.Metric{Name: one.Name, Description: one.Description, Unit: one.Unit}
			if aggregate(out, one.Data) {
				in.Metrics = append(in.Metrics, out)
			}
		}
		group.ScopeMetrics = append(group.ScopeMetrics, in)
	}
	return &metricspb.MetricsData{ResourceMetrics: []*metricspb.ResourceMetrics{group}}
}

// aggregate sets the data of a metric.
func aggregate(out *metricspb.Metric, data metricdata.Aggregation) (known bool) {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		out.Data = gauge(data)
	case metricdata.Gauge[float64]:
		out.Data = gauge(data)
	case metricdata.Sum[int64]:
		out.Data = sum(data)
	case metricdata.Sum[float64]:
		out.Data = sum(data)
	case metricdata.Histogram[int64]:
		out.Data = histogram(data)
	case metricdata.Histogram[float64]:
		out.Data = histogram(data)
	case metricdata.ExponentialHistogram[int64]:
		out.Data = exponential(data)
	case metricdata.ExponentialHistogram[float64]:
		out.Data = exponential(data)
	default:
		return false
	}
	return true
}

func temporality(t metricdata.Temporality) metricspb.AggregationTemporality {
	if t == metricdata.DeltaTemporality {
		return metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
	}
	return metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
}

func gauge[N int64 | float64](g metricdata.Gauge[N]) *metricspb.Metric_Gauge {
	return &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: numbers(g.DataPoints)}}
}

func sum[N int64 | float64](s metricdata.Sum[N]) *metricspb.Metric_Sum {
	return &metricspb.Metric_Sum{Sum: &metricspb.Sum{
		DataPoints: numbers(s.DataPoints), AggregationTemporality: temporality(s.Temporality), IsMonotonic: s.IsMonotonic,
	}}
}

func numbers[N int64 | float64](points []metricdata.DataPoint[N]) []*metricspb.NumberDataPoint {
	out := make([]*metricspb.NumberDataPoint, len(points)) // one for one
	for i, p := range points {
		out[i] = &metricspb.NumberDataPoint{
			Attributes: keyValues(p.Attributes.ToSlice()), Exemplars: exemplars(p.Exemplars),
			StartTimeUnixNano: nanoseconds(p.StartTime), TimeUnixNano: nanoseconds(p.Time),
		}
		switch v := any(p.Value).(type) {
		case int64:
			out[i].Value = &metricspb.NumberDataPoint_AsInt{AsInt: v}
		case float64:
			out[i].Value = &metricspb.NumberDataPoint_AsDouble{AsDouble: v}
		}
	}
	return out
}

func histogram[N int64 | float64](h metricdata.Histogram[N]) *metricspb.Metric_Histogram {
	points := make([]*metricspb.HistogramDataPoint, len(h.DataPoints)) // one for one
	for i, p := range h.DataPoints {
		points[i] = &metricspb.HistogramDataPoint{
			Attributes: keyValues(p.Attributes.ToSlice()), Exemplars: exemplars(p.Exemplars),
			StartTimeUnixNano: nanoseconds(p.StartTime), TimeUnixNano: nanoseconds(p.Time),
			Count: p.Count, Sum: new(float64(p.Sum)), Min: extreme(p.Min), Max: extreme(p.Max),
			BucketCounts: p.BucketCounts, ExplicitBounds: p.Bounds,
		}
	}
	return &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{
		DataPoints: points, AggregationTemporality: temporality(h.Temporality),
	}}
}

func exponential[N int64 | float64](h metricdata.ExponentialHistogram[N]) *metricspb.Metric_ExponentialHistogram {
	points := make([]*metricspb.ExponentialHistogramDataPoint, len(h.DataPoints)) // one for one
	for i, p := range h.DataPoints {
		points[i] = &metricspb.ExponentialHistogramDataPoint{
			Attributes: keyValues(p.Attributes.ToSlice()), Exemplars: exemplars(p.Exemplars),
			StartTimeUnixNano: nanoseconds(p.StartTime), TimeUnixNano: nanoseconds(p.Time),
			Count: p.Count, Sum: new(float64(p.Sum)), Min: extreme(p.Min), Max: extreme(p.Max),
			Scale: p.Scale, ZeroCount: p.ZeroCount, ZeroThreshold: p.ZeroThreshold,
			Positive: buckets(p.PositiveBucket), Negative: buckets(p.NegativeBucket),
		}
	}
	return &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{
		DataPoints: points, AggregationTemporality: temporality(h.Temporality),
	}}
}

func buckets(b metricdata.ExponentialBucket) *metricspb.ExponentialHistogramDataPoint_Buckets {
	return &metricspb.ExponentialHistogramDataPoint_Buckets{Offset: b.Offset, BucketCounts: b.Counts}
}

// extreme returns nil when there is none.
func extreme[N int64 | float64](e metricdata.Extrema[N]) *float64 {
	if v, ok := e.Value(); ok {
		return new(float64(v))
	}
	return nil
}

func exemplars[N int64 | float64](list []metricdata.Exemplar[N]) []*metricspb.Exemplar {
	out := make([]*metricspb.Exemplar, len(list)) // one for one
	for i, e := range list {
		out[i] = &metricspb.Exemplar{
			FilteredAttributes: keyValues(e.FilteredAttributes), TimeUnixNano: nanoseconds(e.Time),
			SpanId: e.SpanID, TraceId: e.TraceID,
		}
		switch v := any(e.Value).(type) {
		case int64:
			out[i].Value = &metricspb.Exemplar_AsInt{AsInt: v}
		case float64:
			out[i].Value = &metricspb.Exemplar_AsDouble{AsDouble: v}
		}
	}
	return out
}
