package provider

import (
	"log/slog"
	"strings"
)

// Level is the least severe kind of message that the host wants logged, by its name in the host data.
type Level string

// The levels, as hosts write them. Trace and Critical lie beyond slog's own four.
const (
	Critical Level = "critical"
	Error    Level = "error"
	Warn     Level = "warn"
	Info     Level = "info"
	Debug    Level = "debug"
	Trace    Level = "trace"
)

const (
	slogTrace    = slog.LevelDebug - 4
	slogCritical = slog.LevelError + 4
)

// Level returns the slog level of l, which makes a Level a [slog.Leveler]: Trace is 4 below slog's debug, Critical 4
// above its error. The zero value and unknown names give slog.LevelInfo.
func (l Level) Level() slog.Level {
	switch l {
	case Critical:
		return slogCritical
	case Error:
		return slog.LevelError
	case Warn:
		return slog.LevelWarn
	case Debug:
		return slog.LevelDebug
	case Trace:
		return slogTrace
	default:
		return slog.LevelInfo
	}
}

// parseLevel accepts any letter case.
func parseLevel(text string) (Level, bool) {
	switch l := Level(strings.ToLower(text)); l {
	case Critical, Error, Warn, Info, Debug, Trace:
		return l, true
	default:
		return "", false
	}
}
