package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// handlerRecorder is a LinkHandler that notes what it is told, by link.
type handlerRecorder struct {
	mu     sync.Mutex
	events map[string][]string
	fail   map[string]error // by event
}

func (r *handlerRecorder) note(link Link, event string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.events == nil {
		r.events = map[string][]string{}
	}
	r.events[link.Peer()] = append(r.events[link.Peer()], event)
	return r.fail[event]
}

func (r *handlerRecorder) take() map[string][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

func (r *handlerRecorder) handler() LinkHandler {
	return LinkHandler{
		Put: func(_ context.Context, link Link) error { return r.note(link, "put "+link.Config()["v"]) },
		Update: func(_ context.Context, old, new Link) error {
			return r.note(new, "update "+old.Config()["v"]+" "+new.Config()["v"])
		},
		Delete: func(_ context.Context, link Link) error { return r.note(link, "delete "+link.Config()["v"]) },
	}
}

func versionOf(source, v string) hostFields {
	return linkFields(source, hostFields{"target_config": hostFields{"v": v}})
}

func TestLinkHandler(t *testing.T) {
	t.Parallel()
	var r handlerRecorder
	l := newLab(t, hostFields{"link_definitions": []any{versionOf("c1", "1")}}, Links(r.handler()))
	l.run(t.Context())
	put, del := l.p.Topics.LatticeLinkPut, l.p.Topics.LatticeLinkDel
	r.fail = map[string]error{"update 1 bad": errors.New("no such bucket"), "put bad": errors.New("no such bucket"), "delete stuck": errors.New("in use")}
	for _, step := range []struct {
		subject   string
		payload   hostFields
		events    string // of c1
		unhealthy string // part of the health message; empty when healthy
	}{
		{put, versionOf("c1", "1"), "put 1", ""},
		{put, versionOf("c1", "bad"), "update 1 bad", "failed links: 1: c1 -> prov default (test:calls): no such bucket"},
		{put, versionOf("c1", "bad"), "update 1 bad", "no such bucket"}, // tried again, though nothing in it has changed
		{put, versionOf("c1", "2"), "update 1 2", ""},
		{put, versionOf("c1", "2"), "", ""},
		{del, versionOf("c1", ""), "delete 2", ""},
		{put, versionOf("c1", "bad"), "put bad", "no such bucket"},
		{put, versionOf("c1", "stuck"), "put stuck", ""},
		{del, versionOf("c1", ""), "delete stuck", "in use"},
		{del, versionOf("c1", ""), "delete stuck", "in use"},
		{put, versionOf("c1", "3"), "update stuck 3", ""},
		{del, versionOf("c1", ""), "delete 3", ""},
	} {
		answer := l.send(step.subject, step.payload)
		if answer.Success != (step.unhealthy == "") {
			t.Errorf("%v: answered %+v", step, answer)
		}
		if events := strings.Join(r.take()["c1"], "; "); events != step.events {
			t.Errorf("%v: got %q", step, events)
		}
		if health := l.health(); health.Healthy != (step.unhealthy == "") || !strings.Contains(health.Message, step.unhealthy) {
			t.Errorf("%v: health %+v", step, health)
		}
	}
	if n := len(l.p.state().links.records); n != 0 {
		t.Errorf("%d links are remembered", n)
	}
}

// One hanging callback delays neither other links nor health nor the configuration; its own link's changes keep their order.
func TestLinksDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	release, entered := make(chan struct{}), make(chan struct{})
	var r handlerRecorder
	handler := r.handler()
	note := handler.Put
	handler.Put = func(ctx context.Context, link Link) error {
		if link.Peer() == "slow" {
			close(entered)
			<-release
		}
		return note(ctx, link)
	}
	l := newLab(t, nil, Links(handler))
	l.run(t.Context())
	for i := range 20 {
		if err := l.host.Publish(l.p.Topics.LatticeLinkPut, mustJSON(t, versionOf("slow", fmt.Sprint(i)))); err != nil {
			t.Fatal(err)
		}
	}
	<-entered
	if answer := l.send(l.p.Topics.LatticeLinkPut, versionOf("quick", "1")); !answer.Success {
		t.Errorf("another link: %+v", answer)
	}
	if answer := l.send(l.p.Topics.LatticeConfigUpdate, hostFields{"a": "b"}); !answer.Success || !l.health().Healthy {
		t.Errorf("config: %+v", answer)
	}
	close(release)
	if answer := l.send(l.p.Topics.LatticeLinkDel, versionOf("slow", "")); !answer.Success {
		t.Errorf("delete: %+v", answer)
	}
	want := []string{"put 0"}
	for i := range 19 {
		want = append(want, fmt.Sprintf("update %d %d", i, i+1))
	}
	if got := r.take()["slow"]; !slices.Equal(got, append(want, "delete 19")) {
		t.Errorf("got %q", got)
	}
}

