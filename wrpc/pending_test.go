package wrpc_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wrpc/wrpc/go"
	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

const instance = "test:pending/api"

// serveFunc serves one function and returns a client to call it.
func serveFunc(t *testing.T, handle func(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error) *wrpcnats.Client {
	t.Helper()
	ns := natstest.Server(t)
	server := wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.x"))
	stop, err := wrpc.ServeFuncs(server, instance, wrpc.Func{Name: "f", Handle: handle})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.x"))
}

// script is a Receiver of the given values, and then of its error.
type script[T any] struct {
	values []T
	err    error
	closed atomic.Bool
}

func (s *script[T]) Receive() (v T, err error) {
	if len(s.values) == 0 {
		return v, s.err
	}
	v, s.values = s.values[0], s.values[1:]
	return v, nil
}

func (s *script[T]) Close() error { s.closed.Store(true); return nil }

func encodeU32Stream(v wrpc.Receiver[[]uint32]) func(wrpc.Encoder) {
	return func(e wrpc.Encoder) { wrpc.EncodeStream(e.At(0), v, wrpc.Encoder.U32) }
}

func collect[T any](rx wrpc.Receiver[[]T]) (all []T, err error) {
	for {
		chunk, err := rx.Receive()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, chunk...)
	}
}

// TestSenderFailsHalfWay: the reader gets what came before, and then the sender's reason.
func TestSenderFailsHalfWay(t *testing.T) {
	t.Parallel()
	got := make(chan error, 1)
	client := serveFunc(t, func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
		rx := wrpc.DecodeStream(params.At(0), wrpc.Decoder.U32)
		defer rx.Close()
		all, err := collect(rx)
		if len(all) != 3 {
			t.Errorf("received %v before the error", all)
		}
		got <- err
		return nil
	})
	source := &script[[]uint32]{values: [][]uint32{{1, 2}, {}, {3}}, err: errors.New("out of numbers")}
	writeErrs, err := wrpc.CallAsync(t.Context(), client, instance, "f", encodeU32Stream(source), nil)
	if err != nil {
		t.Fatal(err)
	}
	var handler *wrpc.HandlerError
	if err := <-got; !errors.As(err, &handler) || !strings.Contains(handler.Text, "out of numbers") {
		t.Errorf("the reader got %v", err)
	}
	var call *wrpc.CallError
	if err := <-writeErrs; !errors.As(err, &call) || call.Phase != wrpc.PhaseParams || !errors.Is(err, source.err) {
		t.Errorf("the sender got %v", err)
	}
	if _, more := <-writeErrs; more {
		t.Error("writeErrs is not closed")
	}
	if !source.closed.Load() {
		t.Error("the source was not closed")
	}
}

// TestUnsentSourcesAreClosed: what the runtime was handed to send, it closes, also when there is nobody to send it to.
func TestUnsentSourcesAreClosed(t *testing.T) {
	t.Parallel()
	client := serveFunc(t, func(_ context.Context, params wrpc.Decoder, _ wrpc.Encoder) error {
		return errors.New("no, thank you")
	})
	tests := []struct {
		name   string
		params func(wrpc.Encoder, wrpc.Receiver[[]uint32])
		f      string
		want   func(error) bool
	}{
		{"nobody serves", func(e wrpc.Encoder, v wrpc.Receiver[[]uint32]) { encodeU32Stream(v)(e) }, "g", func(err error) bool { return errors.Is(err, wrpc.ErrNoResponders) }},
		{"the handler fails", func(e wrpc.Encoder, v wrpc.Receiver[[]uint32]) { encodeU32Stream(v)(e) }, "f", func(err error) bool {
			var handler *wrpc.HandlerError
			return errors.As(err, &handler) && handler.Text == "no, thank you"
		}},
		{"the params can't be encoded", func(e wrpc.Encoder, v wrpc.Receiver[[]uint32]) { encodeU32Stream(v)(e); e.At(1).String("\xff") }, "f", func(err error) bool {
			var call *wrpc.CallError
			return errors.As(err, &call) && call.Phase == wrpc.PhaseParams
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, w := io.Pipe() // never yields anything, so that only closing it ends the sending
			source := &pipeReceiver{r: r}
			writeErrs, err := wrpc.CallAsync(t.Context(), client, instance, tt.f, func(e wrpc.Encoder) { tt.params(e, source) }, nil)
			if !tt.want(err) {
				t.Errorf("the call: %v", err)
			}
			for range writeErrs { // must be closed
			}
			if _, err := w.Write([]byte{1}); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("the source is open: %v", err)
			}
		})
	}
}

// pipeReceiver yields the bytes of a pipe.
type pipeReceiver struct{ r *io.PipeReader }

