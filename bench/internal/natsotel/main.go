// Natsotel is natsonly with OpenTelemetry's exporters in the program, all of them off: what any provider in Go costs at
// least that can send telemetry.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/health"
)

func main() {
	if err := run(len(os.Args) > 1); err != nil {
		fmt.Fprintln(os.Stderr, "natsotel:", err)
		os.Exit(1)
	}
}

// run answers until the process is told to end. Nobody asks for the exporters, but only because of that they are there.
func run(exporters bool) error {
	if exporters {
		return open(context.Background())
	}
	return health.Answer(os.Stdin)
}

// open makes each exporter.
func open(ctx context.Context) error {
	var errs [6]error
	_, errs[0] = otlptracegrpc.New(ctx)
	_, errs[1] = otlptracehttp.New(ctx)
	_, errs[2] = otlpmetricgrpc.New(ctx)
	_, errs[3] = otlpmetrichttp.New(ctx)
	_, errs[4] = otlploggrpc.New(ctx)
	_, errs[5] = otlploghttp.New(ctx)
	return errors.Join(errs[:]...)
}
