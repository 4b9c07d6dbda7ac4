// This file is longer than others because Go has no variadic type parameters: one type and two functions for each size
// of tuple, all alike.

package wrpc

import "errors"

var errNilTuple = errors.New("tuple is nil")

// Tuple2 is a WIT tuple of two members.
type Tuple2[T0, T1 any] struct {
	V0 T0
	V1 T1
}

// EncodeTuple2 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple2[T0, T1 any](e Encoder, v *Tuple2[T0, T1], f0 func(Encoder, T0), f1 func(Encoder, T1)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
}

// DecodeTuple2 reads a tuple, member i by fi. It is not nil.
func DecodeTuple2[T0, T1 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1) *Tuple2[T0, T1] {
	return &Tuple2[T0, T1]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
	}
}

// Tuple3 is a WIT tuple of three members.
type Tuple3[T0, T1, T2 any] struct {
	V0 T0
	V1 T1
	V2 T2
}

// EncodeTuple3 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple3[T0, T1, T2 any](e Encoder, v *Tuple3[T0, T1, T2], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
}

// DecodeTuple3 reads a tuple, member i by fi. It is not nil.
func DecodeTuple3[T0, T1, T2 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2) *Tuple3[T0, T1, T2] {
	return &Tuple3[T0, T1, T2]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
	}
}

// Tuple4 is a WIT tuple of four members.
type Tuple4[T0, T1, T2, T3 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
}

// EncodeTuple4 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple4[T0, T1, T2, T3 any](e Encoder, v *Tuple4[T0, T1, T2, T3], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
}

// DecodeTuple4 reads a tuple, member i by fi. It is not nil.
func DecodeTuple4[T0, T1, T2, T3 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3) *Tuple4[T0, T1, T2, T3] {
	return &Tuple4[T0, T1, T2, T3]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
	}
}

// Tuple5 is a WIT tuple of five members.
type Tuple5[T0, T1, T2, T3, T4 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
	V4 T4
}

// EncodeTuple5 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple5[T0, T1, T2, T3, T4 any](e Encoder, v *Tuple5[T0, T1, T2, T3, T4], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
}

// DecodeTuple5 reads a tuple, member i by fi. It is not nil.
func DecodeTuple5[T0, T1, T2, T3, T4 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4) *Tuple5[T0, T1, T2, T3, T4] {
	return &Tuple5[T0, T1, T2, T3, T4]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
		V4: f4(d.At(4)),
	}
}

// Tuple6 is a WIT tuple of six members.
type Tuple6[T0, T1, T2, T3, T4, T5 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
	V4 T4
	V5 T5
}

// EncodeTuple6 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple6[T0, T1, T2, T3, T4, T5 any](e Encoder, v *Tuple6[T0, T1, T2, T3, T4, T5], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
}

// DecodeTuple6 reads a tuple, member i by fi. It is not nil.
func DecodeTuple6[T0, T1, T2, T3, T4, T5 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5) *Tuple6[T0, T1, T2, T3, T4, T5] {
	return &Tuple6[T0, T1, T2, T3, T4, T5]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
		V4: f4(d.At(4)),
		V5: f5(d.At(5)),
	}
}

// Tuple7 is a WIT tuple of seven members.
type Tuple7[T0, T1, T2, T3, T4, T5, T6 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
	V4 T4
	V5 T5
	V6 T6
}

// EncodeTuple7 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple7[T0, T1, T2, T3, T4, T5, T6 any](e Encoder, v *Tuple7[T0, T1, T2, T3, T4, T5, T6], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
}

// DecodeTuple7 reads a tuple, member i by fi. It is not nil.
func DecodeTuple7[T0, T1, T2, T3, T4, T5, T6 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6) *Tuple7[T0, T1, T2, T3, T4, T5, T6] {
	return &Tuple7[T0, T1, T2, T3, T4, T5, T6]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
		V4: f4(d.At(4)),
		V5: f5(d.At(5)),
		V6: f6(d.At(6)),
	}
}

// Tuple8 is a WIT tuple of eight members.
type Tuple8[T0, T1, T2, T3, T4, T5, T6, T7 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
	V4 T4
	V5 T5
	V6 T6
	V7 T7
}

// EncodeTuple8 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple8[T0, T1, T2, T3, T4, T5, T6, T7 any](e Encoder, v *Tuple8[T0, T1, T2, T3, T4, T5, T6, T7], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
}

