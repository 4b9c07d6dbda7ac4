package main

import (
	"context"
	"io"

	"github.com/nats-io/nats.go"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// ours is this repository's runtime, used as its generated code uses it, with its default limits.
type ours struct{}

const oursPrefix = "bench.ours"

// EncodeTo writes the fields, as generated code does.
func (v *greeting) EncodeTo(e wrpc.Encoder) {
	e.At(0).String(v.Name)
	e.At(1).U32(v.Count)
}

// DecodeFrom reads the fields, as generated code does.
func (v *greeting) DecodeFrom(d wrpc.Decoder) {
	v.Name = d.At(0).String()
	v.Count = d.At(1).U32()
}

func (ours) serve(nc *nats.Conn, s *service) error {
	client := wrpcnats.NewClient(nc, wrpcnats.WithPrefix(oursPrefix), wrpcnats.WithGroup(oursPrefix))
	_, err := wrpc.ServeFuncs(client, instance,
		wrpc.Func{Name: "echo", Handle: func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
			var v greeting
			v.DecodeFrom(params.At(0))
			v.EncodeTo(results.At(0))
			return params.Err()
		}},
		wrpc.Func{Name: "put", Handle: func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
			value := params.At(0).Bytes()
			results.At(0).U32(uint32(len(value)))
			return params.Err()
		}},
		wrpc.Func{Name: "get", Handle: func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
			size := params.At(0).U32()
			wrpc.EncodeByteStream(results.At(0), &zeros{left: int(size)})
			return params.Err()
		}},
		wrpc.Func{Name: "hold", Handle: func(ctx context.Context, _ wrpc.Decoder, _ wrpc.Encoder) error {
			return s.hold(ctx)
		}},
	)
	if err != nil {
		return err
	}
	return nc.Flush()
}

type oursCaller struct{ client *wrpcnats.Client }

func (ours) dial(nc *nats.Conn) (caller, error) {
	return oursCaller{wrpcnats.NewClient(nc, wrpcnats.WithPrefix(oursPrefix))}, nil
}

func (c oursCaller) echo(ctx context.Context, v greeting) (got greeting, err error) {
	err = wrpc.Call(ctx, c.client, instance, "echo",
		func(e wrpc.Encoder) { v.EncodeTo(e.At(0)) },
		func(d wrpc.Decoder) { got.DecodeFrom(d.At(0)) })
	return got, err
}

func (c oursCaller) put(ctx context.Context, value []byte) (n uint32, err error) {
	err = wrpc.Call(ctx, c.client, instance, "put",
		func(e wrpc.Encoder) { e.At(0).Bytes(value) },
		func(d wrpc.Decoder) { n = d.At(0).U32() })
	return n, err
}

func (c oursCaller) get(ctx context.Context, size uint32) (received int, err error) {
	var stream io.ReadCloser
	err = wrpc.Call(ctx, c.client, instance, "get",
		func(e wrpc.Encoder) { e.At(0).U32(size) },
		func(d wrpc.Decoder) { stream = wrpc.DecodeByteStream(d.At(0)) })
	if err != nil {
		return 0, err
	}
	if received, err = drain(stream); err != nil {
		return received, err
	}
	return received, stream.Close()
}

func (c oursCaller) hold(ctx context.Context) error {
	return wrpc.Call(ctx, c.client, instance, "hold", nil, nil)
}
