package provider

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// maxHostData bounds what is read as host data, in bytes. Real host data is a few kilobytes.
const maxHostData = 16 << 20

var (
	errNoHostData = errors.New(`nothing to read: a wasmCloud host writes the host data to stdin; ` +
		`to run a provider by hand pipe base64 or JSON into it, or run "sh run.sh"`)
	errNotHostData = errors.New("neither base64 nor a JSON object: pass the line as the host writes it, or plain JSON")
	errTrailing    = errors.New("more text behind the JSON object on its last line")
)

// readHostData reads source until its lines are one whole JSON object, in base64 or plain, or until it ends. White space
// may stand anywhere in the base64. It reads no further: a stdin that stays open does not hold the start back.
func readHostData(ctx context.Context, source io.Reader) ([]byte, error) {
	announceWait(source, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if ctx.Done() == nil {
		return readWhole(source)
	}
	type outcome struct {
		data []byte
		err  error
	}
	// A blocked Read cannot be interrupted. When the context ends first, this goroutine ends with that Read; the channel
	// has room for what nobody takes any more.
	done := make(chan outcome, 1)
	go func() {
		data, err := readWhole(source)
		done <- outcome{data, err}
	}()
	select {
	case o := <-done:
		return o.data, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("stopped while waiting for it: %w", context.Cause(ctx))
	}
}

// announceWait tells a person who started the binary in a terminal what it waits for.
func announceWait(source io.Reader, log *slog.Logger) {
	file, ok := source.(*os.File)
	if !ok {
		return
	}
	if info, err := file.Stat(); err == nil && isTerminal(info) {
		log.Info("waiting for the host data on stdin, which a wasmCloud host writes there",
			"to_try_it_by_hand", "sh run.sh", "or_paste", "one line of base64 or JSON")
	}
}

// isTerminal takes every character device but the null device for one.
func isTerminal(info os.FileInfo) bool {
	if info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

func readWhole(source io.Reader) ([]byte, error) {
	var text hostText
	buf := make([]byte, 4096)
	for total := 0; ; {
		n, err := source.Read(buf)
		for _, b := range buf[:n] {
			if total++; total > maxHostData {
				return nil, fmt.Errorf("longer than %d bytes", maxHostData)
			}
			if whole, err := text.next(b); err != nil {
				return nil, fmt.Errorf("byte %d: %w", total, err)
			} else if whole {
				return text.json, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return text.end()
		}
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
	}
}

// hostText takes host data apart byte by byte, in one pass however many lines it has.
type hostText struct {
	json    []byte
	scan    objectScanner
	decided bool // the first character has told plain from base64
	plain   bool
	quad    [4]byte // base64 characters that are not yet decoded
	n       int     // how many of them
	bom     int     // bytes of a byte order mark seen, as some shells put one in front
	ended   bool    // base64 padding has been seen
}

const byteOrderMark = "\xef\xbb\xbf"

// next takes one byte; whole is true at the end of a line that completes the object.
func (t *hostText) next(b byte) (whole bool, err error) {
	if !t.decided && t.bom < len(byteOrderMark) && b == byteOrderMark[t.bom] {
		t.bom++
		return false, nil
	}
	if b == '\n' && t.decided {
		return t.endOfLine(b)
	}
	if isSpace(b) {
		if t.plain {
			return false, t.add(b)
		}
		return false, nil
	}
	if !t.decided {
		t.decided, t.plain = true, b == '{'
	}
	if t.plain {
		return false, t.add(b)
	}
	return false, t.addEncoded(b)
}

func isSpace(b byte) bool {
	return b == ' ' || b == '\t' || b == '\r' || b == '\n' || b == '\v' || b == '\f'
}

// isBase64 tells the characters of standard base64, so that a person who types something else is told at once.
func isBase64(b byte) bool {
	return 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '+' || b == '/' || b == '='
}

// add takes one byte of the JSON text.
func (t *hostText) add(b byte) error {
	t.json = append(t.json, b)
	return t.scan.next(b)
}

// addEncoded takes one base64 character.
func (t *hostText) addEncoded(b byte) error {
	if t.ended || !isBase64(b) || t.n < 2 && b == '=' {
		return errNotHostData
	}
	t.quad[t.n] = b
	if t.n++; t.n < len(t.quad) {
		return nil
	}
	t.n = 0
	decoded, err := decodeQuad(t.quad[:])
	if err != nil {
		return err
	}
	t.ended = b == '='
	return t.addAll(decoded)
}

func (t *hostText) addAll(decoded []byte) error {
	for _, b := range decoded {
		if err := t.add(b); err != nil {
			return err
		}
	}
	return nil
}

// decodeQuad decodes up to four characters, of which the padding may be missing.
func decodeQuad(quad []byte) ([]byte, error) {
	decoded := make([]byte, 3)
	n, err := base64.RawStdEncoding.Decode(decoded, bytes.TrimRight(quad, "="))
	if err != nil {
		return nil, errNotHostData
	}
	return decoded[:n], nil
}

// endOfLine looks whether the lines so far are whole. Base64 may be cut anywhere by line ends, and its padding may be
// missing: what is left of the last four characters is tried on a copy.
func (t *hostText) endOfLine(b byte) (whole bool, err error) {
	if t.plain {
		if err := t.add(b); err != nil {
			return false, err
		}
		return t.scan.whole(), nil
	}
	if rest, ok := t.withRest(); ok && rest.scan.whole() {
		*t = rest
		return true, nil
	}
	return false, nil
}

// withRest returns t as it is if no more base64 follows.
func (t *hostText) withRest() (hostText, bool) {
	rest := *t
	if t.n == 0 {
		return rest, true
	}
	decoded, err := decodeQuad(t.quad[:t.n])
	if err != nil || len(decoded) == 0 || rest.addAll(decoded) != nil {
		return rest, false
	}
	return rest, true
}

// end returns the object at the end of the text.
func (t *hostText) end() ([]byte, error) {
	if !t.decided {
		return nil, errNoHostData
	}
	rest, ok := t.withRest()
	if !ok {
		return nil, errNotHostData
	}
	if !rest.scan.whole() {
		return nil, fmt.Errorf("ends in the middle of the JSON object, after %d bytes of it: %w",
			len(rest.json), io.ErrUnexpectedEOF)
	}
	return rest.json, nil
}

// objectScanner finds the end of a JSON object. It knows strings and nesting only; whether the text is valid JSON is
// decided when it is parsed.
type objectScanner struct {
	depth    int
	started  bool
	inString bool
	escaped  bool
}

// whole reports whether the object has ended.
func (s *objectScanner) whole() bool { return s.started && s.depth == 0 }

func (s *objectScanner) next(b byte) error {
	switch {
	case !s.started || s.depth == 0:
		return s.outside(b)
	case s.escaped:
		s.escaped = false
	case s.inString:
		s.escaped, s.inString = b == '\\', b != '"'
	case b == '"':
		s.inString = true
	case b == '{' || b == '[':
		s.depth++
	case b == '}' || b == ']':
		s.depth--
	}
	return nil
}

// outside takes what stands before or behind the object.
func (s *objectScanner) outside(b byte) error {
	switch {
	case isSpace(b):
		return nil
	case s.started:
		return errTrailing
	case b != '{':
		return errNotHostData
	}
	s.started, s.depth = true, 1
	return nil
}
