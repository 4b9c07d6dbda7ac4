module github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component

go 1.26.0

tool go.bytecodealliance.org/internal/cmd/wasm-tools

require go.bytecodealliance.org/pkg v0.2.1

require (
	github.com/tetratelabs/wazero v1.9.0 // indirect
	go.bytecodealliance.org v0.7.0 // indirect
)
