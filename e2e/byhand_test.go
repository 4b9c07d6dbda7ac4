//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// artifacts as `wash start` wants them.
const (
	providerFile  = "./build/custom-template.par.gz"
	componentFile = "./component/build/custom_template_component_s.wasm"
)

// start starts the provider and the component without an application, so that nothing but the test changes links.
func (l *lattice) start(t *testing.T, providerHosts ...string) {
	t.Helper()
	l.clear(t)
	t.Cleanup(func() { l.clear(t) })
	l.wash(t, "config", "put", "by-hand", "foo=bar")
	for _, host := range providerHosts {
		l.wash(t, "start", "provider", providerFile, provider, "--host-id", host, "--config", "by-hand")
	}
	l.wash(t, "link", "put", component, provider, "wasmcloud", "example", "--interface", "system-info")
	l.link(t)
	// Last, since a host that compiles a component answers nobody else in time, nor this.
	l.wash(t, "start", "component", componentFile, component, "--host-id", providerHosts[0], "--skip-wait")
	l.awaitCall(t, linked, 60*time.Second)
}

// link lets the provider call the component.
func (l *lattice) link(t *testing.T, more ...string) {
	t.Helper()
	args := []string{"link", "put", provider, component, "wasmcloud", "example", "--interface", "process-data"}
	l.wash(t, append(args, more...)...)
}

// clear removes what start has started, and an application that is there.
func (l *lattice) clear(t *testing.T) {
	t.Helper()
	l.quietly(t, "app", "undeploy", application)
	eventually(t, 30*time.Second, func() (err error) {
		for _, host := range l.hosts(t) {
			for _, id := range host.Components {
				err = fmt.Errorf("the component %s is still there", id)
				l.quietly(t, "stop", "component", id, "--host-id", host.ID)
			}
			for _, id := range host.Providers {
				err = fmt.Errorf("the provider %s is still there", id)
				l.quietly(t, "stop", "provider", id, "--host-id", host.ID)
			}
		}
		return err
	})
	l.quietly(t, "link", "del", provider, "wasmcloud", "example")
	l.quietly(t, "link", "del", component, "wasmcloud", "example")
}

// host is what wash tells about a host, as far as the tests need it.
type host struct {
	ID                    string
	Components, Providers []string
}

// hosts are the lattice's hosts and what runs on them.
func (l *lattice) hosts(t *testing.T) []host {
	t.Helper()
	var out string
	eventually(t, 30*time.Second, func() (err error) { // a host that is busy compiling a component answers late
		out, err = l.try(context.WithoutCancel(t.Context()), "get", "inventory", "--output", "json")
		return err
	})
	var answer struct {
		Inventories []struct {
			ID         string `json:"host_id"`
			Components []struct {
				ID string `json:"id"`
			}
			Providers []struct {
				ID string `json:"id"`
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	var hosts []host
	for _, inventory := range answer.Inventories {
		h := host{ID: inventory.ID}
		for _, component := range inventory.Components {
			h.Components = append(h.Components, component.ID)
		}
		for _, provider := range inventory.Providers {
			h.Providers = append(h.Providers, provider.ID)
		}
		hosts = append(hosts, h)
	}
	return hosts
}

// byHand deletes and puts the link by which the provider calls the component, and changes configuration.
func byHand(t *testing.T, l *lattice) {
	l.start(t, l.hosts(t)[0].ID)

	l.wash(t, "link", "del", provider, "wasmcloud", "example")
	t.Logf("FIGURE from the link's deletion to the unlinked answer: %s", l.awaitCall(t, unlinked, 10*time.Second))
	if l.dir != "" {
		measure(t, "the provider alone", unlinked)
	}
	l.link(t)
	t.Logf("FIGURE from the link's return to the linked answer: %s", l.awaitCall(t, linked, 10*time.Second))

	from := l.now(t)
	l.wash(t, "config", "put", "by-hand", "foo=by hand")
	l.wash(t, "config", "put", "shade", "colour=blue")
	l.link(t, "--source-config", "shade")
	if l.dir != "" {
		l.awaitLine(t, from, "Handling config update", "foo:by hand")
		l.awaitLine(t, from, "Handling new source link", component)
	}
	l.awaitCall(t, linked, 10*time.Second)
}

// twoHosts runs the provider on two hosts and stops it on one while calls are made.
func twoHosts(t *testing.T, l *lattice) {
	l.ours(t)
	first := l.hosts(t)[0].ID
	l.script(t, "host", "2", l.dir)
	t.Cleanup(func() { l.script(t, "stop", "host2", l.dir) })
	var second string
	eventually(t, 10*time.Second, func() error {
		hosts := l.hosts(t)
		if i := slices.IndexFunc(hosts, func(h host) bool { return h.ID != first }); i >= 0 {
			second = hosts[i].ID
			return nil
		}
		return errOneHost
	})
	l.start(t, first, second)

	stop := l.load(t)
	l.wash(t, "stop", "provider", provider, "--host-id", second)
	l.awaitCall(t, linked, 10*time.Second)
	t.Log("and again the other way round, without a gap")
	l.wash(t, "start", "provider", providerFile, provider, "--host-id", second, "--config", "by-hand")
	l.wash(t, "stop", "provider", provider, "--host-id", first)
	l.awaitCall(t, linked, 10*time.Second)
	calls, failures := stop()
	t.Logf("FIGURE calls made meanwhile: %d, failed: %d", calls, len(failures))
	for _, err := range failures {
		t.Error(err)
	}
}
