package wrpcnats_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// recorded is a call as the Rust implementation made and answered it.
type recorded struct {
	Function, Args string
	Frames         []struct{ Subject, Hex, Reply string }
}

// values are the bytes of each value of one direction by their index path, the root at "".
type values map[string]string

// side returns what one side has sent below its subject: R_s.params or R_c.results.
func (r recorded) side(t *testing.T, part string) values {
	t.Helper()
	v := values{"": ""}
	for i, f := range r.Frames {
		data, err := hex.DecodeString(f.Hex)
		if err != nil {
			t.Fatal(err)
		}
		path, ok := strings.CutPrefix(f.Subject, part)
		if i == 0 && part == "R_s.params" {
			path, ok = "", true
		}
		if ok && (path == "" || len(data) > 0) {
			v[path] += string(data)
		}
	}
	return v
}

func recordings(t *testing.T) []recorded {
	t.Helper()
	var all []recorded
	for _, name := range []string{"calls", "nested"} {
		data, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var calls []recorded
		if err := json.Unmarshal(data, &calls); err != nil {
			t.Fatal(err)
		}
		all = append(all, calls...)
	}
	if len(all) != 35 {
		t.Fatalf("%d recorded calls", len(all))
	}
	return all
}

// address takes the call's subject apart.
func (r recorded) address(t *testing.T) (prefix, instance string) {
	t.Helper()
	prefix, rest, ok := strings.Cut(r.Frames[0].Subject, ".wrpc.0.0.1.")
	instance, found := strings.CutSuffix(rest, "."+r.Function)
	if !ok || !found {
		t.Fatalf("subject %s", r.Frames[0].Subject)
	}
	return prefix, instance
}

func indices(t testing.TB, path string) (indices []uint32) {
	t.Helper()
	for s := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		i, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		indices = append(indices, uint32(i))
	}
	return indices
}

// readValues reads what want names; the root may be followed by more.
func readValues(t testing.TB, r wrpc.IndexReadCloser, want values) values {
	t.Helper()
	got := values{}
	root := make([]byte, len(want[""]))
	if _, err := io.ReadFull(r, root); err != nil {
		t.Errorf("root: %v", err)
	}
	got[""] = string(root)
	for path := range want {
		if path == "" {
			continue
		}
		ir, err := r.Index(indices(t, path)...)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		data, err := io.ReadAll(ir)
		if err := errors.Join(err, ir.Close()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		got[path] = string(data)
	}
	return got
}

// writeValues writes values and ends them.
func writeValues(t testing.TB, w wrpc.IndexWriteCloser, v values, root bool) error {
	var errs []error
	if root {
		_, err := io.WriteString(w, v[""])
		errs = append(errs, err)
	}
	errs = append(errs, w.Close())
	for path, data := range v {
		if path == "" {
			continue
		}
		iw, err := w.Index(indices(t, path)...)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		_, err = io.WriteString(iw, data)
		errs = append(errs, err, iw.Close())
	}
	return errors.Join(errs...)
}

// sendValues is writeValues of the raw peer: as recorded, or byte by byte.
func (p *peer) sendValues(r recorded, part, to string, singly bool) {
	p.t.Helper()
	for i, f := range r.Frames {
		path, ok := strings.CutPrefix(f.Subject, part)
		if !ok || i == 0 {
			continue
		}
		data, err := hex.DecodeString(f.Hex)
		if err != nil {
			p.t.Fatal(err)
		}
		if !singly || len(data) == 0 {
			p.send(to+path, "", data)
			continue
		}
		for _, b := range data {
			p.send(to+path, "", []byte{b})
		}
	}
}

// collect receives the values that come below the inbox until each has ended.
func (p *peer) collect(below string, want values) values {
	p.t.Helper()
	got := values{}
	for ended := 0; ended < len(want); {
		m := p.next()
		path, ok := strings.CutPrefix(m.Subject, p.inbox+below)
		if !ok {
			p.t.Fatalf("message on %s", m.Subject)
		}
		got[path] += string(m.Data)
		if len(m.Data) == 0 {
			ended++
		}
	}
	return got
}

// TestRecordedCalls plays the recorded calls against this transport, as caller and as server.
func TestRecordedCalls(t *testing.T) {
	t.Parallel()
	ns := startServer(t)
	p := newPeer(t, ns)
	nc := connect(t, ns)
	for i, r := range recordings(t) {
		prefix, instance := r.address(t)
		params, results := r.side(t, "R_s.params"), r.side(t, "R_c.results")
		for _, singly := range []bool{false, true} {
			name := fmt.Sprintf("%s %s singly=%t", r.Function, r.Args, singly)
			c := wrpcnats.NewClient(nc, wrpcnats.WithPrefix(prefix))
			t.Run("served "+name, func(t *testing.T) {
				token := fmt.Sprintf("%d-%t", i, singly)
				playServed(t, c, p, r, instance, token, params, results, singly)
			})
			t.Run("made "+name, func(t *testing.T) {
				playMade(t, c, p, r, instance, fmt.Sprintf("m%d-%t", i, singly), params, results, singly)
			})
			atRest(t, c)
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func playServed(t *testing.T, c *wrpcnats.Client, p *peer, r recorded, instance, token string, params, results values, singly bool) {
	done := make(chan struct{})
	stop, err := c.Serve(instance, r.Function, func(_ context.Context, w wrpc.IndexWriteCloser, rd wrpc.IndexReadCloser) {
		defer close(done)
		if diff := cmp.Diff(params, readValues(t, rd, params)); diff != "" {
			t.Errorf("params (-recorded +received):\n%s", diff)
		}
		if err := errors.Join(rd.Close(), writeValues(t, w, results, true)); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	first := params[""]
	if singly {
		first = ""
	}
	p.send(r.Frames[0].Subject, p.inbox+"."+token, []byte(first))
	rs := p.expect("."+token, "").Reply
	if singly {
		for _, b := range []byte(params[""]) {
			p.send(rs+".params", "", []byte{b})
		}
	}
	p.sendValues(r, "R_s.params", rs+".params", singly)
	if diff := cmp.Diff(results, p.collect("."+token+".results", results)); diff != "" {
		t.Errorf("results (-recorded +sent):\n%s", diff)
	}
	<-done
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func playMade(t *testing.T, c *wrpcnats.Client, p *peer, r recorded, instance, token string, params, results values, singly bool) {
	calls := make(chan *nats.Msg, 1)
	sub, err := p.nc.ChanSubscribe(r.Frames[0].Subject, calls)
	if err != nil {
		t.Fatal(err)
	}
	p.flush()
	w, rd, err := c.Invoke(t.Context(), instance, r.Function, []byte(params[""]))
	if err != nil {
		t.Fatal(err)
	}
	m := receive(t, "the call", calls)
	p.send(m.Reply, p.inbox+"."+token, nil)
	if err := writeValues(t, w, params, false); err != nil {
		t.Error(err)
	}
	p.sendValues(r, "R_c.results", m.Reply+".results", singly)
	if diff := cmp.Diff(results, readValues(t, rd, results)); diff != "" {
		t.Errorf("results (-recorded +received):\n%s", diff)
	}
	got := p.collect("."+token+".params", params)
	got[""] = string(m.Data) + got[""]
	if diff := cmp.Diff(params, got); diff != "" {
		t.Errorf("params (-recorded +sent):\n%s", diff)
	}
	if err := errors.Join(rd.Close(), sub.Unsubscribe()); err != nil {
		t.Error(err)
	}
}
