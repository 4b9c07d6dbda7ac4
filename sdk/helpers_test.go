package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// hostFields are the fields of a host data; with adds to them.
type hostFields map[string]any

func (f hostFields) with(more hostFields) hostFields {
	f = maps.Clone(f)
	maps.Copy(f, more)
	return f
}

func (f hostFields) reader(t testing.TB) *bytes.Reader {
	t.Helper()
	return bytes.NewReader(mustJSON(t, f))
}

func baseFields(url string) hostFields {
	return hostFields{"host_id": "NHOST", "lattice_rpc_prefix": "lat", "provider_key": "prov", "lattice_rpc_url": url}
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// lab is a provider on a lattice of its own, and the host's hand on it.
type lab struct {
	t      testing.TB
	server *server.Server
	host   *nats.Conn
	fields hostFields
	logs   *labtest.Log
	p      *WasmcloudProvider
	ended  chan error // what Run returned
}

// newLab makes a provider that does not run yet.
func newLab(t testing.TB, more hostFields, options ...ProviderHandler) *lab {
	t.Helper()
	l := &lab{t: t, server: labtest.Server(t), logs: labtest.NewLog(), ended: make(chan error, 1)}
	l.host = labtest.Connect(t, l.server.ClientURL())
	l.fields = baseFields(l.server.ClientURL()).with(more)
	p, err := NewWithHostDataSource(l.fields.reader(t), append([]ProviderHandler{LogOutput(l.logs)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	l.p = p
	t.Cleanup(func() { _ = p.Shutdown() })
	return l
}

// run runs the provider until ctx ends, and returns when it lets calls in.
func (l *lab) run(ctx context.Context) {
	l.t.Helper()
	l.runOnly(ctx)
	l.logs.WaitFor(l.t, "provider runs")
}

func (l *lab) runOnly(ctx context.Context) {
	go func() { l.ended <- l.p.Run(ctx) }()
}

// wait returns what Run returned.
func (l *lab) wait() error {
	l.t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(labtest.Patience):
		l.t.Fatalf("the provider did not stop:\n%s", l.logs)
		return nil
	}
}

// request sends a control message and returns the answer.
func (l *lab) request(subject string, payload any) []byte {
	l.t.Helper()
	data, ok := payload.([]byte)
	if !ok {
		data = mustJSON(l.t, payload)
	}
	msg, err := l.host.Request(subject, data, labtest.Patience)
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", subject, err, l.logs)
	}
	return msg.Data
}

// send is a request whose answer tells whether it was taken over.
func (l *lab) send(subject string, payload any) controlAnswer {
	l.t.Helper()
	var answer controlAnswer
	if data := l.request(subject, payload); json.Unmarshal(data, &answer) != nil {
		l.t.Fatalf("%s answered %q", subject, data)
	}
	return answer
}

func (l *lab) health() HealthCheckResponse {
	l.t.Helper()
	var response HealthCheckResponse
	if data := l.request(l.p.Topics.LatticeHealth, []byte("{}")); json.Unmarshal(data, &response) != nil {
		l.t.Fatalf("health answered %q", data)
	}
	return response
}

// linkFields is a link in which the component source calls the provider.
func linkFields(source string, more hostFields) hostFields {
	return hostFields{
		"source_id": source, "target": "prov", "name": "default", "wit_namespace": "test", "wit_package": "calls",
		"interfaces": []string{"api"}, "source_config": hostFields{}, "target_config": hostFields{},
		"source_secrets": nil, "target_secrets": nil,
	}.with(more)
}

// curveKeys are the host's and the provider's, and what the host data says about them.
type curveKeys struct {
	host           nkeys.KeyPair
	providerPublic string
	fields         hostFields
	seed           string
}

func newCurveKeys(t testing.TB) curveKeys {
	t.Helper()
	host, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	provider, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	hostPublic, _ := host.PublicKey()
	providerPublic, _ := provider.PublicKey()
	seed, _ := provider.Seed()
	return curveKeys{host, providerPublic, hostFields{
		"host_xkey_public_key": hostPublic, "provider_xkey_private_key": string(seed),
	}, string(seed)}
}

// seal puts secrets into a box for the provider, as an array of numbers.
func (k curveKeys) seal(t testing.TB, secrets any) []int {
	t.Helper()
	box, err := k.host.Seal(mustJSON(t, secrets), k.providerPublic)
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]int, len(box))
	for i, b := range box {
		numbers[i] = int(b)
	}
	return numbers
}

func secretField(text string) hostFields { return hostFields{"kind": "String", "value": text} }

// componentClient calls the provider as a component of the lattice would.
func componentClient(t testing.TB, url, id string) *wrpcnats.Client {
	t.Helper()
	return wrpcnats.NewClient(labtest.Connect(t, url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond)),
		wrpcnats.WithPrefix("lat.prov"), wrpcnats.WithTimeout(labtest.Patience),
		wrpcnats.WithInterceptor(wrpcnats.Interceptor{Invoke: func(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
			call.Header.Set("source-id", id)
			call.Header.Set("link-name", "default")
			return ctx, nil
		}}))
}

// serveScenario serves test:calls/api.echo; a text "slow <duration>" is answered after that time, "ask <id>" by the
// function of the same name of another component.
func serveScenario(p *WasmcloudProvider) (func() error, error) {
	return wrpc.ServeFuncs(p.RPCClient, "test:calls/api", echoFunc(func(ctx context.Context, text string) (string, error) {
		if delay, err := time.ParseDuration(strings.TrimPrefix(text, "slow ")); err == nil {
			wait(ctx, delay)
		}
		if id, ok := strings.CutPrefix(text, "ask "); ok {
			return callEcho(ctx, p.OutgoingRpcClient(id), text)
		}
		return text, ctx.Err()
	}))
}

// echoFunc is echo: func(text: string) -> string.
func echoFunc(f func(ctx context.Context, text string) (string, error)) wrpc.Func {
	return wrpc.Func{Name: "echo", Handle: func(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
		text := params.At(0).String()
		if err := params.Err(); err != nil {
			return err
		}
		answer, err := f(ctx, text)
		if err != nil {
			return err
		}
		results.At(0).String(answer)
		return nil
	}}
}

// serveEcho serves test:calls/api.echo by f.
func serveEcho(t testing.TB, p *WasmcloudProvider, f func(ctx context.Context, text string) (string, error)) func() error {
	t.Helper()
	stop, err := wrpc.ServeFuncs(p.RPCClient, "test:calls/api", echoFunc(f))
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

// callEcho calls it.
func callEcho(ctx context.Context, client wrpc.Invoker, text string) (answer string, err error) {
	err = wrpc.Call(ctx, client, "test:calls/api", "echo",
		func(e wrpc.Encoder) { e.At(0).String(text) },
		func(d wrpc.Decoder) { answer = d.At(0).String() })
	return answer, err
}

func echo(_ context.Context, text string) (string, error) { return text, nil }

// waitUntil lets a condition be checked after each message of the server, until it holds.
func waitUntil(t testing.TB, conn *nats.Conn, condition func() bool) {
	t.Helper()
	for began := time.Now(); !condition(); {
		if time.Since(began) > labtest.Patience {
			t.Fatal("it never came about")
		}
		_ = conn.Flush()
	}
}
