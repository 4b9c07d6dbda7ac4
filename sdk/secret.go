package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// redactedText is all that a printed secret shows.
const redactedText = "[redacted]"

// redaction answers every way of printing with the same word. Types of secrets embed it.
//
// It covers what asks the value how to print itself. Package fmt does not ask values in unexported fields: it walks
// them by reflection. That is why the text of a secret stands behind a pointer to a function, of which no printer shows
// more than the address.
type redaction struct{}

// String returns "[redacted]".
func (redaction) String() string { return redactedText }

// GoString returns "[redacted]".
func (redaction) GoString() string { return redactedText }

// Format writes "[redacted]" whatever the verb.
func (redaction) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redactedText) }

// MarshalJSON gives the string "[redacted]".
func (redaction) MarshalJSON() ([]byte, error) { return json.Marshal(redactedText) }

// MarshalText gives "[redacted]".
func (redaction) MarshalText() ([]byte, error) { return []byte(redactedText), nil }

// LogValue gives "[redacted]" to slog.
func (redaction) LogValue() slog.Value { return slog.StringValue(redactedText) }

// RedactedString is a text that only Reveal gives away. The zero value is the empty text.
type RedactedString struct {
	redaction
	text *func() string
}

// Redact returns text as a RedactedString.
func Redact(text string) RedactedString {
	if text == "" {
		return RedactedString{}
	}
	reveal := func() string { return text }
	return RedactedString{text: &reveal}
}

// Reveal returns the text.
func (s RedactedString) Reveal() string {
	if s.text == nil {
		return ""
	}
	return (*s.text)()
}

// Equal reports whether both hold the same text.
func (s RedactedString) Equal(other RedactedString) bool { return s.Reveal() == other.Reveal() }

// SecretStringValue is a secret that is text. The zero value is the empty text.
type SecretStringValue struct {
	redaction
	text RedactedString
}

// Reveal returns the secret.
func (s SecretStringValue) Reveal() string { return s.text.Reveal() }

// Equal reports whether both hold the same secret.
func (s SecretStringValue) Equal(other SecretStringValue) bool { return s.text.Equal(other.text) }

// SecretBytesValue is a secret that is bytes. The zero value is no bytes.
type SecretBytesValue struct {
	redaction
	bytes *func() []byte
}

// Reveal returns a copy of the secret, nil when it is empty.
func (s SecretBytesValue) Reveal() []byte {
	if s.bytes == nil {
		return nil
	}
	return bytes.Clone((*s.bytes)())
}

// Equal reports whether both hold the same secret.
func (s SecretBytesValue) Equal(other SecretBytesValue) bool {
	return bytes.Equal(s.Reveal(), other.Reveal())
}

// SecretValue is one secret of the host data or of a link: either String or Bytes is set, by its kind. However a
// SecretValue is printed, logged or marshalled, it shows "[redacted]"; only Reveal gives the secret away.
type SecretValue struct {
	String SecretStringValue
	Bytes  SecretBytesValue
}

// Equal reports whether both hold the same secret.
func (v SecretValue) Equal(other SecretValue) bool {
	return v.String.Equal(other.String) && v.Bytes.Equal(other.Bytes)
}

// SecretString returns a secret of the kind String, as tests of a link callback need it.
func SecretString(text string) SecretValue {
	return SecretValue{String: SecretStringValue{text: Redact(text)}}
}

// SecretBytes returns a secret of the kind Bytes that holds a copy of data.
func SecretBytes(data []byte) SecretValue {
	if len(data) == 0 {
		return SecretValue{}
	}
	kept := bytes.Clone(data)
	reveal := func() []byte { return kept }
	return SecretValue{Bytes: SecretBytesValue{bytes: &reveal}}
}
