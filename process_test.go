package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wasmCloud/provider-sdk-go/providertest"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/internal/testcomponent/bindings/wasmcloud/example/system_info"
)

// asProvider makes this test binary be the provider: tests start it again as a process, as a host does.
const asProvider = "TEST_BINARY_IS_THE_PROVIDER"

func TestMain(m *testing.M) {
	if os.Getenv(asProvider) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is the provider as a process, in an environment as empty as a host gives it.
type process struct {
	*exec.Cmd
	output io.Reader   // stdout and stderr
	lines  chan string // of them

	mu  sync.Mutex
	log bytes.Buffer // all lines
}

// newProcess prepares the provider; it ends with ctx.
func newProcess(ctx context.Context, stdin io.Reader) *process {
	p := &process{Cmd: exec.CommandContext(ctx, os.Args[0]), lines: make(chan string, 1000)}
	p.Env = []string{asProvider + "=1"}
	p.Stdin = stdin
	return p
}

// begin starts the process.
func (p *process) begin() (err error) {
	if p.output, err = p.StdoutPipe(); err != nil {
		return err
	}
	p.Stderr = p.Stdout
	return p.Start()
}

// finish reads what the process writes, and waits for its end.
func (p *process) finish() error {
	defer close(p.lines)
	for scanner := bufio.NewScanner(p.output); scanner.Scan(); {
		p.mu.Lock()
		p.log.WriteString(scanner.Text() + "\n")
		p.mu.Unlock()
		p.lines <- scanner.Text()
	}
	return p.Wait()
}

// run is both.
func (p *process) run() error {
	if err := p.begin(); err != nil {
		return err
	}
	return p.finish()
}

// text is what the process has written so far.
func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// awaitLine waits until the process writes a line that holds the text.
func (p *process) awaitLine(t *testing.T, text string) {
	t.Helper()
	p.awaitLineWithin(t, 10*time.Second, text)
}

func (p *process) awaitLineWithin(t *testing.T, patience time.Duration, text string) {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("the provider has ended, before %q:\n%s", text, p.text())
			}
			if strings.Contains(line, text) {
				return
			}
		case <-limit:
			t.Fatalf("no %q from the provider:\n%s", text, p.text())
		}
	}
}

// startProcess starts the provider as a process on the lattice.
func startProcess(t *testing.T, lattice *providertest.Lattice, options ...providertest.ProviderOption) (*providertest.Provider, *process) {
	t.Helper()
	var p *process
	provider := lattice.StartProvider("custom-template", func(ctx context.Context, hostData io.Reader) error {
		p = newProcess(context.Background(), hostData)
		defer context.AfterFunc(ctx, func() { _ = p.Process.Signal(syscall.SIGTERM) })()
		return p.run()
	}, options...)
	return provider, p
}

// endOf runs the provider with that stdin until it ends by itself, and returns its exit code and what it wrote.
func endOf(t *testing.T, stdin string) (code int, written string, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	p := newProcess(ctx, strings.NewReader(stdin))
	start := time.Now()
	err := p.run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode(), p.text(), time.Since(start)
}

// handWritten is what run.sh feeds to the provider, for another address.
func handWritten(t *testing.T, address string) []byte {
	t.Helper()
	data, err := json.MarshalIndent(map[string]string{
		"lattice_rpc_url":    strings.TrimPrefix(address, "nats://"),
		"lattice_rpc_prefix": "default",
		"provider_key":       "custom-template",
		"link_name":          "default",
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wrapped is what `base64` writes: lines of 76 characters.
func wrapped(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var lines strings.Builder
	for len(text) > 76 {
		lines.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	return lines.String() + text + "\n"
}

// The host data may come in any of the forms in which people write it; SIGINT and SIGTERM end the provider in order.
func TestProcessReadsHostDataAndObeysSignals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		encode func([]byte) string
		signal os.Signal
	}{
		"base64 wrapped at 76 columns": {wrapped, syscall.SIGINT},
		"base64 -w0":                   {base64.StdEncoding.EncodeToString, syscall.SIGTERM},
		"plain JSON":                   {func(data []byte) string { return string(data) }, syscall.SIGINT},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lattice := providertest.New(t)
			p := newProcess(t.Context(), strings.NewReader(test.encode(handWritten(t, lattice.URL()))))
			ended := make(chan error, 1)
			go func() { ended <- p.run() }()
			p.awaitLine(t, "provider runs")
			if err := p.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			p.awaitLine(t, "stopped")
			if err := <-ended; err != nil {
				t.Errorf("after %v: %v\n%s", test.signal, err, p.text())
			}
		})
	}
}

