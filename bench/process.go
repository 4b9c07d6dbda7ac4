package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// process is a child that obeys orders.
type process struct {
	name    string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	orders  *json.Encoder
	answers *json.Decoder
}

// startProcess starts this program in a role and waits until it is ready.
func startProcess(ctx context.Context, role, who, url string, stderr io.Writer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-role", role, "-who", who, "-url", url)
	cmd.Stderr = stderr
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name: who + "'s " + role, cmd: cmd, stdin: stdin, orders: json.NewEncoder(stdin), answers: json.NewDecoder(stdout)}
	if _, err := p.answer(); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// do gives an order and waits until it is done.
func (p *process) do(o order) (answer, error) {
	if err := p.tell(o); err != nil {
		return answer{}, err
	}
	return p.answer()
}

// tell gives an order; answer must be called next.
func (p *process) tell(o order) error {
	if err := p.orders.Encode(o); err != nil {
		return fmt.Errorf("order %s to %s: %w", o.Do, p.name, err)
	}
	return nil
}

func (p *process) answer() (answer, error) {
	var a answer
	if err := p.answers.Decode(&a); err != nil {
		return a, fmt.Errorf("answer of %s: %w", p.name, err)
	}
	if a.Err != "" {
		return a, fmt.Errorf("%s: %s", p.name, a.Err)
	}
	return a, nil
}

// stop ends the child's orders, and so the child.
func (p *process) stop() error {
	if err := errors.Join(p.stdin.Close(), p.cmd.Wait()); err != nil {
		return fmt.Errorf("end of %s: %w", p.name, err)
	}
	return nil
}
