package main

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/stats"
)

// Report is what a run has measured. With -json it is printed as it is.
type Report struct {
	Date        string
	Go          string
	System      string
	CPUs        int
	NATSServer  string
	Repetitions int
	Each        string // how long a case ran in each repetition
	Cases       []CaseReport
	Memory      []MemoryReport
	Codec       []CodecReport
	Start       []StartReport `json:",omitempty"`
	Links       []LinkReport  `json:",omitempty"`
}

// CaseReport is one case of all contenders.
type CaseReport struct {
	Name     string
	InFlight int
	Size     int // bytes moved by a call, 0 when calls are what counts
	Results  []Result
}

// Result is one contender in one case: medians over the repetitions.
type Result struct {
	Who          string
	Rate         float64 // calls per second
	Ratio        float64 // of Rate to the first contender's, the floor's
	Spread       float64 // of that ratio: largest less smallest
	LatencyRatio float64 // of P50, likewise
	P50          time.Duration
	P99          time.Duration
	Lost         int      // in all repetitions
	Cause        string   `json:",omitempty"` // of the first loss
	Messages     float64  // per call, from clients to nats-server
	CPU          cpuTimes // per call
}

// result returns the contender's, nil when it took no part.
func (c CaseReport) result(who string) *Result {
	for i := range c.Results {
		if c.Results[i].Who == who {
			return &c.Results[i]
		}
	}
	return nil
}

// MemoryReport is what a server's heap and stacks hold.
type MemoryReport struct {
	Who     string
	Idle    uint64  // bytes, before the first call
	PerCall float64 // bytes more with each of heldCalls calls in flight
	Lost    int     // of the held calls
}

// newReport says where it is measured.
func newReport(s settings, natsVersion string) *Report {
	return &Report{
		Date: time.Now().UTC().Format(time.DateOnly), Go: runtime.Version(), System: systemName(), CPUs: runtime.NumCPU(),
		NATSServer: natsVersion, Repetitions: s.reps, Each: s.each.String(),
	}
}

// systemName returns the operating system and, where it is easily known, the processor.
func systemName() string {
	name := runtime.GOOS + "/" + runtime.GOARCH
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return name
	}
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return name + ", " + strings.TrimSpace(value)
		}
	}
	return name
}

// samples collects the repetitions of one case.
type samples struct {
	benchCase
	names []string // of the contenders, in order
	of    map[string]*sample
}

// sample is one contender's part of them, one element for each repetition.
type sample struct {
	rates    []float64
	p50, p99 []time.Duration
	lost     int
	cause    string
	made     int
	messages int64
	cpu      cpuTimes
}

func newSamples(c benchCase, names []string) *samples {
	return &samples{benchCase: c, names: names, of: map[string]*sample{}}
}

func (s *samples) add(who string, c cost) {
	one := s.of[who]
	if one == nil {
		one = &sample{}
		s.of[who] = one
	}
	one.rates = append(one.rates, c.rate())
	one.p50 = append(one.p50, c.P50)
	one.p99 = append(one.p99, c.P99)
	one.lost += c.Lost
	one.made += c.Made
	one.messages += c.messages
	one.cpu = one.cpu.add(c.cpu)
	if one.cause == "" {
		one.cause = c.Cause
	}
}

func (s *samples) report() CaseReport {
	c := CaseReport{Name: s.Name, InFlight: s.InFlight, Size: s.Size}
	for _, who := range s.names {
		if one, base := s.of[who], s.of[s.names[0]]; one != nil && base != nil {
			c.Results = append(c.Results, one.result(who, base))
		}
	}
	return c
}

func (s *sample) result(who string, base *sample) Result {
	ratios := stats.Ratios(s.rates, base.rates)
	r := Result{
		Who: who, Rate: stats.Median(s.rates), Ratio: stats.Median(ratios),
		LatencyRatio: stats.Median(stats.Ratios(s.p50, base.p50)),
		P50:          stats.Median(s.p50), P99: stats.Median(s.p99), Lost: s.lost, Cause: s.cause,
		CPU: s.cpu.per(s.made),
	}
	if len(ratios) > 0 {
		r.Spread = slices.Max(ratios) - slices.Min(ratios)
	}
	if s.made > 0 {
		r.Messages = float64(s.messages) / float64(s.made)
	}
	return r
}
