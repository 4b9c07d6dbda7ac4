package bindgen

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.bytecodealliance.org/wit"
)

// camel gives the exported Go name of a kebab-case name: each word with a capital, no initialisms (OS is Os).
func camel(kebab string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(kebab, "-") {
		first, size := utf8.DecodeRuneInString(word)
		if size > 0 {
			b.WriteRune(unicode.ToUpper(first))
			b.WriteString(strings.ToLower(word[size:]))
		}
	}
	return b.String()
}

// lowerCamel gives the Go name of a parameter.
func lowerCamel(kebab string) string {
	first, rest, _ := strings.Cut(kebab, "-")
	return strings.ToLower(first) + camel(rest)
}

// snake gives the name of a package or folder.
func snake(kebab string) string { return strings.ToLower(strings.ReplaceAll(kebab, "-", "_")) }

// folder gives the name of a folder of packages. Two names mean something else to Go.
func folder(kebab string) string {
	switch name := snake(kebab); name {
	case "internal", "vendor":
		return name + "_"
	default:
		return name
	}
}

// packageName gives the name of a Go package: main can't be imported, keywords are none.
func packageName(kebab string) string {
	name := snake(kebab)
	if token.IsKeyword(name) || name == "main" {
		name += "_"
	}
	return name
}

// versionSuffix gives what tells the folders of two versions of a package apart.
func versionSuffix(id wit.Ident) string {
	if id.Version == nil {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '+' {
			return '_'
		}
		return unicode.ToLower(r)
	}, id.Version.String())
}

// funcName is what a WIT function's name says: the parser writes [method]bucket.get for method get of resource bucket,
// and [async method]bucket.get for an async one.
type funcName struct {
	resource    string // of a method, static function or constructor
	name        string // empty for a constructor
	constructor bool
	method      bool
}

func parseFuncName(s string) funcName {
	inside, bracket := strings.CutPrefix(s, "[")
	kind, rest, ok := strings.Cut(inside, "]")
	if !bracket || !ok {
		return funcName{name: s}
	}
	kind = strings.TrimPrefix(strings.TrimPrefix(kind, "async"), " ")
	switch kind {
	case "constructor":
		return funcName{resource: rest, constructor: true}
	case "method", "static":
		resource, name, _ := strings.Cut(rest, ".")
		return funcName{resource: resource, name: name, method: kind == "method"}
	default:
		return funcName{name: rest}
	}
}

// wire is the function's name in calls.
func (f funcName) wire() string {
	switch {
	case f.constructor:
		return f.resource
	case f.resource != "":
		return f.resource + "." + f.name
	default:
		return f.name
	}
}

// client is the name of the Go function that makes the call.
func (f funcName) client() string {
	if f.constructor {
		return "New" + camel(f.resource)
	}
	return f.handler()
}

// handler is the name of the Handler's method that answers the call.
func (f funcName) handler() string {
	switch {
	case f.constructor:
		return camel(f.resource)
	case f.resource != "":
		return camel(f.resource) + "_" + camel(f.name)
	default:
		return camel(f.name)
	}
}
