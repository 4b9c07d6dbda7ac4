package wrpc_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/wrpc/wrpc/go"
)

// point is what the generator makes of record point { x: s32, y: s32 }.
type point struct{ X, Y int32 }

func (v *point) EncodeTo(e wrpc.Encoder) { e.At(0).S32(v.X); e.At(1).S32(v.Y) }

func (v *point) DecodeFrom(d wrpc.Decoder) { v.X = d.At(0).S32(); v.Y = d.At(1).S32() }

// perms is what the generator makes of flags perms { f0, …, f8 }.
type perms [9]bool

func (v *perms) EncodeTo(e wrpc.Encoder) { wrpc.EncodeFlags(e, v[:]...) }

func (v *perms) DecodeFrom(d wrpc.Decoder) {
	wrpc.DecodeFlags(d, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8])
}

// codecCase is one value, its bytes, and both ways between them.
type codecCase struct {
	name   string
	hex    string
	value  any
	encode func(wrpc.Encoder)
	decode func(wrpc.Decoder) any
}

func valueCase[T any](name, hex string, v T, enc func(wrpc.Encoder, T), dec func(wrpc.Decoder) T) codecCase {
	return codecCase{
		name: name, hex: hex, value: v,
		encode: func(e wrpc.Encoder) { enc(e, v) },
		decode: func(d wrpc.Decoder) any { return dec(d) },
	}
}

func encodeStrings(e wrpc.Encoder, v []string) { wrpc.EncodeList(e, v, wrpc.Encoder.String) }

func decodeStrings(d wrpc.Decoder) []string { return wrpc.DecodeList(d, wrpc.Decoder.String) }

