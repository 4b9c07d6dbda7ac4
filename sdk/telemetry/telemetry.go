package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	provider "github.com/wasmCloud/provider-sdk-go"
)

// scope is the instrumentation scope of all that this package records.
const scope = "github.com/wasmCloud/provider-sdk-go/telemetry"

// defaultFlush is that of FlushTimeout.
const defaultFlush = time.Second

// A Setting changes what [Option] does.
type Setting func(*config) error

// config is what the settings leave behind.
type config struct {
	global  bool
	flush   time.Duration
	service string
}

// Global makes the enabled signals those of the whole process: what the packages otel and its propagator return is the
// provider's from then on, which libraries that know nothing else use. Without it nothing outside the provider changes.
func Global() Setting {
	return func(c *config) error {
		c.global = true
		return nil
	}
}

// FlushTimeout sets how long a stop may take to send what is buffered, when the stop's own budget leaves more. The
// default is one second. It must be greater than zero.
func FlushTimeout(d time.Duration) Setting {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("%w: telemetry.FlushTimeout(%v): must be greater than zero", provider.ErrOption, d)
		}
		c.flush = d
		return nil
	}
}

// ServiceName sets the service.name of all telemetry. Without it OTEL_SERVICE_NAME and then the provider's id in the
// lattice stand for it. It must not be empty.
func ServiceName(name string) Setting {
	return func(c *config) error {
		if name == "" {
			return fmt.Errorf("%w: telemetry.ServiceName without a name", provider.ErrOption)
		}
		c.service = name
		return nil
	}
}

// Option makes a provider send the telemetry that its host asks for. See the package's documentation for all that it
// does. Given twice, everything is recorded twice.
func Option(settings ...Setting) provider.ProviderHandler {
	return func(p *provider.WasmcloudProvider) error {
		c := config{flush: defaultFlush}
		for _, set := range settings {
			if err := set(&c); err != nil {
				return err
			}
		}
		return c.install(p)
	}
}

// install builds what is enabled and gives it to the provider. When nothing is, the provider stays as it is: it passes
// the trace of a call in on to the calls out by itself.
func (c *config) install(p *provider.WasmcloudProvider) error {
	host := p.HostData()
	e := &environment{host: host.OtelConfig, getenv: os.Getenv, log: p.Logger}
	enabled := e.signals()
	if len(enabled) == 0 {
		return nil
	}
	ctx := context.Background() // the exporters are made without dialling
	return c.attach(p, newPipeline(ctx, e, enabled, newResource(ctx, e, &host, c.service)))
}

// attach hooks the signals into the provider. The flush comes first: it undoes the rest when New fails later.
func (c *config) attach(p *provider.WasmcloudProvider, signals *pipeline) error {
	err := provider.OnFlush(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, c.flush)
		defer cancel()
		return signals.stop(ctx)
	})(p)
	if err != nil {
		return errors.Join(err, signals.stop(context.Background()))
	}
	observed := new(calls)
	if signals.traces != nil {
		observed.tracer = signals.traces.Tracer(scope)
	}
	if signals.metrics != nil {
		if err := observed.measure(signals.metrics); err != nil {
			return err
		}
	}
	if signals.logs != nil {
		if err := provider.WrapLog(newTee(signals.logs))(p); err != nil {
			return err
		}
	}
	if c.global {
		signals.setGlobal()
	}
	return provider.Intercept(observed.interceptor())(p)
}
