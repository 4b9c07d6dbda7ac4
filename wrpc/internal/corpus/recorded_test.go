package corpus_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"reflect"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/wrpc/wrpc/go"
	nested "github.com/wrpc/wrpc/go/internal/corpus/nested"
	"github.com/wrpc/wrpc/go/internal/corpus/nested/exports/t/t/e"
	client "github.com/wrpc/wrpc/go/internal/corpus/nested/t/t/e"
	echo "github.com/wrpc/wrpc/go/internal/corpus/values/client/conformance/values/echo"
	values "github.com/wrpc/wrpc/go/internal/corpus/values/server"
	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// recordedCall is a function and the arguments that it was recorded with.
type recordedCall struct {
	f    any
	args []any
}

// recordedArgs are the arguments of calls.json, in its order.
func recordedArgs() []recordedCall {
	call := func(f any, args ...any) recordedCall { return recordedCall{f, args} }
	people := []*echo.Person{{Name: "ann", Age: 200, Tags: []string{"x", "y"}, Home: &echo.Point{X: -5, Y: 6}}, {Tags: []string{}}}
	shapes := []*echo.Shape{echo.NewShapeNone(), echo.NewShapeCircle(2.5), echo.NewShapeBox(&wrpc.Tuple2[uint32, uint32]{V0: 3, V1: 400}), echo.NewShapeNamed("q")}
	return []recordedCall{
		call(echo.Bools, true, false),
		call(echo.Unsigned, uint8(255), uint16(65535), uint32(math.MaxUint32), uint64(math.MaxUint64)),
		call(echo.Unsigned, uint8(1), uint16(300), uint32(70000), uint64(1099511627776)),
		call(echo.Signed, int8(-128), int16(-32768), int32(math.MinInt32), int64(math.MinInt64)),
		call(echo.Signed, int8(-1), int16(63), int32(-65), int64(64)),
		call(echo.Floats, float32(1.5), -2.25),
		call(echo.Character, rune(0x1f41a)),
		call(echo.Text, "héllo 🌍"),
		call(echo.Text, ""),
		call(echo.Bytes, []byte{}),
		call(echo.Texts, []string{"a", "", "ccc"}),
		call(echo.Nested, [][]uint32{{1, 2}, {}, {300}}),
		call(echo.Maybe, new(uint32(7)), (*string)(nil)),
		call(echo.Maybe, (*uint32)(nil), new("x")),
		call(echo.Outcome, wrpc.Ok[string](uint32(7))),
		call(echo.Outcome, wrpc.Err[uint32]("bad")),
		call(echo.Bare, wrpc.Ok[struct{}](struct{}{})),
		call(echo.Bare, wrpc.Err[struct{}](struct{}{})),
		call(echo.People, people),
		call(echo.Shapes, shapes),
		call(echo.Colors, []echo.Color{echo.Color_Blue, echo.Color_Red, echo.Color_Green}),
		call(echo.Allowed, &echo.Perms{Read: true, Exec: true}, &echo.Wide{F0: true, F9: true}),
		call(echo.Nothing),
		call(echo.Flow, &chunks{[][]byte{[]byte("hello "), []byte("wor"), []byte("ld")}}),
		call(echo.Later, &source[string]{values: []string{"soon"}, future: true}),
	}
}

// callRecorded makes a call and returns its results, and what they should be: its arguments.
func callRecorded(t *testing.T, inv wrpc.Invoker, c recordedCall) (got, want []any) {
	t.Helper()
	args := []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(inv)}
	for _, a := range c.args {
		args = append(args, reflect.ValueOf(a))
		want = append(want, plain(t, reflect.ValueOf(a)))
	}
	out := reflect.ValueOf(c.f).Call(args)
	if err, _ := out[len(out)-1].Interface().(error); err != nil {
		t.Error(err)
		return nil, nil
	}
	for _, v := range out[:len(out)-1] {
		if writeErrs, ok := v.Interface().(<-chan error); ok {
			for err := range writeErrs {
				t.Error(err)
			}
			continue
		}
		got = append(got, plain(t, v))
	}
	return got, want
}