func codecCases() []codecCase {
	seven := uint32(7)
	return []codecCase{
		valueCase("bool", "01", true, wrpc.Encoder.Bool, wrpc.Decoder.Bool),
		valueCase("u8", "ff", uint8(255), wrpc.Encoder.U8, wrpc.Decoder.U8),
		valueCase("s8", "80", int8(-128), wrpc.Encoder.S8, wrpc.Decoder.S8),
		valueCase("u16 max", "ffff03", uint16(65535), wrpc.Encoder.U16, wrpc.Decoder.U16),
		valueCase("u32 small", "7f", uint32(127), wrpc.Encoder.U32, wrpc.Decoder.U32),
		valueCase("u32 max", "ffffffff0f", uint32(math.MaxUint32), wrpc.Encoder.U32, wrpc.Decoder.U32),
		valueCase("u64 max", "ffffffffffffffffff01", uint64(math.MaxUint64), wrpc.Encoder.U64, wrpc.Decoder.U64),
		valueCase("s16 min", "80807e", int16(math.MinInt16), wrpc.Encoder.S16, wrpc.Decoder.S16),
		valueCase("s16 max", "ffff01", int16(math.MaxInt16), wrpc.Encoder.S16, wrpc.Decoder.S16),
		valueCase("s32 min", "8080808078", int32(math.MinInt32), wrpc.Encoder.S32, wrpc.Decoder.S32),
		valueCase("s32 -65", "bf7f", int32(-65), wrpc.Encoder.S32, wrpc.Decoder.S32),
		valueCase("s32 64", "c000", int32(64), wrpc.Encoder.S32, wrpc.Decoder.S32),
		valueCase("s64 min", "8080808080808080807f", int64(math.MinInt64), wrpc.Encoder.S64, wrpc.Decoder.S64),
		valueCase("s64 max", "ffffffffffffffffff00", int64(math.MaxInt64), wrpc.Encoder.S64, wrpc.Decoder.S64),
		valueCase("f32", "0000c03f", float32(1.5), wrpc.Encoder.F32, wrpc.Decoder.F32),
		valueCase("f64", "00000000000002c0", -2.25, wrpc.Encoder.F64, wrpc.Decoder.F64),
		valueCase("char", "f09f909a", '🐚', wrpc.Encoder.Char, wrpc.Decoder.Char),
		valueCase("char replacement", "efbfbd", '\uFFFD', wrpc.Encoder.Char, wrpc.Decoder.Char),
		valueCase("string", "0b68c3a96c6c6f20f09f8c8d", "héllo 🌍", wrpc.Encoder.String, wrpc.Decoder.String),
		valueCase("string empty", "00", "", wrpc.Encoder.String, wrpc.Decoder.String),
		valueCase("bytes", "03010203", []byte{1, 2, 3}, wrpc.Encoder.Bytes, wrpc.Decoder.Bytes),
		valueCase("bytes empty", "00", []byte{}, wrpc.Encoder.Bytes, wrpc.Decoder.Bytes),
		valueCase("list", "0301610003636363", []string{"a", "", "ccc"}, encodeStrings, decodeStrings),
		valueCase("list of lists", "0202016101620100", [][]string{{"a", "b"}, {""}},
			func(e wrpc.Encoder, v [][]string) { wrpc.EncodeList(e, v, encodeStrings) },
			func(d wrpc.Decoder) [][]string { return wrpc.DecodeList(d, decodeStrings) }),
		valueCase("records", "027b06017f", []*point{{-5, 6}, {1, -1 << 0}},
			func(e wrpc.Encoder, v []*point) { wrpc.EncodeList(e, v, wrpc.EncodePtr[point]) },
			func(d wrpc.Decoder) []*point { return wrpc.DecodeList(d, wrpc.DecodePtr[point]) }),
		valueCase("option some", "0107", &seven,
			func(e wrpc.Encoder, v *uint32) { wrpc.EncodeOption(e, v, wrpc.Encoder.U32) },
			func(d wrpc.Decoder) *uint32 { return wrpc.DecodeOption(d, wrpc.Decoder.U32) }),
		valueCase("option none", "00", (*uint32)(nil),
			func(e wrpc.Encoder, v *uint32) { wrpc.EncodeOption(e, v, wrpc.Encoder.U32) },
			func(d wrpc.Decoder) *uint32 { return wrpc.DecodeOption(d, wrpc.Decoder.U32) }),
		valueCase("option record", "017b06", &point{-5, 6},
			func(e wrpc.Encoder, v *point) { wrpc.EncodeOption(e, v, wrpc.EncodeValue[point]) },
			func(d wrpc.Decoder) *point { return wrpc.DecodeOption(d, wrpc.DecodeValue[point]) }),
		valueCase("option list none", "00", []string(nil),
			func(e wrpc.Encoder, v []string) { wrpc.EncodeOptionList(e, v, wrpc.Encoder.String) },
			func(d wrpc.Decoder) []string { return wrpc.DecodeOptionList(d, wrpc.Decoder.String) }),
		valueCase("option list empty", "0100", []string{},
			func(e wrpc.Encoder, v []string) { wrpc.EncodeOptionList(e, v, wrpc.Encoder.String) },
			func(d wrpc.Decoder) []string { return wrpc.DecodeOptionList(d, wrpc.Decoder.String) }),
		valueCase("option bytes none", "00", []byte(nil), wrpc.EncodeOptionBytes, wrpc.DecodeOptionBytes),
		valueCase("option bytes empty", "0100", []byte{}, wrpc.EncodeOptionBytes, wrpc.DecodeOptionBytes),
		valueCase("result ok", "0007", wrpc.Ok[string](seven), encodeOutcome, decodeOutcome),
		valueCase("result err", "0103626164", wrpc.Err[uint32]("bad"), encodeOutcome, decodeOutcome),
		valueCase("result bare", "01", wrpc.Err[struct{}](struct{}{}),
			func(e wrpc.Encoder, v *wrpc.Result[struct{}, struct{}]) {
				wrpc.EncodeResult(e, v, wrpc.EncodeUnit, wrpc.EncodeUnit)
			},
			func(d wrpc.Decoder) *wrpc.Result[struct{}, struct{}] {
				return wrpc.DecodeResult(d, wrpc.DecodeUnit, wrpc.DecodeUnit)
			}),
		valueCase("tuple", "ac0200", &wrpc.Tuple2[uint32, bool]{V0: 300},
			func(e wrpc.Encoder, v *wrpc.Tuple2[uint32, bool]) {
				wrpc.EncodeTuple2(e, v, wrpc.Encoder.U32, wrpc.Encoder.Bool)
			},
			func(d wrpc.Decoder) *wrpc.Tuple2[uint32, bool] {
				return wrpc.DecodeTuple2(d, wrpc.Decoder.U32, wrpc.Decoder.Bool)
			}),
		valueCase("flags", "0501", &perms{0: true, 2: true, 8: true}, wrpc.EncodePtr[perms], wrpc.DecodePtr[perms]),
		valueCase("handle", "020102", wrpc.Own[point]{1, 2}, wrpc.EncodeHandle[wrpc.Own[point]], wrpc.DecodeHandle[wrpc.Own[point]]),
		valueCase("units", "02", []struct{}{{}, {}},
			func(e wrpc.Encoder, v []struct{}) { wrpc.EncodeList(e, v, wrpc.EncodeUnit) },
			func(d wrpc.Decoder) []struct{} { return wrpc.DecodeList(d, wrpc.DecodeUnit) }),
		{name: "discriminant", hex: "ac02", value: uint32(300),
			encode: func(e wrpc.Encoder) { e.Discriminant(300) },
			decode: func(d wrpc.Decoder) any { return d.Discriminant(301) }},
	}
}

