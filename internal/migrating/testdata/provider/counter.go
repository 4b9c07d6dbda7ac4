package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"example.com/counter/bindings/exports/acme/counter/counter"
	"go.wasmcloud.dev/provider"
	wrpc "wrpc.io/go"
	wrpcnats "wrpc.io/go/nats"
)

type Handler struct {
	provider   *provider.WasmcloudProvider
	linkedFrom map[string]map[string]string

	mu   sync.Mutex
	sums map[string]uint64
}

func (h *Handler) Add(ctx context.Context, name string, n uint32) (*counter.Total, error) {
	header, ok := wrpcnats.HeaderFromContext(ctx)
	if !ok || header.Get("source-id") == "" {
		h.provider.Logger.Warn("Received request from unknown origin")
		return nil, errors.New("unknown origin")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sums[name] += uint64(n)
	return &counter.Total{Name: name, Sum: h.sums[name]}, nil
}

func (h *Handler) Load(_ context.Context, name string, lines io.ReadCloser) (*wrpc.Result[counter.Total, string], error) {
	defer lines.Close()
	var sum uint64
	for in := bufio.NewScanner(lines); in.Scan(); {
		n, err := strconv.ParseUint(in.Text(), 10, 32)
		if err != nil {
			return wrpc.Err[counter.Total](fmt.Sprintf("%q is no number", in.Text())), nil
		}
		sum += n
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sums[name] += sum
	return wrpc.Ok[string](counter.Total{Name: name, Sum: h.sums[name]}), nil
}

func (h *Handler) Names(context.Context) (io.ReadCloser, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var names bytes.Buffer
	for name := range h.sums {
		fmt.Fprintln(&names, name)
	}
	return io.NopCloser(&names), nil
}
