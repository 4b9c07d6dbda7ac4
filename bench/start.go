package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/stats"
)

// StartReport is one program as a host starts it, idle.
type StartReport struct {
	Program string
	Answer  time.Duration // from the start of the process to its first health answer, median
	RSS     uint64        // bytes resident after that, median; 0 where the system does not tell
	Size    int64         // bytes of the stripped binary
}

// startRuns is how often each program is started.
const startRuns = 9

// starts builds the programs and starts them, by turns.
func (b *bench) starts(ctx context.Context) ([]StartReport, error) {
	b.say("start")
	nc, err := nats.Connect(b.nats.url, nats.Name("bench start"))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	module, err := moduleFolder(ctx)
	if err != nil {
		return nil, err
	}
	programs := []struct{ name, module, pkg string }{
		{"nats.go alone", module, "./internal/natsonly"},
		{"a provider without telemetry", module, "./internal/minimal"},
		{"nats.go and OpenTelemetry's exporters alone", module, "./internal/natsotel"},
		{"the template, telemetry off", filepath.Dir(module), "."},
	}
	reports := make([]StartReport, len(programs))
	answers := make([][]time.Duration, len(programs))
	memory := make([][]uint64, len(programs))
	paths := make([]string, len(programs))
	for i, p := range programs {
		reports[i].Program = p.name
		if paths[i], err = buildIn(ctx, p.module, b.folder, fmt.Sprintf("start%d", i), p.pkg); err != nil {
			return nil, err
		}
		info, err := os.Stat(paths[i])
		if err != nil {
			return nil, err
		}
		reports[i].Size = info.Size()
	}
	for range startRuns {
		for i := range programs {
			answer, rss, err := b.startOnce(ctx, nc, paths[i])
			if err != nil {
				return nil, fmt.Errorf("start %s: %w", programs[i].name, err)
			}
			answers[i], memory[i] = append(answers[i], answer), append(memory[i], rss)
		}
	}
	for i := range reports {
		reports[i].Answer, reports[i].RSS = stats.Median(answers[i]), stats.Median(memory[i])
	}
	return reports, nil
}

// startProvider is the id of the programs whose start is measured; only one of them runs at a time.
const startProvider = "bench-start"

// startOnce starts a program, waits for its first health answer, lets it come to rest, and ends it.
func (b *bench) startOnce(ctx context.Context, nc *nats.Conn, program string) (answer time.Duration, rss uint64, err error) {
	start := time.Now()
	p, err := b.startProvider(ctx, nc, program, startProvider)
	answer = time.Since(start)
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(300 * time.Millisecond)
	rss = residentMemory(p.cmd.Process.Pid)
	return answer, rss, p.stop()
}

// residentMemory returns a process's RSS in bytes, 0 where there is no /proc.
func residentMemory(pid int) uint64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}
