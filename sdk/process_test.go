package provider

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// scenarioVariable makes the test binary a provider. A host passes no other environment either.
const scenarioVariable = "PROVIDER_SCENARIO"

// scenarios are the mains of the providers that the process tests start.
var scenarios = map[string]func(ctx context.Context, p *WasmcloudProvider) error{
	"echo":  func(ctx context.Context, p *WasmcloudProvider) error { return p.Run(ctx) },
	"start": func(_ context.Context, p *WasmcloudProvider) error { return p.Start() },
	"stuck": func(ctx context.Context, p *WasmcloudProvider) error {
		p.state().settings.shutdown = func() error { select {} }
		return p.Run(ctx)
	},
	"patient": func(ctx context.Context, p *WasmcloudProvider) error {
		p.state().settings.hostBudget = labtest.Patience
		return p.Run(ctx)
	},
	"failing hook": func(ctx context.Context, p *WasmcloudProvider) error {
		p.state().settings.shutdown = func() error { return errors.New("disk full") }
		return p.Run(ctx)
	},
}

func TestMain(m *testing.M) {
	if name := os.Getenv(scenarioVariable); name != "" {
		os.Exit(runScenario(name))
	}
	os.Exit(m.Run())
}

// runScenario is the main of the package's documentation, as a function of its exit code.
func runScenario(name string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		again, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(again, func() { os.Exit(1) })
	})
	if err := runProvider(ctx, name); err != nil {
		fmt.Fprintln(os.Stderr, "provider:", err)
		return 1
	}
	return 0
}

func runProvider(ctx context.Context, name string) error {
	p, err := NewWithContext(ctx, os.Stdin)
	if err != nil {
		return err
	}
	served, err := serveScenario(p)
	if err != nil {
		return errors.Join(err, p.Shutdown())
	}
	defer served()
	return scenarios[name](ctx, p)
}

// process is a provider in a process of its own.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	logs  *labtest.Log
	ended chan error
}

func startProcess(t testing.TB, scenario string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(exe), logs: labtest.NewLog(), ended: make(chan error, 1)}
	p.cmd.Env = []string{scenarioVariable + "=" + scenario}
	p.cmd.Stderr, p.cmd.Stdout = p.logs, p.logs
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		p.ended <- p.cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // in case it is still there
		<-gone
	})
	return p
}

// startProvider starts one as a host does, and returns when it runs.
func startProvider(t testing.TB, scenario string, fields hostFields) *process {
	t.Helper()
	p := startProcess(t, scenario)
	p.feed(base64.StdEncoding.EncodeToString(mustJSON(t, fields)) + "\r\n")
	p.logs.WaitFor(t, "provider runs")
	return p
}

func (p *process) feed(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// exit returns the exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(labtest.Patience):
		p.t.Fatalf("the process did not end:\n%s", p.logs)
		return 0
	}
}

func TestProcessStdinForms(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	data := string(mustJSON(t, baseFields(server.ClientURL())))
	for name, c := range map[string]struct {
		text  string
		close bool
	}{
		"as the host writes it":  {base64.StdEncoding.EncodeToString([]byte(data)) + "\r\n", true},
		"wrapped, stays open":    {wrapped(data, 76, "\n"), false},
		"without line end":       {base64.StdEncoding.EncodeToString([]byte(data)), true},
		"plain JSON, stays open": {data + "\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, "echo")
			p.feed(c.text)
			if c.close {
				_ = p.stdin.Close()
			}
			p.logs.WaitFor(t, "provider runs")
			p.signal(syscall.SIGTERM)
			if code := p.exit(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, p.logs)
			}
		})
	}
}

// closedPort is an address where nobody listens.
func closedPort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestProcessBadStart(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, c := range map[string]struct{ stdin, want string }{
		"empty":       {"", "provider: host data: nothing to read"},
		"garbage":     {"!!!\n", "provider: host data: byte 1: neither base64 nor a JSON object"},
		"no key":      {"{}\n", "provider: host data: provider_key: missing"},
		"unreachable": {`{"provider_key":"p","lattice_rpc_url":"` + closedPort(t) + `"}`, "provider: connect to NATS at nats://127.0.0.1:"},
		"silent":      {`{"provider_key":"p","lattice_rpc_url":"` + silent.Addr().String() + `"}`, "provider: connect to NATS at nats://127.0.0.1:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			p := startProcess(t, "echo")
			p.feed(c.stdin)
			_ = p.stdin.Close()
			if code := p.exit(); code != 1 || time.Since(began) > 15*time.Second {
				t.Errorf("exit code %d after %v", code, time.Since(began))
			}
			lines := strings.Split(strings.TrimSpace(p.logs.String()), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, c.want) {
				t.Errorf("the last line is %q, want %q", last, c.want)
			}
		})
	}
}

