package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/stats"
)

// load is what one client did in one repetition of a case.
type load struct {
	Made    int           // calls made, those that only warmed up included
	Calls   int           // that succeeded
	Lost    int           // that did not, for whatever reason
	Cause   string        // of the first loss
	Elapsed time.Duration // from the first call to the end of the last
	P50     time.Duration // of the calls that succeeded
	P99     time.Duration
}

// rate returns calls per second.
func (l load) rate() float64 {
	if l.Elapsed <= 0 {
		return 0
	}
	return float64(l.Calls) / l.Elapsed.Seconds()
}

// drive makes calls, so many at a time, for the given time, and each of the callers at least one.
func drive(ctx context.Context, inFlight int, each time.Duration, call func(context.Context) error) load {
	workers := make([]worker, inFlight)
	start := time.Now()
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { workers[i].run(ctx, start.Add(each), call) })
	}
	group.Wait()
	sum := load{Elapsed: time.Since(start)}
	var latencies []time.Duration
	for _, w := range workers {
		sum.Lost += w.lost
		if sum.Cause == "" && w.cause != nil {
			sum.Cause = w.cause.Error()
		}
		latencies = append(latencies, w.latencies...)
	}
	slices.Sort(latencies)
	sum.Calls = len(latencies)
	sum.Made = sum.Calls + sum.Lost
	sum.P50 = stats.Percentile(latencies, 50)
	sum.P99 = stats.Percentile(latencies, 99)
	return sum
}

// worker makes one call after another.
type worker struct {
	latencies []time.Duration
	lost      int
	cause     error
}

func (w *worker) run(ctx context.Context, end time.Time, call func(context.Context) error) {
	for begin := time.Now(); ; {
		err := call(ctx)
		now := time.Now()
		if err != nil {
			if w.lost++; w.cause == nil {
				w.cause = err
			}
		} else {
			w.latencies = append(w.latencies, now.Sub(begin))
		}
		if begin = now; !now.Before(end) || ctx.Err() != nil {
			return
		}
	}
}