func TestCallbackPanics(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil, TargetLinkPut(func(InterfaceLinkDefinition) error { panic("no map") }),
		ConfigUpdate(func(_, _ map[string]string) error { panic("no config") }), Shutdown(func() error { panic("no end") }),
		HealthCheck(func() string { panic("no health") }))
	l.run(t.Context())
	if answer := l.send(l.p.Topics.LatticeLinkPut, linkFields("c", nil)); answer.Success || answer.Message != "panic: no map" {
		t.Errorf("link: %+v", answer)
	}
	if answer := l.send(l.p.Topics.LatticeConfigUpdate, hostFields{}.with(hostFields{"a": "b"})); answer.Success {
		t.Errorf("config: %+v", answer)
	}
	want := "panic: no health; failed links: 1: c -> prov default (test:calls): panic: no map; config update: panic: no config"
	if health := l.health(); health.Healthy || health.Message != want {
		t.Errorf("health: %+v", health)
	}
	if err := l.p.Shutdown(); err == nil || err.Error() != "shutdown hook: panic: no end" {
		t.Errorf("got %v", err)
	}
	if n := strings.Count(l.logs.String(), "links_test.go"); n < 4 {
		t.Errorf("%d stacks in the log:\n%s", n, l.logs)
	}
}

// The order of the start: the subscriptions, the links of the host data, what has arrived since, the calls.
func TestStartOrder(t *testing.T) {
	t.Parallel()
	release, entered := make(chan struct{}), make(chan struct{})
	var r recorder
	note := r.note("put")
	first := true
	l := newLab(t, hostFields{"link_definitions": []any{versionOf("c1", "host data"), versionOf("c2", "")}}, TargetLinkPut(func(link InterfaceLinkDefinition) error {
		if first {
			first = false
			close(entered)
			<-release
		}
		return note(link)
	}), TargetLinkDel(r.note("del")))
	serveEcho(t, l.p, echo)
	answered, err := l.host.SubscribeSync("answer")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.host.PublishRequest(l.p.Topics.LatticeLinkPut, "answer", mustJSON(t, versionOf("c1", "message"))); err != nil {
		t.Fatal(err)
	}
	l.runOnly(t.Context())
	<-entered
	if health := l.health(); health.Healthy || !strings.HasPrefix(health.Message, "starting") {
		t.Errorf("health: %+v", health)
	}
	client := componentClient(t, l.server.ClientURL(), "c1")
	if _, err := callEcho(t.Context(), client, "too early"); err == nil {
		t.Error("a call was served before the links were applied")
	}
	close(release)
	l.logs.WaitFor(t, "provider runs")
	if _, err := answered.NextMsg(labtest.Patience); err != nil {
		t.Fatal(err)
	}
	want := []string{"put c1>prov host data", "put c2>prov", "del c1>prov host data", "put c1>prov message"}
	if events := r.take(); !slices.Equal(events, want) {
		t.Errorf("got %q, want %q", events, want)
	}
	if _, err := callEcho(t.Context(), client, "now"); err != nil {
		t.Error(err)
	}
}

// While the old options take a link down and up again, calls on it wait; calls on other links do not.
func TestCallsWaitForTheirLink(t *testing.T) {
	t.Parallel()
	release, entered := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	buckets := map[string]string{} // guarded as an author of the old API guards it
	l := newLab(t, hostFields{"default_rpc_timeout_ms": 20_000, "link_definitions": []any{versionOf("c1", "old"), versionOf("c2", "other")}},
		TargetLinkPut(func(link InterfaceLinkDefinition) error {
			mu.Lock()
			defer mu.Unlock()
			buckets[link.SourceID] = link.TargetConfig["v"]
			return nil
		}),
		TargetLinkDel(func(link InterfaceLinkDefinition) error {
			mu.Lock()
			delete(buckets, link.SourceID)
			mu.Unlock()
			close(entered)
			<-release
			return nil
		}))
	serveEcho(t, l.p, func(ctx context.Context, source string) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		link, ok := LinkFromContext(ctx)
		return buckets[source] + " " + link.Config()["v"] + fmt.Sprint(ok), nil
	})
	l.run(t.Context())
	if err := l.host.Publish(l.p.Topics.LatticeLinkPut, mustJSON(t, versionOf("c1", "new"))); err != nil {
		t.Fatal(err)
	}
	<-entered
	waiting := make(chan string, 1)
	client := componentClient(t, l.server.ClientURL(), "c1")
	go func() {
		answer, err := callEcho(t.Context(), client, "c1")
		waiting <- fmt.Sprint(answer, err)
	}()
	if answer, err := callEcho(t.Context(), componentClient(t, l.server.ClientURL(), "c2"), "c2"); err != nil || answer != "other othertrue" {
		t.Errorf("a call of another link: %q, %v", answer, err)
	}
	waitUntil(t, l.host, func() bool { return l.p.RPCClient.InFlight() == 1 }) // the call has arrived
	select {
	case answer := <-waiting:
		t.Errorf("the call did not wait: %s", answer)
	default:
	}
	close(release)
	if answer := <-waiting; answer != "new newtrue<nil>" {
		t.Errorf("got %s", answer)
	}
}

