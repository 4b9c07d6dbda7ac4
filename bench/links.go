package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/stats"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// LinkReport is what a provider that holds so many links takes for a change of one, and for a call: medians.
type LinkReport struct {
	Held              int
	Put, Delete, Call time.Duration
}

// linkCounts are the numbers of links held.
func linkCounts() []int { return []int{10, 1_000, 100_000} }

// linkRuns is how often each thing is done, by turns.
const linkRuns = 300

// linkedProvider is a provider under measurement.
type linkedProvider struct {
	*providerProcess
	nc                 *nats.Conn
	client             *wrpcnats.Client
	held               int
	puts, drops, calls []time.Duration
}

// links measures providers that hold few and many links, side by side.
func (b *bench) links(ctx context.Context) (reports []LinkReport, err error) {
	b.say("links")
	nc, err := nats.Connect(b.nats.url, nats.Name("bench links"))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	program, err := build(ctx, b.folder, "linked", "./internal/linked")
	if err != nil {
		return nil, err
	}
	var providers []*linkedProvider
	defer func() {
		for _, p := range providers {
			err = errors.Join(err, p.stop())
		}
	}()
	for _, held := range linkCounts() {
		id := fmt.Sprintf("bench-links-%d", held)
		process, err := b.startProvider(ctx, nc, program, id)
		if err != nil {
			return nil, err
		}
		p := &linkedProvider{providerProcess: process, nc: nc, held: held, client: wrpcnats.NewClient(nc, wrpcnats.WithPrefix(lattice+"."+id))}
		providers = append(providers, p)
		if err := p.fill(); err != nil {
			return nil, err
		}
	}
	for i := range linkRuns {
		for _, p := range providers {
			if err := p.once(ctx, i); err != nil {
				return nil, fmt.Errorf("%d links: %w", p.held, err)
			}
		}
	}
	for _, p := range providers {
		reports = append(reports, LinkReport{p.held, stats.Median(p.puts), stats.Median(p.drops), stats.Median(p.calls)})
	}
	return reports, nil
}

// fill puts the links that the provider is to hold, many at a time.
func (p *linkedProvider) fill() error {
	const putters = 64
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, putters)
	for i := range errs {
		group.Go(func() {
			for errs[i] == nil {
				n := int(next.Add(1)) - 1
				if n >= p.held {
					return
				}
				errs[i] = p.change(putSubject, component(n))
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// component is the id of the n-th component that is linked to the provider.
func component(n int) string { return fmt.Sprintf("component-%d", n) }

// change puts or deletes a component's link and waits until the provider says that it is done.
func (p *linkedProvider) change(subject, source string) error {
	m, err := p.nc.Request(fmt.Sprintf(subject, p.id), fmt.Appendf(nil, `{"source_id":%q,"target":%q,"name":"default",`+
		`"wit_namespace":"wrpc-bench","wit_package":"calls","interfaces":["calls"],"source_config":{},"target_config":{},`+
		`"source_secrets":null,"target_secrets":null}`, source, p.id), callTimeout)
	if err != nil {
		return err
	}
	var answer struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return err
	}
	if !answer.Success {
		return errors.New(answer.Message)
	}
	return nil
}

// once puts a link, calls on another, and deletes the first again.
func (p *linkedProvider) once(ctx context.Context, i int) error {
	extra, caller := component(p.held), component(i*7919%p.held)
	for _, step := range []struct {
		durations *[]time.Duration
		do        func() error
	}{
		{&p.puts, func() error { return p.change(putSubject, extra) }},
		{&p.calls, func() error { return p.call(ctx, caller) }},
		{&p.drops, func() error { return p.change(deleteSubject, extra) }},
	} {
		start := time.Now()
		if err := step.do(); err != nil {
			return err
		}
		*step.durations = append(*step.durations, time.Since(start))
	}
	return nil
}

// call calls as that component would.
func (p *linkedProvider) call(ctx context.Context, source string) error {
	ctx = wrpcnats.ContextWithHeader(ctx, nats.Header{"source-id": {source}, "target-id": {p.id}, "link-name": {"default"}})
	var got string
	err := wrpc.Call(ctx, p.client, instance, "echo",
		func(e wrpc.Encoder) { e.At(0).String(source) },
		func(d wrpc.Decoder) { got = d.At(0).String() })
	if err == nil && got != source {
		return fmt.Errorf("echo of %q is %q", source, got)
	}
	return err
}
