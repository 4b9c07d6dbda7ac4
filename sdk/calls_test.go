package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// A provider calls under its own name, and passes the trace on of the call that it serves.
func TestHeadersOfCallsOut(t *testing.T) {
	t.Parallel()
	var seen []string
	l := newLab(t, nil, Intercept(wrpcnats.Interceptor{Invoke: func(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
		seen = append(seen, call.Header.Get("source-id")+" "+call.Header.Get("target-id"))
		return ctx, nil
	}}))
	headers := make(chan nats.Header, 1)
	component := wrpcnats.NewClient(labtest.Connect(t, l.server.ClientURL()), wrpcnats.WithPrefix("lat.comp"))
	if _, err := wrpc.ServeFuncs(component, "test:calls/api", echoFunc(func(ctx context.Context, text string) (string, error) {
		header, _ := wrpcnats.HeaderFromContext(ctx)
		headers <- header
		return text, nil
	})); err != nil {
		t.Fatal(err)
	}
	serveEcho(t, l.p, func(ctx context.Context, text string) (string, error) {
		if strings.HasPrefix(text, "own header") {
			ctx = wrpcnats.ContextWithHeader(ctx, nats.Header{"x-own": {"1"}, "source-id": {"forged"}, "traceparent": {"forged"}, "tracestate": {"forged"}})
		}
		return callEcho(ctx, l.p.OutgoingRpcClient("comp"), text)
	})
	l.run(t.Context())
	call := func(text string, incoming nats.Header) nats.Header {
		t.Helper()
		ctx := wrpcnats.ContextWithHeader(t.Context(), incoming)
		if _, err := callEcho(ctx, wrpcnats.NewClient(labtest.Connect(t, l.server.ClientURL()), wrpcnats.WithPrefix("lat.prov")), text); err != nil {
			t.Fatal(err)
		}
		return <-headers
	}
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, c := range []struct {
		text     string
		incoming nats.Header
		want     map[string]string
	}{
		{"plain", nats.Header{"source-id": {"comp"}, "traceparent": {trace}, "tracestate": {"a=b"}, "x-theirs": {"1"}},
			map[string]string{"source-id": "prov", "target-id": "comp", "traceparent": trace, "tracestate": "a=b", "x-theirs": ""}},
		{"own header", nats.Header{"source-id": {"comp"}, "traceparent": {trace}},
			map[string]string{"source-id": "prov", "target-id": "comp", "traceparent": trace, "tracestate": "", "x-own": "1"}},
		{"no trace", nats.Header{"source-id": {"comp"}}, map[string]string{"source-id": "prov", "target-id": "comp", "traceparent": ""}},
	} {
		got := call(c.text, c.incoming)
		for name, want := range c.want {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", c.text, name, got.Get(name), want)
			}
		}
	}
	if len(seen) != 3 || seen[0] != "prov comp" {
		t.Errorf("the interceptor saw %q", seen)
	}
}

// What goes wrong with a call out is a typed error, in its time.
func TestErrorsOfCallsOut(t *testing.T) {
	t.Parallel()
	l := newLab(t, hostFields{"default_rpc_timeout_ms": 200})
	l.run(t.Context())
	// Three peers: one that is silent, one that answers the handshake only, one whose results claim 4 GiB.
	for id, answer := range map[string]func(*nats.Msg){
		"silent": func(*nats.Msg) {},
		"shaken": func(m *nats.Msg) { _ = l.host.PublishRequest(m.Reply, "nobody", nil) },
		"liar": func(m *nats.Msg) {
			_ = l.host.PublishRequest(m.Reply, "nobody", nil)
			_ = l.host.Publish(m.Reply+".results", []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 'x'})
			_ = l.host.Publish(m.Reply+".results", nil)
		},
	} {
		if _, err := l.host.Subscribe("lat."+id+".>", answer); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.host.Flush(); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for id, want := range map[string]error{"nobody": wrpc.ErrNoResponders, "silent": wrpc.ErrDeadline, "shaken": wrpc.ErrDeadline, "liar": nil} {
		for range 20 {
			group.Go(func() {
				began := time.Now()
				_, err := callEcho(context.Background(), l.p.OutgoingRpcClient(id), "x")
				if _, ok := errors.AsType[*wrpc.CallError](err); !ok || want != nil && !errors.Is(err, want) {
					t.Errorf("%s: got %v", id, err)
				}
				if took := time.Since(began); took > 5*time.Second || id == "silent" && took < 200*time.Millisecond {
					t.Errorf("%s: took %v", id, took)
				}
			})
		}
	}
	group.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := callEcho(ctx, l.p.OutgoingRpcClient("silent"), "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a shorter context: %v", err)
	}
}

