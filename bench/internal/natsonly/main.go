// Natsonly answers health requests with nats.go and nothing else: what any provider in Go costs at least.
package main

import (
	"fmt"
	"os"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/health"
)

func main() {
	if err := health.Answer(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "natsonly:", err)
		os.Exit(1)
	}
}
