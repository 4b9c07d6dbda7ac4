package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	sdk "github.com/wasmCloud/provider-sdk-go"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bindings/exports/wasmcloud/example/system_info"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bindings/wasmcloud/example/process_data"
)

// Call needs no lattice to be tested: the function that calls out is the test's own.
func TestCallAsksLinkedComponentsInOrder(t *testing.T) {
	t.Parallel()
	handler := newHandler()
	for _, target := range []string{"b", "c", "a"} {
		handler.linkedTo.put(target, sdk.InterfaceLinkDefinition{Name: "default"}, nil)
	}
	var asked []string
	handler.process = func(_ context.Context, target string, data *process_data.Data) (string, error) {
		if *data != (process_data.Data{Name: "sup", Count: 3}) {
			t.Errorf("%s got %v", target, data)
		}
		asked = append(asked, target)
		return "answer of " + target, nil
	}

	response, err := handler.Call(t.Context())
	if err != nil || response != "answer of c" {
		t.Errorf("got %q, %v", response, err)
	}
	if strings.Join(asked, "") != "abc" {
		t.Errorf("asked in the order %v", asked)
	}
}

func TestCallTellsWhichComponentFails(t *testing.T) {
	t.Parallel()
	cause := errors.New("out of order")
	handler := newHandler()
	handler.linkedTo.put("machine", sdk.InterfaceLinkDefinition{}, nil)
	handler.process = func(context.Context, string, *process_data.Data) (string, error) { return "", cause }

	_, err := handler.Call(t.Context())
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "machine") {
		t.Errorf("got %v", err)
	}
}

func TestCallWithoutLinks(t *testing.T) {
	t.Parallel()
	response, err := newHandler().Call(t.Context())
	if err != nil || response != "Provider received call but was not linked to any components" {
		t.Errorf("got %q, %v", response, err)
	}
}

func TestRequestInfoRefusesUnknownOrigin(t *testing.T) {
	t.Parallel()
	_, err := newHandler().RequestInfo(t.Context(), system_info.Kind_Os)
	if err == nil || !strings.Contains(err.Error(), "unknown origin") {
		t.Errorf("got %v", err)
	}
}

// Two ids may share several links: deleting one leaves the others.
func TestLinksAreKeptByIdentity(t *testing.T) {
	t.Parallel()
	first := sdk.InterfaceLinkDefinition{Name: "default", WitNamespace: "wasmcloud", WitPackage: "example"}
	second := sdk.InterfaceLinkDefinition{Name: "other", WitNamespace: "wasmcloud", WitPackage: "example"}
	held := make(links)
	held.put("component", first, map[string]string{"a": "1"})
	held.put("component", second, nil)

	held.del("component", first)
	if len(held["component"]) != 1 {
		t.Errorf("after one deletion: %v", held)
	}
	held.del("component", first) // again, which changes nothing
	held.del("stranger", second)
	held.del("component", second)
	if len(held) != 0 {
		t.Errorf("after both deletions: %v", held)
	}
}
