//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	wrpc "github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

var errOneHost = errors.New("the second host has not come up")

// call does what `wash call` does, without starting a program each time.
func call(ctx context.Context, client wrpc.Invoker) (answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err = wrpc.Call(ctx, client, "wasmcloud:example/system-info", "call",
		func(wrpc.Encoder) {},
		func(results wrpc.Decoder) { answer = results.At(0).String() })
	return answer, err
}

// dial returns a caller of the provider.
func dial(t *testing.T) *wrpcnats.Client {
	t.Helper()
	connection, err := nats.Connect(address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	return wrpcnats.NewClient(connection, wrpcnats.WithPrefix("default."+provider))
}

// figures measures calls through the host: each goes from the provider to the component, which calls the provider
// twice before it answers.
func figures(t *testing.T, l *lattice) {
	deployed(t, l)
	measure(t, "through the host", linked)
}

// measure calls one after another, and then side by side, and prints what it saw.
func measure(t *testing.T, what, want string) {
	t.Helper()
	const calls, callers, length = 300, 8, 5 * time.Second
	client := dial(t)
	times := make([]time.Duration, 0, calls)
	for range calls {
		started := time.Now()
		got, err := call(t.Context(), client)
		if err != nil || got != want {
			t.Fatalf("the call answers %q and %v, want %q", got, err, want)
		}
		times = append(times, time.Since(started))
	}
	slices.Sort(times)
	t.Logf("FIGURE %s, one caller, %d calls: p50 %s, p99 %s", what, calls,
		times[calls/2].Round(time.Microsecond), times[calls*99/100].Round(time.Microsecond))

	total := make(chan int, callers)
	end := time.Now().Add(length)
	for range callers {
		go func() {
			done := 0
			for time.Now().Before(end) {
				if got, err := call(t.Context(), client); err != nil || got != want {
					t.Errorf("a call answers %q and %v, want %q", got, err, want)
					break
				}
				done++
			}
			total <- done
		}()
	}
	sum := 0
	for range callers {
		sum += <-total
	}
	t.Logf("FIGURE %s, %d callers for %s: %.0f calls/s", what, callers, length, float64(sum)/length.Seconds())
}

// load calls without a pause until the returned function is called, which tells how many calls were made and which
// failed.
func (l *lattice) load(t *testing.T) (stop func() (calls int, failures []error)) {
	t.Helper()
	client := dial(t)
	ctx, cancel := context.WithCancel(t.Context())
	var (
		wait     sync.WaitGroup
		mutex    sync.Mutex
		calls    int
		failures []error
	)
	for range 4 {
		wait.Go(func() {
			for ctx.Err() == nil {
				got, err := call(context.WithoutCancel(ctx), client)
				if err == nil && got != linked {
					err = fmt.Errorf("a call answers %q, want %q", got, linked)
				}
				mutex.Lock()
				calls++
				if err != nil {
					failures = append(failures, err)
				}
				mutex.Unlock()
			}
		})
	}
	return func() (int, []error) {
		cancel()
		wait.Wait()
		return calls, failures
	}
}

// lookPath is where a program is that must be there.
func lookPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// run returns what a program prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}