func TestProcessSignals(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	fields := baseFields(server.ClientURL())
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := startProvider(t, "echo", fields)
		p.signal(s)
		if code := p.exit(); code != 0 {
			t.Errorf("%v: exit code %d:\n%s", s, code, p.logs)
		}
	}
	p := startProvider(t, "stuck", fields)
	p.signal(syscall.SIGTERM)
	p.logs.WaitFor(t, "stopping")
	began := time.Now()
	// The first signal may still be on its way to the handler when the log says so; a second one is meant to be one.
	for ended := false; !ended; {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.ended:
			ended = true
		case <-time.After(50 * time.Millisecond):
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("the second signal did not end it:\n%s", p.logs)
		}
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("second signal: exit code %d", code)
	}
	p = startProvider(t, "failing hook", fields)
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 1 || !strings.Contains(p.logs.String(), "provider: shutdown hook: disk full\n") {
		t.Errorf("failing hook: exit code %d:\n%s", code, p.logs)
	}
}

// A provider that still waits for its host data can be stopped, too: in a terminal by Ctrl-C.
func TestProcessSignalWhileWaiting(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "echo")
	p.feed("eyJ")
	// Before main has set up its signals, the signal's own default ends the process.
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 1 && code != -1 {
		t.Errorf("exit code %d:\n%s", code, p.logs)
	}
}

func TestProcessHostStop(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	for _, scenario := range []string{"echo", "start", "stuck"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			prefix := strings.ReplaceAll(scenario, " ", "")
			fields := baseFields(server.ClientURL()).with(hostFields{"lattice_rpc_prefix": prefix})
			host := labtest.Connect(t, server.ClientURL())
			p := startProvider(t, scenario, fields)
			topics := NewTopics(prefix, "prov", "")
			if _, err := host.Request(topics.LatticeShutdown, []byte(`{"host_id":"NOTHER"}`), 100*time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
				t.Errorf("a foreign host was answered: %v", err)
			}
			began := time.Now()
			msg, err := host.Request(topics.LatticeShutdown, []byte(`{"host_id":"NHOST"}`), 300*time.Millisecond*raceFactor)
			if err != nil || len(msg.Data) == 0 {
				t.Fatalf("no answer within the host's delay, %v: %v\n%s", time.Since(began), err, p.logs)
			}
			if code := p.exit(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, p.logs)
			}
		})
	}
}

// A host kills as soon as it has the answer: everything else that the provider publishes comes before.
func TestAnswerIsTheLastMessage(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	p := startProvider(t, "patient", baseFields(server.ClientURL()))
	host := labtest.Connect(t, server.ClientURL())
	all, err := host.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Flush(); err != nil { // the calls come over another connection
		t.Fatal(err)
	}
	client := componentClient(t, server.ClientURL(), "comp")
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			answer, err := callEcho(t.Context(), client, "slow 100ms")
			if err == nil && answer != "slow 100ms" {
				err = fmt.Errorf("answered %q", answer)
			}
			done <- err
		}()
	}
	seen := 0
	for seen < cap(done) { // their requests are with the provider, or on the way there
		msg, err := all.NextMsg(labtest.Patience)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(msg.Subject, "test:calls/api.echo") {
			seen++
		}
	}
	const answerTo = "answer.here"
	if err := host.PublishRequest(NewTopics("lat", "prov", "").LatticeShutdown, answerTo, []byte(`{"host_id":"NHOST"}`)); err != nil {
		t.Fatal(err)
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Errorf("a call that was running: %v", err)
		}
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.logs)
	}
	var last *nats.Msg
	for {
		msg, err := all.NextMsg(200 * time.Millisecond)
		if err != nil {
			break
		}
		last = msg
	}
	if last == nil || last.Subject != answerTo {
		t.Errorf("the last message is %+v", last)
	}
}

func TestStructuredLogsOfAProcess(t *testing.T) {
	t.Parallel()
	server := labtest.Server(t)
	p := startProvider(t, "echo", baseFields(server.ClientURL()).with(hostFields{"structured_logging": true, "log_level": "debug"}))
	p.signal(syscall.SIGTERM)
	p.exit()
	for line := range bytes.Lines([]byte(strings.TrimSpace(p.logs.String()))) {
		if !json.Valid(line) {
			t.Errorf("not JSON: %s", line)
		}
	}
}
