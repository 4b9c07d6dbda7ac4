package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"

	// Go provider SDK
	sdk "github.com/wasmCloud/provider-sdk-go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"

	// Generated bindings from the WIT world
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bindings/exports/wasmcloud/example/system_info"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bindings/wasmcloud/example/process_data"
)

// notLinked is what Call answers when there is nobody to ask.
const notLinked = "Provider received call but was not linked to any components"

// Handler is where you keep any state or configuration that your provider needs. It has a method for each function that
// the provider exports; their calls run side by side, and beside the callbacks of main.go.
type Handler struct {
	// The provider instance
	provider *sdk.WasmcloudProvider
	// How a component is asked to process data; tests put their own here
	process func(ctx context.Context, target string, data *process_data.Data) (string, error)

	// Guards the links
	mu sync.RWMutex
	// All components linked to this provider and their config
	linkedFrom links
	// All components this provider is linked to and their config
	linkedTo links
}

func newHandler() *Handler {
	h := &Handler{linkedFrom: make(links), linkedTo: make(links)}
	h.process = func(ctx context.Context, target string, data *process_data.Data) (string, error) {
		// The outgoing RPC client calls as this provider, and in the caller's trace
		return process_data.Process(ctx, h.provider.OutgoingRpcClient(target), data)
	}
	return h
}

// RequestInfo tells about the system the provider is running on. The text of an error travels to the caller.
func (h *Handler) RequestInfo(ctx context.Context, kind system_info.Kind) (string, error) {
	// Only allow requests from a lattice source
	header, ok := wrpcnats.HeaderFromContext(ctx)
	sourceID := header.Get("source-id")
	if !ok || sourceID == "" {
		return "", errors.New("request from unknown origin: it has no source-id header")
	}
	// Only allow requests from a linked component
	if !h.isLinkedFrom(sourceID) {
		return "", fmt.Errorf("request from unlinked source %q: link it to this provider first", sourceID)
	}

	switch kind {
	case system_info.Kind_Os:
		return runtime.GOOS, nil
	case system_info.Kind_Arch:
		return runtime.GOARCH, nil
	default:
		return "", errors.New("invalid system info request")
	}
}

// Call sends data to each linked component, and returns the last one's answer: an export for trying the provider out.
func (h *Handler) Call(ctx context.Context) (string, error) {
	lastResponse := notLinked
	for _, target := range h.targets() {
		data := process_data.Data{Name: "sup", Count: 3}
		response, err := h.process(ctx, target, &data)
		if err != nil {
			return "", fmt.Errorf("process data at %s: %w", target, err)
		}
		lastResponse = response
	}
	return lastResponse, nil
}

func (h *Handler) isLinkedFrom(sourceID string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.linkedFrom[sourceID]) > 0
}

// targets returns the components this provider is linked to, in the order of their ids.
func (h *Handler) targets() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.linkedTo))
}

// links holds links by the component at their other end, each with this provider's config for it.
type links map[string]map[linkID]map[string]string

// linkID tells the links between the same two ids apart: there may be several.
type linkID struct{ name, namespace, pkg string }

func (l links) put(component string, link sdk.InterfaceLinkDefinition, config map[string]string) {
	if l[component] == nil {
		l[component] = make(map[linkID]map[string]string)
	}
	l[component][linkID{link.Name, link.WitNamespace, link.WitPackage}] = config
}

func (l links) del(component string, link sdk.InterfaceLinkDefinition) {
	delete(l[component], linkID{link.Name, link.WitNamespace, link.WitPackage})
	if len(l[component]) == 0 {
		delete(l, component)
	}
}
