package provider

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	"github.com/wrpc/wrpc/go"
)

// eventLog is a list that may be added to from anywhere.
type eventLog struct {
	mu     sync.Mutex
	events []string
}

func (e *eventLog) add(event string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, event)
}

func (e *eventLog) list() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.events)
}

// inFlight makes n calls with text, and returns when the provider has them.
func (l *lab) inFlight(n int, text string) <-chan error {
	l.t.Helper()
	done := make(chan error, n)
	client := componentClient(l.t, l.server.ClientURL(), "comp")
	for range n {
		go func() {
			answer, err := callEcho(l.t.Context(), client, text)
			if err == nil && answer != text {
				err = fmt.Errorf("answered %q", answer)
			}
			done <- err
		}()
	}
	waitUntil(l.t, l.host, func() bool { return l.p.RPCClient.InFlight() == n })
	return done
}

func TestStopLetsCallsEnd(t *testing.T) {
	t.Parallel()
	var events eventLog
	l := newLab(t, hostFields{"default_rpc_timeout_ms": 20_000}, Shutdown(func() error { events.add("hook"); return nil }),
		OnFlush(func(context.Context) error { events.add("first flush"); return errors.New("collector is dead") }),
		OnFlush(func(context.Context) error { events.add("second flush"); return nil }))
	release := make(chan struct{})
	serveEcho(t, l.p, func(_ context.Context, text string) (string, error) {
		if text == "late" { // until the server knows that no more calls are wanted here
			return text, nil
		}
		<-release
		events.add(text)
		return text, nil
	})
	l.run(t.Context())
	done := l.inFlight(1, "call")
	ended := make(chan error, 1)
	go func() { ended <- l.p.Shutdown() }()
	waitUntil(t, l.host, func() bool { return strings.Contains(l.health().Message, "stopping") })
	late := componentClient(t, l.server.ClientURL(), "comp")
	waitUntil(t, l.host, func() bool {
		_, err := callEcho(t.Context(), late, "late")
		return errors.Is(err, wrpc.ErrNoResponders) || errors.Is(err, wrpc.ErrRefused)
	})
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the running call: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := events.list(); !slices.Equal(got, []string{"call", "hook", "second flush", "first flush"}) {
		t.Errorf("the order was %q", got)
	}
	if !strings.Contains(l.logs.String(), "collector is dead") {
		t.Errorf("the error of the flush was not logged:\n%s", l.logs)
	}
	if err := l.wait(); err != nil {
		t.Error(err)
	}
}

// Whatever hangs, the host has its answer in time.
func TestStopBudget(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	hang := func() error { <-release; return nil }
	for name, options := range map[string][]ProviderHandler{
		"call":          nil,
		"hook":          {Shutdown(hang)},
		"flush":         {OnFlush(func(context.Context) error { return hang() })},
		"link callback": {TargetLinkPut(func(InterfaceLinkDefinition) error { return hang() })},
		"config":        {ConfigUpdate(func(_, _ map[string]string) error { return hang() })},
		"health check":  {HealthCheck(func() string { _ = hang(); return "" })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var events eventLog
			l := newLab(t, nil, append(options, OnFlush(func(context.Context) error { events.add("flush"); return nil }))...)
			serveEcho(t, l.p, func(_ context.Context, text string) (string, error) { return text, hang() })
			l.run(t.Context())
			if name == "call" {
				l.inFlight(3, "x")
			}
			for subject, payload := range map[string]any{l.p.Topics.LatticeLinkPut: linkFields("c", nil), l.p.Topics.LatticeConfigUpdate: hostFields{"a": "b"}, l.p.Topics.LatticeHealth: nil} {
				if err := l.host.PublishRequest(subject, "nobody", mustJSON(t, payload)); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			l.request(l.p.Topics.LatticeShutdown, hostFields{"host_id": "NHOST"})
			took := time.Since(began)
			if err := l.wait(); err != nil {
				t.Error(err)
			}
			if got := events.list(); !slices.Equal(got, []string{"flush"}) {
				t.Errorf("flushed %q", got)
			}
			// The budget is 250 ms; the rest is for the race detector on a busy machine. A real process proves the limit.
			if took > time.Second*raceFactor {
				t.Errorf("the answer took %v:\n%s", took, l.logs)
			}
		})
	}
}

