package wrpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"unicode/utf8"
)

// DefaultMaxValue is the limit of one value in bytes, all its parts together, where a transport sets no other.
const DefaultMaxValue = 64 << 20

// maxEmpty is how many list elements without any bytes (empty records) one value may have: nothing that arrives pays
// for them.
const maxEmpty = 1 << 20

// Buffered is implemented by readers that can hand out what has arrived without copying it. A value is then decoded
// where it lies.
type Buffered interface {
	// Buffer returns the unread bytes that have arrived. They belong to whoever has read them: the reader does not use
	// that memory again, since a large list<u8> may go on lying in it.
	Buffer() []byte
	// Discard marks the first n bytes of Buffer as read.
	Discard(n int)
	// More waits until Buffer is longer than before. At the end of the value it returns io.EOF, else why nothing came.
	More() error
}

// Decoder reads values in the component model's encoding. Its first error stays: everything read after it is a zero
// value and [Decoder.Err] tells it. Nothing that it reads is trusted: lengths allocate no more than what has arrived
// pays for, which is at most the size of one list element, in Go's memory, for each byte and each level of lists, and
// four bytes for each byte of a string or list<u8>.
//
// A Decoder is a small value, handed on by value; it is valid until the function that received it returns, and is not
// safe for concurrent use. There is no useful zero value: a Decoder comes from [Call], [Decode], [ReadFromIndex] or a
// [Func].
type Decoder struct {
	s     *decodeState
	depth int
}

// decodeState is what the Decoders of one value share.
type decodeState struct {
	r        IndexReader // nil when the value is in memory as a whole
	buffered Buffered    // r, when it can hand out its buffer
	scratch  []byte      // what was read from an r that can't
	buf      []byte      // bytes that have arrived
	off      int         // how many of buf are decoded
	base     int         // how many bytes were decoded before buf
	limit    int         // how many bytes the value may have
	empty    int         // list elements without bytes so far
	path     []uint32    // index path; a Decoder's own is path[:depth]
	opened   []io.Closer // readers of pending values that were handed out
	tookRoot bool        // a pending value goes on where this value was read: it owns r now
	err      error
}

var decodeStates = sync.Pool{New: func() any { return new(decodeState) }}

// valueLimiter is implemented by readers whose transport has another limit than DefaultMaxValue.
type valueLimiter interface{ MaxValue() int }

func newDecodeState(r IndexReader) *decodeState {
	s := decodeStates.Get().(*decodeState)
	s.limit = DefaultMaxValue
	if r == nil {
		return s
	}
	s.r = r
	if l, ok := r.(valueLimiter); ok {
		s.limit = l.MaxValue()
	}
	if b, ok := r.(Buffered); ok {
		s.buffered = b
		s.buf = b.Buffer()
	}
	return s
}

func (s *decodeState) root() Decoder { return Decoder{s: s} }

// end tells the reader what was read, closes what was handed out when the value is broken, and returns the error.
// s must not be used after it.
func (s *decodeState) end() error {
	if s.buffered != nil {
		s.buffered.Discard(s.off)
	}
	err := s.err
	if err != nil {
		for _, c := range s.opened {
			err = errors.Join(err, c.Close())
		}
	}
	clear(s.opened)
	*s = decodeState{scratch: s.scratch[:0], path: s.path[:0], opened: s.opened[:0]}
	decodeStates.Put(s)
	return err
}

// Decode reads one value from data, all of it. decode must not read pending streams or futures.
func Decode(data []byte, decode func(Decoder)) error {
	s := newDecodeState(nil)
	s.buf = data
	s.limit = max(s.limit, len(data))
	decode(s.root())
	if rest := len(data) - s.off; rest > 0 {
		s.malformed("end of the value, but %d bytes follow", rest)
	}
	return s.end()
}

// ReadFromIndex reads one value from r and nothing beyond it. It is what the ReadFromIndex methods of generated types
// call.
func ReadFromIndex(r IndexReader, decode func(Decoder)) error {
	s := newDecodeState(r)
	decode(s.root())
	return s.end()
}

// At returns the Decoder of member i: parameter, result, field, tuple member or list element. It matters only to what
// has streams or futures inside, which travel on their index path.
func (d Decoder) At(i uint32) Decoder {
	if d.depth < len(d.s.path) {
		d.s.path[d.depth] = i
	} else {
		d.s.path = append(d.s.path, i)
	}
	return Decoder{s: d.s, depth: d.depth + 1}
}