// DecodeTuple8 reads a tuple, member i by fi. It is not nil.
func DecodeTuple8[T0, T1, T2, T3, T4, T5, T6, T7 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7) *Tuple8[T0, T1, T2, T3, T4, T5, T6, T7] {
	return &Tuple8[T0, T1, T2, T3, T4, T5, T6, T7]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
		V4: f4(d.At(4)),
		V5: f5(d.At(5)),
		V6: f6(d.At(6)),
		V7: f7(d.At(7)),
	}
}

// Tuple9 is a WIT tuple of nine members.
type Tuple9[T0, T1, T2, T3, T4, T5, T6, T7, T8 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
	V4 T4
	V5 T5
	V6 T6
	V7 T7
	V8 T8
}

// EncodeTuple9 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple9[T0, T1, T2, T3, T4, T5, T6, T7, T8 any](e Encoder, v *Tuple9[T0, T1, T2, T3, T4, T5, T6, T7, T8], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
}

// DecodeTuple9 reads a tuple, member i by fi. It is not nil.
func DecodeTuple9[T0, T1, T2, T3, T4, T5, T6, T7, T8 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8) *Tuple9[T0, T1, T2, T3, T4, T5, T6, T7, T8] {
	return &Tuple9[T0, T1, T2, T3, T4, T5, T6, T7, T8]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
		V4: f4(d.At(4)),
		V5: f5(d.At(5)),
		V6: f6(d.At(6)),
		V7: f7(d.At(7)),
		V8: f8(d.At(8)),
	}
}

// Tuple10 is a WIT tuple of ten members.
type Tuple10[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 any] struct {
	V0 T0
	V1 T1
	V2 T2
	V3 T3
	V4 T4
	V5 T5
	V6 T6
	V7 T7
	V8 T8
	V9 T9
}

// EncodeTuple10 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple10[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 any](e Encoder, v *Tuple10[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
}

// DecodeTuple10 reads a tuple, member i by fi. It is not nil.
func DecodeTuple10[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9) *Tuple10[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9] {
	return &Tuple10[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9]{
		V0: f0(d.At(0)),
		V1: f1(d.At(1)),
		V2: f2(d.At(2)),
		V3: f3(d.At(3)),
		V4: f4(d.At(4)),
		V5: f5(d.At(5)),
		V6: f6(d.At(6)),
		V7: f7(d.At(7)),
		V8: f8(d.At(8)),
		V9: f9(d.At(9)),
	}
}

// Tuple11 is a WIT tuple of eleven members.
type Tuple11[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10 any] struct {
	V0  T0
	V1  T1
	V2  T2
	V3  T3
	V4  T4
	V5  T5
	V6  T6
	V7  T7
	V8  T8
	V9  T9
	V10 T10
}

// EncodeTuple11 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple11[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10 any](e Encoder, v *Tuple11[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9), f10 func(Encoder, T10)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
	f10(e.At(10), v.V10)
}

// DecodeTuple11 reads a tuple, member i by fi. It is not nil.
func DecodeTuple11[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9, f10 func(Decoder) T10) *Tuple11[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10] {
	return &Tuple11[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10]{
		V0:  f0(d.At(0)),
		V1:  f1(d.At(1)),
		V2:  f2(d.At(2)),
		V3:  f3(d.At(3)),
		V4:  f4(d.At(4)),
		V5:  f5(d.At(5)),
		V6:  f6(d.At(6)),
		V7:  f7(d.At(7)),
		V8:  f8(d.At(8)),
		V9:  f9(d.At(9)),
		V10: f10(d.At(10)),
	}
}

// Tuple12 is a WIT tuple of twelve members.
type Tuple12[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11 any] struct {
	V0  T0
	V1  T1
	V2  T2
	V3  T3
	V4  T4
	V5  T5
	V6  T6
	V7  T7
	V8  T8
	V9  T9
	V10 T10
	V11 T11
}

// EncodeTuple12 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple12[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11 any](e Encoder, v *Tuple12[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9), f10 func(Encoder, T10), f11 func(Encoder, T11)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
	f10(e.At(10), v.V10)
	f11(e.At(11), v.V11)
}

