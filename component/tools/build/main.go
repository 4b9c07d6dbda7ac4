// Command build makes the component: `wash build` in the component's folder runs it, as `go run ./tools/build`. It
// needs Go only.
//
// The standard Go compiler makes a module of WASI's first preview. What makes a component of that is wasm-tools,
// which go.bytecodealliance.org carries as WebAssembly and go.mod pins as a tool: it embeds the world of wit/ and
// puts an adapter from the first preview to the second beside the module.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	_ "embed"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/internal/adapt"
)

const (
	world  = "component"
	folder = "build"
	result = "custom_template_component.wasm"
)

// adapter implements the first preview of WASI for a component that is called, and not run ("reactor"). It is the
// file of that name in the crate wasi-preview1-component-adapter-provider 38.0.4, which belongs to the wasmtime that
// hosts of wasmCloud 1.9 are built with, under the Apache License 2.0 with the LLVM exception.
//
//go:embed wasi_snapshot_preview1.wasm
var adapter []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := build(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// build makes the component of the module in the current folder.
func build(ctx context.Context) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder for the component: %w", err)
	}
	// Inside the project, since wasm-tools sees the current folder only.
	temporary, err := os.MkdirTemp(folder, "tmp-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(temporary)

	module, err := compile(ctx, filepath.Join(temporary, "module.wasm"))
	if err != nil {
		return err
	}
	component, err := encode(ctx, temporary, module)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, result), component, 0o644); err != nil {
		return fmt.Errorf("write the component: %w", err)
	}
	return nil
}

// compile builds the package in the current folder. The linker flag lets the bindings' runtime use runtime.sbrk;
// symbols are left out, they would double the size.
func compile(ctx context.Context, file string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared",
		"-ldflags=-checklinkname=0 -s -w", "-o", file, ".")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compile the component: %w", err)
	}
	module, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the compiled component: %w", err)
	}
	return module, nil
}

// encode makes a component of a module.
func encode(ctx context.Context, temporary string, module []byte) ([]byte, error) {
	module, adapter, err := adapt.Unique(module, adapter)
	if err != nil {
		return nil, err
	}
	file := filepath.ToSlash(filepath.Join(temporary, "adapter.wasm"))
	if err := os.WriteFile(file, adapter, 0o644); err != nil {
		return nil, fmt.Errorf("write the adapter for wasm-tools: %w", err)
	}
	module, err = wasmTools(ctx, module, "embed", "wit", "--world", world)
	if err != nil {
		return nil, err
	}
	return wasmTools(ctx, module, "new", "--adapt", "wasi_snapshot_preview1="+file)
}

// wasmTools runs `wasm-tools component` on a module and returns what it makes of that.
func wasmTools(ctx context.Context, module []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "wasm-tools", "component"}, args...)...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(module), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("wasm-tools component %s: %w", args[0], err)
	}
	return out, nil
}
