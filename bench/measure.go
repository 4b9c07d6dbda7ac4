package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// bench is a run: the processes it has started, and where it writes what.
type bench struct {
	settings settings
	log      io.Writer
	folder   string // temporary
	nats     *natsServer
	pairs    []pair
}

// pair is the client and server of one contender.
type pair struct {
	name           string
	server, client *process
}

// measure is the whole run. Everything that it starts has ended when it returns.
func measure(ctx context.Context, s settings, log io.Writer) (report *Report, err error) {
	folder, err := os.MkdirTemp("", "wrpc-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := &bench{settings: s, log: log, folder: folder}
	b.say("building nats-server")
	program, err := build(ctx, folder, "nats-server", natsServerPackage)
	if err != nil {
		return nil, err
	}
	if b.nats, err = startNATS(ctx, program, folder); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.nats.stop()) }()
	report = newReport(s, b.nats.version)
	if err := b.calls(ctx, report); err != nil {
		return nil, err
	}
	if report.Codec, err = b.codec(); err != nil {
		return nil, err
	}
	if s.short || s.only != "" {
		return report, nil
	}
	if report.Start, err = b.starts(ctx); err != nil {
		return nil, err
	}
	report.Links, err = b.links(ctx)
	return report, err
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.log, format+"\n", args...) }

// calls measures all that needs clients and servers.
func (b *bench) calls(ctx context.Context, report *Report) (err error) {
	defer func() {
		for _, p := range b.pairs {
			err = errors.Join(err, p.client.stop(), p.server.stop())
		}
	}()
	for _, name := range b.settings.names {
		server, err := startProcess(ctx, "server", name, b.nats.url, b.log)
		if err != nil {
			return err
		}
		client, err := startProcess(ctx, "client", name, b.nats.url, b.log)
		if err != nil {
			return errors.Join(err, server.stop())
		}
		b.pairs = append(b.pairs, pair{name: name, server: server, client: client})
	}
	if report.Memory, err = b.memory(); err != nil { // first, while the processes are fresh
		return err
	}
	report.Cases, err = b.cases(ctx)
	return err
}

// heldCalls is how many calls are held to see what one costs. It is the default limit of our server.
const heldCalls = 1024

// memory measures what a call in flight costs a server.
func (b *bench) memory() ([]MemoryReport, error) {
	var reports []MemoryReport
	for _, p := range b.pairs {
		if p.name == nameUpstream {
			continue // it can hold only one
		}
		idle, err := p.server.do(order{Do: doMemory})
		if err != nil {
			return nil, err
		}
		if err := p.client.tell(order{Do: doHold, InFlight: heldCalls}); err != nil {
			return nil, err
		}
		held, heldErr := p.server.do(order{Do: doMemory, InFlight: heldCalls})
		_, err = p.server.do(order{Do: doRelease})
		done, doneErr := p.client.answer()
		if err := errors.Join(heldErr, err, doneErr); err != nil {
			return nil, err
		}
		reports = append(reports, MemoryReport{
			Who: p.name, Idle: idle.Memory, PerCall: (float64(held.Memory) - float64(idle.Memory)) / heldCalls, Lost: done.Load.Lost,
		})
	}
	return reports, nil
}

// cases runs all cases of all contenders, repetition by repetition. In each they take turns, and another one begins.
func (b *bench) cases(ctx context.Context) ([]CaseReport, error) {
	var all []*samples
	for _, c := range benchCases() {
		if strings.HasPrefix(c.Name, b.settings.only) {
			all = append(all, newSamples(c, b.settings.names))
		}
	}
	for rep := range b.settings.reps {
		b.say("repetition %d of %d", rep+1, b.settings.reps)
		for _, s := range all {
			for i := range b.pairs {
				p := b.pairs[(i+rep)%len(b.pairs)]
				c, err := b.one(ctx, p, s.benchCase)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", s.Name, err)
				}
				s.add(p.name, c)
			}
		}
	}
	reports := make([]CaseReport, len(all))
	for i, s := range all {
		reports[i] = s.report()
	}
	return reports, nil
}

// cost is what one case of one contender took, once.
type cost struct {
	load
	messages int64 // that clients have sent to nats-server
	cpu      cpuTimes
}

// one runs one case of one contender once.
func (b *bench) one(ctx context.Context, p pair, c benchCase) (result cost, err error) {
	stop, err := b.profile(p, c)
	if err != nil {
		return result, err
	}
	before, err := b.nats.varz(ctx)
	if err != nil {
		return result, errors.Join(err, stop())
	}
	cpu := b.cpuTimes(p)
	a, err := p.client.do(order{Do: doRun, Case: c.Name, Each: b.settings.each})
	result = cost{load: a.Load, cpu: b.cpuTimes(p).sub(cpu)}
	if err := errors.Join(err, stop()); err != nil {
		return result, err
	}
	after, err := b.nats.varz(ctx)
	result.messages = after.InMsgs - before.InMsgs
	return result, err
}

// profile begins to take profiles of our client and server, when that was asked for. Each repetition overwrites those of
// the one before.
func (b *bench) profile(p pair, c benchCase) (stop func() error, err error) {
	if b.settings.profile == "" || p.name != nameOurs {
		return func() error { return nil }, nil
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ,<>", r) {
			return '-'
		}
		return r
	}, c.Name)
	roles := map[string]*process{"client": p.client, "server": p.server}
	for role, child := range roles {
		_, err := child.do(order{Do: doProfile, Profile: filepath.Join(b.settings.profile, name+"."+role)})
		if err != nil {
			return nil, err
		}
	}
	return func() (err error) {
		for _, child := range roles {
			_, stopErr := child.do(order{Do: doProfiled})
			err = errors.Join(err, stopErr)
		}
		return err
	}, nil
}
