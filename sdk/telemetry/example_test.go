package telemetry_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/telemetry"
)

// A provider whose host asks for logs over OTLP.
func Example() {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path)
	}))
	defer collector.Close()
	nats, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nats.Shutdown()
	nats.Start()

	hostData := strings.NewReader(fmt.Sprintf(`{"provider_key": "custom-template", "lattice_rpc_url": %q,
		"otel_config": {"enable_logs": true, "observability_endpoint": %q}}`, nats.Addr(), collector.URL))
	p, err := provider.NewWithHostDataSource(hostData, telemetry.Option())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p.Logger.InfoContext(ctx, "on its way")
	stop() // a provider's own signal to stop, after which the last telemetry is sent
	if err := p.Run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output: POST /v1/logs
}