// Err returns the first error.
func (d Decoder) Err() error { return d.s.err }

// Fail ends the decoding with err, unless it has failed before.
func (d Decoder) Fail(err error) {
	if d.s.err == nil {
		d.s.err = err
	}
}

// malformed ends the decoding: what was expected is not what came.
func (s *decodeState) malformed(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: byte %d: %s", ErrMalformed, s.base+s.off, fmt.Sprintf(format, args...))
	}
}

// fill gets at least one more byte into buf[off:]; all bytes before off are done with. want is how many bytes the value
// still has at least: a reader that is not Buffered is read that far and no further.
func (s *decodeState) fill(what string, want int) bool {
	if s.err != nil {
		return false
	}
	switch err := s.refill(want); {
	case err == io.EOF && s.base == 0 && len(s.buf) == 0:
		s.err = io.EOF // nothing at all came: the caller knows what that means
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		s.err = fmt.Errorf("%w: %s at byte %d: %w", ErrMalformed, what, s.base, io.ErrUnexpectedEOF)
	case err != nil:
		s.err = err
	case s.base > s.limit:
		s.err = fmt.Errorf("%w of %d bytes", ErrTooLarge, s.limit)
	}
	return s.err == nil
}

// refill is fill with the reader's own error.
func (s *decodeState) refill(want int) (err error) {
	s.base += s.off
	switch {
	case s.buffered != nil:
		s.buffered.Discard(s.off)
		err = s.buffered.More()
		s.buf = s.buffered.Buffer()
	case s.r != nil:
		const most = 32 << 10 // bytes at once, whatever length the peer has announced
		if s.scratch = s.scratch[:0]; cap(s.scratch) < min(want, most) {
			s.scratch = make([]byte, 0, max(64, min(want, most)))
		}
		var n int
		n, err = io.ReadAtLeast(s.r, s.scratch[:min(want, cap(s.scratch))], 1)
		s.buf = s.scratch[:n]
	default:
		err = io.EOF
		s.buf = nil
	}
	s.off = 0
	return err
}

func (s *decodeState) readByte(what string) byte {
	if s.off == len(s.buf) && !s.fill(what, 1) {
		return 0
	}
	b := s.buf[s.off]
	s.off++
	return b
}

// take returns the next n bytes, at most len(scratch), copied there when they did not come in one piece.
func (s *decodeState) take(what string, scratch []byte) []byte {
	n := len(scratch)
	if s.err == nil && len(s.buf)-s.off >= n {
		s.off += n
		return s.buf[s.off-n : s.off]
	}
	for i := range scratch {
		scratch[i] = s.readByte(what)
	}
	if s.err != nil {
		clear(scratch)
	}
	return scratch
}

// Bool reads a byte that is 0 or 1.
func (d Decoder) Bool() bool { return d.flag("bool") }

func (d Decoder) flag(what string) bool {
	b := d.s.readByte(what)
	if b > 1 {
		d.s.malformed("%s is %d, not 0 or 1", what, b)
	}
	return b == 1 && d.s.err == nil
}

// U8 reads one byte.
func (d Decoder) U8() uint8 { return d.s.readByte("u8") }

// S8 reads one byte.
func (d Decoder) S8() int8 { return int8(d.s.readByte("s8")) }

// U16 reads an unsigned LEB128 of at most 3 bytes.
func (d Decoder) U16() uint16 { return uint16(d.uleb("u16", 16)) }

// U32 reads an unsigned LEB128 of at most 5 bytes.
func (d Decoder) U32() uint32 { return uint32(d.uleb("u32", 32)) }

// U64 reads an unsigned LEB128 of at most 10 bytes.
func (d Decoder) U64() uint64 { return d.uleb("u64", 64) }

// S16 reads a signed LEB128 of at most 3 bytes.
func (d Decoder) S16() int16 { return int16(d.sleb("s16", 16)) }

// S32 reads a signed LEB128 of at most 5 bytes.
func (d Decoder) S32() int32 { return int32(d.sleb("s32", 32)) }

// S64 reads a signed LEB128 of at most 10 bytes.
func (d Decoder) S64() int64 { return d.sleb("s64", 64) }

