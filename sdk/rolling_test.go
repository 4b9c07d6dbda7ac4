package provider

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// Three instances share the calls of 32 callers while each is stopped by SIGTERM and started again in turn: no call fails.
func TestRollingStop(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	fields := baseFields(server.ClientURL()).with(hostFields{"log_level": "info"})
	instances := make([]*process, 3)
	for i := range instances {
		instances[i] = startProvider(t, "echo", fields)
	}
	var done atomic.Bool
	var calls atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		client := wrpcnats.NewClient(labtest.Connect(t, server.ClientURL()), wrpcnats.WithPrefix("lat.prov"), wrpcnats.WithTimeout(labtest.Patience))
		for range 8 {
			group.Go(func() {
				for !done.Load() {
					// Some of the calls are under way when their instance is told to stop.
					text := "slow " + (time.Duration(calls.Add(1)%20) * time.Millisecond).String()
					answer, err := callEcho(context.Background(), client, text)
					if err != nil || answer != text {
						t.Errorf("call %d: %q, %v", calls.Load(), answer, err)
						return
					}
				}
			})
		}
	}
	host := labtest.Connect(t, server.ClientURL())
	for i := range instances {
		mark := calls.Load()
		waitUntil(t, host, func() bool { return calls.Load() > mark+200 || t.Failed() })
		instances[i].signal(syscall.SIGTERM)
		if code := instances[i].exit(); code != 0 || strings.Contains(instances[i].logs.String(), "cut off") {
			t.Errorf("instance %d ended with exit code %d:\n%s", i, code, instances[i].logs)
		}
		instances[i] = startProvider(t, "echo", fields)
	}
	done.Store(true)
	group.Wait()
	t.Logf("%d calls, 3 rolling stops", calls.Load())
}

// The same with the host's message, which all instances hear and only its own obeys.
func TestRollingStopByTheHost(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	fields := baseFields(server.ClientURL())
	first := startProvider(t, "echo", fields.with(hostFields{"host_id": "NONE"}))
	second := startProvider(t, "echo", fields.with(hostFields{"host_id": "NTWO"}))
	client := componentClient(t, server.ClientURL(), "comp")
	done := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		for {
			select {
			case <-done:
				failed <- nil
				return
			default:
			}
			if _, err := callEcho(context.Background(), client, "x"); err != nil {
				failed <- err
				return
			}
		}
	}()
	host := labtest.Connect(t, server.ClientURL())
	if _, err := host.Request(NewTopics("lat", "prov", "").LatticeShutdown, []byte(`{"host_id":"NONE"}`), labtest.Patience); err != nil {
		t.Error(err)
	}
	if code := first.exit(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, first.logs)
	}
	close(done)
	if err := <-failed; err != nil {
		t.Error(err)
	}
	second.logs.WaitFor(t, "meant for another host's instance")
}
