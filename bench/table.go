package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// markdown returns the report as Markdown that reads well as plain text, too.
func (r *Report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s: %s, %d CPUs, %s, nats-server %s; medians of %d interleaved repetitions of %s each.\n",
		r.Date, r.System, r.CPUs, r.Go, r.NATSServer, r.Repetitions, r.Each)
	r.callTables(&b)
	r.memoryTable(&b)
	r.codecTable(&b)
	r.startTable(&b)
	r.linkTable(&b)
	return b.String()
}

func (r *Report) callTables(b *strings.Builder) {
	t := table{{"case", "who", "rate", "of floor", "±", "p50", "of floor", "p99", "lost", "messages", "CPU"}}
	for _, c := range r.Cases {
		name := c.Name
		for _, one := range c.Results {
			t = append(t, []string{
				name, one.Who, c.rate(one), fmt.Sprintf("%.2f", one.Ratio), fmt.Sprintf("%.2f", one.Spread/2),
				duration(one.P50), fmt.Sprintf("%.2f", one.LatencyRatio), duration(one.P99),
				fmt.Sprint(one.Lost), fmt.Sprintf("%.1f", one.Messages), duration(one.CPU.total()),
			})
			name = ""
		}
	}
	t.write(b, "Calls")
	for _, c := range r.Cases {
		for _, one := range c.Results {
			if one.Cause != "" {
				fmt.Fprintf(b, "\n%s, %s: the first lost call says: %s\n", c.Name, one.Who, one.Cause)
			}
		}
	}
}

// rate puts a result into words: bytes per second where a call's size is what counts.
func (c CaseReport) rate(r Result) string {
	if c.Size == 0 {
		return thousands(r.Rate) + "/s"
	}
	return fmt.Sprintf("%.0f MB/s", r.Rate*float64(c.Size)/1e6)
}

func (r *Report) memoryTable(b *strings.Builder) {
	if len(r.Memory) == 0 {
		return
	}
	t := table{{"server", "idle", "per call in flight"}}
	for _, m := range r.Memory {
		t = append(t, []string{m.Who, fmt.Sprintf("%.1f MiB", float64(m.Idle)/(1<<20)), fmt.Sprintf("%.1f KiB", m.PerCall/1024)})
	}
	t.write(b, fmt.Sprintf("Memory: heap and stacks in use, %d calls held", heldCalls))
}

func (r *Report) codecTable(b *strings.Builder) {
	if len(r.Codec) == 0 {
		return
	}
	t := table{{"value", "", "who", "time", "allocated", "allocations"}}
	for _, c := range r.Codec {
		t = append(t, []string{c.Value, c.Op, c.Who, duration(time.Duration(c.Ns)), thousands(c.Bytes) + " B", fmt.Sprintf("%.0f", c.Allocs)})
	}
	t.write(b, "Codec alone, in memory")
}

func (r *Report) startTable(b *strings.Builder) {
	if len(r.Start) == 0 {
		return
	}
	t := table{{"program", "start to first health answer", "RSS, idle", "stripped binary"}}
	for _, s := range r.Start {
		t = append(t, []string{s.Program, duration(s.Answer), fmt.Sprintf("%.1f MiB", float64(s.RSS)/(1<<20)), fmt.Sprintf("%.1f MB", float64(s.Size)/1e6)})
	}
	t.write(b, "Start")
}

func (r *Report) linkTable(b *strings.Builder) {
	if len(r.Links) == 0 {
		return
	}
	t := table{{"links held", "put", "delete", "call"}}
	for _, l := range r.Links {
		t = append(t, []string{thousands(float64(l.Held)), duration(l.Put), duration(l.Delete), duration(l.Call)})
	}
	t.write(b, "A provider with links")
}

// table is rows of cells, of which the first is the head.
type table [][]string

// write writes the table below a heading, its columns aligned: to the right those after the first whose cells all begin
// with a digit.
func (t table) write(b *strings.Builder, heading string) {
	fmt.Fprintf(b, "\n### %s\n\n", heading)
	widths := make([]int, len(t[0]))
	right := make([]bool, len(t[0]))
	for n, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
			digit := cell != "" && cell[0] >= '0' && cell[0] <= '9'
			right[i] = i > 0 && (n == 1 && digit || n > 1 && right[i] && digit)
		}
	}
	for n, row := range t {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell, pad = pad+cell, ""
			}
			fmt.Fprintf(b, "| %s%s ", cell, pad)
		}
		b.WriteString("|\n")
		if n == 0 {
			t.rule(b, widths, right)
		}
	}
}

// rule separates the head from the rest.
func (t table) rule(b *strings.Builder, widths []int, right []bool) {
	for i, w := range widths {
		mark := "-"
		if right[i] {
			mark = ":"
		}
		fmt.Fprintf(b, "| %s%s ", strings.Repeat("-", w-1), mark)
	}
	b.WriteString("|\n")
}

// duration rounds to three digits.
func duration(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return digits(float64(d)/1e3) + " µs"
	case d < time.Second:
		return digits(float64(d)/1e6) + " ms"
	default:
		return digits(float64(d)/1e9) + " s"
	}
}

// digits writes 0 <= v < 1000 with three digits.
func digits(v float64) string {
	switch {
	case v < 9.995:
		return fmt.Sprintf("%.2f", v)
	case v < 99.95:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// thousands writes a whole number with a comma before each three digits.
func thousands(v float64) string {
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
