package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	provider "github.com/wasmCloud/provider-sdk-go"
)

// exampleLattice starts a NATS server in this process and returns host data for a provider on it, and the host's
// connection.
func exampleLattice() (hostData string, host *nats.Conn, end func()) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Start()
	host, err = nats.Connect(s.ClientURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	hostData = `{"host_id":"NHOST","provider_key":"greeter","lattice_rpc_url":"` + s.ClientURL() + `","config":{"greeting":"hello"},
		"link_definitions":[{"source_id":"page","target":"greeter","wit_namespace":"example","wit_package":"greet","target_config":{"to":"world"}}]}`
	return hostData, host, func() {
		host.Close()
		s.Shutdown()
	}
}

// A provider with callbacks for its links, which runs until its host stops it.
func Example() {
	hostData, host, end := exampleLattice()
	defer end()

	linked := make(chan struct{})
	p, err := provider.NewWithHostDataSource(strings.NewReader(hostData),
		provider.LogOutput(io.Discard),
		provider.Links(provider.LinkHandler{
			Put: func(_ context.Context, link provider.Link) error {
				defer close(linked)
				fmt.Println("linked from", link.Peer(), "to greet the", link.Config()["to"])
				return nil
			},
		}),
		provider.Shutdown(func() error {
			fmt.Println("closing")
			return nil
		}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.ID, "says", p.HostData().Config["greeting"])

	// What the host does meanwhile; told to stop earlier, a provider does not take the link first.
	go func() {
		<-linked
		_ = host.PublishRequest(p.Topics.LatticeShutdown, "answer", []byte(`{"host_id":"NHOST"}`))
	}()
	if err := p.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// greeter says hello
	// linked from page to greet the world
	// closing
}

// The answer to the host's health check, from a provider that knows when it is not well.
func ExampleHealthCheckFunc() {
	hostData, host, end := exampleLattice()
	defer end()

	p, err := provider.NewWithHostDataSource(strings.NewReader(hostData), provider.LogOutput(io.Discard),
		provider.HealthCheckFunc(func(context.Context) (string, error) {
			return "", fmt.Errorf("the database is away")
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error)
	go func() { done <- p.Start() }()
	for {
		msg, err := host.Request(p.Topics.LatticeHealth, []byte("{}"), nats.DefaultTimeout)
		if err != nil {
			fmt.Println(err)
			break
		}
		var answer provider.HealthCheckResponse
		if err := json.Unmarshal(msg.Data, &answer); err != nil || !strings.HasPrefix(answer.Message, "starting") {
			fmt.Println(string(msg.Data))
			break
		}
	}
	fmt.Println(p.Shutdown(), <-done)
	// Output:
	// {"healthy":false,"message":"the database is away"}
	// <nil> <nil>
}

// Secrets are given away by Reveal, and by nothing else.
func ExampleSecretValue() {
	secret := provider.SecretString("hunter2")
	fmt.Printf("%v %+v %#v\n", secret.String, secret, secret.String)
	fmt.Println(secret.String.Reveal())
	// Output:
	// [redacted] {String:[redacted] Bytes:[redacted]} [redacted]
	// hunter2
}
