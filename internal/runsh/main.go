//go:build unix

// Runsh is what run.sh needs and a shell cannot do portably.
//
//	runsh listens ADDRESS            says what listens there: exit 0 a NATS server, 1 nothing, 2 something else
//	runsh answered ADDRESS SUBJECT   ends as soon as a request on SUBJECT has been answered
//	runsh apart COMMAND [ARGUMENT]…  becomes COMMAND, in a process group of its own: Ctrl-C does not reach it
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
)

// The exit codes of listens, beside 0, and of a wrong command line.
const (
	nothingListens = 1
	notNATS        = 2
	wrongUsage     = 64
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "listens":
		os.Exit(listens(args[1]))
	case len(args) == 3 && args[0] == "answered":
		err = answered(args[1], args[2])
	case len(args) >= 2 && args[0] == "apart":
		err = apart(args[1:])
	default:
		fmt.Fprintln(os.Stderr, "usage: runsh listens ADDRESS | answered ADDRESS SUBJECT | apart COMMAND [ARGUMENT]…")
		os.Exit(wrongUsage)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "runsh:", err)
		os.Exit(1)
	}
}

// listens tells by exit code what listens at the address. A NATS server greets with INFO before the client has said a
// word. Connecting finds it where binding the same port would not, as when it listens on all interfaces of a Mac.
func listens(address string) int {
	const patience = 2 * time.Second
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nothingListens
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return notNATS
	}
	greeting := make([]byte, len("INFO "))
	if _, err := io.ReadFull(conn, greeting); err != nil || string(greeting) != "INFO " {
		return notNATS
	}
	return 0
}

// answered asks on the subject until somebody answers.
func answered(address, subject string) error {
	nc, err := nats.Connect(address, nats.Name("run.sh"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer nc.Close()
	for {
		_, err := nc.Request(subject, []byte("{}"), time.Second)
		if !errors.Is(err, nats.ErrNoResponders) && !errors.Is(err, nats.ErrTimeout) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// apart replaces this process, so that the caller's process id stays good for signals.
func apart(command []string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	if err := syscall.Setpgid(0, 0); err != nil {
		return fmt.Errorf("start a process group: %w", err)
	}
	return syscall.Exec(path, command, os.Environ())
}
