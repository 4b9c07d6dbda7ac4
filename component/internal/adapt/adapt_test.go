package adapt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/internal/adapt"
)

const preview1 = "wasi_snapshot_preview1"

// text is a name as modules hold it.
func text(s string) string {
	return string(binary.AppendUvarint(nil, uint64(len(s)))) + s
}

// module is a module with these sections, each its number and what it holds.
func module(sections ...string) []byte {
	var b strings.Builder
	b.WriteString("\x00asm\x01\x00\x00\x00")
	for _, section := range sections {
		b.WriteString(section[:1] + text(section[1:]))
	}
	return []byte(b.String())
}

// imports is an import section with these functions, all of type 7.
func imports(from string, names ...string) string {
	b := "\x02" + string(rune(len(names)))
	for _, name := range names {
		b += text(from) + text(name) + "\x00\x07"
	}
	return b
}

// exports is an export section with a memory and these functions; the first is function 40.
func exports(names ...string) string {
	b := "\x07" + string(rune(len(names)+1)) + text("memory") + "\x02\x00"
	for i, name := range names {
		b += text(name) + "\x00" + string(rune(40+i))
	}
	return b
}

func ExampleUnique() {
	module := module(imports(preview1, "fd_write", "fd_write"))
	adapter := module[:8:8]
	adapter = append(adapter, 7, 12, 1, 8)
	adapter = append(adapter, "fd_write\x00\x05"...)

	module, adapter, err := adapt.Unique(module, adapter)
	fmt.Printf("imported: %d\n", bytes.Count(module, []byte("fd_write 2\x00\x07")))
	fmt.Printf("exported: %d\n", bytes.Count(adapter, []byte("fd_write 2\x00\x05")))
	fmt.Println(err)
	// Output:
	// imported: 1
	// exported: 1
	// <nil>
}

func TestUnique(t *testing.T) {
	t.Parallel()
	other := "\x01types"
	gotModule, gotAdapter, err := adapt.Unique(
		module(other, imports(preview1, "fd_write", "proc_exit", "fd_write", "fd_write"), other),
		module(other, exports("proc_exit", "fd_write"), other),
	)
	if err != nil {
		t.Fatal(err)
	}
	wantModule := module(other, imports(preview1, "fd_write", "proc_exit", "fd_write 2", "fd_write 3"), other)
	if !bytes.Equal(gotModule, wantModule) {
		t.Errorf("the module is %q, want %q", gotModule, wantModule)
	}
	section := exports("proc_exit", "fd_write") + text("fd_write 2") + "\x00\x29" + text("fd_write 3") + "\x00\x29"
	wantAdapter := module(other, strings.Replace(section, "\x03", "\x05", 1), other)
	if !bytes.Equal(gotAdapter, wantAdapter) {
		t.Errorf("the adapter is %q, want %q", gotAdapter, wantAdapter)
	}
}

func TestUniqueLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	for _, test := range [][]byte{
		module(),
		module("\x01types"),
		module(imports(preview1, "fd_write", "proc_exit")),
		module(imports("wasmcloud:example/system-info", "call")),
	} {
		adapter := module(exports("fd_write"))
		gotModule, gotAdapter, err := adapt.Unique(test, adapter)
		if err != nil || !bytes.Equal(gotModule, test) || !bytes.Equal(gotAdapter, adapter) {
			t.Errorf("of %q came %q, %q and %v, want it unchanged", test, gotModule, gotAdapter, err)
		}
	}
}

func TestUniqueRefuses(t *testing.T) {
	t.Parallel()
	twice := module(imports(preview1, "fd_write", "fd_write"))
	for name, test := range map[string]struct {
		module, adapter []byte
		want            string
	}{
		"not a module":       {[]byte("#!/bin/sh"), module(), "make the module's imports unique: not a WebAssembly module: it does not begin like one"},
		"not an adapter":     {module(), nil, "add names to the adapter: not a WebAssembly module: it does not begin like one"},
		"a foreign twin":     {module(imports("env", "f", "f")), module(), "make the module's imports unique: import env f occurs twice: declare it in one Go package only"},
		"an imported memory": {module("\x02\x01" + text("env") + text("m") + "\x02\x00"), module(), "make the module's imports unique: import env m is no function: only modules of the Go compiler are understood"},
		"an empty adapter":   {twice, module(), "add names to the adapter: it exports nothing"},
		"another adapter":    {twice, module(exports("proc_exit")), "add names to the adapter: the adapter has no function fd_write"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := adapt.Unique(test.module, test.adapter); err == nil || err.Error() != test.want {
				t.Errorf("the error is %v, want %s", err, test.want)
			}
		})
	}
}

func TestUniqueSurvivesCutModules(t *testing.T) {
	t.Parallel()
	twice, adapter := module(imports(preview1, "fd_write", "fd_write")), module(exports("fd_write"))
	for n := range len(twice) {
		if _, _, err := adapt.Unique(twice[:n], adapter); n != 8 && !errors.Is(err, adapt.ErrMalformed) {
			t.Errorf("%d of %d bytes of the module: the error is %v, want ErrMalformed", n, len(twice), err)
		}
	}
	for n := range len(adapter) {
		if _, _, err := adapt.Unique(twice, adapter[:n]); n != 8 && !errors.Is(err, adapt.ErrMalformed) {
			t.Errorf("%d of %d bytes of the adapter: the error is %v, want ErrMalformed", n, len(adapter), err)
		}
	}
}
