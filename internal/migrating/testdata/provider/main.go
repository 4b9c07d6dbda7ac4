//go:generate wit-bindgen-wrpc go --out-dir bindings --package example.com/counter/bindings wit

// Counter is a provider as they were written for the last published modules.
package main

import (
	"log"
	"os"
	"os/signal"
	"syscall"

	server "example.com/counter/bindings"
	"go.wasmcloud.dev/provider"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	handler := &Handler{sums: map[string]uint64{}, linkedFrom: map[string]map[string]string{}}
	p, err := provider.New(
		provider.TargetLinkPut(func(link provider.InterfaceLinkDefinition) error {
			handler.linkedFrom[link.SourceID] = link.TargetConfig
			return nil
		}),
		provider.TargetLinkDel(func(link provider.InterfaceLinkDefinition) error {
			delete(handler.linkedFrom, link.SourceID)
			return nil
		}),
		provider.HealthCheck(func() string { return "counting" }),
		provider.Shutdown(func() error {
			clear(handler.linkedFrom)
			return nil
		}),
	)
	if err != nil {
		return err
	}
	handler.provider = p

	providerCh := make(chan error, 1)
	signalCh := make(chan os.Signal, 1)
	stopFunc, err := server.Serve(p.RPCClient, handler)
	if err != nil {
		p.Shutdown()
		return err
	}
	go func() { providerCh <- p.Start() }()
	signal.Notify(signalCh, syscall.SIGINT)
	select {
	case err = <-providerCh:
		stopFunc()
		return err
	case <-signalCh:
		p.Shutdown()
		stopFunc()
	}
	return nil
}
