package main

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/nats-io/nats.go"
)

// floor is plain NATS: request-reply for the small calls, messages one after another for the large values and streams.
// Nothing is encoded, decoded, checked or put together: nothing over NATS can be faster.
type floor struct{}

// The subjects of the floor.
const (
	floorEcho = "bench.floor.echo"
	floorPut  = "bench.floor.put"
	floorGet  = "bench.floor.get"
	floorHold = "bench.floor.hold"
)

func (floor) serve(nc *nats.Conn, s *service) error {
	var got uint32 // bytes of the current put; its messages come in order, in one goroutine
	handlers := map[string]nats.MsgHandler{
		floorEcho: func(m *nats.Msg) { _ = m.Respond(m.Data) }, // a failure counts as a lost call
		floorPut: func(m *nats.Msg) {
			if got += uint32(len(m.Data)); m.Reply != "" {
				_ = m.Respond(binary.LittleEndian.AppendUint32(nil, got))
				got = 0
			}
		},
		floorGet: func(m *nats.Msg) {
			chunk := make([]byte, streamChunk)
			for left := int(binary.LittleEndian.Uint32(m.Data)); left > 0; left -= len(chunk) {
				_ = m.Respond(chunk[:min(left, len(chunk))])
			}
			_ = m.Respond(nil)
		},
		floorHold: func(m *nats.Msg) {
			go func() { // ends when it is let go, or with the process
				_ = s.hold(context.Background())
				_ = m.Respond(nil)
			}()
		},
	}
	for subject, handle := range handlers {
		if _, err := nc.QueueSubscribe(subject, "bench", handle); err != nil {
			return err
		}
	}
	return nc.Flush()
}

// floorCaller makes the requests; its one subscription takes the streams.
type floorCaller struct {
	nc     *nats.Conn
	inbox  string
	chunks *nats.Subscription
}

func (floor) dial(nc *nats.Conn) (caller, error) {
	inbox := nats.NewInbox()
	chunks, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	return &floorCaller{nc: nc, inbox: inbox, chunks: chunks}, nil
}

// encodedGreeting is what the wRPC contenders' small values look like on the wire.
const encodedGreeting = "\x11wasmcloud:example\xe8\x07"

func (c *floorCaller) echo(_ context.Context, v greeting) (greeting, error) {
	_, err := c.nc.Request(floorEcho, []byte(encodedGreeting), callTimeout)
	return v, err
}

func (c *floorCaller) put(_ context.Context, value []byte) (uint32, error) {
	most := int(c.nc.MaxPayload())
	for ; len(value) > most; value = value[most:] {
		if err := c.nc.Publish(floorPut, value[:most]); err != nil {
			return 0, err
		}
	}
	m, err := c.nc.Request(floorPut, value, callTimeout)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(m.Data), nil
}

func (c *floorCaller) get(_ context.Context, size uint32) (received int, err error) {
	if err := c.nc.PublishRequest(floorGet, c.inbox, binary.LittleEndian.AppendUint32(nil, size)); err != nil {
		return 0, err
	}
	for deadline := time.Now().Add(callTimeout); ; {
		m, err := c.chunks.NextMsg(time.Until(deadline))
		if err != nil || len(m.Data) == 0 {
			return received, err
		}
		received += len(m.Data)
	}
}

func (c *floorCaller) hold(context.Context) error {
	_, err := c.nc.Request(floorHold, nil, callTimeout)
	return err
}
