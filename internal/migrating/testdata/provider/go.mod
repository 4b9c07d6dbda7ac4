module example.com/counter

go 1.26.0

require (
	go.wasmcloud.dev/provider v0.0.7
	wrpc.io/go v0.2.0
)
