package provider

import (
	"io"
	"log/slog"
)

// newLogHandler builds the handler that the host asked for: its level, JSON or text.
func newLogHandler(w io.Writer, host *HostData) slog.Handler {
	level := Info
	if host.LogLevel != nil {
		level = *host.LogLevel
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: nameLevel}
	if host.StructuredLogging {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

// nameLevel prints the two levels that slog has no name for; without it they read DEBUG-4 and ERROR+4.
func nameLevel(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 || attr.Key != slog.LevelKey {
		return attr
	}
	switch level, _ := attr.Value.Any().(slog.Level); level {
	case slogTrace:
		attr.Value = slog.StringValue("TRACE")
	case slogCritical:
		attr.Value = slog.StringValue("CRITICAL")
	}
	return attr
}
