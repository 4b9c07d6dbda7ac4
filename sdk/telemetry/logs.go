package telemetry

import (
	"context"
	"errors"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// tee gives each record to the provider's own handler and to the bridge, which adds the ids of the trace in the context.
type tee struct {
	own, bridge slog.Handler
}

// newTee returns the wrapper for provider.WrapLog.
func newTee(logs *sdklog.LoggerProvider) func(slog.Handler) slog.Handler {
	bridge := otelslog.NewHandler(scope, otelslog.WithLoggerProvider(logs))
	return func(own slog.Handler) slog.Handler { return &tee{own: own, bridge: bridge} }
}

// Enabled follows the provider's own handler: the host's log level holds for both.
func (t *tee) Enabled(ctx context.Context, level slog.Level) bool { return t.own.Enabled(ctx, level) }

// Handle gives the record to both.
func (t *tee) Handle(ctx context.Context, record slog.Record) error {
	return errors.Join(t.own.Handle(ctx, record), t.bridge.Handle(ctx, record))
}

// WithAttrs adds attributes to both.
func (t *tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &tee{own: t.own.WithAttrs(attrs), bridge: t.bridge.WithAttrs(attrs)}
}

// WithGroup opens a group in both.
func (t *tee) WithGroup(name string) slog.Handler {
	if name == "" {
		return t
	}
	return &tee{own: t.own.WithGroup(name), bridge: t.bridge.WithGroup(name)}
}

// levelNames names the two levels of hosts that slog has no name for, and the bridge calls DEBUG-4 and ERROR+4.
type levelNames struct {
	sdklog.Processor
}

// OnEmit passes on the record with its name.
func (p levelNames) OnEmit(ctx context.Context, record *sdklog.Record) error {
	switch record.SeverityText() {
	case (slog.LevelDebug - 4).String():
		record.SetSeverityText("TRACE")
	case (slog.LevelError + 4).String():
		record.SetSeverityText("CRITICAL")
	}
	return p.Processor.OnEmit(ctx, record)
}
