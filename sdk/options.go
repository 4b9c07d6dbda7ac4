package provider

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// ProviderHandler is an option of [New]. The options run in their order, after the host data has been read and before
// the connection is made, so that an option may read [WasmcloudProvider.HostData] and apply other options. An option that
// returns an error makes New fail; options out of range or excluding each other return [ErrOption].
type ProviderHandler func(*WasmcloudProvider) error

// The defaults of ShutdownBudget.
const (
	defaultHostBudget   = 250 * time.Millisecond
	defaultSignalBudget = 10 * time.Second
)

// settings are what the options leave behind.
type settings struct {
	callbacks    linkCallbacks
	health       healthCheck
	configUpdate func(old, new map[string]string) error
	shutdown     func() error
	flushes      []func(context.Context) error
	interceptors []wrpcnats.Interceptor
	logWrappers  []func(slog.Handler) slog.Handler
	logOutput    io.Writer
	maxInFlight  int
	hostBudget   time.Duration
	signalBudget time.Duration
	roots        *x509.CertPool
}

func defaultSettings() settings {
	return settings{
		logOutput:    os.Stderr,
		maxInFlight:  wrpcnats.DefaultMaxInFlight,
		hostBudget:   defaultHostBudget,
		signalBudget: defaultSignalBudget,
	}
}

// optionError puts ErrOption around a text.
func optionError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrOption, fmt.Errorf(format, args...))
}

// SourceLinkPut sets the callback for a link, new or changed, in which this provider is the source and calls the target.
// The callbacks of the four old link options, SourceLinkPut, SourceLinkDel, TargetLinkPut and TargetLinkDel, run one
// after another in the order of the host's messages; a change is a deletion of the old and a put of the new. An error
// marks the link as failed, see [LinkHandler]. It excludes [Links].
func SourceLinkPut(callback func(InterfaceLinkDefinition) error) ProviderHandler {
	return oldLinkOption("SourceLinkPut", callback, func(c *linkCallbacks) { c.puts[SideSource] = callback })
}

// SourceLinkDel sets the callback for a link that is gone in which this provider was the source. It gets all that was known
// of the link. The rest is as in [SourceLinkPut].
func SourceLinkDel(callback func(InterfaceLinkDefinition) error) ProviderHandler {
	return oldLinkOption("SourceLinkDel", callback, func(c *linkCallbacks) { c.deletes[SideSource] = callback })
}

// TargetLinkPut sets the callback for a link, new or changed, in which this provider is the target and is called by the
// source, whose calls on the link wait until it has returned. The rest is as in [SourceLinkPut].
func TargetLinkPut(callback func(InterfaceLinkDefinition) error) ProviderHandler {
	return oldLinkOption("TargetLinkPut", callback, func(c *linkCallbacks) { c.puts[SideTarget] = callback })
}

// TargetLinkDel sets the callback for a link that is gone in which this provider was the target. The rest is as in
// [SourceLinkDel].
func TargetLinkDel(callback func(InterfaceLinkDefinition) error) ProviderHandler {
	return oldLinkOption("TargetLinkDel", callback, func(c *linkCallbacks) { c.deletes[SideTarget] = callback })
}

func oldLinkOption(name string, callback func(InterfaceLinkDefinition) error, set func(*linkCallbacks)) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		switch {
		case callback == nil:
			return optionError("%s without a function", name)
		case p.state().settings.callbacks.handler != nil:
			return optionError("%s and Links exclude each other", name)
		}
		p.state().settings.callbacks.old = true
		set(&p.state().settings.callbacks)
		return nil
	}
}

// Links sets the callbacks for links in the form of this SDK: with a context, the old and the new of a change, and without
// one link waiting for another. It excludes [SourceLinkPut] and the other three old options, and itself a second time.
func Links(handler LinkHandler) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		callbacks := &p.state().settings.callbacks
		if callbacks.old || callbacks.handler != nil {
			return optionError("Links excludes SourceLinkPut, SourceLinkDel, TargetLinkPut, TargetLinkDel and another Links")
		}
		callbacks.handler = &handler
		return nil
	}
}

// HealthCheck sets the function whose text is the message of a healthy answer to the host's health check. The default is
// "provider healthy". It has a second to return. It excludes [HealthCheckFunc].
func HealthCheck(check func() string) ProviderHandler {
	if check == nil {
		return healthOption("HealthCheck", nil)
	}
	return healthOption("HealthCheck", func(context.Context) (string, error) { return check(), nil })
}

