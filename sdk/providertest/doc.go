// Package providertest puts a whole lattice into `go test`: a NATS server inside the test's process, a host that starts,
// links, configures and stops providers, and components that call them and are called by them.
//
//	func TestGreets(t *testing.T) {
//		lattice := providertest.New(t)
//		provider := lattice.StartProvider("greeter", run)        // run(ctx, hostData) error, as main calls it
//		component := lattice.Component("component")
//		err := provider.PutLink(providertest.Link{SourceID: "component", Target: "greeter", Package: "example:greet"})
//		...
//		text, err := greet.Hello(t.Context(), component.Client("greeter"), "world") // generated bindings
//		...
//		err = provider.Stop()
//	}
//
// Nothing here needs a fixed port, a sleep or a tool on the machine, so tests run in parallel. Every wait ends after ten
// seconds at the latest, and fails the test with what it waited for.
//
// When a test ends, the providers that still run are stopped as a host stops them. The test fails when one ended with an
// error that the test has not seen, and when one leaves a goroutine or a connection behind.
//
// The package imports testing: import it from tests alone.
package providertest