// DecodeTuple12 reads a tuple, member i by fi. It is not nil.
func DecodeTuple12[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9, f10 func(Decoder) T10, f11 func(Decoder) T11) *Tuple12[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11] {
	return &Tuple12[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11]{
		V0:  f0(d.At(0)),
		V1:  f1(d.At(1)),
		V2:  f2(d.At(2)),
		V3:  f3(d.At(3)),
		V4:  f4(d.At(4)),
		V5:  f5(d.At(5)),
		V6:  f6(d.At(6)),
		V7:  f7(d.At(7)),
		V8:  f8(d.At(8)),
		V9:  f9(d.At(9)),
		V10: f10(d.At(10)),
		V11: f11(d.At(11)),
	}
}

// Tuple13 is a WIT tuple of thirteen members.
type Tuple13[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12 any] struct {
	V0  T0
	V1  T1
	V2  T2
	V3  T3
	V4  T4
	V5  T5
	V6  T6
	V7  T7
	V8  T8
	V9  T9
	V10 T10
	V11 T11
	V12 T12
}

// EncodeTuple13 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple13[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12 any](e Encoder, v *Tuple13[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9), f10 func(Encoder, T10), f11 func(Encoder, T11), f12 func(Encoder, T12)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
	f10(e.At(10), v.V10)
	f11(e.At(11), v.V11)
	f12(e.At(12), v.V12)
}

// DecodeTuple13 reads a tuple, member i by fi. It is not nil.
func DecodeTuple13[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9, f10 func(Decoder) T10, f11 func(Decoder) T11, f12 func(Decoder) T12) *Tuple13[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12] {
	return &Tuple13[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12]{
		V0:  f0(d.At(0)),
		V1:  f1(d.At(1)),
		V2:  f2(d.At(2)),
		V3:  f3(d.At(3)),
		V4:  f4(d.At(4)),
		V5:  f5(d.At(5)),
		V6:  f6(d.At(6)),
		V7:  f7(d.At(7)),
		V8:  f8(d.At(8)),
		V9:  f9(d.At(9)),
		V10: f10(d.At(10)),
		V11: f11(d.At(11)),
		V12: f12(d.At(12)),
	}
}

// Tuple14 is a WIT tuple of fourteen members.
type Tuple14[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13 any] struct {
	V0  T0
	V1  T1
	V2  T2
	V3  T3
	V4  T4
	V5  T5
	V6  T6
	V7  T7
	V8  T8
	V9  T9
	V10 T10
	V11 T11
	V12 T12
	V13 T13
}

// EncodeTuple14 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple14[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13 any](e Encoder, v *Tuple14[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9), f10 func(Encoder, T10), f11 func(Encoder, T11), f12 func(Encoder, T12), f13 func(Encoder, T13)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
	f10(e.At(10), v.V10)
	f11(e.At(11), v.V11)
	f12(e.At(12), v.V12)
	f13(e.At(13), v.V13)
}

// DecodeTuple14 reads a tuple, member i by fi. It is not nil.
func DecodeTuple14[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9, f10 func(Decoder) T10, f11 func(Decoder) T11, f12 func(Decoder) T12, f13 func(Decoder) T13) *Tuple14[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13] {
	return &Tuple14[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13]{
		V0:  f0(d.At(0)),
		V1:  f1(d.At(1)),
		V2:  f2(d.At(2)),
		V3:  f3(d.At(3)),
		V4:  f4(d.At(4)),
		V5:  f5(d.At(5)),
		V6:  f6(d.At(6)),
		V7:  f7(d.At(7)),
		V8:  f8(d.At(8)),
		V9:  f9(d.At(9)),
		V10: f10(d.At(10)),
		V11: f11(d.At(11)),
		V12: f12(d.At(12)),
		V13: f13(d.At(13)),
	}
}

// Tuple15 is a WIT tuple of fifteen members.
type Tuple15[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14 any] struct {
	V0  T0
	V1  T1
	V2  T2
	V3  T3
	V4  T4
	V5  T5
	V6  T6
	V7  T7
	V8  T8
	V9  T9
	V10 T10
	V11 T11
	V12 T12
	V13 T13
	V14 T14
}

// EncodeTuple15 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple15[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14 any](e Encoder, v *Tuple15[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9), f10 func(Encoder, T10), f11 func(Encoder, T11), f12 func(Encoder, T12), f13 func(Encoder, T13), f14 func(Encoder, T14)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
	f10(e.At(10), v.V10)
	f11(e.At(11), v.V11)
	f12(e.At(12), v.V12)
	f13(e.At(13), v.V13)
	f14(e.At(14), v.V14)
}