func TestDeadlineOfCallsIn(t *testing.T) {
	t.Parallel()
	l := newLab(t, hostFields{"default_rpc_timeout_ms": 150})
	serveEcho(t, l.p, func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	l.run(t.Context())
	began := time.Now()
	if _, err := callEcho(t.Context(), componentClient(t, l.server.ClientURL(), "c"), "x"); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestCallsBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t, hostFields{"default_rpc_timeout_ms": 20_000}, MaxInFlight(4))
	release := make(chan struct{})
	serveEcho(t, l.p, func(_ context.Context, text string) (string, error) {
		<-release
		return text, nil
	})
	l.run(t.Context())
	done := l.inFlight(4, "running")
	if _, err := callEcho(t.Context(), componentClient(t, l.server.ClientURL(), "c"), "x"); !errors.Is(err, wrpc.ErrRefused) {
		t.Errorf("got %v", err)
	}
	close(release)
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestPanicOfAHandler(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	serveEcho(t, l.p, func(context.Context, string) (string, error) { panic("no such index") })
	l.run(t.Context())
	_, err := callEcho(t.Context(), componentClient(t, l.server.ClientURL(), "c"), "x")
	if handler, ok := errors.AsType[*wrpc.HandlerError](err); !ok || handler.Text == "" {
		t.Errorf("got %v", err)
	}
	l.logs.WaitFor(t, "no such index")
	l.logs.WaitFor(t, "calls_test.go")
}

// Calls under way fail with a typed error when the connection is lost; new ones wait, and come through with it.
func TestCallsAcrossAReconnect(t *testing.T) {
	t.Parallel()
	l := newLab(t, hostFields{"default_rpc_timeout_ms": 20_000})
	l.run(t.Context())
	port := l.server.Addr().(*net.TCPAddr).Port
	received, err := l.host.SubscribeSync("lat.silent.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.host.Flush(); err != nil {
		t.Fatal(err)
	}
	running := make(chan error, 1)
	go func() {
		_, err := callEcho(t.Context(), l.p.OutgoingRpcClient("silent"), "x")
		running <- err
	}()
	if _, err := received.NextMsg(labtest.Patience); err != nil {
		t.Fatal(err)
	}
	l.server.Shutdown()
	l.server.WaitForShutdown()
	if err := <-running; !errors.Is(err, wrpc.ErrDisconnected) {
		t.Errorf("the call under way: %v", err)
	}
	next := make(chan error, 1)
	go func() {
		answer, err := callEcho(t.Context(), l.p.OutgoingRpcClient("comp"), "hello")
		next <- errors.Join(err, func() error {
			if answer != "hello" {
				return fmt.Errorf("answered %q", answer)
			}
			return nil
		}())
	}()
	server := labtest.Server(t, labtest.Port(port))
	component := wrpcnats.NewClient(labtest.Connect(t, server.ClientURL()), wrpcnats.WithPrefix("lat.comp"))
	if _, err := wrpc.ServeFuncs(component, "test:calls/api", echoFunc(echo)); err != nil {
		t.Fatal(err)
	}
	l.logs.WaitFor(t, "connected to NATS again")
	// The call was made without a connection. Should it have reached the server before the component did, it was told so.
	if err := <-next; err != nil && !errors.Is(err, wrpc.ErrNoResponders) {
		t.Errorf("the call made without a connection: %v", err)
	}
	if answer, err := callEcho(t.Context(), l.p.OutgoingRpcClient("comp"), "again"); err != nil || answer != "again" {
		t.Errorf("got %q, %v", answer, err)
	}
}
