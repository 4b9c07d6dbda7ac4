package otlp

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
)

// Logs returns the message for records, which all have the resource of one provider. Its bytes are those of an
// ExportLogsServiceRequest.
func Logs(records []sdklog.Record) *logspb.LogsData {
	if len(records) == 0 {
		return new(logspb.LogsData)
	}
	about := records[0].Resource()
	group := &logspb.ResourceLogs{Resource: resourceOf(about), SchemaUrl: about.SchemaURL()}
	scopes := make(map[instrumentation.Scope]*logspb.ScopeLogs)
	for i := range records {
		scope := records[i].InstrumentationScope()
		in, ok := scopes[scope]
		if !ok {
			in = &logspb.ScopeLogs{Scope: scopeOf(scope), SchemaUrl: scope.SchemaURL}
			scopes[scope] = in
			group.ScopeLogs = append(group.ScopeLogs, in)
		}
		in.LogRecords = append(in.LogRecords, logRecord(&records[i]))
	}
	return &logspb.LogsData{ResourceLogs: []*logspb.ResourceLogs{group}}
}

func logRecord(r *sdklog.Record) *logspb.LogRecord {
	out := &logspb.LogRecord{
		TimeUnixNano:           nanoseconds(r.Timestamp()),
		ObservedTimeUnixNano:   nanoseconds(r.ObservedTimestamp()),
		SeverityNumber:         logspb.SeverityNumber(r.Severity()), // the two number alike
		SeverityText:           r.SeverityText(),
		Body:                   anyValue(r.Body()),
		EventName:              r.EventName(),
		DroppedAttributesCount: count(r.DroppedAttributes()),
		Flags:                  uint32(r.TraceFlags()),
	}
	r.WalkAttributes(func(a attribute.KeyValue) bool {
		out.Attributes = append(out.Attributes, &commonpb.KeyValue{Key: string(a.Key), Value: anyValue(a.Value)})
		return true
	})
	if id := r.TraceID(); id.IsValid() {
		out.TraceId = id[:]
	}
	if id := r.SpanID(); id.IsValid() {
		out.SpanId = id[:]
	}
	return out
}