// HealthCheckFunc sets the function that answers the host's health check: with the message of a healthy provider, or with
// an error that makes it unhealthy and whose text the host shows. Its context ends after a second; the host is answered
// then, too. It is never called twice at once. It excludes [HealthCheck].
func HealthCheckFunc(check func(ctx context.Context) (message string, err error)) ProviderHandler {
	return healthOption("HealthCheckFunc", check)
}

func healthOption(name string, check healthCheck) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		switch {
		case check == nil:
			return optionError("%s without a function", name)
		case p.state().settings.health != nil:
			return optionError("%s: a health check has been set already", name)
		}
		p.state().settings.health = check
		return nil
	}
}

// ConfigUpdate sets the callback for a new configuration, which [WasmcloudProvider.HostData] shows already when it runs.
// Updates run one after another; one that changes nothing is not told. An error makes the provider unhealthy until
// the next update. The maps are the callback's own.
func ConfigUpdate(callback func(old, new map[string]string) error) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if callback == nil {
			return optionError("ConfigUpdate without a function")
		}
		p.state().settings.configUpdate = callback
		return nil
	}
}

// Shutdown sets the hook that runs once while the provider stops, when its calls have ended and no callback will run any
// more; calls out are still possible. An error that it returns is what Run, Start and the method Shutdown return. A hook that outlasts
// the budget, see [ShutdownBudget], is left behind.
func Shutdown(hook func() error) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if hook == nil {
			return optionError("Shutdown without a function")
		}
		p.state().settings.shutdown = hook
		return nil
	}
}

// ShutdownBudget sets how long a stop may take in all, running calls, the hook and [OnFlush] together: host after the
// host's message, 250 ms by default since a host kills 300 ms after it; signal after everything else, 10 s by default.
// Both must be greater than zero.
func ShutdownBudget(host, signal time.Duration) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if host <= 0 || signal <= 0 {
			return optionError("ShutdownBudget(%v, %v): both must be greater than zero", host, signal)
		}
		p.state().settings.hostBudget, p.state().settings.signalBudget = host, signal
		return nil
	}
}

// MaxInFlight sets how many calls are served at once; further callers get an error at once. The default is 1024. It must
// be greater than zero.
func MaxInFlight(calls int) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if calls <= 0 {
			return optionError("MaxInFlight(%d): must be greater than zero", calls)
		}
		p.state().settings.maxInFlight = calls
		return nil
	}
}

// RootCAs names files of PEM certificates by which a NATS server reached over TLS may be signed, beside those that the
// system trusts.
func RootCAs(paths ...string) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if len(paths) == 0 {
			return nil
		}
		pool, err := x509.SystemCertPool()
		if err != nil { // a machine without any
			pool = x509.NewCertPool()
		}
		for _, path := range paths {
			pem, err := os.ReadFile(path)
			if err == nil && !pool.AppendCertsFromPEM(pem) {
				err = errors.New("no PEM certificate in it")
			}
			if err != nil {
				return optionError("RootCAs: %s: %w", path, err)
			}
		}
		p.state().settings.roots = pool
		return nil
	}
}

// Intercept adds an interceptor to all calls, in and out; the first added is the outermost. The SDK's own comes before:
// the headers source-id, target-id, traceparent and tracestate of a call out are set when an interceptor sees
// them, and may be replaced; a call in has its link, see [LinkFromContext].
func Intercept(interceptor wrpcnats.Interceptor) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		p.state().settings.interceptors = append(p.state().settings.interceptors, interceptor)
		return nil
	}
}

// WrapLog adds a function that puts another handler around, or beside, the one that the host data asks for. The first
// added is the innermost. Options that run before New has returned see the Logger without it.
func WrapLog(wrap func(slog.Handler) slog.Handler) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if wrap == nil {
			return optionError("WrapLog without a function")
		}
		p.state().settings.logWrappers = append(p.state().settings.logWrappers, wrap)
		return nil
	}
}

// LogOutput sets where logs go, os.Stderr by default.
func LogOutput(w io.Writer) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if w == nil {
			return optionError("LogOutput without a writer")
		}
		p.state().settings.logOutput = w
		p.Logger = slog.New(newLogHandler(w, &p.state().host))
		return nil
	}
}

// OnFlush adds a function that runs while the provider stops, after the [Shutdown] hook and before the host is answered,
// to send out what is buffered, such as telemetry; also when New fails after the option. The last added runs first. Its
// context ends with the budget; it is left behind when it goes on. Its error is logged.
func OnFlush(flush func(ctx context.Context) error) ProviderHandler {
	return func(p *WasmcloudProvider) error {
		if flush == nil {
			return optionError("OnFlush without a function")
		}
		p.state().settings.flushes = append(p.state().settings.flushes, flush)
		return nil
	}
}
