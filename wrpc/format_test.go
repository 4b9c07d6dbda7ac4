package wrpc_test

import (
	"io"
	"strings"
	"testing"

	"github.com/wrpc/wrpc/go"
)

type named struct{}

func (*named) String() string { return "named" }

func TestFormatRecord(t *testing.T) {
	t.Parallel()
	number, text := uint32(7), "t"
	option := &text
	for _, tt := range []struct {
		value any
		want  string
	}{
		{7, "7"},
		{"a\n\"", `"a\n\""`},
		{true, "true"},
		{&number, "7"},
		{&option, `"t"`},
		{(*uint32)(nil), "nil"},
		{nil, "nil"},
		{[]uint8{1, 0xff}, "0x01ff"},
		{[]uint8{}, ""},
		{[]uint8(nil), "nil"},
		{[]string{"a", "b"}, `["a" "b"]`},
		{[][]int{{1}, {}}, "[[1] []]"},
		{&named{}, "named"},
		{(*named)(nil), "nil"},
		{[]*named{{}, nil}, "[named nil]"},
		{struct{}{}, "{}"},
		{&wrpc.Tuple2[string, *named]{V0: "a", V1: &named{}}, `{V0: "a", V1: named}`},
		{wrpc.Ok[string](uint8(1)), "{Ok: 1, Err: nil}"},
		{io.NopCloser(strings.NewReader("secret")), "io.nopCloserWriterTo"},
		{wrpc.Own[named]("h"), "0x68"},
	} {
		if got, want := wrpc.FormatRecord("R", "F", tt.value), "R{F: "+tt.want+"}"; got != want {
			t.Errorf("%T: %s, want %s", tt.value, got, want)
		}
	}
	if got := wrpc.FormatRecord("R", "A", 1, "B", "b"); got != `R{A: 1, B: "b"}` {
		t.Error(got)
	}
	if got := wrpc.FormatRecord("R"); got != "R{}" {
		t.Error(got)
	}
}

func TestFormatCases(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		wrpc.FormatEnum(1, "a", "b"):                               "b",
		wrpc.FormatEnum(2, "a", "b"):                               "2",
		wrpc.FormatVariant(0, nil, "a"):                            "a",
		wrpc.FormatVariant(0, "x", "a"):                            `a("x")`,
		wrpc.FormatVariant(9, 7, "a"):                              "9(7)",
		wrpc.FormatFlags([]bool{true, false, true}, "a", "b", "c"): "a|c",
		wrpc.FormatFlags([]bool{false}, "a"):                       "",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestPayload(t *testing.T) {
	t.Parallel()
	if v, ok := wrpc.CasePayload[string](true, "a"); !ok || v != "a" {
		t.Error(v, ok)
	}
	if v, ok := wrpc.CasePayload[string](false, "a"); ok || v != "" {
		t.Error(v, ok)
	}
	if _, ok := wrpc.CasePayload[string](true, nil); ok {
		t.Error("a payload where there is none")
	}
	encode := func(payload any) ([]byte, error) {
		return wrpc.Append(nil, func(e wrpc.Encoder) { wrpc.EncodePayload(e, payload, wrpc.Encoder.String) })
	}
	if data, err := encode("a"); err != nil || string(data) != "\x01a" {
		t.Error(data, err)
	}
	if _, err := encode(nil); err == nil {
		t.Error("no error without a payload")
	}
}

func TestServeAll(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	serve := func(name string, err error) func() (func() error, error) {
		return func() (func() error, error) {
			log.WriteString(name)
			return func() error {
				log.WriteString(strings.ToUpper(name))
				return nil
			}, err
		}
	}
	stop, err := wrpc.ServeAll(serve("a", nil), serve("b", nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil || log.String() != "abAB" {
		t.Error(log.String(), err)
	}
	log.Reset()
	if _, err := wrpc.ServeAll(serve("a", nil), serve("b", io.EOF), serve("c", nil)); err == nil || log.String() != "abA" {
		t.Error(log.String(), err)
	}
}
