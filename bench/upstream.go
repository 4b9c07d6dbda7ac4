package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	old "github.com/bytecodealliance/wrpc/go"
	oldnats "github.com/bytecodealliance/wrpc/go/nats"
	"github.com/nats-io/nats.go"
)

// upstream is the last wRPC Go that upstream published, github.com/bytecodealliance/wrpc/go of 2024-08-21, used as its
// generated code used it. It answers the calls of a function one after another, so that it can't hold several.
type upstream struct{}

const upstreamPrefix = "bench.upstream"

// oldHandler is a function on upstream's Server.
type oldHandler = func(context.Context, old.IndexWriter, old.IndexReadCloser) error

func (upstream) serve(nc *nats.Conn, _ *service) error {
	client := oldnats.NewClientWithQueueGroup(nc, upstreamPrefix, upstreamPrefix)
	handlers := map[string]oldHandler{
		"echo": func(_ context.Context, w old.IndexWriter, r old.IndexReadCloser) error {
			v, err := oldReadGreeting(r)
			if err != nil {
				return err
			}
			return oldAnswer(w, func(buf old.ByteWriter) error { return oldWriteGreeting(v, buf) })
		},
		"put": func(_ context.Context, w old.IndexWriter, r old.IndexReadCloser) error {
			value, err := oldReadBytes(r)
			if err != nil {
				return err
			}
			return oldAnswer(w, func(buf old.ByteWriter) error { return old.WriteUint32(uint32(len(value)), buf) })
		},
		"get": oldServeGet,
	}
	for name, handle := range handlers {
		if _, err := client.Serve(instance, name, handle); err != nil {
			return err
		}
	}
	return nc.Flush()
}

// oldServeGet sends a stream: pending in the results, its chunks on their own path.
func oldServeGet(_ context.Context, w old.IndexWriter, r old.IndexReadCloser) error {
	size, err := old.ReadUint32(r)
	if err != nil {
		return err
	}
	var stream *old.ByteStreamWriter
	err = oldAnswer(w, func(buf old.ByteWriter) (err error) {
		source := old.NewPendingReader(&zeros{left: int(size)})
		stream, err = old.WriteByteStream(source, buf, make([]byte, streamChunk), 0)
		return err
	})
	if err != nil {
		return err
	}
	chunks, err := w.Index(0)
	if err != nil {
		return err
	}
	return errors.Join(stream.WriteTo(chunks), oldEnd(chunks))
}

// oldAnswer sends what write writes as one message, and the end.
func oldAnswer(w old.IndexWriter, write func(old.ByteWriter) error) error {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return err
	}
	if _, err := w.Write(buf.Bytes()); err != nil {
		return err
	}
	return oldEnd(w)
}

// oldEnd closes a writer, which its interface does not say that it can.
func oldEnd(w old.IndexWriter) error {
	if c, ok := w.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func oldWriteGreeting(v greeting, w old.ByteWriter) error {
	if err := old.WriteString(v.Name, w); err != nil {
		return err
	}
	return old.WriteUint32(v.Count, w)
}

func oldReadGreeting(r old.ByteReader) (v greeting, err error) {
	if v.Name, err = old.ReadString(r); err != nil {
		return v, err
	}
	v.Count, err = old.ReadUint32(r)
	return v, err
}

// oldReadBytes reads a list<u8>. Upstream's ReadByteList takes whatever one Read returns for the whole list, which is
// one message; this one reads them all.
func oldReadBytes(r old.ByteReader) ([]byte, error) {
	n, err := old.ReadUint32(r)
	if err != nil {
		return nil, err
	}
	value := make([]byte, n)
	_, err = io.ReadFull(r, value)
	return value, err
}

type upstreamCaller struct{ client *oldnats.Client }

func (upstream) dial(nc *nats.Conn) (caller, error) {
	return upstreamCaller{oldnats.NewClient(nc, upstreamPrefix)}, nil
}

// call makes one call. Upstream has no deadline of its own.
func (c upstreamCaller) call(ctx context.Context, name string, params func(old.ByteWriter) error, results func(old.IndexReader) error, pending ...old.SubscribePath) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return c.client.Invoke(ctx, instance, name, func(w old.IndexWriter, r old.IndexReadCloser) error {
		if err := oldAnswer(w, params); err != nil {
			return err
		}
		if err := results(r); err != nil {
			return err
		}
		return r.Close()
	}, pending...)
}

func (c upstreamCaller) echo(ctx context.Context, v greeting) (got greeting, err error) {
	err = c.call(ctx, "echo",
		func(w old.ByteWriter) error { return oldWriteGreeting(v, w) },
		func(r old.IndexReader) (err error) { got, err = oldReadGreeting(r); return err })
	return got, err
}

func (c upstreamCaller) put(ctx context.Context, value []byte) (n uint32, err error) {
	err = c.call(ctx, "put",
		func(w old.ByteWriter) error { return old.WriteByteList(value, w) },
		func(r old.IndexReader) (err error) { n, err = old.ReadUint32(r); return err })
	return n, err
}

func (c upstreamCaller) get(ctx context.Context, size uint32) (received int, err error) {
	err = c.call(ctx, "get",
		func(w old.ByteWriter) error { return old.WriteUint32(size, w) },
		func(r old.IndexReader) error {
			stream, err := old.ReadByteStream(r, 0)
			if err == nil {
				received, err = drain(stream)
			}
			return err
		}, old.NewSubscribePath().Index(0))
	return received, err
}

func (c upstreamCaller) hold(context.Context) error {
	return errors.New("upstream serves the calls of a function one after another: it can't hold several")
}
