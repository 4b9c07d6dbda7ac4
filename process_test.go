package main

import (
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
	"syscall"
	"testing"
	"time"

	"github.com/wasmCloud/provider-sdk-go/providertest"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/internal/processtest"
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

// patience is how long the provider may take to say something.
const patience = 10 * time.Second

// startAlone starts the provider as a process, in an environment as empty as a host gives it.
func startAlone(stdin io.Reader) (*processtest.Process, error) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{asProvider + "=1"}
	cmd.Stdin = stdin
	return processtest.Start(cmd)
}

// startProcess starts the provider as a process on the lattice.
func startProcess(t *testing.T, lattice *providertest.Lattice, options ...providertest.ProviderOption) (*providertest.Provider, *processtest.Process) {
	t.Helper()
	started := make(chan *processtest.Process, 1)
	provider := lattice.StartProvider("custom-template", func(ctx context.Context, hostData io.Reader) error {
		p, err := startAlone(hostData)
		if err != nil {
			return err
		}
		started <- p
		defer context.AfterFunc(ctx, func() { _ = p.Process.Signal(syscall.SIGTERM) })()
		return p.Wait()
	}, options...)
	return provider, <-started
}

// endOf runs the provider with that stdin until it ends by itself, and returns its exit code and what it wrote.
func endOf(t *testing.T, stdin string) (code int, written string, after time.Duration) {
	t.Helper()
	start := time.Now()
	p, err := startAlone(strings.NewReader(stdin))
	if err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(20*time.Second, func() { _ = p.Process.Kill() }).Stop()
	var exit *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode(), p.Text(), time.Since(start)
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
			p, err := startAlone(strings.NewReader(test.encode(handWritten(t, lattice.URL()))))
			if err != nil {
				t.Fatal(err)
			}
			p.AwaitLine(t, patience, "provider runs")
			if err := p.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			p.AwaitLine(t, patience, "stopped")
			if err := p.Wait(); err != nil {
				t.Errorf("after %v: %v\n%s", test.signal, err, p.Text())
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
		t.Errorf("%v\n%s", err, p.Text())
	}
}

// Whoever doesn't want to wait for a call that hangs sends a second signal.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	provider, p := startProcess(t, lattice, providertest.WithLinks(linksBothWays...), providertest.WithCallTimeout(time.Minute))
	silent := lattice.SilentPeer("test-component")
	called := make(chan error, 1)
	client := lattice.Component("wash").Client("custom-template")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_, err := system_info.Call(ctx, client)
		called <- err
	}()
	silent.AwaitCall()

	interrupt := func() {
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	p.AwaitLine(t, patience, "stopping")
	start := time.Now()
	interrupt()
	err := provider.Wait()
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
	p, err := startAlone(bytes.NewReader(handWritten(t, unusedAddress(t))))
	if err != nil {
		t.Fatal(err)
	}
	p.AwaitLine(t, patience, "trying again")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.Text())
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
