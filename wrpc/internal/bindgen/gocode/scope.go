package gocode

import (
	"go/token"
	"go/types"
)

// Scope hands out identifiers that are unique in it and in the scopes around it, and never keywords. It is not safe for
// concurrent use.
type Scope struct {
	parent      *Scope
	predeclared bool // Go's predeclared identifiers are around it
	names       map[string]bool
}

// NewScope returns the scope of a package: Go's predeclared identifiers are around it.
func NewScope() *Scope { return &Scope{predeclared: true, names: map[string]bool{}} }

// NewMemberScope returns a scope for fields and methods, whose names may be predeclared ones.
func NewMemberScope() *Scope { return &Scope{names: map[string]bool{}} }

// Nested returns a scope inside s.
func (s *Scope) Nested() *Scope { return &Scope{parent: s, names: map[string]bool{}} }

// Reserve takes names that the code around uses by itself.
func (s *Scope) Reserve(names ...string) {
	for _, name := range names {
		s.names[name] = true
	}
}

// Unique returns name, with as many trailing underscores as it takes to be unlike every name around it, and takes it.
func (s *Scope) Unique(name string) string {
	for token.IsKeyword(name) || s.taken(name) {
		name += "_"
	}
	s.names[name] = true
	return name
}

func (s *Scope) taken(name string) bool {
	for ; s != nil; s = s.parent {
		if s.names[name] || s.predeclared && types.Universe.Lookup(name) != nil {
			return true
		}
	}
	return false
}
