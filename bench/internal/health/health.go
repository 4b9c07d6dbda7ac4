// Package health answers a host's health requests with nats.go and nothing else: what any provider in Go does at least.
package health

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"
)

// Answer answers at the place that the host data on stdin names, until the process is told to end.
func Answer(stdin io.Reader) error {
	var host struct {
		URL     string `json:"lattice_rpc_url"`
		Lattice string `json:"lattice_rpc_prefix"`
		Key     string `json:"provider_key"`
	}
	if err := json.NewDecoder(base64.NewDecoder(base64.StdEncoding, stdin)).Decode(&host); err != nil {
		return fmt.Errorf("read host data: %w", err)
	}
	nc, err := nats.Connect(host.URL)
	if err != nil {
		return err
	}
	defer nc.Close()
	_, err = nc.Subscribe("wasmbus.rpc."+host.Lattice+"."+host.Key+".health", func(m *nats.Msg) {
		_ = m.Respond([]byte(`{"healthy":true}`))
	})
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	return nil
}
