// Package stats summarizes measurements: medians, percentiles, and ratios of what was measured side by side.
package stats

import (
	"cmp"
	"math"
	"slices"
)

// Number is what can be summarized.
type Number interface {
	~int | ~int64 | ~uint64 | ~float64
}

// Median returns the middle of the values, the mean of the two middle ones when their count is even, and 0 when there are
// none. The values keep their order.
func Median[T Number](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// Percentile returns the smallest of the sorted values that at least p percent of them do not exceed (nearest rank), and
// 0 when there are none.
func Percentile[T cmp.Ordered](sorted []T, p float64) T {
	if len(sorted) == 0 {
		var none T
		return none
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Ratios divides what was measured by what was measured beside it, repetition by repetition; those without a partner, or
// whose partner is 0, are left out. The median of such ratios does not suffer when the machine was slow for a while, as
// the ratio of two medians does.
func Ratios[T Number](values, base []T) []float64 {
	var ratios []float64
	for i := range min(len(values), len(base)) {
		if base[i] != 0 {
			ratios = append(ratios, float64(values[i])/float64(base[i]))
		}
	}
	return ratios
}
