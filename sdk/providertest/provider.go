package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	provider "github.com/wasmCloud/provider-sdk-go"
)

// Provider is an instance of a provider, as the host sees it that has started it.
type Provider struct {
	lattice *Lattice
	id      string
	own     *instance
	topics  provider.Topics
	cancel  context.CancelFunc
	label   string        // of its goroutines
	done    chan struct{} // closed when it has ended; err is final then
	err     error
	seen    atomic.Bool // the test knows err
}

// StartProvider starts a provider as a host does, and returns when calls are let in. run is the provider's whole life,
// as its main calls it: it reads the host data, serves, and returns after a stop. When run is about to start a process,
// it gives it hostData as stdin, and ends it when ctx is done.
//
// Each instance has a host of its own: with the same id twice, both serve, and stop one by one.
func (l *Lattice) StartProvider(id string, run func(ctx context.Context, hostData io.Reader) error, options ...ProviderOption) *Provider {
	l.tb.Helper()
	own, err := l.newInstance(id, options)
	if err != nil {
		l.tb.Fatalf("start provider %s: %v", id, err)
	}
	if err := l.interpose(own); err != nil {
		l.tb.Fatalf("start provider %s: %v", id, err)
	}
	stdin, err := own.stdin()
	if err != nil {
		l.tb.Fatalf("start provider %s: %v", id, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Provider{
		lattice: l, id: id, own: own, cancel: cancel,
		topics: provider.NewTopics(l.name, id, own.ownXKey),
		label:  newUUID(),
		done:   make(chan struct{}),
	}
	l.tb.Cleanup(p.cleanUp)
	l.count(id, 1)
	go func() {
		defer close(p.done)
		defer l.count(id, -1)
		// Goroutines inherit the label of the one that starts them.
		pprof.Do(ctx, pprof.Labels(labelKey, p.label), func(ctx context.Context) {
			p.err = run(ctx, strings.NewReader(stdin))
		})
	}()
	p.AwaitServing()
	return p
}

// count keeps the number of running instances.
func (l *Lattice) count(id string, change int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running[id] += change
	return l.running[id]
}

// AwaitServing waits until the provider serves: after a start, which waits by itself, and after [Lattice.RestartServer]. It
// asks until all instances of the id, this one among them, have answered that they are past their start.
func (p *Provider) AwaitServing() {
	l := p.lattice
	l.tb.Helper()
	started := func() bool {
		select {
		case <-p.done:
			return true
		default:
		}
		answers := p.askAll(l.count(p.id, 0))
		return answers != nil && !strings.Contains(strings.Join(answers, " "), "starting")
	}
	if !poll(patience, started) {
		l.tb.Fatalf("provider %s does not serve within %v", p.id, patience)
	}
	select {
	case <-p.done:
		p.seen.Store(true)
		l.tb.Fatalf("provider %s has ended: %v", p.id, p.err)
	default:
	}
}

// askAll asks all instances for their health, and returns nothing unless n have answered.
func (p *Provider) askAll(n int) []string {
	conn := p.lattice.host
	inbox := conn.NewRespInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil
	}
	defer func() { _ = sub.Unsubscribe() }() // fails with the connection alone
	if err := conn.PublishRequest(p.topics.LatticeHealth, inbox, []byte("{}")); err != nil {
		return nil
	}
	var answers []string
	for range n {
		msg, err := sub.NextMsg(100 * time.Millisecond)
		if err != nil || len(msg.Data) == 0 { // nobody there
			return nil
		}
		answers = append(answers, string(msg.Data))
	}
	return answers
}

// ID returns the provider's id in the lattice.
func (p *Provider) ID() string { return p.id }

// HostID returns the key of the host that started this instance.
func (p *Provider) HostID() string { return p.own.hostID }

// Health asks for the provider's health, as a host does every 30 s. It fails the test when there is no answer.
func (p *Provider) Health() provider.HealthCheckResponse {
	p.lattice.tb.Helper()
	var response provider.HealthCheckResponse
	data, err := p.request(p.topics.LatticeHealth, struct{}{})
	if err == nil {
		err = json.Unmarshal(data, &response)
	}
	if err != nil {
		p.lattice.tb.Fatalf("health of %s: %v", p.id, err)
	}
	return response
}

// AwaitHealth waits until the answer to Health is as wanted, and returns it. It fails the test when that takes too long.
func (p *Provider) AwaitHealth(wanted func(provider.HealthCheckResponse) bool) provider.HealthCheckResponse {
	p.lattice.tb.Helper()
	var response provider.HealthCheckResponse
	if !poll(patience, func() bool { response = p.Health(); return wanted(response) }) {
		p.lattice.tb.Fatalf("health of %s after %v: %+v", p.id, patience, response)
	}
	return response
}

// PutLink tells the provider of a link that is new or has changed. It returns when the provider's callbacks have
// returned, with what the provider has against the link.
func (p *Provider) PutLink(link Link) error {
	message, err := link.message(p.own.hostKey, p.own.ownXKey)
	if err != nil {
		return err
	}
	return p.control(p.topics.LatticeLinkPut, message)
}

// DeleteLink tells the provider that a link is gone. The rest is as in PutLink; only what identifies the link counts.
func (p *Provider) DeleteLink(link Link) error {
	link.SourceSecrets, link.TargetSecrets = nil, nil
	message, err := link.message(p.own.hostKey, p.own.ownXKey)
	if err != nil {
		return err
	}
	return p.control(p.topics.LatticeLinkDel, message)
}

// UpdateConfig gives the provider a whole new configuration, and returns when its callback has returned, with what it has
// against it.
func (p *Provider) UpdateConfig(config map[string]string) error {
	return p.control(p.topics.LatticeConfigUpdate, orNoEntries(config))
}

// Stop stops this instance as its host does: it waits for the answer and for the end, and returns what run returned. That
// the host has an answer before the end is part of a proper stop: without, Stop returns an error.
func (p *Provider) Stop() error {
	answer := make(chan error, 1)
	go func() { answer <- p.Shutdown(p.own.hostID) }()
	select {
	case err := <-answer:
		if err != nil {
			p.cancel()
			return errors.Join(fmt.Errorf("stop %s: %w", p.id, err), p.Wait())
		}
		return p.Wait()
	case <-p.done:
	}
	// The answer was sent first, and is on its way.
	if err := <-answer; err != nil {
		return errors.Join(fmt.Errorf("%s ended without an answer to its host: %w", p.id, err), p.Wait())
	}
	return p.Wait()
}

// Shutdown sends the stop message of the host with that id, which may be any, and waits for an answer. A provider that
// is not the host's does not give one: then the error is [context.DeadlineExceeded], after half a second.
func (p *Provider) Shutdown(hostID string) error {
	limit := patience
	if hostID != p.own.hostID {
		limit = 500 * time.Millisecond
	}
	_, err := p.requestWithin(limit, p.topics.LatticeShutdown, map[string]string{"host_id": hostID})
	return err
}

// Interrupt ends the context that run was given, as SIGTERM does in a provider's main, waits for the end and returns
// what run returned.
func (p *Provider) Interrupt() error {
	p.cancel()
	return p.Wait()
}

// Done is closed when run has returned.
func (p *Provider) Done() <-chan struct{} { return p.done }

// Wait waits until run has returned, and returns its error. It doesn't stop the provider.
func (p *Provider) Wait() error {
	p.seen.Store(true)
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		return fmt.Errorf("provider %s has not ended within %v", p.id, patience)
	}
}