func encodeOutcome(e wrpc.Encoder, v *wrpc.Result[uint32, string]) {
	wrpc.EncodeResult(e, v, wrpc.Encoder.U32, wrpc.Encoder.String)
}

func decodeOutcome(d wrpc.Decoder) *wrpc.Result[uint32, string] {
	return wrpc.DecodeResult(d, wrpc.Decoder.U32, wrpc.Decoder.String)
}

// plainReader is an IndexReader of another implementation: it hands out no buffer and one byte at a time.
type plainReader struct{ *bytes.Reader }

func (r plainReader) Read(p []byte) (int, error) {
	return r.Reader.Read(p[:min(1, len(p))])
}

func (plainReader) Index(path ...uint32) (wrpc.IndexReadCloser, error) {
	return nil, fmt.Errorf("nothing at %v", path)
}

// chunkReader is a Buffered IndexReader to which the bytes come in pieces.
type chunkReader struct {
	plainReader
	here    []byte
	coming  [][]byte
	failure error
}

func newChunkReader(data []byte, size int) *chunkReader {
	r := &chunkReader{failure: io.EOF}
	for len(data) > 0 {
		n := min(size, len(data))
		r.coming = append(r.coming, data[:n])
		data = data[n:]
	}
	return r
}

func (r *chunkReader) Buffer() []byte { return r.here }

func (r *chunkReader) Discard(n int) { r.here = r.here[n:] }

func (r *chunkReader) More() error {
	if len(r.coming) == 0 {
		return r.failure
	}
	r.here = append(bytes.Clone(r.here), r.coming[0]...)
	r.coming = r.coming[1:]
	return nil
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, tt := range codecCases() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			got, err := wrpc.Append([]byte("before"), tt.encode)
			if err != nil || string(got) != "before"+string(want) {
				t.Fatalf("encoded to %x, %v; want %x", bytes.TrimPrefix(got, []byte("before")), err, want)
			}
			t.Run("whole", func(t *testing.T) {
				var v any
				err := wrpc.Decode(want, func(d wrpc.Decoder) { v = tt.decode(d) })
				checkDecoded(t, v, err, tt.value)
			})
			t.Run("plain reader", func(t *testing.T) {
				r := plainReader{bytes.NewReader(append(bytes.Clone(want), "rest"...))}
				var v any
				err := wrpc.ReadFromIndex(r, func(d wrpc.Decoder) { v = tt.decode(d) })
				checkDecoded(t, v, err, tt.value)
				if rest, _ := io.ReadAll(r); string(rest) != "rest" {
					t.Errorf("left %q in the reader, want %q", rest, "rest")
				}
			})
			for size := 1; size <= len(want)+1; size++ {
				r := newChunkReader(append(bytes.Clone(want), "rest"...), size)
				var v any
				err := wrpc.ReadFromIndex(r, func(d wrpc.Decoder) { v = tt.decode(d) })
				checkDecoded(t, v, err, tt.value)
				rest := append(bytes.Clone(r.here), bytes.Join(r.coming, nil)...)
				if string(rest) != "rest" {
					t.Errorf("in pieces of %d: left %q in the reader, want %q", size, rest, "rest")
				}
			}
		})
	}
}

func checkDecoded(t *testing.T, v any, err error, want any) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("decoded to %#v, %v; want %#v", v, err, want)
	}
}

