// Package processor is what the component does, apart from how it is reached: nothing in it knows of bindings or of
// WebAssembly, so it is tested like any Go package. This is the file to rewrite for a component of one's own.
package processor

import "strconv"

// Data is what a caller hands over to be processed.
type Data struct {
	Name  string
	Count uint32
}

// Outside is what processing needs from outside the component. The component's main package implements it with the
// generated bindings, tests with a few lines. No method may fail: the contract has no room for errors, and a call
// that the host can not carry out ends the whole component.
type Outside interface {
	// Info logs one line at the level info. The context says what part of the component it comes from.
	Info(context, message string)
	// OS is the operating system that the linked provider runs on.
	OS() string
	// Arch is the processor architecture that the linked provider runs on.
	Arch() string
}

// Process logs the data and answers with the system that the linked provider runs on, for instance
// "Provider is running on linux-amd64".
func Process(outside Outside, data Data) string {
	outside.Info("process-data", "processing name="+strconv.Quote(data.Name)+" count="+strconv.FormatUint(uint64(data.Count), 10))
	return "Provider is running on " + outside.OS() + "-" + outside.Arch()
}
