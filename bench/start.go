package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
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

// Who the started programs are, as a host would tell them.
const (
	startLattice  = "default"
	startProvider = "bench-start"
	startHealth   = "wasmbus.rpc." + startLattice + "." + startProvider + ".health"
)

// hostData is what a host writes to the provider's standard input.
func (b *bench) hostData() string {
	data := fmt.Sprintf(`{"lattice_rpc_url":%q,"lattice_rpc_prefix":%q,"provider_key":%q,"link_name":"default"}`,
		b.nats.url, startLattice, startProvider)
	return base64.StdEncoding.EncodeToString([]byte(data)) + "\n"
}

// startOnce starts a program, waits for its first health answer, lets it come to rest, and ends it.
func (b *bench) startOnce(ctx context.Context, nc *nats.Conn, program string) (answer time.Duration, rss uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Stdin = strings.NewReader(b.hostData())
	var log strings.Builder
	cmd.Stderr, cmd.Stdout = &log, &log
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	err = firstAnswer(ctx, nc)
	answer = time.Since(start)
	if err == nil {
		time.Sleep(300 * time.Millisecond)
		rss = residentMemory(cmd.Process.Pid)
	}
	err = errors.Join(err, cmd.Process.Signal(os.Interrupt))
	var exit *exec.ExitError
	if waitErr := cmd.Wait(); waitErr != nil && !errors.As(waitErr, &exit) {
		err = errors.Join(err, waitErr)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, log.String())
	}
	return answer, rss, nil
}

// firstAnswer asks for health until somebody answers.
func firstAnswer(ctx context.Context, nc *nats.Conn) error {
	for {
		_, err := nc.RequestWithContext(ctx, startHealth, nil)
		if !errors.Is(err, nats.ErrNoResponders) {
			return err
		}
		time.Sleep(200 * time.Microsecond) // leaves the processors to what is starting
	}
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
