package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// The size of the churn.
const (
	churnCalls    = 10_000
	churnCallers  = 64
	churnLinks    = 1000
	churnRestarts = 3
	churnTimeout  = 5 * time.Second
)

// restartable is a NATS server that comes back on its port.
type restartable struct {
	t      testing.TB
	port   int
	server *server.Server
}

func newRestartable(t testing.TB) *restartable {
	t.Helper()
	s := labtest.Server(t)
	return &restartable{t, s.Addr().(*net.TCPAddr).Port, s}
}

func (r *restartable) restart() {
	r.t.Helper()
	r.server.Shutdown()
	r.server.WaitForShutdown()
	r.server = labtest.Server(r.t, labtest.Port(r.port))
}

func (r *restartable) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", r.port) }

// patientConn reconnects for ever, quickly.
func patientConn(t testing.TB, url string) *nats.Conn {
	t.Helper()
	return labtest.Connect(t, url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
}

// insist sends a control message until it is answered: messages are lost while the server restarts.
func insist(t testing.TB, host *nats.Conn, subject string, payload []byte) {
	t.Helper()
	for began := time.Now(); time.Since(began) < labtest.Patience; {
		if _, err := host.Request(subject, payload, 500*time.Millisecond); err == nil {
			return
		}
	}
	t.Errorf("%s was never answered", subject)
}

// churnOutcome counts how calls ended.
type churnOutcome struct {
	mu     sync.Mutex
	counts map[string]int
	done   atomic.Int64
}

// note accepts success and the typed errors of calls.
func (o *churnOutcome) note(t testing.TB, answer, want string, err error, took time.Duration) {
	kind := "ok"
	_, typed := errors.AsType[*wrpc.CallError](err)
	switch {
	case err == nil && answer != want:
		t.Errorf("answered %q for %q", answer, want)
	case err != nil && !typed:
		t.Errorf("an error that is not typed: %v", err)
	case took > churnTimeout+2*time.Second:
		t.Errorf("a call took %v", took)
	}
	for _, e := range []error{wrpc.ErrNoResponders, wrpc.ErrRefused, wrpc.ErrDisconnected, wrpc.ErrDeadline} {
		if errors.Is(err, e) {
			kind = e.Error()
		}
	}
	if err != nil && kind == "ok" {
		kind = err.Error()
	}
	o.mu.Lock()
	o.counts[kind]++
	o.mu.Unlock()
	if !errors.Is(err, wrpc.ErrNoResponders) { // it comes at once, again and again, until the provider is back
		o.done.Add(1)
	}
}

// newCallers returns clients that have made their first call.
func newCallers(t testing.TB, url string) []*wrpcnats.Client {
	t.Helper()
	clients := make([]*wrpcnats.Client, 8)
	for i := range clients {
		clients[i] = wrpcnats.NewClient(patientConn(t, url), wrpcnats.WithPrefix("lat.prov"), wrpcnats.WithTimeout(churnTimeout))
		if _, err := callEcho(t.Context(), clients[i], "first"); err != nil {
			t.Fatal(err)
		}
	}
	return clients
}

// call makes the calls of all callers.
func (o *churnOutcome) call(t testing.TB, clients []*wrpcnats.Client) {
	var group sync.WaitGroup
	for _, client := range clients {
		for range churnCallers / len(clients) {
			group.Go(func() {
				for o.done.Load() < churnCalls {
					text := strings.Repeat("x", rand.IntN(500))
					began := time.Now()
					answer, err := callEcho(context.Background(), client, text)
					o.note(t, answer, text, err, time.Since(began))
				}
			})
		}
	}
	group.Wait()
}

// churn puts, changes and deletes links, and returns what each should be in the end. Each of its workers has links of
// its own, so that a message that is sent again does not overtake a later one.
func churn(t testing.TB, host *nats.Conn, topics Topics) map[string]string {
	const workers = 4
	var group sync.WaitGroup
	var mu sync.Mutex
	want := map[string]string{}
	for worker := range workers {
		group.Go(func() {
			for i := range churnLinks / workers {
				source, v := fmt.Sprintf("c%d-%d", worker, rand.IntN(20)), fmt.Sprint(i)
				remove := rand.IntN(3) == 0
				mu.Lock()
				if want[source] = v; remove {
					delete(want, source)
				}
				mu.Unlock()
				subject := topics.LatticeLinkPut
				if remove {
					subject = topics.LatticeLinkDel
				}
				insist(t, host, subject, mustJSON(t, versionOf(source, v)))
			}
		})
	}
	group.Wait()
	return want
}

// heap is the memory in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// 10,000 calls of 64 callers while links come and go 1,000 times and the NATS server restarts three times. It runs alone,
// to count goroutines and memory.
func TestChurn(t *testing.T) {
	lattice := newRestartable(t)
	author := &held{links: map[string]string{}}
	logs := labtest.NewLog()
	p, err := NewWithHostDataSource(baseFields(lattice.url()).with(hostFields{"default_rpc_timeout_ms": 5000, "log_level": "error"}).reader(t),
		append(author.handler(), LogOutput(logs))...)
	if err != nil {
		t.Fatal(err)
	}
	serveEcho(t, p, echo)
	ended := make(chan error, 1)
	go func() { ended <- p.Start() }()
	host := patientConn(t, lattice.url())
	insist(t, host, p.Topics.LatticeHealth, nil)
	clients := newCallers(t, lattice.url())
	goroutines, memory := runtime.NumGoroutine(), heap()

	outcome := &churnOutcome{counts: map[string]int{}}
	var group sync.WaitGroup
	var want map[string]string
	group.Go(func() { outcome.call(t, clients) })
	group.Go(func() { want = churn(t, host, p.Topics) })
	for i := range int64(churnRestarts) {
		waitUntil(t, host, func() bool { return outcome.done.Load() > (i+1)*churnCalls/(churnRestarts+1) })
		lattice.restart()
	}
	group.Wait()
	t.Logf("outcomes: %v", outcome.counts)
	if ok := outcome.counts["ok"]; ok < churnCalls*9/10 {
		t.Errorf("only %d calls succeeded", ok)
	}
	if got := author.copy(); !maps.Equal(got, want) {
		t.Errorf("links are %v\nwant %v", got, want)
	}
	waitUntil(t, host, func() bool { return p.RPCClient.InFlight() == 0 })
	settle(t, goroutines+4) // the new server may have some more of its own
	t.Logf("goroutines %d, then %d; heap %d KiB, then %d KiB", goroutines, runtime.NumGoroutine(), memory>>10, heap()>>10)
	if grown := int64(heap()) - int64(memory); grown > 16<<20 {
		t.Errorf("the heap has grown by %d KiB", grown>>10)
	}
	if err := p.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
