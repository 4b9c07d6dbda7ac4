package wrpc_test

import (
	"bytes"
	"testing"

	"github.com/wrpc/wrpc/go"
)

// TestLargeBytes decodes a list<u8> from messages of various sizes: those that a copy is worth avoiding, and small ones
// between them.
func TestLargeBytes(t *testing.T) {
	t.Parallel()
	want := make([]byte, 100_000)
	for i := range want {
		want[i] = byte(i * 7)
	}
	data, err := wrpc.Append(nil, func(e wrpc.Encoder) { e.Bytes(want); e.U8(42) })
	if err != nil {
		t.Fatal(err)
	}
	for _, sizes := range [][]int{{len(data)}, {1}, {4096}, {4095}, {1, 5000, 2, 3, 4096}, {99_999}, {50_000, 1}} {
		r := newChunkReader(nil, 1)
		for rest, i := data, 0; len(rest) > 0; i++ {
			n := min(sizes[i%len(sizes)], len(rest))
			r.coming = append(r.coming, bytes.Clone(rest[:n]))
			rest = rest[n:]
		}
		var got []byte
		var last uint8
		err := wrpc.ReadFromIndex(r, func(d wrpc.Decoder) { got = d.Bytes(); last = d.U8() })
		if err != nil || !bytes.Equal(got, want) || last != 42 {
			t.Errorf("messages of %v bytes: %d bytes and %d, %v; want the %d that were sent and 42", sizes, len(got), last, err, len(want))
		}
	}
}

// TestLargeBytesStayInTheirMessage: appending to what was decoded must not reach what follows it there.
func TestLargeBytesStayInTheirMessage(t *testing.T) {
	t.Parallel()
	data, err := wrpc.Append(nil, func(e wrpc.Encoder) { e.Bytes(make([]byte, 10_000)); e.U8(42) })
	if err != nil {
		t.Fatal(err)
	}
	r := newChunkReader(data, len(data))
	if err := r.More(); err != nil {
		t.Fatal(err)
	}
	var last uint8
	err = wrpc.ReadFromIndex(r, func(d wrpc.Decoder) {
		v := d.Bytes()
		_ = append(v, 0)
		last = d.U8()
	})
	if err != nil || last != 42 {
		t.Errorf("read %d, %v; want 42", last, err)
	}
}
