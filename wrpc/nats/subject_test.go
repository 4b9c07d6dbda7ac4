package wrpcnats

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

func TestCallSubject(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ prefix, instance, function, want string }{
		{"default.custom-template", "wasmcloud:example/system-info", "call", "default.custom-template.wrpc.0.0.1.wasmcloud:example/system-info.call"},
		{"", "wasi:http/types@0.2.0", "fields.get", "wrpc.0.0.1.wasi:http/types@0.2.0.fields.get"},
		{"p", "", "f", ""},
		{"p", "i", "", ""},
		{"p.", "i", "f", ""},
		{".p", "i", "f", ""},
		{"p", "i", "f.", ""},
		{"p", "i", "*", ""},
		{"p>", "i", "f", ""},
		{"p q", "i", "f", ""},
		{"p\r\n", "i", "f", ""},
		{strings.Repeat("p", maxPeerSubject), "i", "f", ""},
	} {
		got, err := callSubject(test.prefix, test.instance, test.function)
		if test.want == "" {
			if !errors.Is(err, errSubject) {
				t.Errorf("%q %q %q: got %q, %v", test.prefix, test.instance, test.function, got, err)
			}
			continue
		}
		if got != test.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, test.want)
		}
	}
}

func TestParseSubject(t *testing.T) {
	const token = "0123456789abcdef"
	if got := tokenSubject("_INBOX.x.", 0x0123456789abcdef); got != "_INBOX.x."+token {
		t.Errorf("token subject %s", got)
	}
	for _, test := range []struct {
		rest, part, path string
		ok               bool
	}{
		{"", "", "", true},
		{".params", paramsPart, "", true},
		{".results", resultsPart, "", true},
		{".params.0", paramsPart, ".0", true},
		{".results.0.4294967295.7", resultsPart, ".0.4294967295.7", true},
		{".results" + strings.Repeat(".1", maxDepth), resultsPart, strings.Repeat(".1", maxDepth), true},
		{".results" + strings.Repeat(".1", maxDepth+1), resultsPart, "", false},
		{".results.4294967296", "", "", false},
		{".results.99999999999999999999999", "", "", false},
		{".results.00", "", "", false},
		{".results.01", "", "", false},
		{".results.-1", "", "", false},
		{".results.", "", "", false},
		{".results..1", "", "", false},
		{".results.1.", "", "", false},
		{".resultsx", "", "", false},
		{".other", "", "", false},
		{"0", "", "", false},
		{".", "", "", false},
	} {
		got, part, path, ok := parseSubject(token + test.rest)
		if ok != test.ok || ok && (got != 0x0123456789abcdef || part != test.part || path != test.path) {
			t.Errorf("%s: got %x, %s, %s, %t", test.rest, got, part, path, ok)
		}
	}
	for _, s := range []string{"", "0123456789abcde", "0123456789ABCDEF", "0123456789abcde.", "g123456789abcdef"} {
		if _, _, _, ok := parseSubject(s); ok {
			t.Errorf("%q is taken for a token", s)
		}
	}
	if n := testing.AllocsPerRun(100, func() { parseSubject(token + ".results.0.12") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		base    string
		indices []uint32
		want    string
	}{
		{"", nil, ""},
		{"", []uint32{0}, ".0"},
		{".0", []uint32{4294967295, 1}, ".0.4294967295.1"},
	} {
		if got, err := appendPath(test.base, test.indices...); got != test.want || err != nil || !validPath(got) {
			t.Errorf("got %s, %v, want %s", got, err, test.want)
		}
	}
	if _, err := appendPath(".1", make([]uint32, maxDepth)...); err == nil {
		t.Error("too deep a path is made")
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                         "plain",
		" two\r\nlines\t":               "two lines",
		"bell\a esc\x1b[31m del\x7f":    "bell esc[31m del",
		"\u2028\u0085":                  "",
		"bad \xff utf8":                 "bad \uFFFD utf8",
		strings.Repeat("é", 1000):       strings.Repeat("é", maxErrorText/2),
		"x" + strings.Repeat("é", 1000): "x" + strings.Repeat("é", maxErrorText/2-1),
	} {
		h := errorHeader(errors.New(text))
		if got, ok := errorText(h); got != want || !ok {
			t.Errorf("%q: got %q", text, got)
		}
		if got, _ := errorText(nats.Header{headerError: {text}}); got != want {
			t.Errorf("received %q: got %q", text, got)
		}
	}
	inner := &wrpc.CallError{Instance: "i", Function: "f", Phase: wrpc.PhaseHandler, Err: wrpc.ErrDeadline}
	if got, _ := errorText(errorHeader(inner)); got != "deadline exceeded" {
		t.Errorf("the call that the peer made itself is named to it: %q", got)
	}
	if _, ok := errorText(nil); ok {
		t.Error("no header is an error")
	}
	for _, h := range []nats.Header{nil, {"a": {"b"}}, {"a": {" b ", "c\r\n"}, "source-id": {"x"}}} {
		m := nats.Msg{Header: h}
		if got, least := headerSize(h), m.Size(); got < least {
			t.Errorf("%v: %d bytes, nats.go writes %d", h, got, least)
		}
	}
	for _, test := range []struct {
		m    nats.Msg
		want bool
	}{
		{nats.Msg{Header: nats.Header{"Status": {"503"}}}, true},
		{nats.Msg{Header: nats.Header{"Status": {"503"}}, Data: []byte("x")}, false},
		{nats.Msg{Header: nats.Header{"Status": {"404"}}}, false},
		{nats.Msg{}, false},
	} {
		if got := isNoResponders(&test.m); got != test.want {
			t.Errorf("%v: %t", test.m, got)
		}
	}
}
