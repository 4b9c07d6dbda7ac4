package wrpc

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// FormatRecord gives a record in Go's syntax, for the String method of a generated type: its name, then names and
// values of its fields by turns. Streams, futures and what has a String method are not looked into.
func FormatRecord(name string, namesAndValues ...any) string {
	b := []byte(name + "{")
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Appendf(b, "%v: ", namesAndValues[i])
		b = appendValue(b, reflect.ValueOf(namesAndValues[i+1]))
	}
	return string(append(b, '}'))
}

// FormatFlags gives the names of the flags that are set, joined by |, for the String method of generated flags.
func FormatFlags(flags []bool, names ...string) string {
	var set []string
	for i, name := range names {
		if i < len(flags) && flags[i] {
			set = append(set, name)
		}
	}
	return strings.Join(set, "|")
}

// FormatEnum gives name n, or the number where there is none, for the String method of a generated enum.
func FormatEnum(n uint32, names ...string) string {
	if uint64(n) < uint64(len(names)) {
		return names[n]
	}
	return strconv.FormatUint(uint64(n), 10)
}

// FormatVariant gives the name of case n and its payload, if it has one, for the String method of a generated variant.
func FormatVariant(n uint32, payload any, names ...string) string {
	name := FormatEnum(n, names...)
	if payload == nil {
		return name
	}
	return string(append(appendValue([]byte(name+"("), reflect.ValueOf(payload)), ')'))
}

// appendValue appends a value of a generated type's field: pointers are followed, text is quoted.
func appendValue(b []byte, v reflect.Value) []byte {
	if !v.IsValid() {
		return append(b, "nil"...)
	}
	if nilable(v) && v.IsNil() {
		return append(b, "nil"...)
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case fmt.Stringer:
			return append(b, x.String()...)
		case io.Closer: // a stream or future: its inside is in use by others
			return fmt.Appendf(b, "%T", x)
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return appendValue(b, v.Elem())
	case reflect.Slice:
		return appendList(b, v)
	case reflect.Struct:
		return appendStruct(b, v)
	case reflect.String:
		return strconv.AppendQuote(b, v.String())
	default:
		return fmt.Appendf(b, "%v", v)
	}
}

func nilable(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice || v.Kind() == reflect.Interface
}

func appendList(b []byte, v reflect.Value) []byte {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return fmt.Appendf(b, "%#x", v.Bytes())
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendValue(b, v.Index(i))
	}
	return append(b, ']')
}

// appendStruct appends what has no String method of its own: tuples and results.
func appendStruct(b []byte, v reflect.Value) []byte {
	b = append(b, '{')
	for i := range v.NumField() {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, v.Type().Field(i).Name...)
		b = append(b, ": "...)
		b = appendValue(b, v.Field(i))
	}
	return append(b, '}')
}
