package corpus_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/wrpc/wrpc/go"
	clientstreams "github.com/wrpc/wrpc/go/internal/corpus/streams/corpus/streams/echo"
)

// random makes random values of any type that generated code uses, by reflection.
type random struct {
	*rand.Rand
	receivers map[reflect.Type]func(*random) reflect.Value
	chars     bool // an int32 is a char
}

func newRandom(seed uint64) *random {
	r := &random{Rand: rand.New(rand.NewPCG(seed, 2)), receivers: map[reflect.Type]func(*random) reflect.Value{}}
	addStream[string](r)
	addStream[*clientstreams.Plain](r)
	addStream[[]uint32](r)
	addStream[struct{}](r)
	addStream[io.ReadCloser](r)
	addStream[*clientstreams.Item](r)
	addFuture[struct{}](r)
	addFuture[string](r)
	addFuture[uint32](r)
	addFuture[*clientstreams.Plain](r)
	addFuture[*clientstreams.Item](r)
	addFuture[[]*wrpc.Tuple2[string, []byte]](r)
	addFuture[io.ReadCloser](r)
	addFuture[wrpc.Receiver[string]](r)
	addFuture[*wrpc.Result[io.ReadCloser, string]](r)
	return r
}

// addStream teaches r to make a stream<T>: reflection can't instantiate types.
func addStream[T any](r *random) {
	r.receivers[reflect.TypeFor[wrpc.Receiver[[]T]]()] = func(r *random) reflect.Value {
		s := &source[[]T]{}
		for range r.IntN(4) {
			chunk := make([]T, 1+r.IntN(3))
			for i := range chunk {
				chunk[i] = r.value(reflect.TypeFor[T]()).Interface().(T)
			}
			s.values = append(s.values, chunk)
		}
		return reflect.ValueOf(s)
	}
}

// addFuture teaches r to make a future<T>.
func addFuture[T any](r *random) {
	r.receivers[reflect.TypeFor[wrpc.Receiver[T]]()] = func(r *random) reflect.Value {
		return reflect.ValueOf(&source[T]{values: []T{r.value(reflect.TypeFor[T]()).Interface().(T)}, future: true})
	}
}

// source is a stream or future with known values.
type source[T any] struct {
	values []T
	future bool
	closed bool
}

func (s *source[T]) Receive() (v T, err error) {
	if s.closed {
		return v, errors.New("received from after it was closed")
	}
	if len(s.values) == 0 {
		return v, io.EOF
	}
	v, s.values = s.values[0], s.values[1:]
	return v, nil
}

func (s *source[T]) Close() error {
	s.closed = true
	return nil
}

// model is what a receiver should get, before it is sent.
func (s *source[T]) model(t testing.TB) any {
	var all []any
	for _, v := range s.values {
		if s.future {
			return []any{"future", plain(t, reflect.ValueOf(&v).Elem())}
		}
		chunk := reflect.ValueOf(v)
		for i := range chunk.Len() {
			all = append(all, plain(t, chunk.Index(i)))
		}
	}
	return append([]any{"stream"}, all...)
}

// byteSource is a stream<u8> of known bytes.
type byteSource struct {
	*strings.Reader
	text string
}

func (s byteSource) Close() error                     { return nil }
func (s byteSource) model(testing.TB) any             { return []any{"bytes", s.text} }
func (s byteSource) WriteTo(io.Writer) (int64, error) { return 0, errors.New("is to be read") }

// value makes a value of type t.
func (r *random) value(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if r.special(t, v) {
		return v
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64) & (1<<t.Bits() - 1))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64) << (64 - t.Bits()) >> (64 - t.Bits()))
	case reflect.Float32:
		v.SetFloat(float64(math.Float32frombits(r.Uint32())))
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(r.Uint64()))
	case reflect.String:
		v.SetString(r.text())
	case reflect.Slice:
		n := r.IntN(4)
		if t.Elem().Kind() == reflect.Uint8 && r.IntN(8) == 0 {
			n = 700
		}
		v.Set(reflect.MakeSlice(t, n, n))
		for i := range n {
			v.Index(i).Set(r.value(t.Elem()))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(r.member(t.Field(i).Type))
		}
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(r.value(t.Elem()))
	default:
		panic("no random value of type " + t.String())
	}
	return v
}

