package corpus_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// recording is a call of the Rust implementation as it crossed NATS.
type recording struct {
	Function string
	Frames   []frame
}

// frame is one message. R_c in a subject stands for the caller's inbox, R_s for the server's.
type frame struct {
	Subject, Hex, Reply string
}

func (f frame) data(t testing.TB) []byte {
	t.Helper()
	data, err := hex.DecodeString(f.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// side is who sends a frame.
func (f frame) side() string {
	if strings.HasPrefix(f.Subject, "R_c") {
		return "server"
	}
	return "client"
}

func recordings(t testing.TB, file string) []recording {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var calls []recording
	if err := json.Unmarshal(data, &calls); err != nil {
		t.Fatal(err)
	}
	return calls
}

// sent joins the bytes that a side sent on each subject. Subjects without bytes are left out: that a value has ended
// there says nothing that its bytes do not.
func (c recording) sent(t testing.TB, side string) map[string]string {
	t.Helper()
	joined := map[string]string{}
	for _, f := range c.Frames {
		if f.side() == side && f.Hex != "" {
			joined[f.Subject] += f.Hex
		}
	}
	return joined
}

// replay plays one side of a recorded call on NATS and writes down what the other side sends.
type replay struct {
	t    testing.TB
	call recording
	nc   *nats.Conn
	got  map[string]string // joined bytes by subject, as in the recording
	ends map[string]bool   // subjects that have ended
	sub  *nats.Subscription
}

func newReplay(t testing.TB, nc *nats.Conn, call recording, subject string) *replay {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return &replay{t: t, call: call, nc: nc, got: map[string]string{}, ends: map[string]bool{}, sub: sub}
}

func (r *replay) next() *nats.Msg {
	r.t.Helper()
	m, err := r.sub.NextMsg(10 * time.Second)
	if err != nil {
		r.t.Errorf("%s: %v; got %v, ended %v", r.call.Function, err, r.got, r.ends)
		return nil
	}
	return m
}

// send sends the frames of one side, but not its first: to is the inbox of the other side, name what stands for it.
func (r *replay) send(side, name, to string) {
	r.t.Helper()
	first := true
	for _, f := range r.call.Frames {
		if f.side() != side {
			continue
		}
		if first {
			first = false
			continue
		}
		if err := r.nc.Publish(strings.Replace(f.Subject, name, to, 1), f.data(r.t)); err != nil {
			r.t.Fatal(err)
		}
	}
}

// collect writes down what comes below inbox, called name in the recording, until all expected subjects have ended.
func (r *replay) collect(inbox, name, root string, want map[string]string) {
	r.t.Helper()
	for {
		ended := r.ends[root]
		for subject := range want {
			ended = ended && (r.ends[subject] || !strings.HasPrefix(subject, name))
		}
		if ended {
			return
		}
		m := r.next()
		if m == nil {
			return
		}
		subject := strings.Replace(m.Subject, inbox, name, 1)
		if len(m.Data) == 0 {
			r.ends[subject] = true
		}
		if len(m.Data) > 0 {
			r.got[subject] += hex.EncodeToString(m.Data)
		}
	}
}

func (r *replay) compare(want map[string]string) {
	r.t.Helper()
	if !reflect.DeepEqual(r.got, want) {
		r.t.Errorf("%s: sent %v, recorded %v", r.call.Function, r.got, want)
	}
}

// asServer answers one call as recorded and compares what the caller sends. done is closed when the caller has its
// results.
func (r *replay) asServer(done <-chan struct{}) {
	m := r.next()
	if m == nil {
		return
	}
	want := r.call.sent(r.t, "client")
	callSubject := m.Subject
	if len(m.Data) > 0 {
		r.got[callSubject] = hex.EncodeToString(m.Data)
	}
	inbox := r.nc.NewInbox()
	params := newReplay(r.t, r.nc, r.call, inbox+".>")
	params.got = r.got
	if err := r.nc.PublishRequest(m.Reply, inbox, nil); err != nil {
		r.t.Error(err)
	}
	r.send("server", "R_c", m.Reply)
	params.collect(inbox, "R_s", "R_s.params", want)
	<-done
	params.compare(want)
}

// asClient makes one call as recorded and compares what the server sends.
func (r *replay) asClient(prefix string, want map[string]string) {
	inbox := r.sub.Subject[:len(r.sub.Subject)-len(".>")]
	reply, err := r.nc.SubscribeSync(inbox)
	if err != nil {
		r.t.Fatal(err)
	}
	first := r.call.Frames[0]
	_, name, _ := strings.Cut(first.Subject, ".wrpc.0.0.1.")
	if err := r.nc.PublishRequest(prefix+".wrpc.0.0.1."+name, inbox, first.data(r.t)); err != nil {
		r.t.Fatal(err)
	}
	handshake, err := reply.NextMsg(10 * time.Second)
	if err != nil {
		r.t.Errorf("%s: handshake: %v", r.call.Function, err)
		return
	}
	r.send("client", "R_s", handshake.Reply)
	if !strings.Contains(first.Subject, "conformance") { // the caller's closing message is not recorded
		if err := r.nc.Publish(handshake.Reply+".params", nil); err != nil {
			r.t.Fatal(err)
		}
	}
	r.collect(inbox, "R_c", "R_c.results", want)
	r.compare(want)
}

// TestRecordedCalls makes each recorded call through generated code: as the caller, and as the server.
func TestRecordedCalls(t *testing.T) {
	t.Parallel()
	calls, args := recordings(t, "calls.json"), recordedArgs()
	if len(calls) != len(args) {
		t.Fatalf("%d calls recorded, arguments of %d known", len(calls), len(args))
	}
	for i, call := range calls {
		t.Run(call.Function, func(t *testing.T) {
			t.Parallel()
			ns := natstest.Server(t)
			nc := natstest.Connect(t, ns)
			client := wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.echo"))
			r := newReplay(t, nc, call, call.Frames[0].Subject)
			done, end := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(end)
				r.asServer(done)
			}()
			got, want := callRecorded(t, client, args[i])
			close(done)
			<-end
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %v, want %v", call.Function, got, want)
			}
		})
	}
	t.Run("served", func(t *testing.T) {
		t.Parallel()
		nc := natstest.Connect(t, serveEchoOn(t))
		for _, call := range calls {
			newReplay(t, nc, call, nc.NewInbox()+".>").asClient("default.echo", call.sent(t, "server"))
		}
	})
}

// chunks is a stream<u8> that yields one chunk with each Read.
type chunks struct{ data [][]byte }

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.data[0])
	c.data = c.data[1:]
	return n, nil
}

func (c *chunks) Close() error         { return nil }
func (c *chunks) model(testing.TB) any { return []any{"bytes", string(bytes.Join(c.data, nil))} }
