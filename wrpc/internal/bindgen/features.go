package bindgen

import (
	"slices"

	"go.bytecodealliance.org/wit"
)

// features decides which items of a contract exist. The parser knows all features; what is unstable counts only when
// its feature is on.
type features struct {
	all bool
	on  []string
}

func (f features) has(s wit.Stability) bool {
	unstable, ok := s.(*wit.Unstable)
	return !ok || f.all || slices.Contains(f.on, unstable.Feature)
}

// missing names the feature that keeps s away.
func missing(s wit.Stability) string {
	if unstable, ok := s.(*wit.Unstable); ok {
		return unstable.Feature
	}
	return ""
}
