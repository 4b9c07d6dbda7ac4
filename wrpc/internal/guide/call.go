package guide

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/wrpc/wrpc/go"
	"github.com/wrpc/wrpc/go/internal/guide/client/example/shelf/shelf"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// list calls a function: the target is an address and a connection, the rest is as in the contract.
func list(ctx context.Context, conn *nats.Conn, out io.Writer) error {
	target := wrpcnats.NewClient(conn, wrpcnats.WithPrefix("default.shelf"))
	entries, err := shelf.Entries(ctx, target)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		fmt.Fprintln(out, entry.Name, entry.Size)
	}
	return nil
}

// put sends a stream with a call. The results may come before all is sent.
func put(ctx context.Context, target wrpc.Invoker, name, text string) error {
	result, writeErrs, err := shelf.Put(ctx, target, name, io.NopCloser(strings.NewReader(text)))
	if err != nil {
		return err
	}
	if result.Err != nil {
		return result.Err // a named type that is the error of a result is a Go error
	}
	return <-writeErrs // closed when all is sent
}

// get reads a stream from a result, and closes it.
func get(ctx context.Context, target wrpc.Invoker, name string) (string, error) {
	result, err := shelf.Get(ctx, target, name)
	if err != nil {
		return "", err
	}
	if result.Err != nil {
		return "", result.Err
	}
	defer (*result.Ok).Close()
	data, err := io.ReadAll(*result.Ok)
	return string(data), err
}

// explain tells the errors of a call apart.
func explain(err error) string {
	var (
		handler *wrpc.HandlerError
		call    *wrpc.CallError
	)
	switch {
	case errors.As(err, &handler):
		return "the handler failed: " + handler.Text
	case errors.Is(err, wrpc.ErrNoResponders), errors.Is(err, wrpc.ErrRefused):
		return "not called: try again later"
	case errors.Is(err, wrpc.ErrDeadline), errors.Is(err, wrpc.ErrDisconnected):
		return "perhaps called: try again only what may happen twice"
	case errors.As(err, &call):
		return "phase " + string(call.Phase) + " of " + call.Function
	default:
		return "not an error of a call"
	}
}
