package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/wrpc/wrpc/go"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/providertest"
)

// run is a provider that greets in the words of the link that a call comes in on.
func run(ctx context.Context, hostData io.Reader) error {
	p, err := provider.NewWithContext(ctx, hostData, provider.LogOutput(io.Discard))
	if err != nil {
		return err
	}
	hello := func(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
		name := params.At(0).String()
		link, ok := provider.LinkFromContext(ctx)
		if !ok {
			return errors.New("not linked")
		}
		results.At(0).String(link.Config()["greeting"] + ", " + name)
		return params.Err()
	}
	// Generated bindings hold this line, and the function below.
	if _, err := wrpc.ServeFuncs(p.RPCClient, "example:greet/greeter", wrpc.Func{Name: "hello", Handle: hello}); err != nil {
		return errors.Join(err, p.Shutdown())
	}
	return p.Run(ctx)
}

// hello calls the provider.
func hello(ctx context.Context, invoker wrpc.Invoker, name string) (text string, err error) {
	err = wrpc.Call(ctx, invoker, "example:greet/greeter", "hello",
		func(params wrpc.Encoder) { params.At(0).String(name) },
		func(results wrpc.Decoder) { text = results.At(0).String() })
	return text, err
}

// A provider is started, linked, called and stopped. In a test, t is what the test function is given.
func Example() {
	t, end := exampleT()
	defer end()

	lattice := providertest.New(t)
	greeter := lattice.StartProvider("greeter", run)
	component := lattice.Component("component")
	link := providertest.Link{
		SourceID: "component", Target: "greeter", Package: "example:greet", Interfaces: []string{"greeter"},
		TargetConfig: map[string]string{"greeting": "hello"},
	}

	_, err := hello(context.Background(), component.Client("greeter"), "world")
	fmt.Println(err)
	if err := greeter.PutLink(link); err != nil {
		t.Fatal(err)
	}
	fmt.Println(hello(context.Background(), component.Client("greeter"), "world"))
	fmt.Println(greeter.Health().Message)
	fmt.Println(greeter.Stop())
	// Output:
	// example:greet/greeter.hello: handler: handler failed: not linked
	// hello, world <nil>
	// provider healthy
	// <nil>
}

// The network between a provider and its server is as good as the test wants it.
func ExampleWithFaults() {
	t, end := exampleT()
	defer end()

	lattice := providertest.New(t)
	lattice.StartProvider("greeter", run,
		providertest.WithLinks(providertest.Link{SourceID: "component", Target: "greeter", Package: "example:greet"}),
		providertest.WithFaults(func(m providertest.Message) providertest.Fault {
			if m.Sent {
				return providertest.Split(1) // every byte on its own
			}
			return providertest.Pass()
		}))
	fmt.Println(hello(context.Background(), lattice.Component("component").Client("greeter"), "world"))
	// Output: , world <nil>
}

// exampleT stands in for the *testing.T that an example does not have.
func exampleT() (t testing.TB, end func()) {
	r := &recorder{}
	return r, r.end
}
