package provider

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
)

// fullHostData has every field, and one that is unknown.
const fullHostData = `{
	"host_id": "NHOST", "lattice_rpc_prefix": "lat", "lattice_rpc_url": "tls://nats.example:4443",
	"lattice_rpc_user_jwt": "jwt", "lattice_rpc_user_seed": "SUSEED", "provider_key": "key-value",
	"link_name": "default", "instance_id": "5f1c", "env_values": {"A": "1"}, "cluster_issuers": ["C1", "C2"],
	"config": {"url": "redis://", "gone": null}, "secrets": {"s": {"kind": "String", "value": "text"}, "b": {"kind": "Bytes", "value": [0, 255]}},
	"host_xkey_public_key": null, "provider_xkey_private_key": null, "default_rpc_timeout_ms": 1500,
	"structured_logging": true, "log_level": "DEBUG", "brand_new": {"a": [1]},
	"link_definitions": [{"source_id": "c", "target": "key-value", "wit_namespace": "wasi", "wit_package": "keyvalue",
		"interfaces": ["store"], "source_config": {}, "target_config": {"bucket": "x"}, "source_secrets": null, "target_secrets": null}],
	"otel_config": {"enable_observability": true, "enable_logs": false, "protocol": "Grpc", "observability_endpoint": "http://c:1",
		"additional_ca_paths": ["/ca"], "traces_sampler": "traceidratio", "traces_sampler_arg": 0.5, "max_batch_queue_size": 7, "concurrent_exports": null}
}`

func TestHostDataFields(t *testing.T) {
	t.Parallel()
	start, err := parseHostData([]byte(fullHostData))
	if err != nil {
		t.Fatal(err)
	}
	h := start.host
	for name, ok := range map[string]bool{
		"ids":      h.HostID == "NHOST" && h.LatticeRPCPrefix == "lat" && h.ProviderKey == "key-value" && h.InstanceID == "5f1c",
		"nats":     h.LatticeRPCURL == "tls://nats.example:4443" && h.LatticeRPCUserJWT == "jwt" && h.LatticeRPCUserSeed == "SUSEED",
		"maps":     maps.Equal(h.EnvValues, map[string]string{"A": "1"}) && maps.Equal(h.Config, map[string]string{"url": "redis://"}),
		"issuers":  len(h.ClusterIssuers) == 2 && h.ClusterIssuers[1] == "C2",
		"secrets":  h.Secrets["s"].String.Reveal() == "text" && string(h.Secrets["b"].Bytes.Reveal()) == "\x00\xff",
		"timeout":  h.DefaultRPCTimeoutMS != nil && h.rpcTimeout() == 1500*time.Millisecond,
		"logging":  h.StructuredLogging && h.LogLevel != nil && *h.LogLevel == Debug,
		"link":     len(h.LinkDefinitions) == 1 && h.LinkDefinitions[0].Name == "default" && h.LinkDefinitions[0].TargetConfig["bucket"] == "x",
		"otel":     h.OtelConfig.TracesEnabled() && !h.OtelConfig.LogsEnabled() && h.OtelConfig.Protocol == OtelGRPC && h.OtelConfig.TracesSamplerArg == "0.5",
		"numbers":  *h.OtelConfig.MaxBatchQueueSize == 7 && h.OtelConfig.ConcurrentExports == nil && h.OtelConfig.AdditionalCAPaths[0] == "/ca",
		"warnings": len(start.warnings) == 0,
	} {
		if !ok {
			t.Errorf("%s: got %+v, warnings %q", name, h, start.warnings)
		}
	}
}

func TestHostDataDefaults(t *testing.T) {
	t.Parallel()
	start, err := parseHostData([]byte(minimalHostData))
	if err != nil {
		t.Fatal(err)
	}
	h := start.host
	if h.LatticeRPCPrefix != "default" || h.LatticeRPCURL != "127.0.0.1:4222" || h.LinkName != "default" ||
		h.rpcTimeout() != 2*time.Second || h.LogLevel != nil || h.HostID != "" {
		t.Errorf("got %+v", h)
	}
}

func TestHostDataBadFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                         "provider_key: missing: it is the provider's id in the lattice",
		`{"provider_key":null}`:      "provider_key: missing",
		`{"provider_key":7}`:         "provider_key: want a string, got a number",
		`{"provider_key":"a b"}`:     "provider_key: must not hold white space",
		`{"provider_key":"a.>"}`:     "provider_key: must not hold * or >",
		`{"provider_key":"*"}`:       "provider_key: must not hold * or >",
		`{"provider_key":"a..b"}`:    "provider_key: must not hold an empty token",
		`{"provider_key":"a\u0000"}`: "provider_key: must not hold white space or control characters",
		`{"provider_key":"p","lattice_rpc_prefix":".a"}`:                       "lattice_rpc_prefix: must not hold an empty token",
		`{"provider_key":"p","host_id":"x\ty"}`:                                "host_id: must not hold white space",
		`{"provider_key":"p","lattice_rpc_url":"nats://u:pw@%zz"}`:             "lattice_rpc_url: nats://[redacted]@%zz is no NATS address",
		`{"provider_key":"p","lattice_rpc_url":["x"]}`:                         "lattice_rpc_url: want a string, got an array",
		`{"provider_key":"p","config":{"a":1}}`:                                "config.a: want a string, got a number",
		`{"provider_key":"p","env_values":[]}`:                                 "env_values: want an object, got an array",
		`{"provider_key":"p","cluster_issuers":"x"}`:                           "cluster_issuers: want an array of strings, got a string",
		`{"provider_key":"p","link_definitions":{}}`:                           "link_definitions: want an array of links, got an object",
		`{"provider_key":"p","secrets":{"s":"hunter2"}}`:                       `secrets.s: want an object with "kind" and "value", got a string`,
		`{"provider_key":"p","secrets":{"s":{"kind":"String","value":4711}}}`:  "secrets.s: a secret of the kind String wants a string as its value, got a number",
		`{"provider_key":"p","secrets":{"s":{"kind":"Bytes","value":[4711]}}}`: "secrets.s: a secret of the kind Bytes wants an array of bytes",
		`{"provider_key":"p","secrets":{"s":{"kind":"hunter2","value":""}}}`:   "secrets.s: kind is neither String nor Bytes",
		`{"provider_key":"p","lattice_rpc_user_seed":["hunter2"]}`:             "lattice_rpc_user_seed: want a string, got an array",
		`{"provider_key":"p","provider_xkey_private_key":{"hunter2":1}}`:       "provider_xkey_private_key: want a string, got an object",
		`{"provider_key":"p","lattice_rpc_url":"nats://ok:1,:2"}`:              "lattice_rpc_url",
	} {
		_, err := parseHostData([]byte(text))
		host, ok := errors.AsType[*HostDataError](err)
		if !ok || !strings.HasPrefix(err.Error(), "host data: "+want) || host.Field == "" {
			t.Errorf("%s: got %v\nwant %s", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "4711")) {
			t.Errorf("%s: the error quotes a secret: %v", text, err)
		}
	}
}

func TestHostDataIgnoresUnknownSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"provider_key":"p","log_level":"chatty"}`:                                               `log_level: "chatty" is not known, logging at info`,
		`{"provider_key":"p","log_level":3}`:                                                      "log_level: want a string, got a number, ignored",
		`{"provider_key":"p","structured_logging":"yes"}`:                                         "structured_logging: want a bool, got a string, ignored",
		`{"provider_key":"p","default_rpc_timeout_ms":-1}`:                                        "default_rpc_timeout_ms: want a whole number from 0, got a number, ignored",
		`{"provider_key":"p","default_rpc_timeout_ms":0}`:                                         "default_rpc_timeout_ms: 0 leaves no time for a call, taking 2s",
		`{"provider_key":"p","otel_config":7}`:                                                    "otel_config: want an object, got a number, ignored",
		`{"provider_key":"p","otel_config":{"protocol":"carrier"}}`:                               `otel_config.protocol: "carrier" is neither http nor grpc, taking http`,
		`{"provider_key":"p","otel_config":{"enable_traces":"on"}}`:                               "otel_config.enable_traces: want a bool, got a string, ignored",
		`{"provider_key":"p","lattice_rpc_user_jwt":"x"}`:                                         "lattice_rpc_user_jwt and lattice_rpc_user_seed belong together, connecting without either",
		`{"provider_key":"p","link_definitions":[{"target":"p"}]}`:                                "link_definitions[0].source_id: missing, the link is ignored",
		`{"provider_key":"p","host_xkey_public_key":"X","provider_xkey_private_key":"SXhunter2"}`: "provider_xkey_private_key: not a curve seed (SX…), links with secrets will be refused",
	} {
		start, err := parseHostData([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if len(start.warnings) != 1 || start.warnings[0] != want {
			t.Errorf("%s: got %q\nwant %q", text, start.warnings, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                          "nats://127.0.0.1:4222",
		"0.0.0.0:4222":              "nats://127.0.0.1:4222",
		"nats://0.0.0.0:4222":       "nats://127.0.0.1:4222",
		"tls://0.0.0.0":             "tls://127.0.0.1",
		"[::]:4222":                 "nats://[::1]:4222",
		"[2001:db8::1]:4222":        "nats://[2001:db8::1]:4222",
		"nats.example":              "nats://nats.example",
		"a:1, tls://b:2":            "nats://a:1,tls://b:2",
		"nats://me:pw@0.0.0.0:4222": "nats://me:pw@127.0.0.1:4222",
	} {
		start, err := parseHostData([]byte(`{"provider_key":"p","lattice_rpc_url":"` + url + `"}`))
		if err != nil {
			t.Errorf("%q: %v", url, err)
			continue
		}
		if got, _ := start.host.addresses(); strings.Join(got, ",") != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}

func TestTimeoutIsBounded(t *testing.T) {
	t.Parallel()
	h := HostData{DefaultRPCTimeoutMS: new(uint64(1 << 63))}
	if got := h.rpcTimeout(); got != maxRPCTimeout {
		t.Errorf("got %v", got)
	}
}

func TestOtelEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config                OtelConfig
		traces, metrics, logs string
	}{
		{OtelConfig{}, "http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318/v1/metrics", "http://127.0.0.1:4318/v1/logs"},
		{OtelConfig{Protocol: OtelGRPC}, "http://127.0.0.1:4317", "http://127.0.0.1:4317", "http://127.0.0.1:4317"},
		{OtelConfig{ObservabilityEndpoint: "https://o:1"}, "https://o:1/v1/traces", "https://o:1/v1/metrics", "https://o:1/v1/logs"},
		{OtelConfig{ObservabilityEndpoint: "o:1/"}, "http://o:1/v1/traces", "http://o:1/v1/metrics", "http://o:1/v1/logs"},
		{OtelConfig{ObservabilityEndpoint: "http://o/own"}, "http://o/own", "http://o/own", "http://o/own"},
		{OtelConfig{ObservabilityEndpoint: "http://o:1/own", Protocol: OtelGRPC}, "http://o:1", "http://o:1", "http://o:1"},
		{OtelConfig{ObservabilityEndpoint: "http://o", TracesEndpoint: "http://t/as-it-is"}, "http://t/as-it-is", "http://o/v1/metrics", "http://o/v1/logs"},
	} {
		if got := c.config; got.TracesURL() != c.traces || got.MetricsURL() != c.metrics || got.LogsURL() != c.logs {
			t.Errorf("%+v: got %s %s %s", c.config, got.TracesURL(), got.MetricsURL(), got.LogsURL())
		}
	}
}
