package telemetry

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	provider "github.com/wasmCloud/provider-sdk-go"
	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// refusing returns an address where nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// blackHole returns an address that accepts connections and never says a word.
func blackHole(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		var open []net.Conn
		defer func() {
			for _, conn := range open {
				conn.Close()
			}
		}()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open = append(open, conn)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		accepting.Wait()
	})
	return listener.Addr().String()
}

// A collector that is not there costs no call, and no more of a stop than the least of the budget and FlushTimeout.
func TestDeadCollector(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, protocol string
		address        func(*testing.T) string
		signal         time.Duration // the stop's budget
		flush          time.Duration
		atMost         time.Duration
	}{
		{"refused, http", "http", refusing, longest, longest, 5 * time.Second},
		{"refused, grpc", "grpc", refusing, longest, longest, 5 * time.Second},
		{"black hole, http", "http", blackHole, longest, 200 * time.Millisecond, 3 * time.Second},
		{"black hole, grpc", "grpc", blackHole, longest, 200 * time.Millisecond, 3 * time.Second},
		{"black hole, http, short budget", "http", blackHole, 200 * time.Millisecond, longest, 3 * time.Second},
		{"black hole, grpc, short budget", "grpc", blackHole, 200 * time.Millisecond, longest, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := labtest.Server(t).ClientURL()
			r := start(t, url, "prov", all("http://"+test.address(t), test.protocol).with(fields{"max_batch_queue_size": 8}),
				provider.ShutdownBudget(test.signal, test.signal), Option(FlushTimeout(test.flush)))
			host := connect(t, url)
			began := time.Now()
			for range 100 { // many times what the queues hold
				if _, err := callProvider(t, host, "prov", "echo", "x", nats.Header{}); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("100 calls took %v", took)
			}
			if took := r.stop(); took > test.atMost {
				t.Errorf("the stop took %v:\n%s", took, r.logs)
			}
			logged := r.logs.String()
			if n := strings.Count(logged, "telemetry lost"); n > 1 {
				t.Errorf("%d messages of lost telemetry:\n%s", n, logged)
			}
			if !strings.Contains(logged, errLost.Error()) && !strings.Contains(logged, "budget") && !strings.Contains(logged, "telemetry lost") {
				t.Errorf("nothing was said of lost telemetry:\n%s", logged)
			}
		})
	}
}

// A collector that is known not to answer is not waited for at all.
func TestStopKnowsDeadCollector(t *testing.T) {
	t.Parallel()
	e, _ := read(provider.OtelConfig{}, nil)
	for name, prepare := range map[string]func(*collector){
		"last attempt failed": func(c *collector) { c.attempt()(unanswered) },
		"attempt hangs": func(c *collector) {
			c.attempt()
			c.attempts[c.last] = time.Now().Add(-2 * patience)
		},
	} {
		c, err := newCollector(e, connection{host: "127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		prepare(c)
		c.stop()
		if !c.abandoned {
			t.Errorf("%s: not abandoned", name)
		}
	}
	c, err := newCollector(e, connection{host: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	c.attempt()(unanswered)
	c.attempt()(answered)
	c.attempt()(undecided)
	c.attempt()
	if c.stop(); c.abandoned {
		t.Error("a collector that answers was abandoned")
	}
	if c.attempt()(undecided); c.abandoned {
		t.Error("a collector was abandoned for an attempt that this side broke off")
	}
	if c.attempt()(unanswered); !c.abandoned {
		t.Error("a collector that has stopped to answer was not abandoned")
	}
}

// Failed exports are told once a minute, with how many there were.
func TestReportsAreRare(t *testing.T) {
	t.Parallel()
	e, logged := read(provider.OtelConfig{}, nil)
	c, err := newCollector(e, connection{host: "c:1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		c.report(traces, errLost)
	}
	c.reported = c.reported.Add(-reportEvery)
	c.report(logs, errLost)
	text := logged.String()
	if strings.Count(text, "telemetry lost") != 2 || !strings.Contains(text, "failed_exports=1") || !strings.Contains(text, "failed_exports=5") {
		t.Error(text)
	}
}
