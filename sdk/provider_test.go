package provider

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestRunHealthAndHostStop(t *testing.T) {
	t.Parallel()
	var hooks int
	l := newLab(t, nil, HealthCheck(func() string { return "fine" }), Shutdown(func() error { hooks++; return nil }))
	stopServing := serveEcho(t, l.p, echo)
	l.run(t.Context())
	if got := l.health(); got != (HealthCheckResponse{true, "fine"}) {
		t.Errorf("health: %+v", got)
	}
	if answer, err := callEcho(t.Context(), l.p.OutgoingRpcClient("prov"), "hello"); err != nil || answer != "hello" {
		t.Errorf("got %q, %v", answer, err)
	}
	for _, foreign := range []string{`{"host_id":"NOTHER"}`, `{"host_id":""}`, `{}`, `null`, `[`, ``, `{"host_id":7}`, `"NHOST"`, strings.Repeat("[", 100_000)} {
		if err := l.host.Publish(l.p.Topics.LatticeShutdown, []byte(foreign)); err != nil {
			t.Fatal(err)
		}
	}
	if answer := l.request(l.p.Topics.LatticeShutdown, hostFields{"host_id": "NHOST"}); len(answer) == 0 {
		t.Error("the host got an empty answer")
	}
	if err := l.wait(); err != nil || hooks != 1 {
		t.Errorf("got %v, the hook ran %d times", err, hooks)
	}
	if n := strings.Count(l.logs.String(), "shutdown message ignored"); n != 9 {
		t.Errorf("%d of 9 foreign or malformed messages were logged:\n%s", n, l.logs)
	}
	if err := stopServing(); err != nil {
		t.Errorf("stop serving after the end: %v", err)
	}
	if !l.p.NatsConnection().IsClosed() {
		t.Error("the connection is open")
	}
}

