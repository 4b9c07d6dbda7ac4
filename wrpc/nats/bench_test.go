//go:build unix

package wrpcnats_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// parallel runs f b.N times, n at once. It reports the process's CPU time, too, which a busy machine changes less.
func parallel(b *testing.B, n int, f func() error) {
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime()
	defer func() { b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op") }()
	var wg sync.WaitGroup
	work := make(chan struct{}, n)
	for range n {
		wg.Go(func() {
			for range work {
				if err := f(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
}

func BenchmarkCall(b *testing.B) {
	ns := startServer(b)
	server, caller := client(b, ns), client(b, ns)
	nc, rc := connect(b, ns), connect(b, ns)
	if _, err := nc.Subscribe("plain", func(m *nats.Msg) { _ = m.Respond(m.Data) }); err != nil {
		b.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		b.Fatal(err)
	}
	_, err := wrpc.ServeFuncs(server, instance, wrpc.Func{Name: "echo", Handle: func(_ context.Context, p wrpc.Decoder, r wrpc.Encoder) error {
		s := p.At(0).String()
		r.At(0).String(s)
		return p.Err()
	}})
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	data := []byte("hello world")
	for _, n := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprintf("plain/%d", n), func(b *testing.B) {
			parallel(b, n, func() error {
				_, err := rc.RequestWithContext(ctx, "plain", data)
				return err
			})
		})
		b.Run(fmt.Sprintf("wrpc/%d", n), func(b *testing.B) {
			parallel(b, n, func() error {
				return wrpc.Call(ctx, caller, instance, "echo", func(e wrpc.Encoder) { e.At(0).String("hello world") }, func(d wrpc.Decoder) { _ = d.At(0).String() })
			})
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
