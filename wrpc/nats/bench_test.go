package wrpcnats_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

func parallel(b *testing.B, n int, f func() error) {
	b.ReportAllocs()
	b.ResetTimer()
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
	sub, err := nc.Subscribe("plain", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	if err != nil {
		b.Fatal(err)
	}
	_ = sub
	_ = nc.Flush()
	_, err = wrpc.ServeFuncs(server, instance, wrpc.Func{Name: "echo", Handle: func(_ context.Context, p wrpc.Decoder, r wrpc.Encoder) error {
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
				var res string
				_ = res
				return wrpc.Call(ctx, caller, instance, "echo", func(e wrpc.Encoder) { e.At(0).String("hello world") }, func(d wrpc.Decoder) { res = d.At(0).String() })
			})
		})
	}
}
