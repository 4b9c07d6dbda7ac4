//go:generate go tool wit-bindgen-wrpc go --out-dir bindings wit

// Custom-template is a wasmCloud capability provider: it tells linked components about the system that it runs on, and
// calls components that it is linked to. main.go connects it with the host, provider.go is what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/telemetry"

	server "github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bindings"
)

func main() {
	if err := run(untilSignal(), os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "custom-template:", err)
		os.Exit(1)
	}
}

// run is the whole life of the provider: until its host stops it, ctx ends, or something fails. Tests run it too.
func run(ctx context.Context, hostData io.Reader) error {
	// Initialize the provider with callbacks to track linked components
	handler := newHandler()
	p, err := provider.NewWithContext(ctx, hostData,
		provider.SourceLinkPut(func(link provider.InterfaceLinkDefinition) error {
			return handleNewSourceLink(handler, link)
		}),
		provider.TargetLinkPut(func(link provider.InterfaceLinkDefinition) error {
			return handleNewTargetLink(handler, link)
		}),
		provider.SourceLinkDel(func(link provider.InterfaceLinkDefinition) error {
			return handleDelSourceLink(handler, link)
		}),
		provider.TargetLinkDel(func(link provider.InterfaceLinkDefinition) error {
			return handleDelTargetLink(handler, link)
		}),
		provider.ConfigUpdate(func(old, new map[string]string) error {
			return handleConfigUpdate(handler, old, new)
		}),
		provider.HealthCheck(func() string {
			return handleHealthCheck(handler)
		}),
		provider.Shutdown(func() error {
			return handleShutdown(handler)
		}),
		telemetry.Option(), // traces, metrics and logs, when the host asks for them
	)
	if err != nil {
		if ctx.Err() != nil {
			return nil // told to stop before it has started
		}
		return err
	}

	// Store the provider for use in the handlers
	handler.provider = p

	// Handle RPC operations, from when Run has applied the links that exist already
	if _, err := server.Serve(p.RPCClient, handler); err != nil {
		return errors.Join(err, p.Shutdown())
	}

	// Run until the host says stop or a signal ends ctx; the calls that are under way then are finished first
	return p.Run(ctx)
}

// untilSignal returns a context that ends with SIGINT or SIGTERM, upon which the provider stops in order. By then the next
// signal ends the process at once, for whoever cannot wait.
func untilSignal() context.Context {
	first, _ := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(context.Background())
	context.AfterFunc(first, func() {
		second, _ := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		context.AfterFunc(second, func() {
			fmt.Fprintln(os.Stderr, "custom-template: second signal, ending at once")
			os.Exit(1)
		})
		cancel(context.Cause(first))
	})
	return ctx
}

func handleNewSourceLink(handler *Handler, link provider.InterfaceLinkDefinition) error {
	handler.provider.Logger.Info("Handling new source link", "target", link.Target, "name", link.Name)
	handler.mu.Lock()
	defer handler.mu.Unlock()
	handler.linkedTo.put(link.Target, link, link.SourceConfig)
	return nil
}

func handleNewTargetLink(handler *Handler, link provider.InterfaceLinkDefinition) error {
	handler.provider.Logger.Info("Handling new target link", "source", link.SourceID, "name", link.Name)
	handler.mu.Lock()
	defer handler.mu.Unlock()
	handler.linkedFrom.put(link.SourceID, link, link.TargetConfig)
	return nil
}

func handleDelSourceLink(handler *Handler, link provider.InterfaceLinkDefinition) error {
	handler.provider.Logger.Info("Handling del source link", "target", link.Target, "name", link.Name)
	handler.mu.Lock()
	defer handler.mu.Unlock()
	handler.linkedTo.del(link.Target, link)
	return nil
}

func handleDelTargetLink(handler *Handler, link provider.InterfaceLinkDefinition) error {
	handler.provider.Logger.Info("Handling del target link", "source", link.SourceID, "name", link.Name)
	handler.mu.Lock()
	defer handler.mu.Unlock()
	handler.linkedFrom.del(link.SourceID, link)
	return nil
}

func handleConfigUpdate(handler *Handler, old, new map[string]string) error {
	handler.provider.Logger.Info("Handling config update", "old", old, "new", new)
	return nil
}

func handleHealthCheck(handler *Handler) string {
	handler.provider.Logger.Debug("Handling health check")
	return "provider healthy"
}

func handleShutdown(handler *Handler) error {
	handler.provider.Logger.Info("Handling shutdown")
	handler.mu.Lock()
	defer handler.mu.Unlock()
	clear(handler.linkedFrom)
	clear(handler.linkedTo)
	return nil
}
