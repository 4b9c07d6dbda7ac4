package processor_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/processor"
)

// plan9 is an outside that answers with an unusual system and keeps what was logged.
type plan9 struct{ lines []string }

func (o *plan9) Info(context, message string) {
	o.lines = append(o.lines, context+": "+message)
}

func (*plan9) OS() string { return "plan9" }

func (*plan9) Arch() string { return "mips" }

func ExampleProcess() {
	fmt.Println(processor.Process(&plan9{}, processor.Data{Name: "sup", Count: 3}))
	// Output: Provider is running on plan9-mips
}

func TestProcessLogsTheData(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		data processor.Data
		want string
	}{
		{processor.Data{Name: "sup", Count: 3}, `process-data: processing name="sup" count=3`},
		{processor.Data{}, `process-data: processing name="" count=0`},
		{processor.Data{Name: "two\nlines", Count: 1<<32 - 1}, `process-data: processing name="two\nlines" count=4294967295`},
	} {
		outside := &plan9{}
		processor.Process(outside, test.data)
		if want := []string{test.want}; !slices.Equal(outside.lines, want) {
			t.Errorf("processing %+v logged %q, want %q", test.data, outside.lines, want)
		}
	}
}
