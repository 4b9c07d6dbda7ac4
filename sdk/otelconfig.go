package provider

import (
	"net/url"
	"slices"
	"strings"
)

// OtelProtocol is how telemetry travels to the collector.
type OtelProtocol string

// The protocols of OTLP that hosts name.
const (
	OtelHTTP OtelProtocol = "http"
	OtelGRPC OtelProtocol = "grpc"
)

// OtelConfig is what the host data says about telemetry. The zero value means none.
type OtelConfig struct {
	EnableObservability bool  `json:"enable_observability"` // for all signals that say nothing of their own
	EnableTraces        *bool `json:"enable_traces"`        // when present it wins, false too
	EnableMetrics       *bool `json:"enable_metrics"`
	EnableLogs          *bool `json:"enable_logs"`

	ObservabilityEndpoint string `json:"observability_endpoint"` // for all signals without one of their own
	TracesEndpoint        string `json:"traces_endpoint"`
	MetricsEndpoint       string `json:"metrics_endpoint"`
	LogsEndpoint          string `json:"logs_endpoint"`

	Protocol          OtelProtocol `json:"protocol"` // empty when the host does not say, which means HTTP
	AdditionalCAPaths []string     `json:"additional_ca_paths"`
	TraceLevel        string       `json:"trace_level"`
	TracesSampler     string       `json:"traces_sampler"` // by the names of OTEL_TRACES_SAMPLER
	TracesSamplerArg  string       `json:"traces_sampler_arg"`
	MaxBatchQueueSize *uint64      `json:"max_batch_queue_size"`
	ConcurrentExports *uint64      `json:"concurrent_exports"`
}

// TracesEnabled reports whether the host wants traces.
func (c OtelConfig) TracesEnabled() bool { return c.enabled(c.EnableTraces) }

// MetricsEnabled reports whether the host wants metrics.
func (c OtelConfig) MetricsEnabled() bool { return c.enabled(c.EnableMetrics) }

// LogsEnabled reports whether the host wants logs.
func (c OtelConfig) LogsEnabled() bool { return c.enabled(c.EnableLogs) }

func (c OtelConfig) enabled(signal *bool) bool {
	if signal != nil {
		return *signal
	}
	return c.EnableObservability
}

// TracesURL returns where traces go: the signal's own endpoint as it is; else the common one, over HTTP with /v1/traces
// when it has no path, over gRPC without its path; else 127.0.0.1, port 4318 for HTTP and 4317 for gRPC, without TLS.
func (c OtelConfig) TracesURL() string { return c.endpoint(c.TracesEndpoint, "/v1/traces") }

// MetricsURL returns where metrics go, by the rules of TracesURL with /v1/metrics.
func (c OtelConfig) MetricsURL() string { return c.endpoint(c.MetricsEndpoint, "/v1/metrics") }

// LogsURL returns where logs go, by the rules of TracesURL with /v1/logs.
func (c OtelConfig) LogsURL() string { return c.endpoint(c.LogsEndpoint, "/v1/logs") }

func (c OtelConfig) endpoint(own, path string) string {
	grpc := c.Protocol == OtelGRPC
	switch {
	case own != "":
		return own
	case c.ObservabilityEndpoint == "" && grpc:
		return "http://127.0.0.1:4317"
	case c.ObservabilityEndpoint == "":
		return "http://127.0.0.1:4318" + path
	}
	common := c.ObservabilityEndpoint
	if !strings.Contains(common, "://") {
		common = "http://" + common
	}
	parsed, err := url.Parse(common)
	if err != nil {
		return c.ObservabilityEndpoint
	}
	if grpc {
		parsed.Path, parsed.RawPath = "", ""
	} else if parsed.Path == "" || parsed.Path == "/" {
		parsed.Path = path
	}
	return parsed.String()
}

func (c OtelConfig) clone() OtelConfig {
	c.AdditionalCAPaths = slices.Clone(c.AdditionalCAPaths)
	for _, flag := range []**bool{&c.EnableTraces, &c.EnableMetrics, &c.EnableLogs} {
		if *flag != nil {
			*flag = new(**flag)
		}
	}
	for _, number := range []**uint64{&c.MaxBatchQueueSize, &c.ConcurrentExports} {
		if *number != nil {
			*number = new(**number)
		}
	}
	return c
}

// readOtelConfig reads otel_config. All of it is optional: what is wrong in it costs a warning.
func readOtelConfig(top *fields, warn func(string, ...any)) OtelConfig {
	outer := &softFields{fields: top, warn: warn}
	f := &softFields{fields: &fields{path: "otel_config."}, warn: warn}
	if !outer.take("otel_config", "an object", &f.members) {
		return OtelConfig{}
	}
	c := OtelConfig{
		EnableObservability:   f.flag("enable_observability", false),
		EnableTraces:          f.optionalFlag("enable_traces"),
		EnableMetrics:         f.optionalFlag("enable_metrics"),
		EnableLogs:            f.optionalFlag("enable_logs"),
		ObservabilityEndpoint: f.text("observability_endpoint"),
		TracesEndpoint:        f.text("traces_endpoint"),
		MetricsEndpoint:       f.text("metrics_endpoint"),
		LogsEndpoint:          f.text("logs_endpoint"),
		TraceLevel:            f.text("trace_level"),
		TracesSampler:         f.text("traces_sampler"),
		TracesSamplerArg:      f.samplerArg(),
		MaxBatchQueueSize:     f.number("max_batch_queue_size"),
		ConcurrentExports:     f.number("concurrent_exports"),
	}
	f.take("additional_ca_paths", "an array of paths", &c.AdditionalCAPaths)
	switch protocol := OtelProtocol(strings.ToLower(f.text("protocol"))); protocol {
	case "", OtelHTTP, OtelGRPC:
		c.Protocol = protocol
	default:
		warn("otel_config.protocol: %.40q is neither http nor grpc, taking http", string(protocol))
	}
	return c
}

// samplerArg accepts a number as well as a text: it is a ratio more often than not.
func (f *softFields) samplerArg() string {
	if raw := f.members["traces_sampler_arg"]; kindOf(raw) == "a number" {
		return string(raw)
	}
	return f.text("traces_sampler_arg")
}
