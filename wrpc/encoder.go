package wrpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"unicode/utf8"
)

// Encoder appends values in the component model's encoding to a buffer. Its first error stays: everything written after
// it is ignored and [Encoder.Err] tells it. An Encoder is a small value, handed on by value; it is valid until the
// function that received it returns, and is not safe for concurrent use. There is no useful zero value: an Encoder comes
// from [Call], [Append], [WriteToIndex] or a [Func].
type Encoder struct {
	s     *encodeState
	depth int
}

// encodeState is what the Encoders of one value share.
type encodeState struct {
	buf     []byte
	path    []uint32 // index path; an Encoder's own is path[:depth]
	pending []pendingWrite
	err     error
}

var encodeStates = sync.Pool{New: func() any { return new(encodeState) }}

// maxPooled is the largest buffer that goes back to the pool: it holds what a message usually may. A caller computes half
// as long for 1 MB as with a new buffer each time. Larger values are too rare to keep their memory.
const maxPooled = 1 << 20

func newEncodeState() *encodeState { return encodeStates.Get().(*encodeState) }

// free gives s back. Nobody may hold s, its buffer or an Encoder of it any more.
func (s *encodeState) free() {
	if cap(s.buf) > maxPooled {
		return
	}
	clear(s.pending)
	*s = encodeState{buf: s.buf[:0], path: s.path[:0], pending: s.pending[:0]}
	encodeStates.Put(s)
}

func (s *encodeState) root() Encoder { return Encoder{s: s} }

// fail ends the encoding with err. What was to be sent later is closed, since nobody will.
func (s *encodeState) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Append appends the encoding of one value to buf. encode must not write streams or futures.
func Append(buf []byte, encode func(Encoder)) ([]byte, error) {
	s := newEncodeState()
	defer s.free()
	spare := s.buf
	s.buf = buf
	encode(s.root())
	buf, s.buf = s.buf, spare
	if len(s.pending) > 0 {
		s.abandon()
		s.fail(errors.New("streams and futures need a transport"))
	}
	return buf, s.err
}

// At returns the Encoder of member i: parameter, result, field, tuple member or list element. It matters only to what
// has streams or futures inside, which travel on their index path.
func (e Encoder) At(i uint32) Encoder {
	if e.depth < len(e.s.path) {
		e.s.path[e.depth] = i
	} else {
		e.s.path = append(e.s.path, i)
	}
	return Encoder{s: e.s, depth: e.depth + 1}
}

// Err returns the first error.
func (e Encoder) Err() error { return e.s.err }

// Fail ends the encoding with err, unless it has failed before.
func (e Encoder) Fail(err error) { e.s.fail(err) }

// Bool writes v as 0 or 1.
func (e Encoder) Bool(v bool) {
	var b byte
	if v {
		b = 1
	}
	e.s.buf = append(e.s.buf, b)
}

// U8 writes v as it is.
func (e Encoder) U8(v uint8) { e.s.buf = append(e.s.buf, v) }

// S8 writes v as it is.
func (e Encoder) S8(v int8) { e.s.buf = append(e.s.buf, byte(v)) }

// U16 writes v as unsigned LEB128.
func (e Encoder) U16(v uint16) { e.uleb(uint64(v)) }

// U32 writes v as unsigned LEB128.
func (e Encoder) U32(v uint32) { e.uleb(uint64(v)) }

// U64 writes v as unsigned LEB128.
func (e Encoder) U64(v uint64) { e.uleb(v) }

// S16 writes v as signed LEB128.
func (e Encoder) S16(v int16) { e.sleb(int64(v)) }

// S32 writes v as signed LEB128.
func (e Encoder) S32(v int32) { e.sleb(int64(v)) }

// S64 writes v as signed LEB128.
func (e Encoder) S64(v int64) { e.sleb(v) }

// F32 writes the four bytes of v, little endian.
func (e Encoder) F32(v float32) {
	e.s.buf = binary.LittleEndian.AppendUint32(e.s.buf, math.Float32bits(v))
}

// F64 writes the eight bytes of v, little endian.
func (e Encoder) F64(v float64) {
	e.s.buf = binary.LittleEndian.AppendUint64(e.s.buf, math.Float64bits(v))
}

// Char writes v in UTF-8. It fails on surrogates and on what is beyond Unicode.
func (e Encoder) Char(v rune) {
	if !utf8.ValidRune(v) {
		e.s.fail(fmt.Errorf("char %#x is no Unicode scalar value", v))
		return
	}
	e.s.buf = utf8.AppendRune(e.s.buf, v)
}

// String writes the length of v and v. It fails when v is not valid UTF-8.
func (e Encoder) String(v string) {
	if !utf8.ValidString(v) {
		e.s.fail(errors.New("string is not valid UTF-8; bytes of any kind are a list<u8>"))
		return
	}
	if e.length(len(v)) {
		e.s.buf = append(e.s.buf, v...)
	}
}

// Bytes writes a list<u8>.
func (e Encoder) Bytes(v []byte) {
	if e.length(len(v)) {
		e.s.buf = append(e.s.buf, v...)
	}
}

// Discriminant writes the case number of a variant or enum.
func (e Encoder) Discriminant(n uint32) { e.uleb(uint64(n)) }

// length writes the count of a list or string, and tells whether its contents may follow.
func (e Encoder) length(n int) bool {
	if uint64(n) > math.MaxUint32 {
		e.s.fail(fmt.Errorf("length %d does not fit a u32: %w", n, ErrTooLarge))
		return false
	}
	e.uleb(uint64(n))
	return true
}
