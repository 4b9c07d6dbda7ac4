package otlp_test

import (
	"fmt"
	"net/http"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/wasmCloud/provider-sdk-go/telemetry/internal/otlp"
)

// A message as gRPC carries it: uncompressed, four bytes of length, the message.
func Example() {
	format := otlp.Format{GRPC: true}
	body, err := format.Body(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{SchemaUrl: "x"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	header := make(http.Header)
	format.SetHeader(header)
	fmt.Println(header.Get("Content-Type"), body)
	// Output: application/grpc [0 0 0 0 5 10 3 26 1 120]
}
