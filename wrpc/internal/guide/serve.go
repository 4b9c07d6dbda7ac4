package guide

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/wrpc/wrpc/go"
	"github.com/wrpc/wrpc/go/internal/guide/server"
	"github.com/wrpc/wrpc/go/internal/guide/server/exports/example/shelf/shelf"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// maxText is how long a text may be.
const maxText = 1 << 20

// Shelf keeps texts in memory. It answers calls side by side, so what they share stands under a mutex.
type Shelf struct {
	mu    sync.Mutex
	texts map[string][]byte
}

// Put reads the stream while the caller sends it, and closes it.
func (s *Shelf) Put(_ context.Context, name string, text io.ReadCloser) (*wrpc.Result[shelf.Entry, shelf.Trouble], error) {
	defer text.Close()
	data, err := io.ReadAll(io.LimitReader(text, maxText+1))
	if err != nil {
		return nil, fmt.Errorf("read text %q: %w", name, err)
	}
	if len(data) > maxText {
		return wrpc.Err[shelf.Entry](*shelf.NewTroubleFull()), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[name] = data
	return wrpc.Ok[shelf.Trouble](shelf.Entry{Name: name, Size: uint64(len(data))}), nil
}

// Get returns a stream; the runtime sends it after Get has returned, and closes it.
func (s *Shelf) Get(_ context.Context, name string) (*wrpc.Result[io.ReadCloser, shelf.Trouble], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.texts[name]
	if !ok {
		return wrpc.Err[io.ReadCloser](*shelf.NewTroubleMissing(name)), nil
	}
	return wrpc.Ok[shelf.Trouble](io.NopCloser(bytes.NewReader(data))), nil
}

// Entries lists the texts by name.
func (s *Shelf) Entries(context.Context) ([]*shelf.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var entries []*shelf.Entry
	for _, name := range slices.Sorted(maps.Keys(s.texts)) {
		entries = append(entries, &shelf.Entry{Name: name, Size: uint64(len(s.texts[name]))})
	}
	return entries, nil
}

// serve answers calls to the lattice id "shelf" until the context ends; the running ones may then finish.
func serve(ctx context.Context, conn *nats.Conn) error {
	client := wrpcnats.NewClient(conn, wrpcnats.WithPrefix("default.shelf"))
	stop, err := server.Serve(client, &Shelf{texts: make(map[string][]byte)})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return errors.Join(stop(), client.Stop(context.WithoutCancel(ctx)))
}
