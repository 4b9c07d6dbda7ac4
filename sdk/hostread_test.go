package provider

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const minimalHostData = `{"provider_key":"p"}`

// wrapped is base64 in lines of the given width.
func wrapped(text string, width int, lineEnd string) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for len(encoded) > width {
		b.WriteString(encoded[:width] + lineEnd)
		encoded = encoded[width:]
	}
	return b.String() + encoded + lineEnd
}

func TestHostDataForms(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(minimalHostData))
	long := `{"provider_key":"p","config":{"text":"` + strings.Repeat(`a\"}{`, 500) + `"}}`
	pretty := "{\n  \"provider_key\": \"p\",\n  \"config\": {\"a\": \"}\"}\n}\n"
	for name, text := range map[string]struct{ in, want string }{
		"one line, as the host writes it": {encoded + "\r\n", minimalHostData},
		"no line end":                     {encoded, minimalHostData},
		"no padding":                      {strings.TrimRight(encoded, "="), minimalHostData},
		"wrapped at 76":                   {wrapped(long, 76, "\n"), long},
		"wrapped at 75, CRLF":             {wrapped(long, 75, "\r\n"), long},
		"wrapped at 1":                    {wrapped(minimalHostData, 1, " \t\r\n"), minimalHostData},
		"white space in front":            {"\n \t" + encoded, minimalHostData},
		"plain":                           {minimalHostData, minimalHostData},
		"plain over lines":                {pretty, pretty},
		"byte order mark":                 {byteOrderMark + minimalHostData, minimalHostData},
		"white space inside the base64":   {wrapped("  "+minimalHostData+" \n", 76, "\n"), "  " + minimalHostData + " \n"},
	} {
		for _, reader := range []io.Reader{strings.NewReader(text.in), iotest.OneByteReader(strings.NewReader(text.in)), iotest.DataErrReader(strings.NewReader(text.in))} {
			got, err := readHostData(t.Context(), reader)
			if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(text.want) {
				t.Errorf("%s: got %q, %v", name, got, err)
			}
		}
	}
}

// openReader yields its text and then blocks for ever, as a stdin that nobody closes.
type openReader struct {
	text io.Reader
	done <-chan struct{}
}

func (r openReader) Read(p []byte) (int, error) {
	n, err := r.text.Read(p)
	if errors.Is(err, io.EOF) {
		<-r.done
	}
	return n, err
}

func TestHostDataEndsWithTheObject(t *testing.T) {
	t.Parallel()
	long := `{"provider_key":"p","config":{"text":"` + strings.Repeat("x", 300) + `"}}`
	for _, text := range []string{
		minimalHostData + "\n",
		wrapped(minimalHostData, 76, "\r\n"),
		wrapped(long, 76, "\n"),
		wrapped(long, 75, "\n"),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(long+" ")), "=") + "\n",
		"{\n\"provider_key\":\n\"p\"\n}\n",
	} {
		if _, err := readWhole(openReader{strings.NewReader(text), t.Context().Done()}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestHostDataReadCanBeInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	source := openReader{strings.NewReader("eyJ"), t.Context().Done()}
	context.AfterFunc(ctx, func() {})
	cancel()
	if _, err := NewWithContext(ctx, source); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHostDataBadForms(t *testing.T) {
	t.Parallel()
	const secret = "SUACH75SWCM5D2JMJM6EKLR2WDARVGZT4QC6LX3AGHSWOMVAKERABBBRWM"
	for name, c := range map[string]struct{ in, want string }{
		"empty":           {"", `host data: nothing to read: a wasmCloud host writes the host data to stdin; to run a provider by hand pipe base64 or JSON into it, or run "sh run.sh"`},
		"white space":     {" \r\n\n", "nothing to read"},
		"garbage":         {"hey, is this thing on?\n", "host data: byte 4: neither base64 nor a JSON object"},
		"base64, no JSON": {base64.StdEncoding.EncodeToString([]byte("hello")), "host data: byte 4: neither base64 nor a JSON object"},
		"an array":        {`[{"provider_key":"p"}]`, "neither base64 nor a JSON object"},
		"cut off":         {`{"provider_key":"` + secret, "host data: ends in the middle of the JSON object, after 75 bytes of it"},
		"base64 cut off":  {wrapped(`{"provider_key":"`+secret, 76, "\n"), "ends in the middle"},
		"two objects":     {minimalHostData + minimalHostData, "host data: byte 21: more text behind the JSON object"},
		"padding inside":  {"eyJ9==eyJ9", "neither base64"},
		"syntax":          {`{"provider_key":` + secret + `}`, "host data: no valid JSON at byte 17"},
		"too long":        {`{"a":"` + strings.Repeat("x", maxHostData), "host data: longer than 16777216 bytes"},
		"bomb":            {"{\"a\":" + strings.Repeat("[", 100_000), "ends in the middle"},
		"closed bomb":     {"{\"a\":" + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", "host data: no valid JSON"},
	} {
		_, err := NewWithHostDataSource(strings.NewReader(c.in))
		host, ok := errors.AsType[*HostDataError](err)
		if !ok || host.Err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v\nwant %s", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), secret[:8]) {
			t.Errorf("%s: the error quotes what was read: %v", name, err)
		}
	}
}

func TestHostDataReadError(t *testing.T) {
	t.Parallel()
	_, err := NewWithHostDataSource(iotest.ErrReader(io.ErrClosedPipe))
	if !errors.Is(err, io.ErrClosedPipe) || err.Error() != "host data: read: io: read/write on closed pipe" {
		t.Errorf("got %v", err)
	}
}

func FuzzHostData(f *testing.F) {
	f.Add([]byte(minimalHostData))
	f.Add([]byte(wrapped(minimalHostData, 7, "\r\n")))
	f.Add([]byte(fullHostData))
	f.Add([]byte("{}{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := readWhole(bytes.NewReader(data))
		slow, slowErr := readWhole(iotest.OneByteReader(bytes.NewReader(data)))
		if !bytes.Equal(whole, slow) || (err == nil) != (slowErr == nil) {
			t.Fatalf("at once %q, %v; byte by byte %q, %v", whole, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		start, err := parseHostData(whole)
		if err != nil {
			return
		}
		if checkSubjectPart(start.host.ProviderKey) != nil || start.host.ProviderKey == "" || start.host.rpcTimeout() <= 0 {
			t.Fatalf("accepted %+v", start.host)
		}
	})
}
