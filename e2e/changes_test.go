//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// manifest writes wadm.yaml with these texts replaced (old, new, …) to a temporary file and returns its path.
func (l *lattice) manifest(t *testing.T, replacements ...string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(l.root, "wadm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(source)
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(text, replacements[i]) {
			t.Fatalf("wadm.yaml has no %q", replacements[i])
		}
		text = strings.Replace(text, replacements[i], replacements[i+1], 1)
	}
	text = strings.ReplaceAll(text, "file://./", "file://"+filepath.ToSlash(l.root)+"/")
	file := filepath.Join(t.TempDir(), "wadm.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// changeConfig deploys the application with other configuration, of the provider and of a link to it.
func changeConfig(t *testing.T, l *lattice) {
	l.ours(t)
	deployed(t, l)
	from := l.now(t)
	l.wash(t, "app", "deploy", l.manifest(t,
		"foo: bar", "foo: changed",
		"name: custom-template\n            namespace", "name: custom-template\n              config:\n                - name: link-config\n                  properties:\n                    colour: green\n            namespace",
	))
	l.awaitLine(t, from, "Handling config update", "foo:changed")
	l.awaitLine(t, from, "Handling new target link")
	l.awaitCall(t, linked, 60*time.Second)

	t.Log("and back")
	from = l.now(t)
	l.wash(t, "app", "deploy", "./wadm.yaml")
	l.awaitLine(t, from, "Handling config update", "foo:bar")
	l.awaitCall(t, linked, 60*time.Second)
}

// killProvider ends the provider's process from outside: the host starts it again, with its links.
func killProvider(t *testing.T, l *lattice) {
	l.ours(t)
	deployed(t, l)
	from := l.now(t)
	started := time.Now()
	for _, process := range l.providers(t) {
		t.Logf("killing process %d", process.Pid)
		if err := process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	l.awaitLine(t, from, "restarting provider")
	l.awaitCall(t, linked, 60*time.Second)
	t.Logf("FIGURE from SIGKILL to the next good call: %s", since(started))
}

// providers are the running processes that the hosts have started as providers.
func (l *lattice) providers(t *testing.T) []*os.Process {
	t.Helper()
	hosts := make(map[string]bool)
	for _, log := range l.files(t) {
		if id, err := os.ReadFile(strings.TrimSuffix(log, ".log") + ".pid"); err == nil {
			hosts[strings.TrimSpace(string(id))] = true
		}
	}
	var found []*os.Process
	for line := range strings.Lines(run(t, "ps", "-A", "-o", "pid=,ppid=")) {
		var id, parent string
		if _, err := fmt.Sscan(line, &id, &parent); err != nil || !hosts[parent] {
			continue
		}
		number, err := strconv.Atoi(id)
		if err != nil {
			t.Fatal(err)
		}
		process, err := os.FindProcess(number)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, process)
	}
	if len(found) == 0 {
		t.Fatalf("the hosts %v have no providers", hosts)
	}
	return found
}

// restartHost ends the host and starts another: the application comes back by itself.
func restartHost(t *testing.T, l *lattice) {
	l.ours(t)
	deployed(t, l)
	started := time.Now()
	l.script(t, "stop", "host1", l.dir)
	if processes := run(t, "ps", "-A", "-o", "args="); strings.Contains(processes, "wasmcloudcache") {
		t.Errorf("a provider has outlived its host:\n%s", processes)
	}
	t.Logf("the host has ended after %s", since(started))
	started = time.Now()
	l.script(t, "host", "1", l.dir)
	l.awaitCall(t, linked, 120*time.Second)
	t.Logf("FIGURE from the new host's start to the first good call: %s", since(started))
}
