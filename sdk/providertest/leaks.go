package providertest

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"strings"
	"time"
)

// labelKey is the profiler label by which the goroutines of a provider are known among those of a test binary.
const labelKey = "providertest"

// leftGoroutines waits a little for the goroutines with that label to end, and returns the stacks of those that don't.
func leftGoroutines(label string) string {
	var left string
	poll(2*time.Second, func() bool {
		left = labelled(label)
		return left == ""
	})
	return left
}

// labelled returns the stacks of the goroutines that have the label.
func labelled(label string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return fmt.Sprintf("no profile of the goroutines: %v", err)
	}
	var stacks []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("%q:%q", labelKey, label)) && !ofTheProcess(stack) {
			stacks = append(stacks, stack)
		}
	}
	return strings.Join(stacks, "\n\n")
}

// ofTheProcess reports whether the goroutine belongs to what the standard library keeps for all the process: idle
// connections of HTTP's default transport, and the watcher of signals.
func ofTheProcess(stack string) bool {
	return strings.Contains(stack, "net/http.(*persistConn)") || strings.Contains(stack, "os/signal.loop")
}
