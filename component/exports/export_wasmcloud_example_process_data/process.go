//go:build wasip1

// Package export_wasmcloud_example_process_data is what the generated code of exports/wit_exports calls for the
// interface process-data, which is why it has that name. It only hands over between bindings and package processor.
package export_wasmcloud_example_process_data

import (
	logging "github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/imports/wasi_logging_logging"
	data "github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/imports/wasmcloud_example_process_data"
	system "github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/imports/wasmcloud_example_system_info"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/processor"
)

// Process answers a call of wasmcloud:example/process-data.process.
func Process(d data.Data) string {
	return processor.Process(host{}, processor.Data{Name: d.Name, Count: d.Count})
}

// host is the outside as the component's imports offer it.
type host struct{}

func (host) Info(context, message string) {
	logging.Log(logging.Level_Info, context, message)
}

func (host) OS() string { return system.RequestInfo(system.Kind_Os) }

func (host) Arch() string { return system.RequestInfo(system.Kind_Arch) }
