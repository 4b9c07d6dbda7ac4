//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// address is where the lattice's NATS server listens.
func address() string {
	return net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("NATS_PORT"), "4222"))
}

// lattice is the running lattice that the test drives.
type lattice struct {
	root string // the project's folder
	dir  string // the folder with the hosts' logs and process ids; empty when they are unknown

	ran map[string]bool // the commands so far
}

// bringUp returns the lattice that is there, or starts one and ends it after the test.
func bringUp(t *testing.T) *lattice {
	t.Helper()
	if _, err := exec.LookPath("wash"); err != nil {
		t.Fatal("wash is not on PATH: see the README for how to install it")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	l := &lattice{root: root, dir: os.Getenv("LATTICE_DIR"), ran: make(map[string]bool)}
	if port := os.Getenv("NATS_PORT"); port != "" {
		t.Setenv("WASMCLOUD_CTL_PORT", port)
		t.Setenv("WASMCLOUD_RPC_PORT", port)
	}
	if connection, err := net.Dial("tcp", address()); err == nil {
		connection.Close()
		t.Logf("using the lattice on %s (its logs: %q)", address(), l.dir)
		return l
	}
	if l.dir == "" {
		// Not t.TempDir: the logs are what one wants to see when a test fails.
		if l.dir, err = os.MkdirTemp("", "lattice-"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		l.script(t, "down", l.dir)
		if t.Failed() {
			t.Logf("the lattice's logs are in %s", l.dir)
		} else if os.Getenv("LATTICE_DIR") == "" {
			os.RemoveAll(l.dir)
		}
	})
	started := time.Now()
	l.script(t, "up", l.dir)
	t.Logf("a lattice of our own is up after %s, its logs are in %s", since(started), l.dir)
	return l
}

// ours ends the test where it needs the hosts' logs and processes, and they are unknown.
func (l *lattice) ours(t *testing.T) {
	t.Helper()
	if l.dir == "" {
		t.Skip("where is the host's log? set LATTICE_DIR to the folder that was given to lattice.sh")
	}
}

// script runs lattice.sh.
func (l *lattice) script(t *testing.T, args ...string) {
	t.Helper()
	// What the script starts keeps its output, so it must not be a pipe that is waited for.
	out, err := os.CreateTemp(t.TempDir(), "lattice-sh-")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command("sh", append([]string{filepath.Join(l.root, "e2e", "lattice.sh")}, args...)...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		t.Errorf("lattice.sh %s: %v\n%s", strings.Join(args, " "), err, said)
		t.FailNow()
	}
}

// wash runs wash in the project's folder, and returns what it prints to standard output.
func (l *lattice) wash(t *testing.T, args ...string) string {
	t.Helper()
	out, err := l.try(t.Context(), args...)
	l.ran["wash "+strings.Join(args, " ")] = true
	t.Logf("$ wash %s\n%s", strings.Join(args, " "), out)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try runs wash where it may fail.
func (l *lattice) try(ctx context.Context, args ...string) (string, error) {
	limit := 5 * time.Minute
	if args[0] == "call" {
		limit = 10 * time.Second // wash itself waits for ever for a provider that is there and says nothing
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wash", args...)
	cmd.Dir = l.root
	var told strings.Builder
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("wash %s: %w\n%s%s", strings.Join(args, " "), err, out, told.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// quietly runs wash to make room for a test, or to clean up after it: it is no failure when there is nothing to remove.
func (l *lattice) quietly(t *testing.T, args ...string) {
	t.Helper()
	if out, err := l.try(context.WithoutCancel(t.Context()), args...); err != nil {
		t.Logf("(%v)", err)
	} else {
		t.Logf("$ wash %s\n%s", strings.Join(args, " "), out)
	}
}

// position is how far each host's log had come at some moment.
type position map[string]os.FileInfo

// now is the position that logged reads from.
func (l *lattice) now(t *testing.T) position {
	t.Helper()
	at := make(position)
	for _, path := range l.files(t) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		at[path] = info
	}
	return at
}

// logged is what the hosts, with their components and providers, have logged since.
func (l *lattice) logged(t *testing.T, since position) string {
	t.Helper()
	var all strings.Builder
	for _, path := range l.files(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		// A host that was started again has a log of its own under the old name.
		if before := since[path]; before != nil && os.SameFile(before, info) {
			content = content[before.Size():]
		}
		all.Write(content)
	}
	return all.String()
}

func (l *lattice) files(t *testing.T) []string {
	t.Helper()
	if l.dir == "" {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(l.dir, "host?.log"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// awaitLine waits until the hosts have logged a line with all these words, prints it and returns it.
func (l *lattice) awaitLine(t *testing.T, from position, words ...string) string {
	t.Helper()
	var found string
	eventually(t, 30*time.Second, func() error {
		for line := range strings.Lines(l.logged(t, from)) {
			if hasAll(line, words) {
				found = line
				return nil
			}
		}
		return fmt.Errorf("no host has logged a line with %q", words)
	})
	t.Logf("logged: %s", found)
	return found
}

func hasAll(line string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(line, word) {
			return false
		}
	}
	return true
}

// eventually tries until try returns nil, and fails the test with its last error when that takes longer than within.
// It returns how long it took.
func eventually(t *testing.T, limit time.Duration, try func() error) time.Duration {
	t.Helper()
	started := time.Now()
	if err := within(limit, try); err != nil {
		t.Fatal(err)
	}
	return since(started)
}

// within tries until it succeeds, or returns the last error after the limit.
func within(limit time.Duration, try func() error) error {
	for started := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		err := try()
		if err == nil {
			return nil
		}
		if time.Since(started) > limit {
			return fmt.Errorf("after %s: %w", limit, err)
		}
	}
}

func since(start time.Time) time.Duration { return time.Since(start).Round(time.Millisecond) }