func TestTruncatedValues(t *testing.T) {
	t.Parallel()
	for _, tt := range codecCases() {
		whole, _ := hex.DecodeString(tt.hex)
		for n := range whole {
			decode := func(d wrpc.Decoder) { tt.decode(d) }
			errs := map[string]error{
				"whole":  wrpc.Decode(whole[:n], decode),
				"plain":  wrpc.ReadFromIndex(plainReader{bytes.NewReader(whole[:n])}, decode),
				"pieces": wrpc.ReadFromIndex(newChunkReader(whole[:n], 1), decode),
			}
			for how, err := range errs {
				if n == 0 && err == io.EOF {
					continue
				}
				if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, wrpc.ErrMalformed) {
					t.Errorf("%s cut to %d bytes, %s: %v, want a malformed value that ends too early", tt.name, n, how, err)
				}
			}
		}
	}
}

func TestMalformedValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, hex string
		decode    func(wrpc.Decoder)
		want      error
		text      string
	}{
		{"bool 2", "02", func(d wrpc.Decoder) { d.Bool() }, wrpc.ErrMalformed, "bool is 2"},
		{"u16 too many bits", "ffff04", func(d wrpc.Decoder) { d.U16() }, wrpc.ErrMalformed, "u16 does not fit 16 bits"},
		{"u16 too long", "80808000", func(d wrpc.Decoder) { d.U16() }, wrpc.ErrMalformed, "u16"},
		{"u32 too many bits", "ffffffff1f", func(d wrpc.Decoder) { d.U32() }, wrpc.ErrMalformed, "u32"},
		{"u32 too long", "808080808000", func(d wrpc.Decoder) { d.U32() }, wrpc.ErrMalformed, "u32"},
		{"u64 too many bits", "ffffffffffffffffff02", func(d wrpc.Decoder) { d.U64() }, wrpc.ErrMalformed, "u64"},
		{"s16 too many bits", "808002", func(d wrpc.Decoder) { d.S16() }, wrpc.ErrMalformed, "s16"},
		{"s32 sign bits differ", "8080808048", func(d wrpc.Decoder) { d.S32() }, wrpc.ErrMalformed, "s32"},
		{"s64 too long", "80808080808080808080", func(d wrpc.Decoder) { d.S64() }, wrpc.ErrMalformed, "s64"},
		{"char surrogate", "eda080", func(d wrpc.Decoder) { d.Char() }, wrpc.ErrMalformed, "char"},
		{"char continuation", "80", func(d wrpc.Decoder) { d.Char() }, wrpc.ErrMalformed, "char"},
		{"char overlong", "c080", func(d wrpc.Decoder) { d.Char() }, wrpc.ErrMalformed, "char"},
		{"string not UTF-8", "02ff00", func(d wrpc.Decoder) { _ = d.String() }, wrpc.ErrMalformed, "UTF-8"},
		{"string of 4 GiB", "ffffffff0f", func(d wrpc.Decoder) { _ = d.String() }, wrpc.ErrTooLarge, "string length 4294967295"},
		{"discriminant unknown", "03", func(d wrpc.Decoder) { d.Discriminant(3) }, wrpc.ErrMalformed, "discriminant 3"},
		{"discriminant too long", "808000", func(d wrpc.Decoder) { d.Discriminant(3) }, wrpc.ErrMalformed, "discriminant"},
		{"option status 2", "02", func(d wrpc.Decoder) { wrpc.DecodeOption(d, wrpc.Decoder.U8) }, wrpc.ErrMalformed, "option status is 2"},
		{"result status 2", "02", func(d wrpc.Decoder) { decodeOutcome(d) }, wrpc.ErrMalformed, "result status is 2"},
		{"flag nobody owns", "0002", func(d wrpc.Decoder) { wrpc.DecodePtr[perms](d) }, wrpc.ErrMalformed, "bit not associated with any flag is set"},
		{"empty elements", "808040", func(d wrpc.Decoder) { wrpc.DecodeList(d, wrpc.DecodeUnit) }, nil, ""},
		{"too many empty elements", "818040", func(d wrpc.Decoder) { wrpc.DecodeList(d, wrpc.DecodeUnit) }, wrpc.ErrTooLarge, "without content"},
		{"list of 4 Gi elements", "ffffffff0f", func(d wrpc.Decoder) { wrpc.DecodeList(d, wrpc.DecodeUnit) }, wrpc.ErrTooLarge, "list length"},
		{"something follows", "0100", func(d wrpc.Decoder) { d.Bool() }, wrpc.ErrMalformed, "1 bytes follow"},
		{"pending without transport", "00", func(d wrpc.Decoder) { wrpc.DecodeByteStream(d) }, wrpc.ErrMalformed, "transport"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			err = wrpc.Decode(data, tt.decode)
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestEncodeInvalid(t *testing.T) {
	t.Parallel()
	tests := map[string]func(wrpc.Encoder){
		"char":             func(e wrpc.Encoder) { e.Char(0xD800) },
		"string":           func(e wrpc.Encoder) { e.String("\xff") },
		"nil record":       func(e wrpc.Encoder) { wrpc.EncodePtr[point](e, nil) },
		"nil tuple":        func(e wrpc.Encoder) { wrpc.EncodeTuple2(e, nil, wrpc.Encoder.U8, wrpc.Encoder.U8) },
		"nil result":       func(e wrpc.Encoder) { encodeOutcome(e, nil) },
		"undecided result": func(e wrpc.Encoder) { encodeOutcome(e, &wrpc.Result[uint32, string]{}) },
		"nil stream":       func(e wrpc.Encoder) { wrpc.EncodeByteStream(e, nil) },
		"nil future":       func(e wrpc.Encoder) { wrpc.EncodeFuture(e, nil, wrpc.Encoder.U8) },
		"stream":           func(e wrpc.Encoder) { wrpc.EncodeByteStream(e, io.NopCloser(strings.NewReader("x"))) },
	}
	for name, encode := range tests {
		if _, err := wrpc.Append(nil, encode); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestHugeCounts asserts that counts without contents allocate nothing for what has not come.
func TestHugeCounts(t *testing.T) {
	count := []byte{0xff, 0xff, 0xff, 0x1f} // 67,108,863: just below the limit
	tests := map[string]func(wrpc.Decoder){
		"string": func(d wrpc.Decoder) { _ = d.String() },
		"bytes":  func(d wrpc.Decoder) { d.Bytes() },
		"list":   func(d wrpc.Decoder) { wrpc.DecodeList(d, wrpc.Decoder.U64) },
		"nested": func(d wrpc.Decoder) {
			wrpc.DecodeList(d, func(d wrpc.Decoder) [][]string { return wrpc.DecodeList(d, decodeStrings) })
		},
	}
	for name, decode := range tests {
		data := bytes.Repeat(count, 16)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := wrpc.Decode(data, decode)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; err == nil || allocated > 16<<10 {
			t.Errorf("%s: error %v, %d bytes allocated for %d received", name, err, allocated, len(data))
		}
	}
}

// TestDecodedMemory asserts the documented bound: the size of an element in memory for each byte and level of lists.
func TestDecodedMemory(t *testing.T) {
	const n = 100_000
	data, err := wrpc.Append(nil, func(e wrpc.Encoder) {
		wrpc.EncodeList(e, make([][]string, n), encodeStrings) // one byte each
	})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = wrpc.Decode(data, func(d wrpc.Decoder) {
		if got := wrpc.DecodeList(d, decodeStrings); len(got) != n {
			t.Errorf("%d elements, want %d", len(got), n)
		}
	})
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; err != nil || allocated > 2*24*uint64(len(data)) {
		t.Errorf("%v; %d bytes allocated for %d received", err, allocated, len(data))
	}
}

func FuzzDecode(f *testing.F) {
	cases := codecCases()
	for i, tt := range cases {
		data, _ := hex.DecodeString(tt.hex)
		f.Add(data, uint8(i), uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, which, size uint8) {
		tt := cases[int(which)%len(cases)]
		var whole, pieces any
		err := wrpc.Decode(data, func(d wrpc.Decoder) { whole = tt.decode(d) })
		piecesErr := wrpc.ReadFromIndex(newChunkReader(data, int(size)+1), func(d wrpc.Decoder) { pieces = tt.decode(d) })
		if err != nil {
			return
		}
		// NaN is not equal to itself; its bytes are compared below.
		if piecesErr != nil || !reflect.DeepEqual(whole, pieces) && fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Fatalf("%s: whole %#v, in pieces %#v, %v", tt.name, whole, pieces, piecesErr)
		}
	})
}
