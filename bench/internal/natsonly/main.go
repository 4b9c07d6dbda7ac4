// Natsonly answers health requests with nats.go and nothing else: what any provider in Go costs at least.
package main

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

func main() {
	if err := run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "natsonly:", err)
		os.Exit(1)
	}
}

// run answers until the process is told to end.
func run(stdin io.Reader) error {
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