// control sends a message and returns what the answer has against it.
func (p *Provider) control(subject string, message any) error {
	data, err := p.request(subject, message)
	if err != nil {
		return err
	}
	var answer struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("answer of %s: %w", p.id, err)
	}
	if !answer.Success {
		return errors.New(answer.Message)
	}
	return nil
}

func (p *Provider) request(subject string, message any) ([]byte, error) {
	return p.requestWithin(patience, subject, message)
}

func (p *Provider) requestWithin(limit time.Duration, subject string, message any) ([]byte, error) {
	data, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	answer, err := p.lattice.host.RequestMsgWithContext(ctx, &nats.Msg{Subject: subject, Data: data})
	if err != nil {
		return nil, fmt.Errorf("ask on %s: %w", subject, err)
	}
	return answer.Data, nil
}

// cleanUp stops the provider when the test has not done it, and looks at what it leaves behind.
func (p *Provider) cleanUp() {
	tb := p.lattice.tb
	select {
	case <-p.done:
	default:
		seen := p.seen.Load()
		if err := p.Stop(); err != nil && !seen {
			tb.Errorf("provider %s: %v", p.id, err)
		}
	}
	p.cancel()
	select {
	case <-p.done:
		if p.err != nil && !p.seen.Load() {
			tb.Errorf("provider %s ended by itself: %v", p.id, p.err)
		}
		if left := leftGoroutines(p.label); left != "" {
			tb.Errorf("provider %s leaves goroutines behind:\n%s", p.id, left)
		}
	default: // reported by Stop
	}
}
