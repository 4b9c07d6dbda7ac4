package providertest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// proxy stands between a client and the NATS server and applies a rule to each message.
type proxy struct {
	listener net.Listener
	server   func() string // address
	rule     Rule
	stop     context.CancelFunc
	wait     sync.WaitGroup // for all goroutines of the proxy
}

func startProxy(server func() string, rule Rule) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &proxy{listener: listener, server: server, rule: rule, stop: stop}
	p.wait.Go(func() { p.accept(ctx) })
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// close ends all connections, and returns when they have ended.
func (p *proxy) close() {
	p.stop()
	p.listener.Close()
	p.wait.Wait()
}

func (p *proxy) accept(ctx context.Context) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wait.Go(func() { p.connect(ctx, client) })
	}
}

// connect joins a client and the server until one of them ends.
func (p *proxy) connect(ctx context.Context, client net.Conn) {
	defer client.Close()
	var dialer net.Dialer
	server, err := dialer.DialContext(ctx, "tcp", p.server())
	if err != nil {
		return
	}
	defer server.Close()
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})()
	var both sync.WaitGroup
	for _, way := range []pump{{client, server, p.rule, true}, {server, client, p.rule, false}} {
		both.Go(func() {
			defer end()
			way.run(ctx)
		})
	}
	both.Wait()
}

// pump carries one direction of a connection.
type pump struct {
	from, to net.Conn
	rule     Rule
	sent     bool
}

func (p pump) run(ctx context.Context) {
	reader := bufio.NewReader(p.from)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		frame, err := readFrame(line, reader)
		if err != nil {
			return
		}
		if _, err := p.to.Write(p.deliver(ctx, frame)); err != nil {
			return
		}
	}
}

// deliver returns what goes on instead of the frame.
func (p pump) deliver(ctx context.Context, f *frame) []byte {
	if f.verb == nil {
		return f.raw
	}
	fault := p.rule(Message{Sent: p.sent, Subject: f.subject(), Reply: f.reply(), Data: f.data})
	if !fault.alter {
		return f.raw
	}
	if fault.after > 0 {
		select {
		case <-time.After(fault.after):
		case <-ctx.Done():
		}
	}
	out := f.raw
	if fault.pieces > 0 && f.reply() == "" && len(f.data) > fault.pieces {
		out = f.split(fault.pieces)
	}
	return bytes.Repeat(out, fault.copies)
}

// frame is one command of the NATS protocol. Without a verb it carries no message.
type frame struct {
	raw    []byte
	verb   []byte   // PUB, HPUB, MSG or HMSG
	fields [][]byte // between the verb and the lengths: subject, subscription (MSG and HMSG), reply
	header []byte
	data   []byte
}

// readFrame reads what follows the line of a command.
func readFrame(line []byte, from io.Reader) (*frame, error) {
	f := &frame{raw: line}
	words := bytes.Fields(line)
	if len(words) == 0 {
		return f, nil
	}
	lengths := 1
	switch verb := bytes.ToUpper(words[0]); string(verb) {
	case "HPUB", "HMSG":
		lengths = 2
		f.verb = verb
	case "PUB", "MSG":
		f.verb = verb
	default:
		return f, nil
	}
	if len(words) < 2+lengths {
		return nil, fmt.Errorf("proxy: malformed command %q", line)
	}
	f.fields = words[1 : len(words)-lengths]
	total, err := strconv.Atoi(string(words[len(words)-1]))
	if err != nil {
		return nil, fmt.Errorf("proxy: malformed command %q: %w", line, err)
	}
	header := 0
	if lengths == 2 {
		if header, err = strconv.Atoi(string(words[len(words)-2])); err != nil || header > total {
			return nil, fmt.Errorf("proxy: malformed command %q", line)
		}
	}
	body := make([]byte, total+2) // of a server or client of the same test
	if _, err := io.ReadFull(from, body); err != nil {
		return nil, err
	}
	f.raw = append(f.raw, body...)
	f.header, f.data = body[:header], body[header:total]
	return f, nil
}

func (f *frame) subject() string { return string(f.fields[0]) }

// reply is the last field, where there is one more than the command needs.
func (f *frame) reply() string {
	needed := 1
	if bytes.HasSuffix(f.verb, []byte("MSG")) {
		needed = 2
	}
	if len(f.fields) > needed {
		return string(f.fields[needed])
	}
	return ""
}

// split gives the message in several, of which the first has the headers.
func (f *frame) split(size int) []byte {
	var out bytes.Buffer
	header, verb := f.header, f.verb
	for rest := f.data; len(rest) > 0; {
		piece := rest[:min(size, len(rest))]
		rest = rest[len(piece):]
		out.Write(append(append(verb, ' '), bytes.Join(f.fields, []byte(" "))...))
		if len(header) > 0 {
			fmt.Fprintf(&out, " %d", len(header))
		}
		fmt.Fprintf(&out, " %d\r\n%s%s\r\n", len(header)+len(piece), header, piece)
		header, verb = nil, bytes.TrimPrefix(verb, []byte("H"))
	}
	return out.Bytes()
}
