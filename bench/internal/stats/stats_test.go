package stats_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/stats"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{7}, 7},
		{[]float64{3, 1, 2}, 2},
		{[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{1, 1, 1000}, 1},
	} {
		before := slices.Clone(tt.values)
		if got := stats.Median(tt.values); got != tt.want {
			t.Errorf("Median(%v) = %v, want %v", tt.values, got, tt.want)
		}
		if !slices.Equal(before, tt.values) {
			t.Errorf("Median reordered %v to %v", before, tt.values)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for _, tt := range []struct {
		sorted []int
		p      float64
		want   int
	}{
		{nil, 50, 0},
		{[]int{5}, 99, 5},
		{[]int{1, 2}, 50, 1},
		{hundred, 0, 1},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 99.5, 100},
		{hundred, 100, 100},
	} {
		if got := stats.Percentile(tt.sorted, tt.p); got != tt.want {
			t.Errorf("Percentile(%d values, %v) = %d, want %d", len(tt.sorted), tt.p, got, tt.want)
		}
	}
}

func TestRatiosLeavesOutWhatHasNoPartner(t *testing.T) {
	t.Parallel()
	got := stats.Ratios([]int{1, 2, 3, 4}, []int{2, 0, 6})
	if want := []float64{0.5, 0.5}; !slices.Equal(got, want) {
		t.Errorf("Ratios = %v, want %v", got, want)
	}
}

func Example() {
	floor := []float64{100, 50, 100} // the machine was slow in the second repetition
	ours := []float64{40, 20, 41}
	fmt.Printf("%.2f of the floor\n", stats.Median(stats.Ratios(ours, floor)))
	// Output: 0.40 of the floor
}