func TestShutdownIsRepeatable(t *testing.T) {
	t.Parallel()
	hookErr := errors.New("disk full")
	l := newLab(t, nil, Shutdown(func() error { return hookErr }))
	l.run(t.Context())
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := l.p.Shutdown(); !errors.Is(err, hookErr) || err.Error() != "shutdown hook: disk full" {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	if err := l.wait(); !errors.Is(err, hookErr) {
		t.Errorf("Run returned %v", err)
	}
	if err := l.p.Run(t.Context()); !errors.Is(err, ErrStarted) {
		t.Errorf("a second Run returned %v", err)
	}
}

func TestShutdownBeforeRun(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	if err := l.p.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := l.p.Start(); err != nil {
		t.Error(err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	l.run(ctx)
	cancel()
	if err := l.wait(); err != nil {
		t.Error(err)
	}
}

func TestConnectionClosedForGood(t *testing.T) {
	t.Parallel()
	var hooks int
	l := newLab(t, nil, Shutdown(func() error { hooks++; return nil }))
	l.run(t.Context())
	l.p.NatsConnection().Close()
	if err := l.wait(); !errors.Is(err, ErrConnectionClosed) || hooks != 1 {
		t.Errorf("got %v, the hook ran %d times", err, hooks)
	}
}

// recorder collects what the old callbacks were told.
type recorder struct {
	mu     sync.Mutex
	events []string
}

func (r *recorder) note(kind string) func(InterfaceLinkDefinition) error {
	return func(link InterfaceLinkDefinition) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		config := link.TargetConfig["v"] + link.SourceConfig["v"]
		r.events = append(r.events, strings.TrimSpace(kind+" "+link.SourceID+">"+link.Target+" "+config))
		return nil
	}
}

func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

func (r *recorder) options() []ProviderHandler {
	return []ProviderHandler{SourceLinkPut(r.note("source put")), SourceLinkDel(r.note("source del")), TargetLinkPut(r.note("target put")), TargetLinkDel(r.note("target del"))}
}

func TestOldLinkOptions(t *testing.T) {
	t.Parallel()
	var r recorder
	l := newLab(t, hostFields{"link_definitions": []any{linkFields("c1", nil)}}, r.options()...)
	if events := r.take(); events != nil {
		t.Errorf("New ran callbacks: %q", events)
	}
	l.run(t.Context())
	put, del := l.p.Topics.LatticeLinkPut, l.p.Topics.LatticeLinkDel
	version := func(source, v string) hostFields {
		return linkFields(source, hostFields{"target_config": hostFields{"v": v}})
	}
	for _, step := range []struct {
		subject string
		payload any
		success bool
		want    []string
	}{
		{put, linkFields("c1", nil), true, []string{"target put c1>prov"}}, // the first is of the host data, and the same again is nothing
		{put, version("c1", "2"), true, []string{"target del c1>prov", "target put c1>prov 2"}},
		{put, linkFields("c1", hostFields{"name": "other"}), true, []string{"target put c1>prov"}},
		{put, linkFields("c1", hostFields{"wit_package": "more"}), true, []string{"target put c1>prov"}},
		{del, version("c1", ""), true, []string{"target del c1>prov 2"}},
		{del, version("c1", ""), false, nil},
		{put, linkFields("prov", hostFields{"target": "c2", "source_config": hostFields{"v": "x"}}), true, []string{"source put prov>c2 x"}},
		{put, linkFields("prov", nil), true, []string{"source put prov>prov", "target put prov>prov"}},
		{put, linkFields("c3", hostFields{"target": "c4"}), false, nil},
		{put, []byte(`{"source_id":"c5"`), false, nil},
		{put, linkFields("c*", nil), false, nil},
		{del, []byte(`{"source_id":"c1","target":"prov","name":"other","wit_namespace":"test","wit_package":"calls","source_config":7}`), true, []string{"target del c1>prov"}},
	} {
		if answer := l.send(step.subject, step.payload); answer.Success != step.success {
			t.Errorf("%s %s: answered %+v", step.subject, mustJSON(t, step.payload), answer)
		}
		if events := r.take(); !slices.Equal(events, step.want) {
			t.Errorf("%s %s: got %q, want %q", step.subject, mustJSON(t, step.payload), events, step.want)
		}
	}
	if got := l.health(); !got.Healthy {
		t.Errorf("health: %+v", got)
	}
}

func TestConfigUpdate(t *testing.T) {
	t.Parallel()
	var events []string
	var p *WasmcloudProvider
	l := newLab(t, hostFields{"config": hostFields{"a": "1"}}, ConfigUpdate(func(old, new map[string]string) error {
		shown := p.HostData().Config
		events = append(events, string(mustJSON(t, []any{old, new, shown})))
		old["x"], new["x"] = "mine", "mine"
		if new["a"] == "bad" {
			return errors.New("a is bad")
		}
		return nil
	}))
	p = l.p
	l.run(t.Context())
	for _, step := range []struct {
		payload string
		success bool
		event   string
	}{
		{`{"a":"1"}`, true, ""},
		{`{"a":"2","b":"3"}`, true, `[{"a":"1"},{"a":"2","b":"3"},{"a":"2","b":"3"}]`},
		{`{"a":2}`, false, ""},
		{`null`, false, ""},
		{`["a"]`, false, ""},
		{strings.Repeat("[", 100_000), false, ""},
		{`{"a":"bad"}`, false, `[{"a":"2","b":"3"},{"a":"bad"},{"a":"bad"}]`},
		{`{}`, true, `[{"a":"bad"},{},{}]`},
	} {
		events = nil
		answer := l.send(p.Topics.LatticeConfigUpdate, []byte(step.payload))
		if answer.Success != step.success || strings.Join(events, "") != step.event {
			t.Errorf("%.50s: answered %+v, callbacks %q", step.payload, answer, events)
		}
		if healthy := l.health().Healthy; healthy != (step.payload != `{"a":"bad"}`) {
			t.Errorf("%.50s: healthy is %v", step.payload, healthy)
		}
	}
	if got := p.HostData().Config; len(got) != 0 {
		t.Errorf("the configuration is %v", got)
	}
}

func TestControlAnswerIsJSON(t *testing.T) {
	t.Parallel()
	if data, err := json.Marshal(controlAnswer{true, ""}); string(data) != `{"success":true,"message":""}` {
		t.Errorf("got %s, %v", data, err)
	}
}

// What HostData returns is the caller's own.
func TestHostDataIsACopy(t *testing.T) {
	t.Parallel()
	start, err := parseHostData([]byte(fullHostData))
	if err != nil {
		t.Fatal(err)
	}
	p := newProvider(start)
	host := p.HostData()
	host.Config["url"], host.EnvValues["A"], host.ClusterIssuers[0] = "spoiled", "spoiled", "spoiled"
	host.Secrets["s"] = SecretString("spoiled")
	host.LinkDefinitions[0].TargetConfig["bucket"] = "spoiled"
	*host.DefaultRPCTimeoutMS, *host.LogLevel = 1, Trace
	*host.OtelConfig.MaxBatchQueueSize = 1
	host.OtelConfig.AdditionalCAPaths[0] = "spoiled"
	again := p.HostData()
	if text := again.String(); strings.Contains(text, "spoiled") || *again.DefaultRPCTimeoutMS != 1500 || *again.LogLevel != Debug ||
		*again.OtelConfig.MaxBatchQueueSize != 7 || again.Secrets["s"].String.Reveal() != "text" {
		t.Errorf("got %s", text)
	}
}
