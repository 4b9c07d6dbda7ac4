// Natscheck is what run.sh needs to know about NATS and a shell cannot ask portably.
//
//	natscheck ADDRESS          says what listens there: exit 0 a NATS server, 1 nothing, 2 something else
//	natscheck ADDRESS SUBJECT  waits until a request on SUBJECT is answered, prints the answer, exit 0
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

// The exit codes beside 0.
const (
	nothingListens = 1
	notNATS        = 2
	wrongUsage     = 64
)

func main() {
	switch args := os.Args[1:]; len(args) {
	case 1:
		os.Exit(listener(args[0]))
	case 2:
		answer, err := firstAnswer(args[0], args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, "natscheck:", err)
			os.Exit(1)
		}
		fmt.Println(string(answer))
	default:
		fmt.Fprintln(os.Stderr, "usage: natscheck ADDRESS [SUBJECT]")
		os.Exit(wrongUsage)
	}
}

// listener tells by exit code what listens at the address. A NATS server greets with INFO before the client has said a
// word; connecting finds it where binding the same port would not, as when it listens on all of a Mac's interfaces.
func listener(address string) int {
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

// firstAnswer asks on the subject until somebody answers.
func firstAnswer(address, subject string) ([]byte, error) {
	nc, err := nats.Connect(address, nats.Name("natscheck"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	for {
		msg, err := nc.Request(subject, []byte("{}"), time.Second)
		switch {
		case err == nil:
			return msg.Data, nil
		case errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrTimeout):
			time.Sleep(50 * time.Millisecond)
		default:
			return nil, err
		}
	}
}
