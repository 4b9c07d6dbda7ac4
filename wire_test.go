package main

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wasmCloud/provider-sdk-go/providertest"
)

// rawComponent speaks wRPC by hand, message by message, as its specification says and without this repository's client:
// what it understands, components on a wasmCloud host do.
type rawComponent struct {
	t    *testing.T
	conn *nats.Conn
}

// next gets one message within the time that a call may take.
func (c rawComponent) next(sub *nats.Subscription) *nats.Msg {
	msg, err := sub.NextMsg(5 * time.Second)
	if err != nil {
		c.t.Errorf("wait on %s: %v", sub.Subject, err)
		return &nats.Msg{}
	}
	return msg
}

func (c rawComponent) publish(msg *nats.Msg) {
	if err := c.conn.PublishMsg(msg); err != nil {
		c.t.Errorf("publish on %s: %v", msg.Subject, err)
	}
}

func (c rawComponent) subscribe(subject string) *nats.Subscription {
	sub, err := c.conn.SubscribeSync(subject)
	if err != nil {
		c.t.Fatalf("subscribe to %s: %v", subject, err)
	}
	return sub
}

// gather joins the messages of one value, which an empty one ends.
func (c rawComponent) gather(sub *nats.Subscription) []byte {
	var data []byte
	for {
		msg := c.next(sub)
		if len(msg.Data) == 0 {
			if reason := msg.Header.Get("Wrpc-Error"); reason != "" {
				c.t.Errorf("%s: %s", sub.Subject, reason)
			}
			return data
		}
		data = append(data, msg.Data...)
	}
}

// call makes one call of the provider's system-info, from the component of that id.
func (c rawComponent) call(id, function string, params []byte) []byte {
	inbox := c.conn.NewInbox()
	accepted, results := c.subscribe(inbox), c.subscribe(inbox+".results")
	c.publish(&nats.Msg{
		Subject: "default.custom-template.wrpc.0.0.1.wasmcloud:example/system-info." + function,
		Reply:   inbox,
		Header:  nats.Header{"source-id": {id}, "link-name": {"default"}},
		Data:    params,
	})
	handshake := c.next(accepted)
	if handshake.Reply == "" || len(handshake.Data) != 0 {
		c.t.Errorf("%s: no handshake: %q", function, handshake.Data)
	}
	c.publish(&nats.Msg{Subject: handshake.Reply + ".params"})
	return c.gather(results)
}

// ask makes a call whose result is a text.
func (c rawComponent) ask(id, function string, params []byte) string {
	return text(c.t, c.call(id, function, params))
}

// serve answers one call of process-data.process, with what the provider says about itself.
func (c rawComponent) serve(request *nats.Msg) {
	inbox := c.conn.NewInbox()
	params := c.subscribe(inbox + ".params")
	c.publish(&nats.Msg{Subject: request.Reply, Reply: inbox})
	if data := append(request.Data, c.gather(params)...); string(data) != "\x03sup\x03" {
		c.t.Errorf("process got %q", data)
	}
	answer := c.ask("test-component", "request-info", []byte{0}) + "/" + c.ask("test-component", "request-info", []byte{1})
	// Where a value is cut means nothing, not even inside the length of a text.
	for _, part := range []string{string(rune(len(answer))), answer[:2], answer[2:], ""} {
		c.publish(&nats.Msg{Subject: request.Reply + ".results", Data: []byte(part)})
	}
}

// text decodes a string.
func text(t *testing.T, data []byte) string {
	if len(data) == 0 || int(data[0]) != len(data)-1 {
		t.Errorf("%q is no text", data)
		return ""
	}
	return string(data[1:])
}

// link publishes a link definition as a host does, for a provider whose host data has no curve keys, and waits until it
// has been taken over.
func (c rawComponent) link(change, source, target, iface string) {
	definition := fmt.Sprintf(`{"source_id":%q,"target":%q,"name":"default","wit_namespace":"wasmcloud","wit_package":"example",`+
		`"interfaces":[%q],"source_config":{},"target_config":{},"source_secrets":null,"target_secrets":null}`, source, target, iface)
	subject := "wasmbus.rpc.default.custom-template.linkdefs." + change
	if _, err := c.conn.Request(subject, []byte(definition), 5*time.Second); err != nil {
		c.t.Fatalf("%s: %v", subject, err)
	}
}

// A component that is linked by published link definitions is called by call, and calls request-info back; after the
// links' deletion it is not. All of it by hand, on the wire.
func TestProviderOnTheWire(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	lattice.StartProvider("custom-template", run,
		providertest.WithHostData("host_xkey_public_key", ""), providertest.WithHostData("provider_xkey_private_key", ""))
	component := rawComponent{t, lattice.Conn()}
	calls, err := component.conn.QueueSubscribe(
		"default.test-component.wrpc.0.0.1.wasmcloud:example/process-data.process", "default.test-component", component.serve)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = calls.Unsubscribe() }()

	if answer := component.ask("wash", "call", nil); answer != notLinked {
		t.Errorf("without links: %q", answer)
	}
	component.link("put", "test-component", "custom-template", "system-info")
	component.link("put", "custom-template", "test-component", "process-data")
	if answer, want := component.ask("wash", "call", nil), runtime.GOOS+"/"+runtime.GOARCH; answer != want {
		t.Errorf("with links: %q, not %q", answer, want)
	}
	component.link("del", "custom-template", "test-component", "process-data")
	if answer := component.ask("wash", "call", nil); answer != notLinked {
		t.Errorf("after the deletion: %q", answer)
	}
}

// A caller that is not linked sees the end of the results without a result, and the reason in a header.
func TestRefusalOnTheWire(t *testing.T) {
	t.Parallel()
	lattice := providertest.New(t)
	lattice.StartProvider("custom-template", run)
	conn := lattice.Conn()
	inbox := conn.NewInbox()
	results, err := conn.SubscribeSync(inbox + ".results")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = results.Unsubscribe() }()
	err = conn.PublishMsg(&nats.Msg{
		Subject: "default.custom-template.wrpc.0.0.1.wasmcloud:example/system-info.request-info",
		Reply:   inbox, Data: []byte{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	end, err := results.NextMsg(5 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if reason := end.Header.Get("Wrpc-Error"); len(end.Data) != 0 || !strings.Contains(reason, "request from unknown origin") {
		t.Errorf("got %q with the header %q", end.Data, reason)
	}
}
