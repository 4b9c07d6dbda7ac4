// Package otlp puts telemetry into the messages of OTLP, and these into requests over HTTP and gRPC. It sends nothing
// itself.
//
// It stands in place of OpenTelemetry's own exporters for metrics and logs because they link all of gRPC and its gateway
// even when HTTP is spoken: 6.6 MB of binary and 5 MiB of memory that a provider without telemetry at work would carry. One
// call of gRPC with one answer is a request of HTTP/2 with five bytes in front of its body.
package otlp
