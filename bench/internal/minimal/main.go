// Minimal is a provider that does nothing, without telemetry: what the SDK costs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	provider "github.com/wasmCloud/provider-sdk-go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "minimal:", err)
		os.Exit(1)
	}
}

// run is the provider's whole life.
func run(ctx context.Context) error {
	p, err := provider.New()
	if err != nil {
		return err
	}
	return p.Run(ctx)
}
