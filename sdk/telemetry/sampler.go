package telemetry

import (
	"log/slog"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	provider "github.com/wasmCloud/provider-sdk-go"
)

const wantSampler = "always_on, always_off, traceidratio or one of them behind parentbased_"

// sampler decides which traces are recorded: by the host data, else by the environment, else all whose caller did not
// decide otherwise.
func (e *environment) sampler() sdktrace.Sampler {
	for _, source := range []struct{ name, value, argName, arg string }{
		{"otel_config.traces_sampler", e.host.TracesSampler, "otel_config.traces_sampler_arg", e.host.TracesSamplerArg},
		{"OTEL_TRACES_SAMPLER", e.get("OTEL_TRACES_SAMPLER"), "OTEL_TRACES_SAMPLER_ARG", ""},
	} {
		if source.value == "" {
			continue
		}
		if source.arg == "" {
			source.argName, source.arg = "OTEL_TRACES_SAMPLER_ARG", e.get("OTEL_TRACES_SAMPLER_ARG")
		}
		name, parentBased := strings.CutPrefix(strings.ToLower(strings.TrimSpace(source.value)), "parentbased_")
		sampler := e.rootSampler(name, source.argName, source.arg)
		switch {
		case sampler == nil:
			e.ignore(source.name, source.value, wantSampler)
		case parentBased:
			return sdktrace.ParentBased(sampler)
		default:
			return sampler
		}
	}
	return sdktrace.ParentBased(sdktrace.AlwaysSample())
}

// rootSampler returns nil for an unknown name.
func (e *environment) rootSampler(name, argName, arg string) sdktrace.Sampler {
	switch name {
	case "always_on":
		return sdktrace.AlwaysSample()
	case "always_off":
		return sdktrace.NeverSample()
	case "traceidratio":
		return sdktrace.TraceIDRatioBased(e.ratio(argName, arg))
	default:
		return nil
	}
}

// ratio is 1 unless arg is a ratio.
func (e *environment) ratio(name, arg string) float64 {
	if arg == "" {
		return 1
	}
	ratio, err := strconv.ParseFloat(strings.TrimSpace(arg), 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) { // the negation catches NaN
		e.ignore(name, arg, "a number from 0 to 1")
		return 1
	}
	return ratio
}

// traceLevel is the least severe kind of span that is sent; info when nobody says.
func (e *environment) traceLevel() slog.Level {
	switch level := provider.Level(strings.ToLower(strings.TrimSpace(e.host.TraceLevel))); level {
	case provider.Critical, provider.Error, provider.Warn, provider.Info, provider.Debug, provider.Trace:
		return level.Level()
	case "":
	default:
		e.ignore("otel_config.trace_level", e.host.TraceLevel, "critical, error, warn, info, debug or trace")
	}
	return slog.LevelInfo
}

// limited returns a number of the host data as an int, 0 when there is none that can be used.
func (e *environment) limited(name string, value *uint64, most uint64) int {
	switch {
	case value == nil:
		return 0
	case *value == 0:
		e.ignore(name, "0", "at least 1")
		return 0
	case *value > most:
		e.log.Warn("telemetry setting lowered", "setting", name, "value", *value, "to", most)
		return int(most)
	}
	return int(*value)
}