// The host's message cuts a stop short that has more time.
func TestHostHurriesAStop(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	l := newLab(t, nil, Shutdown(func() error { <-release; return nil }), ShutdownBudget(100*time.Millisecond, time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	l.run(ctx)
	cancel()
	l.logs.WaitFor(t, "stopping")
	l.request(l.p.Topics.LatticeShutdown, hostFields{"host_id": "NHOST"})
	if err := l.wait(); err != nil {
		t.Error(err)
	}
}

func TestPhaseEnds(t *testing.T) {
	t.Parallel()
	for phase, want := range map[int]time.Duration{phaseDrain: 150, phaseHook: 212, phaseFlush: 250} {
		if got := phaseEnd(phase, 250*time.Millisecond).Truncate(time.Millisecond); got != want*time.Millisecond {
			t.Errorf("phase %d ends after %v, want %dms", phase, got, want)
		}
	}
}

func TestHealthCheckHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var calls eventLog
	l := newLab(t, nil, HealthCheckFunc(func(ctx context.Context) (string, error) {
		calls.add("call")
		<-release
		return "well again", ctx.Err()
	}))
	l.run(t.Context())
	for i := range 5 {
		began := time.Now()
		health := l.health()
		took := time.Since(began)
		if health.Healthy || !strings.HasPrefix(health.Message, "the health check has not returned for ") {
			t.Errorf("%d: got %+v", i, health)
		}
		if i > 0 && took > healthTimeout/2*raceFactor {
			t.Errorf("%d: an answer about a check that hangs took %v", i, took)
		}
	}
	if n := len(calls.list()); n != 1 {
		t.Errorf("the check was called %d times", n)
	}
	close(release)
	// What the check said in the end comes too late to be true; the one after that counts.
	waitUntil(t, l.host, func() bool { return l.health() == HealthCheckResponse{true, "well again"} })
}

func TestHealthCheckSaysNo(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil, HealthCheckFunc(func(context.Context) (string, error) { return "3 of 4 disks", errors.New("disk 2 is gone") }))
	l.run(t.Context())
	if health := l.health(); health != (HealthCheckResponse{false, "3 of 4 disks: disk 2 is gone"}) {
		t.Errorf("got %+v", health)
	}
}

// settle waits until no more goroutines run than before.
func settle(t testing.TB, base int) {
	t.Helper()
	var n int
	for began := time.Now(); time.Since(began) < labtest.Patience; runtime.Gosched() {
		if n = runtime.NumGoroutine(); n <= base {
			return
		}
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines, %d before:\n%s", n, base, stacks[:runtime.Stack(stacks, true)])
}

// Nothing of a provider is left when Run has returned. It runs alone, to count goroutines.
func TestNoGoroutineIsLeft(t *testing.T) {
	server := labtest.Server(t)
	host := labtest.Connect(t, server.ClientURL())
	if _, err := host.Request("nobody", nil, labtest.Patience); !errors.Is(err, nats.ErrNoResponders) { // opens the host's own inbox
		t.Fatal(err)
	}
	base := runtime.NumGoroutine()
	for _, fields := range []hostFields{{"provider_key": "a b"}, {"lattice_rpc_url": closedPort(t)}} {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		if _, err := NewWithContext(ctx, baseFields(server.ClientURL()).with(fields).reader(t), LogOutput(labtest.NewLog())); err == nil {
			t.Fatalf("%v was accepted", fields)
		}
		cancel()
	}
	settle(t, base)
	for range 3 {
		logs := labtest.NewLog()
		p, err := NewWithHostDataSource(baseFields(server.ClientURL()).with(hostFields{"link_definitions": []any{linkFields("c", nil)}}).reader(t),
			LogOutput(logs), HealthCheck(func() string { return "" }), Links(LinkHandler{}))
		if err != nil {
			t.Fatal(err)
		}
		serveEcho(t, p, echo)
		ended := make(chan error)
		go func() { ended <- p.Start() }()
		logs.WaitFor(t, "provider runs")
		if _, err := callEcho(t.Context(), p.OutgoingRpcClient("prov"), "self"); err != nil {
			t.Error(err)
		}
		if _, err := host.Request(p.Topics.LatticeHealth, nil, labtest.Patience); err != nil {
			t.Error(err)
		}
		if err := p.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	settle(t, base)
}

// A New that fails late undoes what its options began.
func TestFailedNewFlushes(t *testing.T) {
	t.Parallel()
	var flushed bool
	_, err := NewWithHostDataSource(baseFields("127.0.0.1:1").reader(t), LogOutput(labtest.NewLog()),
		OnFlush(func(context.Context) error { flushed = true; return nil }), MaxInFlight(-1))
	if !errors.Is(err, ErrOption) || !flushed {
		t.Errorf("got %v, flushed: %v", err, flushed)
	}
}
