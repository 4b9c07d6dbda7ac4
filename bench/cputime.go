package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// cpuTimes is how long the processes that take part in a call have computed. Unlike its latency, that hardly depends on
// what else the machine does.
type cpuTimes struct{ Client, Server, NATS time.Duration }

// sub returns what was computed since before.
func (c cpuTimes) sub(before cpuTimes) cpuTimes {
	return cpuTimes{c.Client - before.Client, c.Server - before.Server, c.NATS - before.NATS}
}

func (c cpuTimes) add(more cpuTimes) cpuTimes {
	return cpuTimes{c.Client + more.Client, c.Server + more.Server, c.NATS + more.NATS}
}

// per returns the part of one call of n.
func (c cpuTimes) per(n int) cpuTimes {
	d := time.Duration(max(n, 1))
	return cpuTimes{c.Client / d, c.Server / d, c.NATS / d}
}

func (c cpuTimes) total() time.Duration { return c.Client + c.Server + c.NATS }

// cpuTimes of the pair and of nats-server.
func (b *bench) cpuTimes(p pair) cpuTimes {
	return cpuTimes{
		Client: processTime(p.client.cmd.Process.Pid), Server: processTime(p.server.cmd.Process.Pid), NATS: processTime(b.nats.cmd.Process.Pid),
	}
}

// processTime returns a process's user and system time, 0 where there is no /proc.
func processTime(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return parseProcessTime(stat)
}

// parseProcessTime finds the times in /proc/PID/stat: fields 14 and 15, in hundredths of a second. The second field is a
// name in parentheses, which may hold anything.
func parseProcessTime(stat []byte) time.Duration {
	end := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	const user, system = 14 - 3, 15 - 3
	if end < 0 || len(fields) <= system {
		return 0
	}
	var sum time.Duration
	for _, i := range []int{user, system} {
		ticks, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0
		}
		sum += time.Duration(ticks) * (time.Second / 100)
	}
	return sum
}
