//go:build e2e

// Command witness is a provider that answers a call with what it was given: its configuration and that of its links,
// and fingerprints of their secrets. The end-to-end test runs it.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"

	provider "github.com/wasmCloud/provider-sdk-go"
	wrpc "github.com/wrpc/wrpc/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// given is what the provider has for itself, or for one link.
type given struct {
	Config  map[string]string `json:"config"`
	Secrets map[string]string `json:"secrets"`
}

// witness knows what it was given.
type witness struct {
	mutex sync.Mutex
	Self  given            `json:"self"`
	Links map[string]given `json:"links"` // by target
}

func run(ctx context.Context) error {
	w := &witness{Links: make(map[string]given)}
	p, err := provider.New(
		provider.SourceLinkPut(func(link provider.InterfaceLinkDefinition) error {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			w.Links[link.Target] = given{Config: link.SourceConfig, Secrets: fingerprints(link.SourceSecrets)}
			return nil
		}),
		provider.ConfigUpdate(func(_, config map[string]string) error {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			w.Self.Config = config
			return nil
		}),
	)
	if err != nil {
		return err
	}
	w.Self = given{Config: p.HostData().Config, Secrets: fingerprints(p.HostData().Secrets)}
	_, err = wrpc.ServeFuncs(p.RPCClient, "wasmcloud:example/system-info", wrpc.Func{Name: "call", Handle: w.call})
	if err != nil {
		return err
	}
	return p.Run(ctx)
}

// call answers with JSON.
func (w *witness) call(_ context.Context, _ wrpc.Decoder, results wrpc.Encoder) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	answer, err := json.Marshal(w)
	if err != nil {
		return err
	}
	results.At(0).String(string(answer))
	return nil
}

// fingerprints tells whether secrets are the right ones without telling them.
func fingerprints(secrets map[string]provider.SecretValue) map[string]string {
	prints := make(map[string]string)
	for name, secret := range secrets {
		prints[name] = fmt.Sprintf("%x", sha256.Sum256(append([]byte(secret.String.Reveal()), secret.Bytes.Reveal()...)))
	}
	return prints
}
