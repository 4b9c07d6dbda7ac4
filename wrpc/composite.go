package wrpc

import (
	"errors"
	"fmt"
)

// Result is a WIT result: exactly one of the two is set.
type Result[Ok, Err any] struct {
	Ok  *Ok
	Err *Err
}

// Ok returns the result that holds v as its ok value.
func Ok[Err, Ok any](v Ok) *Result[Ok, Err] { return &Result[Ok, Err]{Ok: &v} }

// Err returns the result that holds v as its error value.
func Err[Ok, Err any](v Err) *Result[Ok, Err] { return &Result[Ok, Err]{Err: &v} }

// Own is the opaque handle of a resource that the holder owns.
type Own[T any] []byte

// Borrow returns the handle to lend for one call.
func (v Own[T]) Borrow() Borrow[T] { return Borrow[T](v) }

// Borrow is the opaque handle of a resource, lent for one call.
type Borrow[T any] []byte

// Slice returns the option that holds v: nil for a nil slice.
func Slice[T any](v []T) *[]T {
	if v == nil {
		return nil
	}
	return &v
}

// FlattenOption makes an option of an option one: none when either is.
func FlattenOption[T any](v **T) *T {
	if v == nil {
		return nil
	}
	return *v
}

// A generated type has these methods on its pointer.
type (
	encodable[T any] interface {
		*T
		EncodeTo(Encoder)
	}
	decodable[T any] interface {
		*T
		DecodeFrom(Decoder)
	}
)

// EncodePtr writes the value of a generated type. It fails when v is nil.
func EncodePtr[T any, P encodable[T]](e Encoder, v P) {
	if v == nil {
		e.s.fail(fmt.Errorf("%T is nil", v))
		return
	}
	v.EncodeTo(e)
}

// EncodeValue writes the value of a generated type.
func EncodeValue[T any, P encodable[T]](e Encoder, v T) { P(&v).EncodeTo(e) }

// DecodePtr reads a value of a generated type.
func DecodePtr[T any, P decodable[T]](d Decoder) *T {
	v := new(T)
	P(v).DecodeFrom(d)
	return v
}

// DecodeValue reads a value of a generated type.
func DecodeValue[T any, P decodable[T]](d Decoder) T {
	var v T
	P(&v).DecodeFrom(d)
	return v
}

// EncodeUnit writes a value without content: no bytes.
func EncodeUnit(Encoder, struct{}) {}

// DecodeUnit reads a value without content: no bytes.
func DecodeUnit(Decoder) struct{} { return struct{}{} }

// EncodeList writes a list, each element by elem.
func EncodeList[T any](e Encoder, v []T, elem func(Encoder, T)) {
	if !e.length(len(v)) {
		return
	}
	for i, x := range v {
		elem(e.At(uint32(i)), x)
	}
}

// DecodeList reads a list, each element by elem. The result is not nil unless the decoding has failed.
func DecodeList[T any](d Decoder, elem func(Decoder) T) []T {
	return decodeElements(d, d.length("list length"), 0, elem)
}

// decodeElements reads n elements whose index paths begin at first.
func decodeElements[T any](d Decoder, n int, first uint32, elem func(Decoder) T) []T {
	s := d.s
	list := make([]T, 0, min(n, len(s.buf)-s.off)) // a byte has arrived for each
	for i := range n {
		before := s.base + s.off
		v := elem(d.At(first + uint32(i)))
		if s.err != nil {
			return nil
		}
		if s.base+s.off == before && !s.countEmpty() {
			return nil
		}
		list = append(list, v)
	}
	if s.err != nil {
		return nil
	}
	return list
}

// countEmpty counts an element that took no bytes, and tells whether there may be one more.
func (s *decodeState) countEmpty() bool {
	if s.empty++; s.empty > maxEmpty {
		s.err = fmt.Errorf("%w of %d list elements without content", ErrTooLarge, maxEmpty)
	}
	return s.err == nil
}

// EncodeOption writes an option: nil is none.
func EncodeOption[T any](e Encoder, v *T, some func(Encoder, T)) {
	e.Bool(v != nil)
	if v != nil {
		some(e, *v)
	}
}

// DecodeOption reads an option: none is nil.
func DecodeOption[T any](d Decoder, some func(Decoder) T) *T {
	if !d.flag("option status") {
		return nil
	}
	v := some(d)
	return &v
}

// EncodeOptionList writes an option of a list: nil is none, an empty list is not.
func EncodeOptionList[T any](e Encoder, v []T, elem func(Encoder, T)) {
	e.Bool(v != nil)
	if v != nil {
		EncodeList(e, v, elem)
	}
}

// DecodeOptionList reads an option of a list: none is nil, an empty list is not.
func DecodeOptionList[T any](d Decoder, elem func(Decoder) T) []T {
	if !d.flag("option status") {
		return nil
	}
	return DecodeList(d, elem)
}

// EncodeOptionBytes writes an option<list<u8>>: nil is none, an empty list is not.
func EncodeOptionBytes(e Encoder, v []byte) {
	e.Bool(v != nil)
	if v != nil {
		e.Bytes(v)
	}
}

// DecodeOptionBytes reads an option<list<u8>>: none is nil, an empty list is not.
func DecodeOptionBytes(d Decoder) []byte {
	if !d.flag("option status") {
		return nil
	}
	return d.Bytes()
}

// EncodeResult writes a result. It fails unless exactly one of Ok and Err is set.
func EncodeResult[T, E any](e Encoder, v *Result[T, E], ok func(Encoder, T), err func(Encoder, E)) {
	switch {
	case v == nil || (v.Ok == nil) == (v.Err == nil):
		e.s.fail(errors.New("result must have exactly one of Ok and Err set"))
	case v.Ok != nil:
		e.Bool(false)
		ok(e, *v.Ok)
	default:
		e.Bool(true)
		err(e, *v.Err)
	}
}

// DecodeResult reads a result. It is not nil; it has exactly one of Ok and Err set unless the decoding has failed.
func DecodeResult[T, E any](d Decoder, ok func(Decoder) T, err func(Decoder) E) *Result[T, E] {
	r := new(Result[T, E])
	if isErr := d.flag("result status"); d.s.err != nil {
		return r
	} else if isErr {
		v := err(d)
		r.Err = &v
	} else {
		v := ok(d)
		r.Ok = &v
	}
	return r
}

// EncodeHandle writes the handle of a resource.
func EncodeHandle[H ~[]byte](e Encoder, v H) { e.Bytes(v) }

// DecodeHandle reads the handle of a resource.
func DecodeHandle[H ~[]byte](d Decoder) H { return H(d.Bytes()) }

// EncodeFlags writes flags, the first in the lowest bit, in as many bytes as they need.
func EncodeFlags(e Encoder, flags ...bool) {
	var b byte
	for i, set := range flags {
		if set {
			b |= 1 << (i % 8)
		}
		if i%8 == 7 || i == len(flags)-1 {
			e.U8(b)
			b = 0
		}
	}
}

// DecodeFlags reads flags, the first from the lowest bit. It fails on a bit that belongs to none of them.
func DecodeFlags(d Decoder, flags ...*bool) {
	var b byte
	for i, set := range flags {
		if i%8 == 0 {
			b = d.U8()
		}
		*set = b&1 != 0
		b >>= 1
		if i == len(flags)-1 && b != 0 {
			d.s.malformed("bit not associated with any flag is set")
		}
	}
}
