package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// healthWatch asks for the health again and again, and keeps the slowest answer.
type healthWatch struct {
	stop    chan struct{}
	wait    sync.WaitGroup
	slowest time.Duration
	count   atomic.Int64
	last    HealthCheckResponse
}

func watchHealth(t testing.TB, host *nats.Conn, subject string) *healthWatch {
	w := &healthWatch{stop: make(chan struct{})}
	w.wait.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
			began := time.Now()
			msg, err := host.Request(subject, []byte("{}"), labtest.Patience)
			if err != nil || json.Unmarshal(msg.Data, &w.last) != nil {
				t.Errorf("health: %v", err)
				return
			}
			w.slowest = max(w.slowest, time.Since(began))
			w.count.Add(1)
		}
	})
	return w
}

func (w *healthWatch) end() {
	close(w.stop)
	w.wait.Wait()
}

// flood sends what a careless or malicious client of the lattice can send, all of it to one provider.
func flood(t testing.TB, host *nats.Conn, topics Topics) {
	t.Helper()
	publish := func(subject, reply string, payload []byte) {
		t.Helper()
		if err := host.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: payload}); err != nil {
			t.Fatal(err)
		}
	}
	// Peers whose results claim 4 GiB.
	liar := func(m *nats.Msg) {
		_ = host.PublishRequest(m.Reply, "nobody", nil)
		_ = host.Publish(m.Reply+".results", []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 'x'})
	}
	if _, err := host.Subscribe("lat.liar.>", liar); err != nil {
		t.Fatal(err)
	}
	if err := host.Flush(); err != nil { // the calls come over other connections
		t.Fatal(err)
	}
	bomb := []byte(strings.Repeat("[", 100_000))
	garbage := [][]byte{bomb, nil, []byte("null"), []byte("\xff\xfe{"), []byte(`{"source_id":{"a":1}}`), []byte(`{"host_id":["NHOST"]}`), []byte(`"text"`),
		[]byte(`{"source_id":"x","target":"y"}`), []byte(strings.Repeat(`{"a":`, 20_000)), []byte(`{"a":"` + strings.Repeat("x", 900_000) + `"`)}
	for i := range 50 {
		publish("lat.prov.wrpc.0.0.1.test:calls/api.echo", fmt.Sprintf("_INBOX.never.%d", i), []byte{200, 1, 'x'}) // 200 bytes are announced
	}
	for _, subject := range []string{topics.LatticeLinkPut, topics.LatticeLinkDel, topics.LatticeConfigUpdate, topics.LatticeShutdown, topics.LatticeHealth} {
		for _, payload := range garbage {
			publish(subject, "", payload)
		}
	}
	for i := range 1000 {
		publish(topics.LatticeLinkPut, "", mustJSON(t, linkFields(fmt.Sprintf("flood%d", i), hostFields{"new_field": []any{i, hostFields{"x": nil}}, "interfaces": nil})))
	}
}

// Health keeps answering, and memory stays where it was, whatever strangers send.
func TestFlood(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	p := startProvider(t, "echo", baseFields(server.ClientURL()))
	host := labtest.Connect(t, server.ClientURL())
	topics := NewTopics("lat", "prov", "")
	client := componentClient(t, server.ClientURL(), "comp")
	if _, err := callEcho(t.Context(), client, "warm"); err != nil {
		t.Fatal(err)
	}
	before := rss(t, p.cmd.Process.Pid)
	// How fast this machine is with what else it has to do.
	calm := watchHealth(t, labtest.Connect(t, server.ClientURL()), topics.LatticeHealth)
	waitUntil(t, host, func() bool { return calm.count.Load() >= 20 })
	calm.end()
	limit := (100*time.Millisecond + 5*calm.slowest) * raceFactor
	watch := watchHealth(t, labtest.Connect(t, server.ClientURL()), topics.LatticeHealth)
	flood(t, host, topics)
	var asking sync.WaitGroup
	for range 50 {
		asking.Go(func() {
			if answer, err := callEcho(context.Background(), client, "ask liar"); err == nil {
				t.Errorf("a result of 4 GiB was taken for %q", answer)
			}
		})
	}
	asking.Wait()
	// The answer to this one comes after all the links before it have been taken.
	if _, err := host.Request(topics.LatticeLinkPut, mustJSON(t, linkFields("flood999", nil)), labtest.Patience); err != nil {
		t.Fatal(err)
	}
	if answer, err := callEcho(t.Context(), client, "still there"); err != nil || answer != "still there" {
		t.Errorf("got %q, %v", answer, err)
	}
	watch.end()
	grown := rss(t, p.cmd.Process.Pid) - before
	t.Logf("%d health checks, the slowest took %v, %v before; the provider has grown by %d KiB", watch.count.Load(), watch.slowest, calm.slowest, grown>>10)
	if watch.slowest > limit || !watch.last.Healthy {
		t.Errorf("the slowest of %d health checks took %v, the last was %+v", watch.count.Load(), watch.slowest, watch.last)
	}
	if grown > 32<<20*raceFactor {
		t.Errorf("the provider has grown by %d KiB", grown>>10)
	}
}