func TestLinkFromContext(t *testing.T) {
	t.Parallel()
	keys := newCurveKeys(t)
	l := newLab(t, keys.fields)
	serveEcho(t, l.p, func(ctx context.Context, text string) (string, error) {
		link, ok := LinkFromContext(ctx)
		if !ok {
			return "no link", nil
		}
		link.Config()["v"] = "spoiled" // the handler's own copy
		return link.Name + " " + link.TargetConfig["x"] + " " + link.Secrets()["s"].String.Reveal() + " " + link.Peer() + " " + link.Side.String(), nil
	})
	l.run(t.Context())
	link := linkFields("c1", hostFields{"target_config": hostFields{"x": "1"}, "target_secrets": keys.seal(t, hostFields{"s": secretField("deep")})})
	for _, fields := range []hostFields{link, link.with(hostFields{"wit_package": "other", "target_config": hostFields{"x": "2"}}), link.with(hostFields{"name": "second", "target_config": hostFields{"x": "3"}})} {
		if answer := l.send(l.p.Topics.LatticeLinkPut, fields); !answer.Success {
			t.Fatal(answer)
		}
	}
	if strings.HasPrefix(l.p.Topics.LatticeLinkPut, "wasmbus.rpc.lat.prov") {
		t.Errorf("with curve keys the put subject carries the key, not %s", l.p.Topics.LatticeLinkPut)
	}
	check := func(source, want string) {
		t.Helper()
		if answer, err := callEcho(t.Context(), componentClient(t, l.server.ClientURL(), source), ""); err != nil || answer != want {
			t.Errorf("%s: got %q, %v; want %q", source, answer, err, want)
		}
	}
	check("c1", "default 1 deep c1 target")
	check("c1", "default 1 deep c1 target")
	check("wash", "no link")
	// The same put again, sealed anew, changes nothing; one that does not open leaves what was.
	before := strings.Count(l.logs.String(), "link failed")
	if answer := l.send(l.p.Topics.LatticeLinkPut, link.with(hostFields{"target_secrets": []int{1, 2, 3}})); answer.Success || !strings.Contains(answer.Message, "target_secrets: the box does not open") {
		t.Errorf("a bad box: %+v", answer)
	}
	if got := strings.Count(l.logs.String(), "link failed") - before; got != 1 || l.health().Healthy {
		t.Errorf("a refused box was logged %d times", got)
	}
	check("c1", "default 1 deep c1 target")
	if answer := l.send(l.p.Topics.LatticeLinkDel, link); !answer.Success {
		t.Error(answer)
	}
	check("c1", "no link")
	if health := l.health(); !health.Healthy {
		t.Errorf("health: %+v", health)
	}
}

func TestSealedAnewIsUnchanged(t *testing.T) {
	t.Parallel()
	keys := newCurveKeys(t)
	var r recorder
	l := newLab(t, keys.fields, r.options()...)
	l.run(t.Context())
	for range 3 {
		link := linkFields("c1", hostFields{"target_secrets": keys.seal(t, hostFields{"s": secretField("same")})})
		if answer := l.send(l.p.Topics.LatticeLinkPut, link); !answer.Success {
			t.Fatal(answer)
		}
	}
	l.send(l.p.Topics.LatticeLinkPut, linkFields("c1", hostFields{"target_secrets": keys.seal(t, hostFields{"s": secretField("changed")})}))
	if events := r.take(); !slices.Equal(events, []string{"target put c1>prov", "target del c1>prov", "target put c1>prov"}) {
		t.Errorf("got %q", events)
	}
}

