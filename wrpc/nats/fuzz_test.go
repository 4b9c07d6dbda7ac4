package wrpcnats

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// FuzzMessages feeds sequences of messages to a made call and a served call by way of the inbox: whatever comes,
// nothing panics, what is held stays within its bounds, and after the calls nothing is held any more.
func FuzzMessages(f *testing.F) {
	conn := fuzzConn(f)
	f.Add([]byte("\x00\x00\x02ok\x10\x00\x00"))
	f.Add([]byte("\x11\x00\x05.0.12\x03abc\x11\x02\x05.0.12\x00\x10\x00\x00\x00"))
	f.Add([]byte("\x10\x03\x00\x00\x20\x00\x00\x00\x01\x00\x00\x00\x31\x02\x02.1\x01"))
	f.Fuzz(func(t *testing.T, script []byte) {
		const bound = 8 << 10
		c := NewClient(conn, WithPrefix("fuzz"), WithMaxValue(4<<10), WithStreamBuffer(2<<10), WithClientBuffer(bound))
		made := newMade(c, "i", "f")
		if err := made.watch(t.Context()); err != nil {
			t.Fatal(err)
		}
		served := newServedCall(&function{client: c, instance: "i", name: "f"}, &nats.Msg{Reply: "R_c"})
		c.serving.flight.n++
		c.serving.flight.admitted++

		opened := drive(t, c, made, served, script)
		if held := c.buffered.Load(); held < 0 || held > bound {
			t.Fatalf("%d bytes held", held)
		}
		for _, r := range opened {
			for {
				_, err := r.ReadByte()
				if err == nil {
					continue
				}
				var call *wrpc.CallError
				if err != io.EOF && !errors.As(err, &call) {
					t.Fatalf("read: %v", err)
				}
				break
			}
			_ = r.Close()
		}
		served.returned()
		_ = made.writer.Close()
		if made.lingers() {
			made.fail(made.wrap(wrpc.PhaseRequest, wrpc.ErrClosed))
		}
		if idle := c.serving.flight.wait(); idle != nil {
			<-idle // its end is sent in the background
		}
		if calls, held := len(c.calls.all()), c.buffered.Load(); calls != 0 || held != 0 || c.InFlight() != 0 {
			t.Fatalf("%d calls, %d bytes, %d in flight are left", calls, held, c.InFlight())
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// drive runs a script: each message is one byte that chooses the call and what to do, one the header, a length and that
// many bytes of the subject's end, a length and that many bytes of data. It returns the readers that were opened, all of
// which have ended.
func drive(t *testing.T, c *Client, made *madeCall, served *servedCall, script []byte) []wrpc.IndexReadCloser {
	take := func() string {
		if len(script) == 0 {
			return ""
		}
		n := min(int(script[0]), len(script)-1)
		s := string(script[1 : 1+n])
		script = script[1+n:]
		return s
	}
	opened := []wrpc.IndexReadCloser{&made.root, &served.root}
	for len(script) > 1 {
		op, header := script[0], script[1]
		script = script[2:]
		msg := &nats.Msg{Subject: tokenSubject(c.inbox.prefix, made.token), Header: fuzzHeader(header)}
		if op&1 != 0 {
			msg.Subject = tokenSubject(c.inbox.prefix, served.token)
		}
		msg.Subject += [...]string{"", resultsPart, paramsPart, ".x"}[op>>4&3] + take()
		if op&2 != 0 {
			msg.Reply = take()
		}
		msg.Data = []byte(take())
		c.dispatch(msg)
		if op&8 != 0 { // open what may have come, or will
			root := opened[op&1]
			if r, err := root.Index(uint32(header & 3)); err == nil {
				opened = append(opened, r)
			}
		}
	}
	lost := c.wrapForTest(wrpc.ErrDisconnected)
	made.mu.Lock()
	made.root.finish(lost)
	for _, s := range made.streams {
		s.finish(lost)
	}
	made.mu.Unlock()
	served.disconnected(wrpc.ErrDisconnected)
	return opened
}

func (c *Client) wrapForTest(err error) error {
	return &wrpc.CallError{Phase: wrpc.PhaseResults, Err: err}
}

func fuzzHeader(b byte) nats.Header {
	switch b & 3 {
	case 1:
		return nats.Header{headerError: {"why\n" + string(b)}}
	case 2:
		return nats.Header{headerError: nil, headerStatus: {noResponders}}
	case 3:
		return nats.Header{headerStatus: {noResponders, noResponders}}
	}
	return nil
}

func fuzzConn(f *testing.F) *nats.Conn {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		f.Fatal(err)
	}
	ns.Start()
	f.Cleanup(ns.Shutdown)
	if !ns.ReadyForConnections(10 * time.Second) {
		f.Fatal("NATS server does not start")
	}
	conn, err := nats.Connect(ns.ClientURL())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(conn.Close)
	return conn
}

// FuzzParseSubject checks that what is accepted is what would be sent.
func FuzzParseSubject(f *testing.F) {
	for _, s := range []string{"", "0123456789abcdef", "0123456789abcdef.params.0.1", "0123456789abcdef.results.00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		token, part, path, ok := parseSubject(s)
		if ok && tokenSubject("", token)+part+path != s {
			t.Errorf("%q is taken for %x %s %s", s, token, part, path)
		}
		if err := checkSubject(s); err == nil && (len(s) > maxPeerSubject || s == "") {
			t.Errorf("%q is accepted", s)
		}
	})
}
