package telemetry

import (
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	provider "github.com/wasmCloud/provider-sdk-go"
)

// defaultTimeout is that of one export over HTTP, as the OTLP specification has it.
const defaultTimeout = 10 * time.Second

// A signal is one kind of telemetry. Its text is its name in the host data; in upper case it is a part of OTEL_*
// variables.
type signal string

// The signals.
const (
	traces  signal = "traces"
	metrics signal = "metrics"
	logs    signal = "logs"
)

func (s signal) upper() string { return strings.ToUpper(string(s)) }

// A target is where one signal goes.
type target struct {
	connection
	url     *url.URL      // whole, which HTTP alone uses
	timeout time.Duration // of one export over HTTP
}

// A connection is what signals must have in common to share one. It is comparable.
type connection struct {
	grpc, secure, gzip bool // gzip matters to gRPC alone
	host               string
	certificate        string // file of the environment's CA certificates, empty for none
	clientCertificate  string // files of what the provider shows the collector, empty for none
	clientKey          string
}

// environment reads the settings of OpenTelemetry: the host data first, then the OTEL_* variables. A value that means
// nothing is told to log and passed over.
type environment struct {
	host   provider.OtelConfig
	getenv func(string) string
	log    *slog.Logger
}

// get returns a variable without white space around it.
func (e *environment) get(name string) string { return strings.TrimSpace(e.getenv(name)) }

// exporter returns a setting of the exporter of s and the variable that has it: the signal's own wins.
func (e *environment) exporter(s signal, setting string) (name, value string) {
	name = "OTEL_EXPORTER_OTLP_" + s.upper() + "_" + setting
	if value = e.get(name); value == "" {
		name = "OTEL_EXPORTER_OTLP_" + setting
		value = e.get(name)
	}
	return name, value
}

// ignore tells that a value is passed over.
func (e *environment) ignore(name, value, want string) {
	e.log.Warn("telemetry setting ignored", "setting", name, "value", withoutUser(value), "want", want)
}

// signals are those that are sent.
func (e *environment) signals() []signal {
	return slices.DeleteFunc([]signal{traces, metrics, logs}, func(s signal) bool { return !e.enabled(s) })
}

// enabled tells whether a signal is sent. The host data alone switches signals on. What it says of one signal wins; its
// switch for all yields to the variables that switch off.
func (e *environment) enabled(s signal) bool {
	own, on := e.host.EnableTraces, e.host.TracesEnabled()
	switch s {
	case metrics:
		own, on = e.host.EnableMetrics, e.host.MetricsEnabled()
	case logs:
		own, on = e.host.EnableLogs, e.host.LogsEnabled()
	}
	if !on || own != nil {
		return on
	}
	if strings.EqualFold(e.get("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	name := "OTEL_" + s.upper() + "_EXPORTER"
	switch value := e.get(name); strings.ToLower(value) {
	case "none":
		return false
	case "", "otlp":
	default:
		e.ignore(name, value, "otlp or none")
	}
	return true
}

// target resolves where a signal goes.
func (e *environment) target(s signal) target {
	protocol := e.protocol(s)
	t := target{url: e.endpoint(s, protocol), timeout: e.timeout(s)}
	t.grpc, t.secure, t.host = protocol == provider.OtelGRPC, t.url.Scheme == "https", t.url.Host
	if t.grpc {
		_, compression := e.exporter(s, "COMPRESSION")
		t.gzip = compression == "gzip"
	}
	if t.secure {
		_, t.certificate = e.exporter(s, "CERTIFICATE")
		_, t.clientCertificate = e.exporter(s, "CLIENT_CERTIFICATE")
		_, t.clientKey = e.exporter(s, "CLIENT_KEY")
	}
	return t
}

// protocol is HTTP unless the host data or else the environment asks for gRPC.
func (e *environment) protocol(s signal) provider.OtelProtocol {
	switch protocol := provider.OtelProtocol(strings.ToLower(string(e.host.Protocol))); protocol {
	case provider.OtelHTTP, provider.OtelGRPC:
		return protocol
	}
	switch name, value := e.exporter(s, "PROTOCOL"); strings.ToLower(value) {
	case "grpc":
		return provider.OtelGRPC
	case "", "http/protobuf":
	default:
		e.ignore(name, value, "grpc or http/protobuf")
	}
	return provider.OtelHTTP
}

// timeout returns how long one export over HTTP may take. The exporters over gRPC read the variable themselves.
func (e *environment) timeout(s signal) time.Duration {
	name, value := e.exporter(s, "TIMEOUT")
	if value == "" {
		return defaultTimeout
	}
	ms, err := strconv.ParseUint(value, 10, 31)
	if err != nil || ms == 0 {
		e.ignore(name, value, "milliseconds")
		return defaultTimeout
	}
	return time.Duration(ms) * time.Millisecond
}
