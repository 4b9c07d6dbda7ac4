package wrpc_test

import (
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/wrpc/wrpc/go"
)

// laterReceiver is a future whose value comes after a while.
type laterReceiver struct{ after time.Duration }

func (l laterReceiver) Receive() (string, error) {
	<-time.After(l.after)
	return "at last", nil
}

func (laterReceiver) Close() error { return nil }

// random yields size bytes, the same for the same seed.
func random(seed byte, size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{seed}), size)
}

// TestBothWaysAndLater sends 8 MiB in each direction of one call at once, and a future that is answered 5 s later, within
// a bound of memory that is far below what is sent.
func TestBothWaysAndLater(t *testing.T) {
	const (
		size  = 8 << 20
		later = 5 * time.Second
		bound = 48 << 20 // two streams' worth of buffers that are full, and what the collector has not yet seen
	)
	received := make(chan [sha256.Size]byte, 1)
	client := serveFunc(t, func(_ context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
		in := wrpc.DecodeByteStream(params.At(0))
		go func() { // ends with the stream; received is read below
			defer in.Close()
			received <- sum(t, in)
		}()
		wrpc.EncodeByteStream(results.At(0).At(0), io.NopCloser(random(2, size)))
		wrpc.EncodeFuture(results.At(0).At(1), wrpc.Receiver[string](laterReceiver{later}), wrpc.Encoder.String)
		return nil
	})
	base := heap()
	started := time.Now()
	var (
		out    io.ReadCloser
		future wrpc.Receiver[string]
	)
	writeErrs, err := wrpc.CallAsync(t.Context(), client, instance, "f", func(e wrpc.Encoder) {
		wrpc.EncodeByteStream(e.At(0), io.NopCloser(random(1, size)))
	}, func(d wrpc.Decoder) {
		out = wrpc.DecodeByteStream(d.At(0).At(0))
		future = wrpc.DecodeFuture(d.At(0).At(1), wrpc.Decoder.String)
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum(t, out) != sum(t, random(2, size)) {
		t.Error("the results are not what was sent")
	}
	if got := <-received; got != sum(t, random(1, size)) {
		t.Error("the params are not what was sent")
	}
	if err := <-writeErrs; err != nil {
		t.Error(err)
	}
	if used := int64(heap()) - int64(base); used > bound {
		t.Errorf("%d bytes of heap in use after two streams of %d, want at most %d", used, size, bound)
	}
	if text, err := future.Receive(); text != "at last" || err != nil || time.Since(started) < later {
		t.Errorf("future: %q, %v, after %v", text, err, time.Since(started))
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
}

func sum(t *testing.T, r io.Reader) (digest [sha256.Size]byte) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Error(err)
	}
	h.Sum(digest[:0])
	return digest
}

// heap is how much memory the heap has taken from the system and not given back.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapSys - m.HeapReleased
}
