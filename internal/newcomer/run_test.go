//go:build unix

package newcomer

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/providertest"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/internal/processtest"
)

// script is run.sh as a process.
type script struct {
	*processtest.Process
	folder string // where it may leave nothing behind
}

// startScript runs run.sh by that shell, from another folder than its own, for a NATS server at the port.
func startScript(t *testing.T, shell, port string, environment ...string) *script {
	t.Helper()
	path, err := filepath.Abs("../../run.sh")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{folder: t.TempDir()}
	cmd := exec.Command(shell, path)
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), "NATS_PORT="+port, "TMPDIR="+s.folder), environment...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a terminal does, so that Ctrl-C can be sent to the group
	if s.Process, err = processtest.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.interrupt(t, syscall.SIGTERM)
		<-s.Ended()
	})
	return s
}

// interrupt sends the signal, unless the script has ended.
func (s *script) interrupt(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := s.Cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

// awaitEnd waits for the end, which leaves nothing behind, and returns the exit code.
func (s *script) awaitEnd(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-s.Ended():
	case <-time.After(limit):
		t.Fatalf("run.sh has not ended within %v:\n%s", limit, s.Text())
	}
	left, err := os.ReadDir(s.folder)
	if err != nil || len(left) > 0 {
		t.Errorf("run.sh leaves %v behind, %v", left, err)
	}
	if processes := processesIn(t, s.folder); len(processes) > 0 {
		t.Errorf("run.sh leaves processes behind: %v", processes)
	}
	return s.ProcessState.ExitCode()
}

// processesIn returns the ids of the processes whose command line names the folder.
func processesIn(t *testing.T, folder string) map[int]string {
	t.Helper()
	list, err := exec.Command("ps", "-A", "-ww", "-o", "pid=", "-o", "args=").Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	found := make(map[int]string)
	for line := range strings.Lines(string(list)) {
		id, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pid, err := strconv.Atoi(id); err == nil && strings.Contains(args, folder) {
			found[pid] = strings.TrimSpace(args)
		}
	}
	return found
}

// unusedPort is one of 127.0.0.1 on which nothing listens.
func unusedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// What a newcomer does first: `sh run.sh`, what it says to try, and the end of it in any way.
func TestRunScript(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shell string
		end   func(s *script) error
	}{
		"SIGTERM":        {"sh", func(s *script) error { return s.Cmd.Process.Signal(syscall.SIGTERM) }},
		"Ctrl-C in bash": {"bash", func(s *script) error { return syscall.Kill(-s.Cmd.Process.Pid, syscall.SIGINT) }}, // a terminal sends it to the group
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := unusedPort(t)
			s := startScript(t, test.shell, port)
			s.awaitReady(t)
			if answer := health(t, "127.0.0.1:"+port); answer != `{"healthy":true,"message":"provider healthy"}` {
				t.Errorf("health: %s", answer)
			}
			if err := test.end(s); err != nil {
				t.Error(err)
			}
			if code := s.awaitEnd(t, 2*time.Second); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
				conn.Close()
				t.Errorf("port %s is still taken", port)
			}
		})
	}
}

// health asks what run.sh suggests to ask.
func health(t *testing.T, address string) string {
	t.Helper()
	conn, err := nats.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer, err := conn.Request("wasmbus.rpc.default.custom-template.health", []byte("{}"), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer.Data)
}

// awaitReady waits until the script says what to try. The first build of a fresh machine takes its time.
func (s *script) awaitReady(t *testing.T) {
	t.Helper()
	s.AwaitLine(t, 5*time.Minute, "nats ")
}

func portOf(lattice *providertest.Lattice) string {
	return lattice.URL()[strings.LastIndex(lattice.URL(), ":")+1:]
}

// A NATS server that is there already is used, and stays.
func TestRunScriptUsesTheServerThatIsThere(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	port := portOf(lattice)
	s := startScript(t, "sh", port)
	s.awaitReady(t)
	if answer := health(t, lattice.URL()); !strings.Contains(answer, "true") {
		t.Errorf("health: %s", answer)
	}
	if !strings.Contains(s.Text(), "using the NATS server that is at 127.0.0.1:"+port) {
		t.Errorf("not said:\n%s", s.Text())
	}
	s.interrupt(t, syscall.SIGHUP)
	if code := s.awaitEnd(t, 2*time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if err := lattice.Conn().FlushTimeout(time.Second); err != nil {
		t.Errorf("the server is gone: %v", err)
	}
}

// A signal while the build runs ends that too, compilers included.
func TestRunScriptEndsItsBuild(t *testing.T) {
	t.Parallel()
	s := startScript(t, "sh", unusedPort(t), "GOCACHE="+t.TempDir()) // so that there is something to compile
	compiles := func() bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(processesIn(t, s.folder))), func(args string) bool {
			return strings.Contains(args, "/compile ")
		})
	}
	for limit, tick := time.After(time.Minute), time.Tick(10*time.Millisecond); !compiles(); {
		select {
		case <-tick:
		case <-limit:
			t.Fatalf("no compiler runs:\n%s", s.Text())
		}
	}
	s.interrupt(t, syscall.SIGINT)
	if code := s.awaitEnd(t, 2*time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// When the provider dies, the script ends with its exit code, and says so.
func TestRunScriptEndsWithTheProvider(t *testing.T) {
	t.Parallel()
	s := startScript(t, "sh", portOf(providertest.New(t)))
	s.awaitReady(t)
	for pid, args := range processesIn(t, s.folder) {
		if strings.HasSuffix(args, "/provider") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if code := s.awaitEnd(t, 2*time.Second); code != 128+int(syscall.SIGKILL) {
		t.Errorf("exit code %d", code)
	}
	if want := "run.sh: the provider ended by itself with exit code 137"; !strings.Contains(s.Text(), want) {
		t.Errorf("not said: %s\n%s", want, s.Text())
	}
}

// Something else on the port is not taken for a NATS server.
func TestRunScriptRefusesAForeignServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go greet(listener)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := startScript(t, "sh", port)
	if code := s.awaitEnd(t, 5*time.Minute); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if want := "what listens at 127.0.0.1:" + port + " is no NATS server"; !strings.Contains(s.Text(), want) {
		t.Errorf("not said: %s\n%s", want, s.Text())
	}
}

// greet is a server that is not NATS.
func greet(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("220 mail.example.com ESMTP\r\n")) // whoever has hung up need not read it
		conn.Close()
	}
}
