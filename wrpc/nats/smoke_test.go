package wrpcnats_test

import (
	"context"
	"errors"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

func TestSmoke(t *testing.T) {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	defer ns.Shutdown()
	connect := func() *nats.Conn {
		nc, err := nats.Connect(ns.ClientURL())
		if err != nil {
			t.Fatal(err)
		}
		return nc
	}
	a, b := connect(), connect()
	defer a.Close()
	defer b.Close()
	srv := wrpcnats.NewClient(a, wrpcnats.WithPrefix("default.x"))
	cl := wrpcnats.NewClient(b, wrpcnats.WithPrefix("default.x"))
	stop, err := wrpc.ServeFuncs(srv, "t:t/e", wrpc.Func{Name: "echo", Handle: func(ctx context.Context, p wrpc.Decoder, r wrpc.Encoder) error {
		s := p.At(0).String()
		if err := p.Err(); err != nil {
			return err
		}
		if s == "bad" {
			return errors.New("no good")
		}
		r.At(0).String(s)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	call := func(f, s string) (string, error) {
		var res string
		err := wrpc.Call(t.Context(), cl, "t:t/e", f, func(e wrpc.Encoder) { e.At(0).String(s) }, func(d wrpc.Decoder) { res = d.At(0).String() })
		return res, err
	}
	t.Log(call("echo", "hello"))
	big := make([]byte, 5<<20)
	res, err := call("echo", string(big))
	t.Log(len(res), err)
	t.Log(call("echo", "bad"))
	t.Log(call("echo2", "bad"))
	t.Log(stop())
	t.Log(call("echo", "x"))
	t.Log(srv.Stop(t.Context()))
	t.Log(srv.Close(), cl.Close())
}
