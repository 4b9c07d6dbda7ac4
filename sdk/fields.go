package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// fields are the members of one JSON object, read one by one so that each error names its field and none quotes a
// value: encoding/json's own texts quote numbers, and a secret may be made of them.
type fields struct {
	path    string // of the object itself, with a final dot; empty at the top
	members map[string]json.RawMessage
	err     error // the first thing wrong
}

// parseFields splits an object. A JSON text nested deeper than encoding/json allows (10,000 levels) is an error of it.
func parseFields(path string, data []byte) (*fields, error) {
	f := &fields{path: path}
	if err := json.Unmarshal(data, &f.members); err != nil {
		return nil, jsonError(strings.TrimSuffix(path, "."), data, err)
	}
	if f.members == nil {
		return nil, &fieldError{field: strings.TrimSuffix(path, "."), err: errors.New("want an object, got null")}
	}
	return f, nil
}

// jsonError says what is wrong with data as a JSON object, without quoting it.
func jsonError(path string, data []byte, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &fieldError{field: path, err: fmt.Errorf("no valid JSON at byte %d", syntax.Offset)}
	}
	return &fieldError{field: path, err: errors.New("want an object, got " + kindOf(data))}
}

// kindOf names the kind of a JSON value by its first character.
func kindOf(value []byte) string {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a bool"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

// read decodes the member into v. An absent or null one leaves v as it is and gives false.
func (f *fields) read(name, want string, v any) bool {
	raw, ok := f.members[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, v); err != nil {
		f.fail(name, errors.New("want "+want+", got "+kindOf(raw)))
		return false
	}
	return true
}

// fail keeps the first error.
func (f *fields) fail(name string, err error) {
	if f.err == nil {
		f.err = &fieldError{field: f.path + name, err: err}
	}
}

func (f *fields) text(name string) string {
	var s string
	f.read(name, "a string", &s)
	return s
}

func (f *fields) texts(name string) []string {
	var s []string
	f.read(name, "an array of strings", &s)
	return s
}

// object returns the members of an object, nil when it is absent.
func (f *fields) object(name string) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	f.read(name, "an object", &m)
	return m
}

// textMap reads an object of strings. Members that are null are left out.
func (f *fields) textMap(name string) map[string]string {
	members := f.object(name)
	if members == nil {
		return nil
	}
	m := make(map[string]string, len(members)) // bounded by what was parsed
	inner := fields{path: f.path + name + ".", members: members}
	for key := range members {
		var value string
		if inner.read(key, "a string", &value) {
			m[key] = value
		}
	}
	if inner.err != nil && f.err == nil {
		f.err = inner.err
	}
	return m
}

// id reads an id, which becomes a part of subjects.
func (f *fields) id(name string) string {
	value := f.text(name)
	if value == "" {
		return ""
	}
	if err := checkSubjectPart(value); err != nil {
		f.fail(name, err)
	}
	return value
}

// checkSubjectPart refuses what would change the meaning of a subject that it is put into.
func checkSubjectPart(value string) error {
	switch {
	case strings.ContainsAny(value, "*>"):
		return errors.New("must not hold * or >, it becomes a part of NATS subjects")
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("must not hold white space or control characters, it becomes a part of NATS subjects")
	case strings.HasPrefix(value, "."), strings.HasSuffix(value, "."), strings.Contains(value, ".."):
		return errors.New("must not hold an empty token (a dot at an end or two dots in a row), it becomes a part of NATS subjects")
	}
	return nil
}