func (p *pipeReceiver) Receive() ([]uint32, error) {
	var b [1]byte
	_, err := p.r.Read(b[:])
	return []uint32{uint32(b[0])}, err
}

func (p *pipeReceiver) Close() error { return p.r.Close() }

// TestFutureOfStream: the stream goes on where the future's value was, and belongs to whoever received it.
func TestFutureOfStream(t *testing.T) {
	t.Parallel()
	client := serveFunc(t, func(_ context.Context, _ wrpc.Decoder, results wrpc.Encoder) error {
		stream := io.NopCloser(strings.NewReader("later and more"))
		wrpc.EncodeFuture(results.At(0), wrpc.Receiver[io.ReadCloser](wrpc.NewCompleteReceiver(stream)), wrpc.EncodeByteStream)
		return nil
	})
	var future wrpc.Receiver[io.ReadCloser]
	err := wrpc.Call(t.Context(), client, instance, "f", nil, func(d wrpc.Decoder) {
		future = wrpc.DecodeFuture(d.At(0), wrpc.DecodeByteStream)
	})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := future.Receive()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := future.Receive(); err != io.EOF {
		t.Errorf("second Receive: %v", err)
	}
	if err := future.Close(); err != nil {
		t.Error(err)
	}
	if text, err := io.ReadAll(stream); string(text) != "later and more" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

// TestStreamOfStreams: what is pending inside elements travels by their absolute positions, whatever the chunks.
func TestStreamOfStreams(t *testing.T) {
	t.Parallel()
	client := serveFunc(t, func(_ context.Context, _ wrpc.Decoder, results wrpc.Encoder) error {
		stream := func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
		source := &script[[]io.ReadCloser]{values: [][]io.ReadCloser{{stream("zero"), stream("one")}, {stream("two")}}, err: io.EOF}
		wrpc.EncodeStream(results.At(0), source, wrpc.EncodeByteStream)
		return nil
	})
	var outer wrpc.Receiver[[]io.ReadCloser]
	err := wrpc.Call(t.Context(), client, instance, "f", nil, func(d wrpc.Decoder) {
		outer = wrpc.DecodeStream(d.At(0), wrpc.DecodeByteStream)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	streams, err := collect(outer)
	if err != nil || len(streams) != 3 {
		t.Fatalf("%d streams, %v", len(streams), err)
	}
	for i, want := range []string{"zero", "one", "two"} {
		if text, err := io.ReadAll(streams[i]); string(text) != want || err != nil {
			t.Errorf("stream %d: %q, %v", i, text, err)
		}
	}
}

// TestResultsBeforeParams: results can be read while the params are still being sent.
func TestResultsBeforeParams(t *testing.T) {
	t.Parallel()
	received := make(chan []uint32, 1)
	client := serveFunc(t, func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
		rx := wrpc.DecodeStream(params.At(0), wrpc.Decoder.U32)
		go func() { // ends with the stream; received is read below
			defer rx.Close()
			all, err := collect(rx)
			if err != nil {
				t.Error(err)
			}
			received <- all
		}()
		results.String("already")
		return nil
	})
	r, w := io.Pipe()
	var answer string
	writeErrs, err := wrpc.CallAsync(t.Context(), client, instance, "f", encodeU32Stream(&pipeReceiver{r: r}), func(d wrpc.Decoder) { answer = d.String() })
	if err != nil || answer != "already" {
		t.Fatalf("%q, %v", answer, err)
	}
	if _, err := w.Write([]byte{7}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-writeErrs; err != nil {
		t.Error(err)
	}
	if all := <-received; len(all) != 1 || all[0] != 7 {
		t.Errorf("received %v", all)
	}
}

// TestReaderEndsEarly: closing a stream discards the rest, and the rest of the call goes on.
func TestReaderEndsEarly(t *testing.T) {
	t.Parallel()
	client := serveFunc(t, func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
		stream := wrpc.DecodeByteStream(params.At(0))
		var first [5]byte
		_, err := io.ReadFull(stream, first[:])
		if err == nil {
			err = stream.Close()
		}
		results.String(string(first[:]))
		return err
	})
	var first string
	writeErrs, err := wrpc.CallAsync(t.Context(), client, instance, "f", func(e wrpc.Encoder) {
		wrpc.EncodeByteStream(e.At(0), io.NopCloser(strings.NewReader(strings.Repeat("words ", 1<<20))))
	}, func(d wrpc.Decoder) { first = d.String() })
	if err != nil || first != "words" {
		t.Fatalf("%q, %v", first, err)
	}
	if err := <-writeErrs; err != nil {
		t.Errorf("the sender is not told, and goes on: %v", err)
	}
}
