// Package telemetry sends traces, metrics and logs of a provider by OpenTelemetry.
package telemetry
