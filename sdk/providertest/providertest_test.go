package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/wrpc/wrpc/go"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/providertest"
)

// recorder is a test that fails without failing this one: what it complains of is looked at.
type recorder struct {
	testing.TB // for its unexported method

	mu       sync.Mutex
	texts    []string
	cleanups []func()
}

func (r *recorder) Helper()           {}
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, fmt.Sprintf(f, a...))
}
func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	runtime.Goexit()
}

// end runs the clean-ups as a test does, the last one first.
func (r *recorder) end() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}

// complaints runs a test and returns what it fails with.
func complaints(test func(tb testing.TB)) string {
	r := &recorder{}
	var done sync.WaitGroup
	done.Go(func() {
		defer r.end()
		test(r)
	})
	done.Wait()
	return strings.Join(r.texts, "\n")
}

// What a provider leaves undone fails its test.
func TestCleanUpComplains(t *testing.T) {
	t.Parallel()
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for name, test := range map[string]struct {
		run       func(ctx context.Context, hostData io.Reader) error
		complaint string
	}{
		"of a goroutine": {func(ctx context.Context, hostData io.Reader) error {
			go func() { <-forever }()
			return run(ctx, hostData)
		}, "leaves goroutines behind"},
		"of an error at the end": {func(ctx context.Context, hostData io.Reader) error {
			return errors.Join(run(ctx, hostData), errors.New("half done"))
		}, "provider greeter: half done"},
		"of a provider that does not start": {func(context.Context, io.Reader) error {
			return errors.New("no luck")
		}, "provider greeter has ended: no luck"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := complaints(func(tb testing.TB) { providertest.New(tb).StartProvider("greeter", test.run) })
			if !strings.Contains(text, test.complaint) {
				t.Errorf("no %q in: %s", test.complaint, text)
			}
		})
	}
}

func TestCleanUpComplainsOfAConnection(t *testing.T) {
	t.Parallel()
	text := complaints(func(tb testing.TB) {
		lattice := providertest.New(tb)
		conn, err := nats.Connect(lattice.URL(), nats.Name("forgotten"), nats.MaxReconnects(0))
		if err != nil {
			tb.Fatal(err)
		}
		t.Cleanup(conn.Close)
	})
	if !strings.Contains(text, `connections left open: ["forgotten" (0 subscriptions)]`) {
		t.Error(text)
	}
}

// An error that the test has seen is the test's own business, and so is a provider that it has stopped.
func TestCleanUpIsContent(t *testing.T) {
	t.Parallel()
	text := complaints(func(tb testing.TB) {
		lattice := providertest.New(tb)
		broken := lattice.StartProvider("greeter", func(ctx context.Context, hostData io.Reader) error {
			return errors.Join(run(ctx, hostData), errors.New("half done"))
		})
		if err := broken.Interrupt(); err == nil || err.Error() != "half done" {
			t.Errorf("got %v", err)
		}
		lattice.StartProvider("greeter", run)
	})
	if text != "" {
		t.Error(text)
	}
}

// linkLog is a provider that remembers what it is told.
func linkLog(told chan<- string) func(context.Context, io.Reader) error {
	return func(ctx context.Context, hostData io.Reader) error {
		p, err := provider.NewWithContext(ctx, hostData, provider.LogOutput(io.Discard),
			provider.Links(provider.LinkHandler{
				Put: func(_ context.Context, link provider.Link) error {
					if link.Name == "wrong" {
						return errors.New("not that one")
					}
					told <- fmt.Sprint("put ", link.Side, " ", link.Peer(), " ", link.Secrets()["password"].String.Reveal())
					return nil
				},
				Delete: func(_ context.Context, link provider.Link) error {
					told <- fmt.Sprint("delete ", link.Side, " ", link.Peer())
					return nil
				},
			}),
			provider.ConfigUpdate(func(old, new map[string]string) error {
				told <- fmt.Sprint("config ", old["a"], " ", new["a"])
				return nil
			}))
		if err != nil {
			return err
		}
		told <- "secret " + p.HostData().Secrets["key"].String.Reveal() + string(p.HostData().Secrets["bytes"].Bytes.Reveal())
		return p.Run(ctx)
	}
}

