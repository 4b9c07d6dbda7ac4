// Linked is a provider that keeps its links and echoes text to the components that are linked to it: what the number of
// links costs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wrpc/wrpc/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "linked:", err)
		os.Exit(1)
	}
}

// run is the provider's whole life.
func run(ctx context.Context) error {
	p, err := provider.New()
	if err != nil {
		return err
	}
	_, err = wrpc.ServeFuncs(p.RPCClient, "wrpc-bench:calls/calls", wrpc.Func{Name: "echo", Handle: echo})
	if err != nil {
		return err
	}
	return p.Run(ctx)
}

// echo answers only those who are linked.
func echo(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
	if _, linked := provider.LinkFromContext(ctx); !linked {
		return errors.New("no link")
	}
	results.At(0).String(params.At(0).String())
	return params.Err()
}
