package main

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/wasmCloud/provider-sdk-go/providertest"
	"github.com/wrpc/wrpc/go"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/internal/testcomponent/bindings/exports/wasmcloud/example/process_data"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/internal/testcomponent/bindings/wasmcloud/example/system_info"
)

// testComponent stands in for the component in component/: it asks the provider where it runs.
type testComponent struct {
	provider wrpc.Invoker
}

func (c testComponent) Process(ctx context.Context, data *process_data.Data) (string, error) {
	os, err := system_info.RequestInfo(ctx, c.provider, system_info.Kind_Os)
	if err != nil {
		return "", err
	}
	arch, err := system_info.RequestInfo(ctx, c.provider, system_info.Kind_Arch)
	if err != nil {
		return "", err
	}
	return "Provider is running on " + os + "-" + arch, nil
}

// linksBothWays are the links of wadm.yaml.
var linksBothWays = []providertest.Link{
	{SourceID: "test-component", Target: "custom-template", Package: "wasmcloud:example", Interfaces: []string{"system-info"}},
	{SourceID: "custom-template", Target: "test-component", Package: "wasmcloud:example", Interfaces: []string{"process-data"}},
}

// startComponent puts the stand-in into the lattice.
func startComponent(t *testing.T, lattice *providertest.Lattice) *providertest.Component {
	t.Helper()
	component := lattice.Component("test-component")
	if _, err := process_data.ServeInterface(component, testComponent{component.Client("custom-template")}); err != nil {
		t.Fatal(err)
	}
	return component
}

// call is what `wash call custom-template wasmcloud:example/system-info.call` does.
func call(t *testing.T, lattice *providertest.Lattice) string {
	t.Helper()
	response, err := system_info.Call(t.Context(), lattice.Component("wash").Client("custom-template"))
	if err != nil {
		t.Fatalf("call: %v", err)
	}
	return response
}

const runsHere = "Provider is running on " + runtime.GOOS + "-" + runtime.GOARCH

// The life of the provider on a lattice: links come and go, and the answer with them.
func TestProviderFollowsItsLinks(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider := lattice.StartProvider("custom-template", run)
	startComponent(t, lattice)

	if health := provider.Health(); !health.Healthy || health.Message != "provider healthy" {
		t.Errorf("health: %+v", health)
	}
	if response := call(t, lattice); response != notLinked {
		t.Errorf("without links: %q", response)
	}
	for _, link := range linksBothWays {
		if err := provider.PutLink(link); err != nil {
			t.Fatal(err)
		}
	}
	if response := call(t, lattice); response != runsHere {
		t.Errorf("with links: %q", response)
	}
	for _, link := range linksBothWays {
		if err := provider.DeleteLink(link); err != nil {
			t.Fatal(err)
		}
	}
	if response := call(t, lattice); response != notLinked {
		t.Errorf("without links again: %q", response)
	}
	if err := provider.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// Links and configuration that exist when the provider starts are there before its first call.
func TestProviderStartsWithItsLinks(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	startComponent(t, lattice)
	lattice.StartProvider("custom-template", run,
		providertest.WithLinks(linksBothWays...),
		providertest.WithConfig(map[string]string{"foo": "bar"}))

	if response := call(t, lattice); response != runsHere {
		t.Errorf("got %q", response)
	}
}

// Who is not linked is told so, and why; the others don't notice.
func TestUnlinkedCallerIsRefused(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	lattice.StartProvider("custom-template", run, providertest.WithLinks(linksBothWays...))

	stranger := lattice.Component("stranger").Client("custom-template")
	_, err := system_info.RequestInfo(t.Context(), stranger, system_info.Kind_Os)
	if err == nil || !strings.Contains(err.Error(), `request from unlinked source "stranger"`) {
		t.Errorf("the stranger got %v", err)
	}
	linked := lattice.Component("test-component").Client("custom-template")
	if os, err := system_info.RequestInfo(t.Context(), linked, system_info.Kind_Os); err != nil || os != runtime.GOOS {
		t.Errorf("the linked component got %q, %v", os, err)
	}
}

// A new configuration reaches a provider that runs, and one that can't be read is refused.
func TestConfigUpdate(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider := lattice.StartProvider("custom-template", run)
	if err := provider.UpdateConfig(map[string]string{"foo": "changed"}); err != nil {
		t.Error(err)
	}
}

// Another host's stop message is not for this instance, its own host's is; an interrupt is as good.
func TestProviderStops(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider := lattice.StartProvider("custom-template", run)
	if err := provider.Shutdown("another host"); err == nil {
		t.Error("another host's stop message was answered")
	}
	if health := provider.Health(); !health.Healthy {
		t.Errorf("after another host's stop message: %+v", health)
	}
	if err := provider.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := lattice.StartProvider("custom-template", run).Interrupt(); err != nil {
		t.Errorf("interrupt: %v", err)
	}
}

// The provider survives the restart of its NATS server.
func TestProviderReconnects(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider := lattice.StartProvider("custom-template", run)
	lattice.RestartServer()
	provider.AwaitServing()
	if response := call(t, lattice); response != notLinked {
		t.Errorf("got %q", response)
	}
}
