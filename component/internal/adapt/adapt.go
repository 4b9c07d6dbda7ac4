// Package adapt mends the one thing about modules of the standard Go compiler that stands between them and a
// component: they import the function fd_write twice, and a component's imports must be unique.
//
// WebAssembly itself allows it, so the second import need not go away, which would renumber every function of the
// module. It is enough that it gets a name of its own, and that the adapter, which offers WASI's first preview on
// top of the second, offers the same function by that name too.
package adapt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// wasi is the module that the imports come from which an adapter offers.
const wasi = "wasi_snapshot_preview1"

// The parts of a WebAssembly module that are rewritten here, by the numbers of its binary format.
const (
	importSection = 2
	exportSection = 7
	functionKind  = 0
)

// ErrMalformed is in the chain of the error when the bytes are no WebAssembly module.
var ErrMalformed = errors.New("not a WebAssembly module")

// alias is a second name for a function of the adapter.
type alias struct{ name, of string }

// Unique returns the module with unique imports, and the adapter with the names that it imports then. Both are
// returned as they are when no import occurs twice. Neither argument is changed.
func Unique(module, adapter []byte) (uniqueModule, matchingAdapter []byte, err error) {
	var aliases []alias
	uniqueModule, err = mapSection(module, importSection, func(body []byte) ([]byte, error) {
		renamed, found, err := renameImports(body)
		aliases = found
		return renamed, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("make the module's imports unique: %w", err)
	}
	missing := len(aliases) > 0
	matchingAdapter, err = mapSection(adapter, exportSection, func(body []byte) ([]byte, error) {
		missing = false
		return addExports(body, aliases)
	})
	if err == nil && missing {
		err = errors.New("it exports nothing")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("add names to the adapter: %w", err)
	}
	return uniqueModule, matchingAdapter, nil
}

// renameImports gives each further import of the same function a name of its own, and tells which.
func renameImports(body []byte) ([]byte, []alias, error) {
	in := reader{rest: body}
	count := in.number()
	out := binary.AppendUvarint(nil, count)
	seen := make(map[[2]string]int)
	var aliases []alias
	for range count {
		module, name, kind, index := in.text(), in.text(), in.number(), in.number()
		if in.err != nil {
			return nil, nil, in.err
		}
		if kind != functionKind {
			return nil, nil, fmt.Errorf("import %s %s is no function: only modules of the Go compiler are understood", module, name)
		}
		seen[[2]string{module, name}]++
		if n := seen[[2]string{module, name}]; n > 1 {
			if module != wasi {
				return nil, nil, fmt.Errorf("import %s %s occurs twice: declare it in one Go package only", module, name)
			}
			aliases = append(aliases, alias{name: name + " " + strconv.Itoa(n), of: name})
			name = aliases[len(aliases)-1].name
		}
		out = appendText(appendText(out, module), name)
		out = binary.AppendUvarint(append(out, functionKind), index)
	}
	return out, aliases, nil
}

// addExports exports the functions by their aliases too.
func addExports(body []byte, aliases []alias) ([]byte, error) {
	in := reader{rest: body}
	count := in.number()
	exports := in.rest
	functions := make(map[string]uint64)
	for range count {
		name, kind, index := in.text(), in.number(), in.number()
		if in.err != nil {
			return nil, in.err
		}
		if kind == functionKind {
			functions[name] = index
		}
	}
	out := binary.AppendUvarint(nil, count+uint64(len(aliases)))
	out = append(out, exports...)
	for _, alias := range aliases {
		index, ok := functions[alias.of]
		if !ok {
			return nil, fmt.Errorf("the adapter has no function %s", alias.of)
		}
		out = binary.AppendUvarint(append(appendText(out, alias.name), functionKind), index)
	}
	return out, nil
}
