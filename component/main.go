//go:build wasip1

// Command component is a WebAssembly component that is called by the provider and asks it where it runs. It is built
// by `wash build`; what it does is in package processor.
package main

// The exports are registered by being linked in.
import _ "github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/exports/wit_exports"

// main is never called: hosts call the exports.
func main() {}