// F32 reads four bytes, little endian.
func (d Decoder) F32() float32 {
	var b [4]byte
	return math.Float32frombits(binary.LittleEndian.Uint32(d.s.take("f32", b[:])))
}

// F64 reads eight bytes, little endian.
func (d Decoder) F64() float64 {
	var b [8]byte
	return math.Float64frombits(binary.LittleEndian.Uint64(d.s.take("f64", b[:])))
}

// Char reads one character in UTF-8.
func (d Decoder) Char() rune {
	var b [utf8.UTFMax]byte
	for n := 1; n <= len(b); n++ {
		if b[n-1] = d.s.readByte("char"); d.s.err != nil {
			return 0
		}
		if utf8.FullRune(b[:n]) {
			if r, size := utf8.DecodeRune(b[:n]); size == n && (r != utf8.RuneError || n > 1) {
				return r
			}
			break
		}
	}
	d.s.malformed("char is not valid UTF-8")
	return 0
}

// String reads a length and that many bytes of UTF-8.
func (d Decoder) String() string {
	s := d.s
	n := d.length("string length")
	var text string
	if len(s.buf)-s.off >= n {
		text = string(s.buf[s.off : s.off+n])
		s.off += n
	} else {
		text = string(s.gather("string", n))
	}
	if !utf8.ValidString(text) {
		s.malformed("string is not valid UTF-8")
		return ""
	}
	return text
}

// Bytes reads a list<u8>; the result is the caller's, and not nil unless the decoding has failed.
func (d Decoder) Bytes() []byte {
	s := d.s
	n := d.length("list length")
	if s.err != nil {
		return nil
	}
	if len(s.buf)-s.off < n {
		return s.gather("list<u8>", n)
	}
	s.off += n
	v := s.buf[s.off-n : s.off : s.off]
	if s.buffered != nil && n >= minShared && 2*n >= len(s.buf) {
		return v // where it lies: that saves the slowest part of decoding it, and keeps at most as much again in memory
	}
	own := make([]byte, n) // n bytes have arrived
	copy(own, v)           // right after make: the compiler leaves out the zeros
	return own
}

// minShared is the size from which on bytes are worth having them stay in the message that brought them.
const minShared = 4 << 10

// ahead is how many times what has arrived may be allocated for a string or list<u8>.
const ahead = 4

// gather returns n bytes that have not all arrived yet. It allocates for all of them as soon as what has arrived pays for
// that, and copies the rest as it comes: growing step by step would copy over and over, into memory that is touched for
// the first time, which costs the most, and copying at the end would make the caller wait for it.
func (s *decodeState) gather(what string, n int) []byte {
	var all []byte
	for len(all) < n {
		if s.off == len(s.buf) && !s.fill(what, n-len(all)) {
			return nil
		}
		part := s.buf[s.off:min(len(s.buf), s.off+n-len(all))]
		s.off += len(part)
		if arrived := len(all) + len(part); arrived > cap(all) {
			// Not slices.Grow, which clears all of it in one go: the collector waits for that, and takes the processor
			// from who sends. It saves a server a quarter of what 16 MB cost.
			grown := make([]byte, len(all), min(n, ahead*arrived))
			copy(grown, all)
			all = grown
		}
		all = append(all, part...)
	}
	return all
}

// Discriminant reads the case number of a variant or enum with that many cases, and fails when there is no such case.
func (d Decoder) Discriminant(cases uint32) uint32 {
	bits := uint(8)
	if cases > 1<<16 {
		bits = 32
	} else if cases > 1<<8 {
		bits = 16
	}
	n := uint32(d.uleb("discriminant", bits))
	if n >= cases && d.s.err == nil {
		d.s.malformed("unknown discriminant %d of a type with %d cases", n, cases)
	}
	if d.s.err != nil {
		return 0
	}
	return n
}

// length reads the count of a list or string.
func (d Decoder) length(what string) int {
	n := d.uleb(what, 32)
	if n > uint64(d.s.limit) && d.s.err == nil {
		d.s.err = fmt.Errorf("%w of %d bytes: %s %d", ErrTooLarge, d.s.limit, what, n)
	}
	if d.s.err != nil {
		return 0
	}
	return int(n)
}
