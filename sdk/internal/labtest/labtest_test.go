package labtest_test

import (
	"io"
	"net"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// A message over the server ends up in the log that the test waits for, before and after the server came back.
func TestLab(t *testing.T) {
	t.Parallel()
	first := labtest.Server(t)
	port := first.Addr().(*net.TCPAddr).Port
	say(t, first.ClientURL(), "the first server")
	first.Shutdown()
	first.WaitForShutdown()
	say(t, labtest.Server(t, labtest.Port(port)).ClientURL(), "the second server")
}

func say(t *testing.T, url, text string) {
	t.Helper()
	log := labtest.NewLog()
	conn := labtest.Connect(t, url)
	if _, err := conn.Subscribe("log", func(msg *nats.Msg) { _, _ = log.Write(msg.Data) }); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{text[:5], text[5:]} {
		if err := conn.Publish("log", []byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	log.WaitFor(t, text)
	if _, err := io.WriteString(log, "."); err != nil || log.String() != text+"." {
		t.Errorf("the log is %q, %v", log, err)
	}
}
