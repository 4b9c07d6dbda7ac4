package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// testReport is what a run with one repetition would give.
func testReport() *Report {
	s := newSamples(benchCase{Name: "small", InFlight: 2}, contenderNames())
	for who, calls := range map[string]int{nameFloor: 1000, nameUpstream: 50, nameOurs: 400} {
		l := load{Made: calls, Calls: calls, Elapsed: time.Second, P50: time.Duration(1e9 / calls), P99: time.Duration(2e9 / calls)}
		if who == nameUpstream {
			l.Lost, l.Cause = 3, "timeout"
		}
		s.add(who, cost{load: l, messages: int64(5 * calls), cpu: cpuTimes{Client: time.Second, Server: time.Second}})
	}
	return &Report{
		Date: "2026-01-02", System: "test", CPUs: 2, Go: "go1", NATSServer: "2", Repetitions: 1, Each: "1s",
		Cases:  []CaseReport{s.report()},
		Memory: []MemoryReport{{Who: nameOurs, Idle: 1 << 20, PerCall: 2048}},
		Codec:  []CodecReport{{Value: "text", Op: "encode", Who: nameOurs, Ns: 12.3, Bytes: 1234, Allocs: 1}},
		Start:  []StartReport{{Program: "one", Answer: 10 * time.Millisecond, RSS: 5 << 20, Size: 6_000_000}},
		Links:  []LinkReport{{Held: 1000, Put: 1e5, Delete: 2e5, Call: 3e5}},
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	const want = `Measured on 2026-01-02: test, 2 CPUs, go1, nats-server 2; medians of 1 interleaved repetitions of 1s each.

### Calls

| case  | who      |    rate | of floor |    ± |     p50 | of floor |     p99 | lost | messages |     CPU |
| ----- | -------- | ------: | -------: | ---: | ------: | -------: | ------: | ---: | -------: | ------: |
| small | nats     | 1,000/s |     1.00 | 0.00 | 1.00 ms |     1.00 | 2.00 ms |    0 |      5.0 | 2.00 ms |
|       | upstream |    50/s |     0.05 | 0.00 | 20.0 ms |    20.00 | 40.0 ms |    3 |      5.0 | 40.0 ms |
|       | ours     |   400/s |     0.40 | 0.00 | 2.50 ms |     2.50 | 5.00 ms |    0 |      5.0 | 5.00 ms |

small, upstream: the first lost call says: timeout

### Memory: heap and stacks in use, 1024 calls held

| server |    idle | per call in flight |
| ------ | ------: | -----------------: |
| ours   | 1.0 MiB |            2.0 KiB |

### Codec alone, in memory

| value |        | who  |  time | allocated | allocations |
| ----- | ------ | ---- | ----: | --------: | ----------: |
| text  | encode | ours | 12 ns |   1,234 B |           1 |

### Start

| program | start to first health answer | RSS, idle | stripped binary |
| ------- | ---------------------------: | --------: | --------------: |
| one     |                      10.0 ms |   5.0 MiB |          6.0 MB |

### A provider with links

| links held |    put | delete |   call |
| ---------- | -----: | -----: | -----: |
| 1,000      | 100 µs | 200 µs | 300 µs |
`
	if got := testReport().markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	svg := t.TempDir() + "/plot.svg"
	var out bytes.Buffer
	if err := publish(t.Context(), settings{json: true, svg: svg}, testReport(), &out); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Cases[0].result(nameOurs).Ratio != 0.4 {
		t.Errorf("JSON comes back as %+v, %v", back, err)
	}
	plot, err := os.ReadFile(svg)
	if err != nil || !strings.Contains(string(plot), "0.05  (50/s, 3 lost)") {
		t.Errorf("the plot lacks upstream's bar: %v\n%s", err, plot)
	}
}

func TestReplaceResults(t *testing.T) {
	t.Parallel()
	readme := "before\n" + resultsBegin + "old\n" + resultsEnd + "after\n"
	got, err := replaceResults([]byte(readme), "new\n")
	if want := "before\n" + resultsBegin + "\nnew\n\n" + resultsEnd + "after\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if _, err := replaceResults([]byte("no marks"), "new\n"); err == nil {
		t.Error("a README without the marks was accepted")
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 ns", 999: "999 ns", 1500: "1.50 µs", 99_960: "100 µs", 12_340_000: "12.3 ms", 2 * time.Second: "2.00 s",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%d) = %q, want %q", d, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 999.4: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(v); got != want {
			t.Errorf("thousands(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestProcessTime(t *testing.T) {
	t.Parallel()
	const stat = "42 (a) b) R 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 100"
	if got := parseProcessTime([]byte(stat)); got != 2*time.Second {
		t.Errorf("parseProcessTime = %v, want 2s", got)
	}
	for _, broken := range []string{"", "42", "42 (x) R 1"} {
		if got := parseProcessTime([]byte(broken)); got != 0 {
			t.Errorf("parseProcessTime(%q) = %v, want 0", broken, got)
		}
	}
}

func TestDrive(t *testing.T) {
	t.Parallel()
	l := drive(t.Context(), 4, 0, callEchoOf(echoes{}))
	if l.Calls != 4 || l.Made != 4 || l.Lost != 0 || l.P50 > l.P99 || math.IsInf(l.rate(), 0) {
		t.Errorf("four callers made %+v, want one call each", l)
	}
	l = drive(t.Context(), 2, 0, callEchoOf(echoes{wrong: true}))
	if l.Lost != 2 || l.Calls != 0 || l.Cause == "" {
		t.Errorf("two callers with wrong answers: %+v, want both lost with a cause", l)
	}
}

func TestFlagsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-reps", "0"}, {"-each", "-1s"}, {"case"}, {"-nope"}, {"-contenders", "none"}} {
		if _, err := parse(args, &bytes.Buffer{}); err == nil {
			t.Errorf("parse(%q) accepts them", args)
		}
	}
}
