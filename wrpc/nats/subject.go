package wrpcnats

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// The names of the wire. Every subject and header that this package sends or understands is built or parsed in this
// file.
const (
	protocol = "wrpc.0.0.1"

	paramsPart  = ".params"  // follows the server's subject R_s
	resultsPart = ".results" // follows the caller's subject R_c

	headerError    = "Wrpc-Error" // on an ending message: why the value is not whole
	headerSource   = "source-id"  // who calls, as wasmCloud hosts name it; for the log
	headerStatus   = "Status"     // set by the NATS server
	noResponders   = "503"
	refusedPrefix  = "refused: " // begins the Wrpc-Error of a call that was not made
	maxErrorText   = 1 << 10     // bytes of a Wrpc-Error
	tokenDigits    = 16          // hexadecimal digits of the token of a call
	hexDigits      = "0123456789abcdef"
	maxDepth       = 32      // indices of a path
	maxPeerSubject = 1 << 10 // bytes of a peer's subject: with the longest path it stays below a NATS server's 4 KiB line
)

var errSubject = errors.New("not a NATS subject")

// callSubject is where function of instance is called and served.
func callSubject(prefix, instance, function string) (string, error) {
	if instance == "" || function == "" {
		return "", fmt.Errorf("%w: instance %q, function %q: neither may be empty", errSubject, instance, function)
	}
	subject := protocol + "." + instance + "." + function
	if prefix != "" {
		subject = prefix + "." + subject
	}
	return subject, checkSubject(subject)
}

// checkSubject accepts what can be published to without touching other subjects, and leaves room on the line of the
// NATS protocol for what is appended to it.
func checkSubject(s string) error {
	if len(s) > maxPeerSubject {
		return fmt.Errorf("%w: %d bytes, at most %d are accepted", errSubject, len(s), maxPeerSubject)
	}
	last := byte('.')
	for i := range len(s) {
		b := s[i]
		switch {
		case b <= ' ' || b == 0x7f || b == '*' || b == '>':
			return fmt.Errorf("%w: %q holds a wildcard, white space or control character", errSubject, s)
		case b == '.' && last == '.':
			return fmt.Errorf("%w: %q has an empty token", errSubject, s)
		}
		last = b
	}
	if last == '.' {
		return fmt.Errorf("%w: %q is empty or ends in a dot", errSubject, s)
	}
	return nil
}

// tokenSubject is the fresh subject of one call below the inbox, R_c or R_s; inbox ends in a dot.
func tokenSubject(inbox string, token uint64) string {
	var digits [tokenDigits]byte
	for i := range digits {
		digits[i] = hexDigits[token>>(4*(tokenDigits-1-i))&0xf]
	}
	return inbox + string(digits[:])
}

// parseSubject takes apart what follows the inbox in the subject of a message: the token, the part ("" for the call's
// own subject, else paramsPart or resultsPart) and the index path in the form of appendPath. It allocates nothing.
func parseSubject(s string) (token uint64, part, path string, ok bool) {
	if len(s) < tokenDigits {
		return 0, "", "", false
	}
	for _, b := range []byte(s[:tokenDigits]) {
		switch {
		case b >= '0' && b <= '9':
			token = token<<4 | uint64(b-'0')
		case b >= 'a' && b <= 'f':
			token = token<<4 | uint64(b-'a'+10)
		default:
			return 0, "", "", false
		}
	}
	switch rest := s[tokenDigits:]; {
	case rest == "":
		return token, "", "", true
	case strings.HasPrefix(rest, resultsPart):
		part, path = resultsPart, rest[len(resultsPart):]
	case strings.HasPrefix(rest, paramsPart):
		part, path = paramsPart, rest[len(paramsPart):]
	}
	return token, part, path, part != "" && validPath(path)
}

// appendPath appends indices to an index path as it stands in subjects: "" for the root, ".0.12" below it.
func appendPath(base string, indices ...uint32) (string, error) {
	if strings.Count(base, ".")+len(indices) > maxDepth {
		return "", fmt.Errorf("index path is deeper than %d", maxDepth)
	}
	b := []byte(base)
	for _, i := range indices {
		b = strconv.AppendUint(append(b, '.'), uint64(i), 10)
	}
	return string(b), nil
}

// validPath accepts exactly what appendPath yields.
func validPath(s string) bool {
	for depth := 0; s != ""; depth++ {
		if s[0] != '.' || depth == maxDepth {
			return false
		}
		n, digits := uint64(0), 0
		for s = s[1:]; s != "" && s[0] != '.'; s = s[1:] {
			if s[0] < '0' || s[0] > '9' || digits > 0 && n == 0 {
				return false // not a number, or with a leading zero
			}
			digits++
			if n = n*10 + uint64(s[0]-'0'); n > math.MaxUint32 {
				return false
			}
		}
		if digits == 0 {
			return false
		}
	}
	return true
}

// isNoResponders tells the NATS server's answer to a call of a subject that nobody serves.
func isNoResponders(m *nats.Msg) bool {
	status := m.Header[headerStatus]
	return len(m.Data) == 0 && len(status) == 1 && status[0] == noResponders
}

// errorHeader is the header of the message that ends a value which is not whole.
func errorHeader(cause error) nats.Header {
	var call *wrpc.CallError
	if errors.As(cause, &call) && call == cause { // which call it was the peer knows
		cause = call.Err
	}
	return nats.Header{headerError: {sanitize(cause.Error())}}
}

// errorText returns the text of the Wrpc-Error header.
func errorText(h nats.Header) (string, bool) {
	if texts := h[headerError]; len(texts) > 0 {
		return sanitize(texts[0]), true
	}
	return "", false
}

// sanitize makes one line of valid UTF-8 of at most 1 KiB, without control characters.
func sanitize(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029:
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s[:min(len(s), 4*maxErrorText)], "\uFFFD"))
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "")
	}
	return strings.TrimSpace(s)
}

// headerSize is how many bytes of a message h takes; it is never less than what nats.go writes.
func headerSize(h nats.Header) int {
	if len(h) == 0 {
		return 0
	}
	size := len("NATS/1.0\r\n\r\n")
	for k, values := range h {
		for _, v := range values {
			size += len(k) + len(v) + len(": \r\n")
		}
	}
	return size
}

// cutRefused returns the reason in the text of a refusal.
func cutRefused(text string) (reason string, refused bool) {
	return strings.CutPrefix(text, refusedPrefix)
}
