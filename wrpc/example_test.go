package wrpc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/wrpc/wrpc/go"
)

// A value is written and read field by field, in the order of the contract; errors stay until the end.
func Example() {
	data, err := wrpc.Append(nil, func(e wrpc.Encoder) {
		e.String("sup")
		e.U32(300)
	})
	fmt.Printf("%x %v\n", data, err)

	var (
		name  string
		count uint32
	)
	err = wrpc.Decode(data, func(d wrpc.Decoder) {
		name = d.String()
		count = d.U32()
	})
	fmt.Println(name, count, err)

	err = wrpc.Decode(data[:4], func(d wrpc.Decoder) {
		name = d.String()
		count = d.U32()
	})
	fmt.Println(errors.Is(err, wrpc.ErrMalformed), err)
	// Output:
	// 03737570ac02 <nil>
	// sup 300 <nil>
	// true malformed value: u32 at byte 4: unexpected EOF
}

// The error of a call says which call it was and in which phase; the reason is matched as usual.
func ExampleCallError() {
	err := error(&wrpc.CallError{
		Instance: "wasmcloud:example/process-data", Function: "process",
		Phase: wrpc.PhaseResults, Err: wrpc.ErrDeadline,
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, wrpc.ErrDeadline), errors.Is(err, context.DeadlineExceeded))
	// Output:
	// wasmcloud:example/process-data.process: results: deadline exceeded
	// true true
}
