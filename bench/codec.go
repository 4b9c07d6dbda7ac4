package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	old "github.com/bytecodealliance/wrpc/go"
	"github.com/wrpc/wrpc/go"
)

// codecCase is one way between a value and its bytes, in memory: encoding goes into a buffer that is used again.
type codecCase struct {
	Value string
	Op    string // "encode" or "decode"
	Who   string
	run   func() error
}

// CodecReport is the cost of one codecCase.
type CodecReport struct {
	Value  string
	Op     string
	Who    string
	Ns     float64 // nanoseconds
	Bytes  float64 // allocated
	Allocs float64
}

// codecValue is a value with its coding by both runtimes.
type codecValue struct {
	name      string
	encode    func(wrpc.Encoder)
	decode    func(wrpc.Decoder)
	oldEncode func(old.ByteWriter) error
	oldDecode func(old.IndexReader) error
}

func codecValues() []codecValue {
	return append([]codecValue{recordValue(), stringValue(), listValue(), variantValue()}, bytesValue(largeValue))
}

func recordValue() codecValue {
	v, got := smallGreeting(), new(greeting)
	return codecValue{
		name:   "record{string, u32}",
		encode: v.EncodeTo, decode: got.DecodeFrom,
		oldEncode: func(w old.ByteWriter) error { return oldWriteGreeting(v, w) },
		oldDecode: func(r old.IndexReader) (err error) { *got, err = oldReadGreeting(r); return err },
	}
}

func stringValue() codecValue {
	v, got := strings.Repeat("text ", 20), new(string)
	return codecValue{
		name:      "string, 100 bytes",
		encode:    func(e wrpc.Encoder) { e.String(v) },
		decode:    func(d wrpc.Decoder) { *got = d.String() },
		oldEncode: func(w old.ByteWriter) error { return old.WriteString(v, w) },
		oldDecode: func(r old.IndexReader) (err error) { *got, err = old.ReadString(r); return err },
	}
}

func listValue() codecValue {
	v, got := make([]uint32, 100), new([]uint32)
	for i := range v {
		v[i] = uint32(i * i)
	}
	return codecValue{
		name:      "list<u32>, 100 elements",
		encode:    func(e wrpc.Encoder) { wrpc.EncodeList(e, v, wrpc.Encoder.U32) },
		decode:    func(d wrpc.Decoder) { *got = wrpc.DecodeList(d, wrpc.Decoder.U32) },
		oldEncode: func(w old.ByteWriter) error { return old.WriteList(v, w, old.WriteUint32) },
		oldDecode: func(r old.IndexReader) (err error) {
			*got, err = old.ReadList(r, func(r old.IndexReader) (uint32, error) { return old.ReadUint32(r) })
			return err
		},
	}
}

// variantValue is the second case of variant { none, some(string) }; without generated code its payload stands for it.
func variantValue() codecValue {
	const v = "payload"
	got := new(string)
	return codecValue{
		name:   "variant with a string",
		encode: func(e wrpc.Encoder) { e.Discriminant(1); e.String(v) },
		decode: func(d wrpc.Decoder) {
			if d.Discriminant(2) == 1 {
				*got = d.String()
			}
		},
		oldEncode: func(w old.ByteWriter) error {
			if err := old.WriteUint8(1, w); err != nil {
				return err
			}
			return old.WriteString(v, w)
		},
		oldDecode: func(r old.IndexReader) error {
			n, err := r.ReadByte()
			if err != nil || n != 1 {
				return err
			}
			*got, err = old.ReadString(r)
			return err
		},
	}
}

func bytesValue(size int) codecValue {
	v, got := make([]byte, size), new([]byte)
	return codecValue{
		name:      "list<u8>, 1 MB",
		encode:    func(e wrpc.Encoder) { e.Bytes(v) },
		decode:    func(d wrpc.Decoder) { *got = d.Bytes() },
		oldEncode: func(w old.ByteWriter) error { return old.WriteByteList(v, w) },
		oldDecode: func(r old.IndexReader) (err error) { *got, err = old.ReadByteList(r); return err },
	}
}

// copyName is who copies the 1 MB into memory of its own: what decoding it can't do without.
const copyName = "copy"

// codecCases returns all values, both ways, by both runtimes, and the copy of the last.
func codecCases() ([]codecCase, error) {
	var cases []codecCase
	var data []byte
	for _, v := range codecValues() {
		var err error
		if data, err = wrpc.Append(nil, v.encode); err != nil {
			return nil, fmt.Errorf("encode %s: %w", v.name, err)
		}
		cases = append(cases, v.cases(data)...)
	}
	last, content, got := cases[len(cases)-1], data[len(data)-largeValue:], new([]byte)
	return append(cases, codecCase{last.Value, "decode", copyName, func() error {
		*got = append([]byte(nil), content...)
		return nil
	}}), nil
}

func (v codecValue) cases(data []byte) []codecCase {
	var (
		buf    []byte
		oldBuf bytes.Buffer
		oldIn  = memoryReader{bytes.NewReader(nil)}
	)
	return []codecCase{
		{v.name, "encode", nameOurs, func() (err error) { buf, err = wrpc.Append(buf[:0], v.encode); return err }},
		{v.name, "encode", nameUpstream, func() error { oldBuf.Reset(); return v.oldEncode(&oldBuf) }},
		{v.name, "decode", nameOurs, func() error { return wrpc.Decode(data, v.decode) }},
		{v.name, "decode", nameUpstream, func() error { oldIn.Reset(data); return v.oldDecode(oldIn) }},
	}
}

// memoryReader is upstream's IndexReader of a value in memory.
type memoryReader struct{ *bytes.Reader }

// Index finds nothing: no value here has parts that come later.
func (memoryReader) Index(...uint32) (old.IndexReader, error) { return nil, io.EOF }

// codecGCPercent is the garbage collector's pace while codecs are measured. With next to no heap, as here, it would collect
// after every few of the large values and give their memory back to the system or not, by chance.
const codecGCPercent = 1000

// codec measures all codecCases.
func (b *bench) codec() ([]CodecReport, error) {
	b.say("codec")
	cases, err := codecCases()
	if err != nil {
		return nil, err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(codecGCPercent))
	round := min(b.settings.each/100, 10*time.Millisecond)
	reports := make([]CodecReport, len(cases))
	for i, c := range cases {
		if reports[i], err = c.measure(round); err != nil {
			return nil, fmt.Errorf("%s %s by %s: %w", c.Op, c.Value, c.Who, err)
		}
	}
	return reports, nil
}

// measure runs c in rounds of at least that long, of which the fastest tells the time: what disturbs a round that is all
// computation only makes it slower.
func (c codecCase) measure(round time.Duration) (CodecReport, error) {
	r := CodecReport{Value: c.Value, Op: c.Op, Who: c.Who}
	n := 1
	for {
		elapsed, err := c.round(n, &r)
		if err != nil {
			return r, err
		}
		if elapsed >= round {
			break
		}
		n *= 2
	}
	for range 30 {
		if _, err := c.round(n, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// round runs c n times and keeps its time when it is the best, and what it has allocated.
func (c codecCase) round(n int, best *CodecReport) (time.Duration, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range n {
		if err := c.run(); err != nil {
			return 0, err
		}
	}
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	if ns := float64(elapsed.Nanoseconds()) / float64(n); best.Ns == 0 || ns <= best.Ns {
		best.Ns = ns
	}
	best.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	best.Allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	return elapsed, nil
}