// What a host tells has arrived when the method returns.
func TestHostTells(t *testing.T) {
	t.Parallel()
	told := make(chan string, 10)
	next := func(want string) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Errorf("told %q, not %q", got, want)
			}
		default:
			t.Errorf("not told: %q", want)
		}
	}
	lattice := providertest.New(t, providertest.Named("other"))
	link := providertest.Link{SourceID: "p", Target: "db", Package: "a:b", SourceSecrets: providertest.Secrets{"password": "xyzzy"}}
	p := lattice.StartProvider("p", linkLog(told),
		providertest.WithLinks(link),
		providertest.WithConfig(map[string]string{"a": "1"}),
		providertest.WithSecrets(providertest.Secrets{"key": "open", "bytes": []byte(" sesame")}))
	next("secret open sesame")
	next("put source db xyzzy")

	named := link
	named.SourceID, named.Target, named.Name = "web", "p", "second"
	for _, err := range []error{p.PutLink(named), p.DeleteLink(link), p.UpdateConfig(map[string]string{"a": "2"})} {
		if err != nil {
			t.Error(err)
		}
	}
	next("put target web ")
	next("delete source db")
	next("config 1 2")

	named.Name = "wrong"
	if err := p.PutLink(named); err == nil || !strings.Contains(err.Error(), "not that one") {
		t.Errorf("a refused link: %v", err)
	}
	p.AwaitHealth(func(h provider.HealthCheckResponse) bool {
		return !h.Healthy && strings.Contains(h.Message, "not that one")
	})
}

// Two instances of a provider serve side by side, and stop one by one.
func TestInstances(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	links := providertest.WithLinks(providertest.Link{SourceID: "component", Target: "greeter", Package: "example:greet"})
	first, second := lattice.StartProvider("greeter", run, links), lattice.StartProvider("greeter", run, links)
	if first.HostID() == second.HostID() {
		t.Error("both have the same host")
	}
	if err := first.Stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-second.Done():
		t.Error("both have stopped")
	default:
	}
	if text, err := hello(t.Context(), lattice.Component("component").Client("greeter"), "you"); err != nil || text != ", you" {
		t.Errorf("got %q, %v", text, err)
	}
}

// Each fault does what it is called.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault providertest.Fault
		check func(text string, err error, took time.Duration) bool
	}{
		"pass":  {providertest.Pass(), func(text string, err error, _ time.Duration) bool { return err == nil && text == ", you" }},
		"split": {providertest.Split(1), func(text string, err error, _ time.Duration) bool { return err == nil && text == ", you" }},
		"delay": {providertest.Delay(100 * time.Millisecond), func(text string, err error, took time.Duration) bool {
			return err == nil && took >= 100*time.Millisecond
		}},
		"drop":      {providertest.Drop(), func(_ string, err error, _ time.Duration) bool { return err != nil }},
		"duplicate": {providertest.Duplicate(), func(_ string, err error, _ time.Duration) bool { return errors.Is(err, wrpc.ErrMalformed) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lattice := providertest.New(t)
			lattice.StartProvider("greeter", run,
				providertest.WithLinks(providertest.Link{SourceID: "component", Target: "greeter", Package: "example:greet"}),
				providertest.WithFaults(func(m providertest.Message) providertest.Fault {
					if m.Sent && strings.HasSuffix(m.Subject, ".results") && len(m.Data) > 0 {
						return test.fault
					}
					return providertest.Pass()
				}))
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			start := time.Now()
			text, err := hello(ctx, lattice.Component("component").Client("greeter"), "you")
			if took := time.Since(start); !test.check(text, err, took) {
				t.Errorf("got %q, %v after %v", text, err, took)
			}
		})
	}
}

// A silent peer is called and says nothing, which its caller notices.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	silent := lattice.SilentPeer("silent")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := hello(ctx, lattice.Component("component").Client("silent"), "you")
	if !errors.Is(err, wrpc.ErrDeadline) {
		t.Errorf("got %v", err)
	}
	if function := silent.AwaitCall(); function != "example:greet/greeter.hello" {
		t.Errorf("called %q", function)
	}
}

// Providers come back after the server has been away, through faults or not.
func TestRestartServer(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	links := providertest.WithLinks(providertest.Link{SourceID: "component", Target: "greeter", Package: "example:greet"})
	direct := lattice.StartProvider("greeter", run, links)
	lattice.RestartServer()
	direct.AwaitServing()
	if err := direct.Stop(); err != nil {
		t.Error(err)
	}
	behind := lattice.StartProvider("greeter", run, links,
		providertest.WithFaults(func(providertest.Message) providertest.Fault { return providertest.Pass() }))
	lattice.RestartServer()
	behind.AwaitServing()
	if text, err := hello(t.Context(), lattice.Component("component").Client("greeter"), "you"); err != nil || text != ", you" {
		t.Errorf("got %q, %v", text, err)
	}
}
