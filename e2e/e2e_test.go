//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	application = "custom-template-provider-golang"
	provider    = "custom-template"
	component   = "test-component"
	function    = "wasmcloud:example/system-info.call"
	unlinked    = "Provider received call but was not linked to any components"
)

// linked is what a call answers when the component is there.
var linked = "Provider is running on " + runtime.GOOS + "-" + runtime.GOARCH

// TestOnWasmCloud takes one lattice through the life of an application. Each step starts where the one before it has
// ended; -run TestOnWasmCloud/Deploy alone works too, where the artifacts have been built.
func TestOnWasmCloud(t *testing.T) {
	l := bringUp(t)
	l.quietly(t, "app", "undeploy", application)
	for _, step := range []struct {
		name string
		run  func(*testing.T, *lattice)
	}{
		{"Build", build},
		{"Inspect", inspect},
		{"Deploy", deploy},
		{"ComponentLogs", componentLogs},
		{"ChangeConfig", changeConfig},
		{"KillProvider", killProvider},
		{"Figures", figures},
		{"RestartHost", restartHost},
		{"Undeploy", undeploy},
		{"Redeploy", redeploy},
		{"ByHand", byHand},
		{"TwoHosts", twoHosts},
		{"Secrets", secrets},
		{"Documented", documented},
	} {
		t.Run(step.name, func(t *testing.T) { step.run(t, l) })
	}
}

// build makes both artifacts, with nothing on PATH but Go and wash.
func build(t *testing.T, l *lattice) {
	tools := t.TempDir()
	for _, name := range []string{"go", "wash"} {
		if err := os.Symlink(lookPath(t, name), filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	for _, artifact := range []struct{ folder, file string }{
		{".", "build/custom-template.par.gz"},
		{"component", "build/custom_template_component_s.wasm"},
	} {
		file := filepath.Join(l.root, artifact.folder, artifact.file)
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		in := lattice{root: filepath.Join(l.root, artifact.folder), ran: l.ran}
		started := time.Now()
		in.wash(t, "build")
		l.ran["cd "+artifact.folder+" && wash build"] = true
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.1f MB after %s", artifact.file, float64(info.Size())/1e6, since(started))
	}
}

// inspect shows the contracts in both artifacts.
func inspect(t *testing.T, l *lattice) {
	for file, want := range map[string][]string{
		"./build/custom-template.par.gz": {
			"import process-data;", "export system-info;",
		},
		"./component/build/custom_template_component_s.wasm": {
			"import wasi:logging/logging@0.1.0-draft;", "import wasmcloud:example/system-info;", "export wasmcloud:example/process-data;",
		},
	} {
		got := l.wash(t, "inspect", "--wit", file)
		for _, line := range want {
			if !strings.Contains(got, line) {
				t.Errorf("%s has no line %q", file, line)
			}
		}
	}
}

// deploy puts the application onto the lattice and calls it.
func deploy(t *testing.T, l *lattice) {
	t.Logf("FIGURE from `wash app deploy` to the first good call: %s", l.deploy(t))
	l.wash(t, "call", provider, function)
	l.wash(t, "app", "status", application)
	l.wash(t, "get", "inventory")
	l.wash(t, "get", "links")
}

// deploy deploys until the provider answers as linked to its component, and returns how long that took. Hosts have a
// gap: a link that is put between the making of a provider's host data and its subscription reaches nobody, and is not
// sent again. That is the host's, not the provider's; the README's remedy for it is to undeploy and deploy.
func (l *lattice) deploy(t *testing.T) time.Duration {
	t.Helper()
	for range 3 {
		started := time.Now()
		l.wash(t, "app", "deploy", "./wadm.yaml")
		err := within(40*time.Second, func() error { return l.answers(t, linked) })
		if err == nil {
			return since(started)
		}
		t.Logf("GAP deployed, but %v: undeploy and deploy again", err)
		l.wash(t, "app", "undeploy", application)
		eventually(t, 30*time.Second, func() error {
			if _, err := l.try(t.Context(), "call", provider, function); err == nil {
				return errors.New("the provider still answers")
			}
			return nil
		})
	}
	t.Fatal("the provider was deployed three times and never linked")
	return 0
}

// answers calls, and returns an error unless the answer is this one.
func (l *lattice) answers(t *testing.T, want string) error {
	got, err := l.try(t.Context(), "call", provider, function)
	if err == nil && got != want {
		err = fmt.Errorf("wash call answers %q, want %q", got, want)
	}
	return err
}

// awaitCall calls until the answer is this one.
func (l *lattice) awaitCall(t *testing.T, want string, limit time.Duration) time.Duration {
	t.Helper()
	took := eventually(t, limit, func() error { return l.answers(t, want) })
	t.Logf("$ wash call %s %s\n%s (after %s)", provider, function, want, took)
	return took
}

// deployed makes sure that the application is there and answers, for steps that are run alone.
func deployed(t *testing.T, l *lattice) {
	t.Helper()
	if got, err := l.try(t.Context(), "call", provider, function); err == nil && got == linked {
		return
	}
	l.deploy(t)
}

// componentLogs looks for what the component says through wasi:logging.
func componentLogs(t *testing.T, l *lattice) {
	l.ours(t)
	deployed(t, l)
	from := l.now(t)
	l.wash(t, "call", provider, function)
	l.awaitLine(t, from, "processing name=", "sup", "count=3")
}

// undeploy takes the application off the lattice: the provider stops in time and says so.
func undeploy(t *testing.T, l *lattice) {
	l.ours(t)
	deployed(t, l)
	from := l.now(t)
	l.wash(t, "app", "undeploy", application)
	l.awaitLine(t, from, "provider stopped", provider)
	said := l.logged(t, from)
	t.Logf("the host's log since then:\n%s", said)
	if strings.Contains(said, "forcefully") {
		t.Error("the host has stopped the provider by force")
	}
	for _, words := range []string{"Handling shutdown", "msg=stopped"} {
		if !strings.Contains(said, words) {
			t.Errorf("the provider has not said %q", words)
		}
	}
	if out, err := l.try(t.Context(), "call", provider, function); err == nil {
		t.Errorf("wash call still answers %q", out)
	} else {
		t.Logf("as it should: %v", err)
	}
}

// redeploy brings it back.
func redeploy(t *testing.T, l *lattice) {
	t.Logf("FIGURE from the second `wash app deploy` to the first good call: %s", l.deploy(t))
}

// documented makes sure that the steps before have run each command that the README tells to.
func documented(t *testing.T, l *lattice) {
	readme, err := os.ReadFile(filepath.Join(l.root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n## Build and run on wasmCloud\n")
	section, _, _ = strings.Cut(section, "\n## ")
	commands := 0
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "wash ") && !strings.HasPrefix(line, "cd component && wash ") || line == "wash up" {
			continue
		}
		commands++
		if !l.ran[line] {
			t.Errorf("the README says %q, which no step has run", line)
		}
	}
	if !found || commands == 0 {
		t.Error("the README has no section about wasmCloud with commands")
	}
}