// special makes the values that reflection alone can't.
func (r *random) special(t reflect.Type, v reflect.Value) bool {
	pointer := reflect.PointerTo(t)
	name, _, _ := strings.Cut(t.Name(), "[")
	_, isVariant := pointer.MethodByName("Discriminant")
	switch {
	case isVariant:
		r.variant(v)
	case name == "Result" && strings.HasSuffix(t.PkgPath(), "wrpc/go"):
		side := v.Field(r.IntN(2))
		side.Set(reflect.New(side.Type().Elem()))
		side.Elem().Set(r.value(side.Type().Elem()))
	case t == reflect.TypeFor[io.ReadCloser]():
		text := strings.Repeat(r.text(), r.IntN(3))
		v.Set(reflect.ValueOf(byteSource{strings.NewReader(text), text}))
	case t.Kind() == reflect.Interface:
		v.Set(r.receivers[t](r))
	case t.Kind() == reflect.Int32 && r.chars:
		v.SetInt(int64([]rune{'a', 'ß', '水', 0x10ffff, 0, 0xfffd, rune(r.IntN(0xd800))}[r.IntN(7)]))
	case t.Name() != "" && pointer.Implements(reflect.TypeFor[fmt.Stringer]()) && t.Kind() != reflect.Struct:
		r.enum(v)
	default:
		return false
	}
	return true
}

// variant sets a random case.
func (r *random) variant(v reflect.Value) {
	t := v.Addr().Type()
	for {
		m := t.Method(r.IntN(t.NumMethod()))
		if !strings.HasPrefix(m.Name, "Set") {
			continue
		}
		args := []reflect.Value{v.Addr()}
		if m.Type.NumIn() > 1 {
			args = append(args, r.value(m.Type.In(1)))
		}
		m.Func.Call(args)
		return
	}
}

// enum sets a random case: what has no name is none.
func (r *random) enum(v reflect.Value) {
	for {
		v.SetUint(uint64(r.IntN(300)))
		if _, err := strconv.Atoi(v.Interface().(fmt.Stringer).String()); err != nil {
			return
		}
	}
}

// member makes a field's value. A pointer to what is no pointer elsewhere is an option, and may be none.
func (r *random) member(t reflect.Type) reflect.Value {
	if t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Struct && r.IntN(3) == 0 {
		return reflect.Zero(t)
	}
	return r.value(t)
}

func (r *random) text() string {
	runes := []rune("ab-é水🐚\x00\"\\ \n")
	n := r.IntN(12)
	if r.IntN(10) == 0 {
		n = 300
	}
	var b strings.Builder
	for range n {
		b.WriteRune(runes[r.IntN(len(runes))])
	}
	return b.String()
}

// plain gives a value without pointers, types and what is pending, for comparing across packages. It uses up streams
// and futures that have come from elsewhere.
func plain(t testing.TB, v reflect.Value) any {
	t.Helper()
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		if m, ok := v.Interface().(interface{ model(testing.TB) any }); ok {
			return m.model(t)
		}
		if p, ok := pending(t, v); ok {
			return p
		}
		if n := v.MethodByName("Discriminant"); n.IsValid() {
			return append([]any{fmt.Sprint(n.Call(nil)[0])}, payload(t, v)...)
		}
		return []any{"&", plain(t, v.Elem())}
	}
	switch v.Kind() {
	case reflect.Slice:
		list := []any{"list"}
		for i := range v.Len() {
			list = append(list, plain(t, v.Index(i)))
		}
		return list
	case reflect.Struct:
		if _, ok := v.Type().FieldByName("discriminant"); ok {
			p := reflect.New(v.Type())
			p.Elem().Set(v)
			return plain(t, p)
		}
		var fields []any
		for i := range v.NumField() {
			fields = append(fields, plain(t, v.Field(i)))
		}
		return fields
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(v.Float())
	default:
		return fmt.Sprintf("%#v", v)
	}
}

// payload gives the payload of a variant's case, by its Get methods.
func payload(t testing.TB, v reflect.Value) []any {
	for i := range v.NumMethod() {
		if !strings.HasPrefix(v.Type().Method(i).Name, "Get") {
			continue
		}
		if out := v.Method(i).Call(nil); len(out) == 2 && out[1].Bool() {
			return []any{plain(t, out[0])}
		}
	}
	return nil
}

// pending receives what a stream or future has.
func pending(t testing.TB, v reflect.Value) (any, bool) {
	t.Helper()
	if r, ok := v.Interface().(io.ReadCloser); ok {
		data, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Errorf("read stream: %v", err)
		}
		return []any{"bytes", string(data)}, true
	}
	receive := v.MethodByName("Receive")
	if !receive.IsValid() {
		return nil, false
	}
	isStream := strings.Contains(fmt.Sprintf("%T", v.Interface()), "streamReceiver")
	all := []any{"stream"}
	for {
		out := receive.Call(nil)
		if err, _ := out[1].Interface().(error); err == io.EOF {
			break
		} else if err != nil {
			t.Errorf("receive: %v", err)
			break
		}
		if !isStream {
			return []any{"future", plain(t, out[0])}, true
		}
		for i := range out[0].Len() {
			all = append(all, plain(t, out[0].Index(i)))
		}
	}
	if err := v.Interface().(io.Closer).Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	return all, true
}