// DecodeTuple15 reads a tuple, member i by fi. It is not nil.
func DecodeTuple15[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9, f10 func(Decoder) T10, f11 func(Decoder) T11, f12 func(Decoder) T12, f13 func(Decoder) T13, f14 func(Decoder) T14) *Tuple15[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14] {
	return &Tuple15[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14]{
		V0:  f0(d.At(0)),
		V1:  f1(d.At(1)),
		V2:  f2(d.At(2)),
		V3:  f3(d.At(3)),
		V4:  f4(d.At(4)),
		V5:  f5(d.At(5)),
		V6:  f6(d.At(6)),
		V7:  f7(d.At(7)),
		V8:  f8(d.At(8)),
		V9:  f9(d.At(9)),
		V10: f10(d.At(10)),
		V11: f11(d.At(11)),
		V12: f12(d.At(12)),
		V13: f13(d.At(13)),
		V14: f14(d.At(14)),
	}
}

// Tuple16 is a WIT tuple of sixteen members.
type Tuple16[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15 any] struct {
	V0  T0
	V1  T1
	V2  T2
	V3  T3
	V4  T4
	V5  T5
	V6  T6
	V7  T7
	V8  T8
	V9  T9
	V10 T10
	V11 T11
	V12 T12
	V13 T13
	V14 T14
	V15 T15
}

// EncodeTuple16 writes a tuple, member i by fi. It fails when v is nil.
func EncodeTuple16[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15 any](e Encoder, v *Tuple16[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15], f0 func(Encoder, T0), f1 func(Encoder, T1), f2 func(Encoder, T2), f3 func(Encoder, T3), f4 func(Encoder, T4), f5 func(Encoder, T5), f6 func(Encoder, T6), f7 func(Encoder, T7), f8 func(Encoder, T8), f9 func(Encoder, T9), f10 func(Encoder, T10), f11 func(Encoder, T11), f12 func(Encoder, T12), f13 func(Encoder, T13), f14 func(Encoder, T14), f15 func(Encoder, T15)) {
	if v == nil {
		e.Fail(errNilTuple)
		return
	}
	f0(e.At(0), v.V0)
	f1(e.At(1), v.V1)
	f2(e.At(2), v.V2)
	f3(e.At(3), v.V3)
	f4(e.At(4), v.V4)
	f5(e.At(5), v.V5)
	f6(e.At(6), v.V6)
	f7(e.At(7), v.V7)
	f8(e.At(8), v.V8)
	f9(e.At(9), v.V9)
	f10(e.At(10), v.V10)
	f11(e.At(11), v.V11)
	f12(e.At(12), v.V12)
	f13(e.At(13), v.V13)
	f14(e.At(14), v.V14)
	f15(e.At(15), v.V15)
}

// DecodeTuple16 reads a tuple, member i by fi. It is not nil.
func DecodeTuple16[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15 any](d Decoder, f0 func(Decoder) T0, f1 func(Decoder) T1, f2 func(Decoder) T2, f3 func(Decoder) T3, f4 func(Decoder) T4, f5 func(Decoder) T5, f6 func(Decoder) T6, f7 func(Decoder) T7, f8 func(Decoder) T8, f9 func(Decoder) T9, f10 func(Decoder) T10, f11 func(Decoder) T11, f12 func(Decoder) T12, f13 func(Decoder) T13, f14 func(Decoder) T14, f15 func(Decoder) T15) *Tuple16[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] {
	return &Tuple16[T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15]{
		V0:  f0(d.At(0)),
		V1:  f1(d.At(1)),
		V2:  f2(d.At(2)),
		V3:  f3(d.At(3)),
		V4:  f4(d.At(4)),
		V5:  f5(d.At(5)),
		V6:  f6(d.At(6)),
		V7:  f7(d.At(7)),
		V8:  f8(d.At(8)),
		V9:  f9(d.At(9)),
		V10: f10(d.At(10)),
		V11: f11(d.At(11)),
		V12: f12(d.At(12)),
		V13: f13(d.At(13)),
		V14: f14(d.At(14)),
		V15: f15(d.At(15)),
	}
}