// serveEchoOn serves the contract of calls.json on a server of its own.
func serveEchoOn(t *testing.T) *server.Server {
	t.Helper()
	ns := natstest.Server(t)
	stop, err := values.Serve(wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.echo")), echoValues{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return ns
}

// recordedNested answers as the server of nested.json did.
type recordedNested struct{}

func text(s string) io.ReadCloser { return &chunks{[][]byte{[]byte(s)}} }

func (recordedNested) Pair(context.Context) (io.ReadCloser, wrpc.Receiver[string], error) {
	return text("ab"), wrpc.NewCompleteReceiver("fut"), nil
}

func (recordedNested) Opt(context.Context) (*io.ReadCloser, error) { return new(text("op")), nil }
func (recordedNested) Recs(context.Context) (*e.Rec, error)        { return &e.Rec{A: 7, B: text("rec")}, nil }
func (recordedNested) Va(context.Context) (*e.V, error)            { return e.NewVB(3), nil }

func (recordedNested) Res(context.Context) (*wrpc.Result[io.ReadCloser, string], error) {
	return wrpc.Ok[string](text("res")), nil
}

func (recordedNested) Lst(context.Context) ([]wrpc.Receiver[string], error) {
	return []wrpc.Receiver[string]{wrpc.NewCompleteReceiver("l0"), wrpc.NewCompleteReceiver("l1")}, nil
}

func (recordedNested) Ff(context.Context) (wrpc.Receiver[io.ReadCloser], error) {
	return wrpc.NewCompleteReceiver(text("ff")), nil
}

func (recordedNested) Ss(context.Context) (wrpc.Receiver[[]io.ReadCloser], error) {
	return &source[[]io.ReadCloser]{values: [][]io.ReadCloser{{text("s0"), text("s1")}, {text("s2")}}}, nil
}

func (recordedNested) Fl(context.Context) (*e.F20, error) { return &e.F20{F0: true, F19: true}, nil }

func (recordedNested) Unit(context.Context) (*wrpc.Result[struct{}, struct{}], error) {
	return nil, io.ErrUnexpectedEOF
}

func (recordedNested) Eb(_ context.Context, a []byte) (uint32, error) { return uint32(len(a)), nil }

// TestRecordedNested makes each call of nested.json through generated code: as the caller, and as the server.
func TestRecordedNested(t *testing.T) {
	t.Parallel()
	calls := recordings(t, "nested.json")
	t.Run("served", func(t *testing.T) {
		t.Parallel()
		ns := natstest.Server(t)
		s := wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("p"))
		stop, err := nested.Serve(s, recordedNested{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}()
		nc := natstest.Connect(t, ns)
		for _, call := range calls {
			want := call.sent(t, "server")
			if call.Function == "fl" {
				want["R_c.results"] = "010008" // the Rust server sends a fourth byte, which hosts don't
			}
			newReplay(t, nc, call, nc.NewInbox()+".>").asClient("p", want)
		}
	})
	for _, call := range calls {
		t.Run(call.Function, func(t *testing.T) {
			t.Parallel()
			callNested(t, call)
		})
	}
}

// nestedResults are what the calls of nested.json give.
func nestedResults() map[string]struct {
	f    any
	want string
} {
	type results = struct {
		f    any
		want string
	}
	return map[string]results{
		"pair": {client.Pair, "[[bytes ab] [future \"fut\"]]"},
		"opt":  {client.Opt, "[[& [bytes op]]]"},
		"recs": {client.Recs, "[[& [0x7 [bytes rec]]]]"},
		"va":   {client.Va, "[[1 0x3]]"},
		"res":  {client.Res, "[[& [[& [bytes res]] <nil>]]]"},
		"lst":  {client.Lst, "[[list [future \"l0\"] [future \"l1\"]]]"},
		"ff":   {client.Ff, "[[future [bytes ff]]]"},
		"ss":   {client.Ss, "[[stream [bytes s0] [bytes s1] [bytes s2]]]"},
	}
}

// callNested lets generated code make a call that is answered as recorded.
func callNested(t *testing.T, call recording) {
	ns := natstest.Server(t)
	c := wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("p"))
	if call.Function == "fl" {
		call.Frames = append([]frame{}, call.Frames...)
		for i, f := range call.Frames {
			if f.Hex == "01000800" {
				call.Frames[i].Hex = "010008"
			}
		}
	}
	r := newReplay(t, natstest.Connect(t, ns), call, call.Frames[0].Subject)
	done, end := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(end)
		r.asServer(done)
	}()
	defer func() {
		close(done)
		<-end
	}()
	switch call.Function {
	case "fl":
		flags, err := client.Fl(t.Context(), c)
		if err != nil || flags.String() != "f0|f19" {
			t.Error(flags, err)
		}
	case "unit":
		if result, err := client.Unit(t.Context(), c); err == nil {
			t.Errorf("got %v of a handler that failed", result)
		}
	default:
		expect := nestedResults()[call.Function]
		got, _ := callRecorded(t, c, recordedCall{f: expect.f})
		if fmt.Sprint(got) != expect.want {
			t.Errorf("got %s, want %s", fmt.Sprint(got), expect.want)
		}
	}
}
