package natstest_test

import (
	"testing"
	"time"

	"github.com/wrpc/wrpc/go/internal/natstest"
)

func TestServer(t *testing.T) {
	t.Parallel()
	conn := natstest.Connect(t, natstest.Server(t))
	sub, err := conn.SubscribeSync("subject")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish("subject", []byte("text")); err != nil {
		t.Fatal(err)
	}
	if msg, err := sub.NextMsg(10 * time.Second); err != nil || string(msg.Data) != "text" {
		t.Errorf("received %v, %v", msg, err)
	}
}
