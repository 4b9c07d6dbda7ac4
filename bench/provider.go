package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// The subjects of a provider in a lattice, below its id.
const (
	lattice       = "default"
	healthSubject = "wasmbus.rpc." + lattice + ".%s.health"
	putSubject    = "wasmbus.rpc." + lattice + ".%s.linkdefs.put"
	deleteSubject = "wasmbus.rpc." + lattice + ".%s.linkdefs.del"
)

// providerProcess is a provider, started as a host starts it.
type providerProcess struct {
	id  string
	cmd *exec.Cmd
	log *strings.Builder // to be read when the process has ended
}

// startProvider starts a program and returns when it has answered a request for its health.
func (b *bench) startProvider(ctx context.Context, nc *nats.Conn, program, id string) (*providerProcess, error) {
	data := fmt.Sprintf(`{"lattice_rpc_url":%q,"lattice_rpc_prefix":%q,"provider_key":%q,"link_name":"default"}`, b.nats.url, lattice, id)
	p := &providerProcess{id: id, cmd: exec.CommandContext(ctx, program), log: &strings.Builder{}}
	p.cmd.Stdin = strings.NewReader(base64.StdEncoding.EncodeToString([]byte(data)) + "\n")
	p.cmd.Stderr, p.cmd.Stdout = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.firstAnswer(ctx, nc); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for its health: %w", err), p.stop(), errors.New(p.log.String()))
	}
	return p, nil
}

// firstAnswer asks for health until somebody answers.
func (p *providerProcess) firstAnswer(ctx context.Context, nc *nats.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		_, err := nc.RequestWithContext(ctx, fmt.Sprintf(healthSubject, p.id), nil)
		if !errors.Is(err, nats.ErrNoResponders) {
			return err
		}
		time.Sleep(200 * time.Microsecond) // leaves the processors to what is starting
	}
}

// stop tells the provider to end, and waits for that.
func (p *providerProcess) stop() error {
	err := p.cmd.Process.Signal(os.Interrupt)
	var exit *exec.ExitError // how it has ended is not what is measured
	if waitErr := p.cmd.Wait(); waitErr != nil && !errors.As(waitErr, &exit) {
		err = errors.Join(err, waitErr)
	}
	return err
}
