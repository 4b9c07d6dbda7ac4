package telemetry

import (
	"net/url"
	"path"
	"strings"

	provider "github.com/wasmCloud/provider-sdk-go"
)

// endpoint returns where a signal goes. The first of these that is an address wins: the signal's own endpoint in the host
// data, the common one there, the signal's own variable, the common variable, the default.
func (e *environment) endpoint(s signal, protocol provider.OtelProtocol) *url.URL {
	rules := e.host // its methods know how a field becomes an address
	rules.Protocol = protocol
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"otel_config." + string(s) + "_endpoint", ownEndpoint(&rules, s)},
		{"otel_config.observability_endpoint", &rules.ObservabilityEndpoint},
	} {
		if *field.value == "" {
			continue
		}
		if u := parseEndpoint(hostEndpoint(rules, s)); u != nil {
			return u
		}
		e.ignoreEndpoint(field.name, *field.value)
		*field.value = ""
	}
	if u := e.variableEndpoint(s); u != nil {
		return u
	}
	return parseEndpoint(hostEndpoint(rules, s))
}

// variableEndpoint reads the variables: that of the signal is the whole address, the common one that of a base.
func (e *environment) variableEndpoint(s signal) *url.URL {
	name := "OTEL_EXPORTER_OTLP_" + s.upper() + "_ENDPOINT"
	if value := e.get(name); value != "" {
		if u := parseEndpoint(value); u != nil {
			return u
		}
		e.ignoreEndpoint(name, value)
	}
	name = "OTEL_EXPORTER_OTLP_ENDPOINT"
	if value := e.get(name); value != "" {
		if u := parseEndpoint(value); u != nil {
			u.Path = path.Join("/", u.Path, "v1", string(s))
			return u
		}
		e.ignoreEndpoint(name, value)
	}
	return nil
}

func (e *environment) ignoreEndpoint(name, value string) {
	e.ignore(name, value, "http://host:port or https://host:port")
}

// ownEndpoint is the field of the signal's own endpoint.
func ownEndpoint(c *provider.OtelConfig, s signal) *string {
	switch s {
	case traces:
		return &c.TracesEndpoint
	case metrics:
		return &c.MetricsEndpoint
	default:
		return &c.LogsEndpoint
	}
}

// hostEndpoint is where a signal goes by the rules of the host data.
func hostEndpoint(c provider.OtelConfig, s signal) string {
	switch s {
	case traces:
		return c.TracesURL()
	case metrics:
		return c.MetricsURL()
	default:
		return c.LogsURL()
	}
}

// parseEndpoint returns nil for what is no address. Without a scheme http is meant, that is, no TLS.
func parseEndpoint(text string) *url.URL {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	return u
}

// withoutUser hides what may be a password in an address.
func withoutUser(text string) string {
	at := strings.LastIndex(text, "@")
	if at < 0 {
		return text
	}
	scheme, _, found := strings.Cut(text[:at], "://")
	if !found {
		return "[redacted]" + text[at:]
	}
	return scheme + "://[redacted]" + text[at:]
}