func TestFailuresAreSummedUp(t *testing.T) {
	t.Parallel()
	links := newLinks("p", slog.New(slog.DiscardHandler), linkCallbacks{puts: [2]func(InterfaceLinkDefinition) error{SideTarget: func(InterfaceLinkDefinition) error {
		return errors.New("no")
	}}})
	var group sync.WaitGroup
	for i := range 300 {
		group.Add(1)
		links.put(t.Context(), parsedLink{definition: InterfaceLinkDefinition{SourceID: fmt.Sprintf("c%03d", i), Target: "p"}}, func(error) { group.Done() })
	}
	group.Wait()
	want := "failed links: 300: c000 -> p  (:): no; c001 -> p  (:): no; c002 -> p  (:): no; c003 -> p  (:): no; c004 -> p  (:): no; and 295 more"
	if got := links.failures(); got != want {
		t.Errorf("got %q", got)
	}
}

func TestLinkLimits(t *testing.T) {
	t.Parallel()
	links := newLinks("p", slog.New(slog.DiscardHandler), linkCallbacks{})
	big := parsedLink{definition: InterfaceLinkDefinition{SourceID: "c", Target: "p"}, size: maxLinkBytes + 1}
	got := make(chan error, 1)
	links.put(t.Context(), big, func(err error) { got <- err })
	if err := <-got; !errors.Is(err, errLinksFull) {
		t.Errorf("got %v", err)
	}
	links.lanes.bytes = maxLaneBytes
	links.put(t.Context(), parsedLink{definition: InterfaceLinkDefinition{SourceID: "late", Target: "p"}, size: 1}, func(err error) { got <- err })
	if err := <-got; !errors.Is(err, errLaneFull) {
		t.Errorf("got %v", err)
	}
	links.lanes.bytes = 0
	links.put(t.Context(), parsedLink{definition: InterfaceLinkDefinition{SourceID: "late", Target: "p"}, size: 1}, func(err error) { got <- err })
	if err := <-got; err != nil || links.failures() != "" {
		t.Errorf("after the jam: %v, %s", err, links.failures())
	}
	links.lanes.refuse()
	links.put(t.Context(), parsedLink{definition: big.definition}, func(err error) { got <- err })
	if err := <-got; !errors.Is(err, errStopping) {
		t.Errorf("got %v", err)
	}
	if text := links.failures(); text != "failed links: 1: c -> p  (:): the provider is stopping" {
		t.Errorf("got %q", text)
	}
}

// The state of each link equals its last message, whatever came before, also when callbacks are slower than messages.
func TestLastMessageWins(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*held) []ProviderHandler{"old options": (*held).old, "handler": (*held).handler} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			author := &held{links: map[string]string{}}
			l := newLab(t, nil, options(author)...)
			l.run(t.Context())
			want := map[string]string{}
			for i := range 1000 {
				source := fmt.Sprintf("c%d", i%37)
				subject, v := l.p.Topics.LatticeLinkPut, fmt.Sprint(i/50)
				if want[source] = v; i%5 == 4 {
					subject = l.p.Topics.LatticeLinkDel
					delete(want, source)
				}
				if err := l.host.Publish(subject, mustJSON(t, versionOf(source, v))); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 37 { // a delete of an unknown link is answered after all that came before for that link
				source := fmt.Sprintf("c%d", i)
				l.send(l.p.Topics.LatticeLinkPut, versionOf(source, "end"))
				want[source] = "end"
			}
			if got := author.copy(); !maps.Equal(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// held is the map of an author, kept by either form of callbacks.
type held struct {
	mu    sync.Mutex
	links map[string]string
}

func (h *held) put(source, v string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.links[source] = v
	return nil
}

func (h *held) delete(source string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.links, source)
	return nil
}

func (h *held) copy() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.links)
}

func (h *held) old() []ProviderHandler {
	return []ProviderHandler{
		TargetLinkPut(func(link InterfaceLinkDefinition) error { return h.put(link.SourceID, link.TargetConfig["v"]) }),
		TargetLinkDel(func(link InterfaceLinkDefinition) error { return h.delete(link.SourceID) }),
	}
}

func (h *held) handler() []ProviderHandler {
	return []ProviderHandler{Links(LinkHandler{
		Put:    func(_ context.Context, link Link) error { return h.put(link.SourceID, link.Config()["v"]) },
		Update: func(_ context.Context, _, link Link) error { return h.put(link.SourceID, link.Config()["v"]) },
		Delete: func(_ context.Context, link Link) error { return h.delete(link.SourceID) },
	})}
}
