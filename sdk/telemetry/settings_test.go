package telemetry

import (
	"log/slog"
	"strings"
	"testing"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// read returns an environment of these settings, and what it logs.
func read(host provider.OtelConfig, variables map[string]string) (*environment, *labtest.Log) {
	logged := labtest.NewLog()
	return &environment{
		host: host, getenv: func(name string) string { return variables[name] },
		log: slog.New(slog.NewTextHandler(logged, nil)),
	}, logged
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	const own, common = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, test := range map[string]struct {
		host provider.OtelConfig
		env  map[string]string
		want string
		grpc bool
		logs string // setting that is told as ignored
	}{
		"default":                     {want: "http://127.0.0.1:4318/v1/traces"},
		"default of gRPC":             {host: provider.OtelConfig{Protocol: "grpc"}, want: "http://127.0.0.1:4317", grpc: true},
		"own as it is":                {host: provider.OtelConfig{TracesEndpoint: "https://c:1"}, want: "https://c:1"},
		"own with path":               {host: provider.OtelConfig{TracesEndpoint: "http://c:1/a/b?q=1"}, want: "http://c:1/a/b?q=1"},
		"own without scheme":          {host: provider.OtelConfig{TracesEndpoint: "c:1"}, want: "http://c:1"},
		"own of another signal":       {host: provider.OtelConfig{LogsEndpoint: "http://l:1"}, want: "http://127.0.0.1:4318/v1/traces"},
		"own before common":           {host: provider.OtelConfig{TracesEndpoint: "http://c:1/x", ObservabilityEndpoint: "http://o:1"}, want: "http://c:1/x"},
		"common":                      {host: provider.OtelConfig{ObservabilityEndpoint: "http://o:1"}, want: "http://o:1/v1/traces"},
		"common, slash":               {host: provider.OtelConfig{ObservabilityEndpoint: "http://o:1/"}, want: "http://o:1/v1/traces"},
		"common with path":            {host: provider.OtelConfig{ObservabilityEndpoint: "http://o:1/in"}, want: "http://o:1/in"},
		"common, no scheme":           {host: provider.OtelConfig{ObservabilityEndpoint: "o:1"}, want: "http://o:1/v1/traces"},
		"common, gRPC":                {host: provider.OtelConfig{ObservabilityEndpoint: "https://o:1/in", Protocol: "GRPC"}, want: "https://o:1", grpc: true},
		"own, gRPC":                   {host: provider.OtelConfig{TracesEndpoint: "http://c:1", Protocol: "Grpc"}, want: "http://c:1", grpc: true},
		"own unusable":                {host: provider.OtelConfig{TracesEndpoint: "ftp://c:1", ObservabilityEndpoint: "http://o:1"}, want: "http://o:1/v1/traces", logs: "otel_config.traces_endpoint"},
		"common unusable":             {host: provider.OtelConfig{ObservabilityEndpoint: "http://"}, env: map[string]string{own: "http://e:1/x"}, want: "http://e:1/x", logs: "otel_config.observability_endpoint"},
		"own variable":                {env: map[string]string{own: "http://e:1", common: "http://f:1"}, want: "http://e:1"},
		"common variable":             {env: map[string]string{common: "http://f:1"}, want: "http://f:1/v1/traces"},
		"common variable with path":   {env: map[string]string{common: "https://f:1/base/"}, want: "https://f:1/base/v1/traces"},
		"own variable unusable":       {env: map[string]string{own: "::", common: "http://f:1"}, want: "http://f:1/v1/traces", logs: own},
		"common variable unusable":    {env: map[string]string{common: "unix:///x"}, want: "http://127.0.0.1:4318/v1/traces", logs: common},
		"host before variables":       {host: provider.OtelConfig{ObservabilityEndpoint: "http://o:1"}, env: map[string]string{own: "http://e:1"}, want: "http://o:1/v1/traces"},
		"protocol by variable":        {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", common: "http://f:1"}, want: "http://f:1/v1/traces", grpc: true},
		"protocol by own variable":    {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"}, want: "http://127.0.0.1:4317", grpc: true},
		"protocol by host":            {host: provider.OtelConfig{Protocol: "Http"}, env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, want: "http://127.0.0.1:4318/v1/traces"},
		"protocol unknown":            {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, want: "http://127.0.0.1:4318/v1/traces", logs: "OTEL_EXPORTER_OTLP_PROTOCOL"},
		"password is not in the logs": {host: provider.OtelConfig{TracesEndpoint: "ftp://me:" + secret + "@c:1"}, want: "http://127.0.0.1:4318/v1/traces", logs: "otel_config.traces_endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, logged := read(test.host, test.env)
			got := e.target(traces)
			if got.url.String() != test.want || got.grpc != test.grpc {
				t.Errorf("got %v, grpc %v, want %s, %v", got.url, got.grpc, test.want, test.grpc)
			}
			if got.host != got.url.Host || got.secure != strings.HasPrefix(test.want, "https:") {
				t.Errorf("got %+v", got.connection)
			}
			checkIgnored(t, logged, test.logs)
		})
	}
}

func checkIgnored(t *testing.T, logged *labtest.Log, setting string) {
	t.Helper()
	switch text := logged.String(); {
	case setting == "" && text != "":
		t.Errorf("logged: %s", text)
	case !strings.Contains(text, setting):
		t.Errorf("%s is not in the log: %s", setting, text)
	case strings.Contains(text, secret):
		t.Errorf("a password is in the log: %s", text)
	}
}

func TestEndpointsOfTheOtherSignals(t *testing.T) {
	t.Parallel()
	e, _ := read(provider.OtelConfig{MetricsEndpoint: "http://m:1/x", ObservabilityEndpoint: "http://o:1"}, nil)
	if got := e.target(metrics).url.String(); got != "http://m:1/x" {
		t.Errorf("metrics: %s", got)
	}
	if got := e.target(logs).url.String(); got != "http://o:1/v1/logs" {
		t.Errorf("logs: %s", got)
	}
	if a, b := e.target(traces).connection, e.target(logs).connection; a != b {
		t.Errorf("traces and logs do not share a connection: %+v, %+v", a, b)
	}
}

func TestEnabled(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		host                  provider.OtelConfig
		env                   map[string]string
		traces, metrics, logs bool
		ignored               string
	}{
		"nothing said":        {},
		"all":                 {host: provider.OtelConfig{EnableObservability: true}, traces: true, metrics: true, logs: true},
		"one wins, false too": {host: provider.OtelConfig{EnableObservability: true, EnableTraces: &no}, metrics: true, logs: true},
		"one alone":           {host: provider.OtelConfig{EnableLogs: &yes}, logs: true},
		"variables alone":     {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1"}},
		"disabled by variable": {
			host: provider.OtelConfig{EnableObservability: true, EnableMetrics: &yes},
			env:  map[string]string{"OTEL_SDK_DISABLED": "TRUE"}, metrics: true,
		},
		"one disabled by variable": {
			host: provider.OtelConfig{EnableObservability: true},
			env:  map[string]string{"OTEL_TRACES_EXPORTER": "none"}, metrics: true, logs: true,
		},
		"unknown exporter": {
			host: provider.OtelConfig{EnableObservability: true},
			env:  map[string]string{"OTEL_LOGS_EXPORTER": "console"}, traces: true, metrics: true, logs: true,
			ignored: "OTEL_LOGS_EXPORTER",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, logged := read(test.host, test.env)
			for s, want := range map[signal]bool{traces: test.traces, metrics: test.metrics, logs: test.logs} {
				if got := e.enabled(s); got != want {
					t.Errorf("%s: got %v", s, got)
				}
			}
			checkIgnored(t, logged, test.ignored)
		})
	}
}

func TestSamplers(t *testing.T) {
	t.Parallel()
	const standard = "ParentBased{root:AlwaysOnSampler"
	for name, test := range map[string]struct {
		host    provider.OtelConfig
		env     map[string]string
		want    string
		ignored string
	}{
		"default":             {want: standard},
		"host":                {host: provider.OtelConfig{TracesSampler: "always_off"}, want: "AlwaysOffSampler"},
		"any letter case":     {host: provider.OtelConfig{TracesSampler: " ParentBased_Always_Off"}, want: "ParentBased{root:AlwaysOffSampler"},
		"ratio":               {host: provider.OtelConfig{TracesSampler: "traceidratio", TracesSamplerArg: "0.25"}, want: "TraceIDRatioBased{0.25}"},
		"ratio without one":   {host: provider.OtelConfig{TracesSampler: "traceidratio"}, want: "TraceIDRatioBased{1}"},
		"host before env":     {host: provider.OtelConfig{TracesSampler: "always_on"}, env: map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}, want: "AlwaysOnSampler"},
		"env":                 {env: map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"}, want: "ParentBased{root:TraceIDRatioBased{0.5}"},
		"arg of env for host": {host: provider.OtelConfig{TracesSampler: "traceidratio"}, env: map[string]string{"OTEL_TRACES_SAMPLER_ARG": "0.5"}, want: "TraceIDRatioBased{0.5}"},
		"unknown":             {host: provider.OtelConfig{TracesSampler: "xray"}, env: map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}, want: "AlwaysOffSampler", ignored: "otel_config.traces_sampler"},
		"unknown in env":      {env: map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_jaeger_remote"}, want: standard, ignored: "OTEL_TRACES_SAMPLER"},
		"no ratio":            {host: provider.OtelConfig{TracesSampler: "traceidratio", TracesSamplerArg: "many"}, want: "TraceIDRatioBased{1}", ignored: "otel_config.traces_sampler_arg"},
		"NaN":                 {host: provider.OtelConfig{TracesSampler: "traceidratio", TracesSamplerArg: "NaN"}, want: "TraceIDRatioBased{1}", ignored: "otel_config.traces_sampler_arg"},
		"ratio above one":     {host: provider.OtelConfig{TracesSampler: "traceidratio", TracesSamplerArg: "2"}, want: "TraceIDRatioBased{1}", ignored: "otel_config.traces_sampler_arg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, logged := read(test.host, test.env)
			if got := e.sampler().Description(); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			checkIgnored(t, logged, test.ignored)
		})
	}
}

func TestTraceLevels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]slog.Level{
		"": slog.LevelInfo, "Error": slog.LevelError, "warn": slog.LevelWarn, "TRACE": slog.LevelDebug - 4, "critical": slog.LevelError + 4,
	} {
		e, logged := read(provider.OtelConfig{TraceLevel: text}, nil)
		if got := e.traceLevel(); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
		checkIgnored(t, logged, "")
	}
	e, logged := read(provider.OtelConfig{TraceLevel: "loud"}, nil)
	if got := e.traceLevel(); got != slog.LevelInfo {
		t.Errorf("loud: got %v", got)
	}
	checkIgnored(t, logged, "otel_config.trace_level")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	number := func(n uint64) *uint64 { return &n }
	for name, test := range map[string]struct {
		value   *uint64
		want    int
		ignored string
	}{
		"absent":   {},
		"usable":   {value: number(7), want: 7},
		"zero":     {value: number(0), ignored: "otel_config.max_batch_queue_size"},
		"too much": {value: number(1 << 60), want: maxQueue, ignored: "otel_config.max_batch_queue_size"},
	} {
		e, logged := read(provider.OtelConfig{MaxBatchQueueSize: test.value}, nil)
		if got := e.queue(); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
		checkIgnored(t, logged, test.ignored)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"": "10s", "250": "250ms", "0": "10s", "-1": "10s", "soon": "10s"} {
		e, _ := read(provider.OtelConfig{}, map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": value})
		if got := e.target(logs).timeout.String(); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}
