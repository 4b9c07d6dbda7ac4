// Package processtest runs a program for a test and reads along with what it writes.
package processtest

import (
	"bufio"
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Process is a program under test.
type Process struct {
	*exec.Cmd
	lines chan string   // what it writes to stdout and stderr, by lines
	ended chan struct{} // closed when it has ended; err is final then
	err   error

	mu  sync.Mutex
	log bytes.Buffer // all lines so far
}

// Start starts the command, whose output it takes.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{Cmd: cmd, lines: make(chan string, 1000), ended: make(chan struct{})}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		p.read(bufio.NewScanner(output))
		p.err = cmd.Wait()
	}()
	return p, nil
}

func (p *Process) read(output *bufio.Scanner) {
	defer close(p.lines)
	for output.Scan() {
		p.mu.Lock()
		p.log.WriteString(output.Text() + "\n")
		p.mu.Unlock()
		p.lines <- output.Text()
	}
}

// Text returns what the program has written so far.
func (p *Process) Text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// AwaitLine waits until the program writes a line that holds the text, and fails the test when it ends before.
func (p *Process) AwaitLine(t *testing.T, patience time.Duration, text string) {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("%s has ended before it said %q:\n%s", p.Path, text, p.Text())
			}
			if strings.Contains(line, text) {
				return
			}
		case <-limit:
			t.Fatalf("%s has not said %q within %v:\n%s", p.Path, text, patience, p.Text())
		}
	}
}

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end, and returns what [exec.Cmd.Wait] does.
func (p *Process) Wait() error {
	<-p.ended
	return p.err
}
