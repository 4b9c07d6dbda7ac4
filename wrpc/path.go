package wrpc

import "slices"

// SubscribePath is a structural index path at which asynchronous values may arrive; nil stands for any index. The zero
// value is the root.
type SubscribePath []*uint32

// NewSubscribePath returns the path of the given indices.
func NewSubscribePath(indices ...*uint32) SubscribePath { return SubscribePath(indices) }

// Index returns p with i appended; p stays as it is.
func (p SubscribePath) Index(i uint32) SubscribePath { return append(slices.Clip(p), &i) }

// Wildcard returns p with "any index" appended; p stays as it is.
func (p SubscribePath) Wildcard() SubscribePath { return append(slices.Clip(p), nil) }

// Parent returns p without its last index; the root has none.
func (p SubscribePath) Parent() (SubscribePath, bool) {
	if len(p) == 0 {
		return nil, false
	}
	return p[:len(p)-1], true
}