// The host's stop message ends the process with exit code 0.
func TestProcessStopsForItsHost(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider, p := startProcess(t, lattice)
	if response := call(t, lattice); response != notLinked {
		t.Errorf("got %q", response)
	}
	if err := provider.Stop(); err != nil {
		t.Errorf("%v\n%s", err, p.text())
	}
}

// Whoever doesn't want to wait for a call that hangs sends a second signal.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider, p := startProcess(t, lattice, providertest.WithLinks(linksBothWays...), providertest.WithCallTimeout(time.Minute))
	// A component that takes calls and never answers them.
	silent, err := lattice.Conn().SubscribeSync("default.test-component.wrpc.0.0.1.wasmcloud:example/process-data.process")
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan error, 1)
	client := lattice.Component("wash").Client("custom-template")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_, err := system_info.Call(ctx, client)
		called <- err
	}()
	if _, err := silent.NextMsg(10 * time.Second); err != nil {
		t.Fatal(err)
	}

	interrupt := func() {
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	p.awaitLine(t, "stopping")
	start := time.Now()
	interrupt()
	err = provider.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("ended with %v", err)
	}
	if after := time.Since(start); after > time.Second {
		t.Errorf("ended only %v after the second signal", after)
	}
	cancel()
	if err := <-called; err == nil {
		t.Error("the hanging call succeeded")
	}
}

// What makes a start impossible ends the process with exit code 1 and one line that says what to do.
func TestProcessExplainsWhyItCannotStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ stdin, line string }{
		"empty stdin": {"", "host data: nothing to read: a wasmCloud host writes the host data to stdin; " +
			`to run a provider by hand pipe base64 or JSON into it, or run "sh run.sh"`},
		"garbage":       {"%%% nonsense %%%\n", "host data: byte 1: neither base64 nor a JSON object: pass the line as the host writes it, or plain JSON"},
		"cut":           {`{"provider_key": `, "host data: ends in the middle of the JSON object, after 17 bytes of it: unexpected EOF"},
		"wrong type":    {base64.StdEncoding.EncodeToString([]byte(`{"provider_key": 7}`)), "host data: provider_key: want a string, got a number"},
		"without a key": {"{}", "host data: provider_key: missing: it is the provider's id in the lattice"},
		"bad key":       {`{"provider_key": "a.*"}`, "host data: provider_key: must not hold * or >, it becomes a part of NATS subjects"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, written, _ := endOf(t, test.stdin)
			if want := "custom-template: " + test.line + "\n"; code != 1 || written != want {
				t.Errorf("exit code %d, and not this line:\n%s%s", code, want, written)
			}
		})
	}
}

// Without a server the provider tries for a while, then says where it looked.
func TestProcessWithoutServer(t *testing.T) {
	t.Parallel()
	address := unusedAddress(t)
	code, written, after := endOf(t, string(handWritten(t, address)))
	last := written[strings.LastIndex(strings.TrimSpace(written), "\n")+1:]
	if want := "custom-template: connect to NATS at nats://" + address; code != 1 || !strings.HasPrefix(last, want) {
		t.Errorf("exit code %d, and the last line does not begin with %q:\n%s", code, want, written)
	}
	if after > 15*time.Second {
		t.Errorf("ended only after %v", after)
	}
}

// A signal while the provider still looks for a server is obeyed too.
func TestSignalBeforeTheStart(t *testing.T) {
	t.Parallel()
	p := newProcess(t.Context(), bytes.NewReader(handWritten(t, unusedAddress(t))))
	ended := make(chan error, 1)
	go func() { ended <- p.run() }()
	p.awaitLine(t, "trying again")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("%v\n%s", err, p.text())
	}
}

// unusedAddress is one where nothing listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
