package bindgen

import (
	"errors"
	"fmt"

	"go.bytecodealliance.org/wit"
)

// Limits of what can be carried or expressed.
const (
	maxFlags = 32
	maxTuple = 16
	maxParts = 4096
)

// checker looks at all types of a unit before anything is emitted: what wRPC can't carry is an error that names it.
type checker struct {
	*unit
	seen map[*wit.TypeDef]bool
}

// check checks all units and learns on the way which types are errors.
func (g *generator) check(units []*unit) error {
	for _, u := range units {
		if u.mapped {
			continue
		}
		c := checker{unit: u, seen: map[*wit.TypeDef]bool{}}
		if err := c.unitTypes(); err != nil {
			return fmt.Errorf("%s: %w", u.instance, err)
		}
	}
	return nil
}

func (c checker) unitTypes() error {
	for _, t := range c.types {
		if err := c.typ(t); err != nil {
			return fmt.Errorf("type %s: %w", t.TypeName(), err)
		}
	}
	for _, funcs := range [][]*wit.Function{c.imports, c.exports} {
		for _, f := range funcs {
			if err := c.function(f); err != nil {
				return fmt.Errorf("function %s: %w", parseFuncName(f.Name).wire(), err)
			}
		}
	}
	return nil
}

func (c checker) function(f *wit.Function) error {
	for _, p := range f.Params {
		if err := c.typ(p.Type); err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
	}
	if len(f.Results) > 1 {
		return errors.New("several named results are no WIT any more: return a tuple or a record")
	}
	result := resultType(f)
	if result == nil {
		return nil
	}
	if def, ok := result.(*wit.TypeDef); ok && def.Name == nil {
		if tuple, ok := def.Kind.(*wit.Tuple); ok { // becomes several results, as many as there are
			return c.members("result", tuple.Types)
		}
	}
	if err := c.typ(result); err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return nil
}

func (c checker) members(what string, types []wit.Type) error {
	for i, t := range types {
		if err := c.typ(t); err != nil {
			return fmt.Errorf("%s %d: %w", what, i, err)
		}
	}
	return nil
}

// optional checks a type that may be absent.
func (c checker) optional(t wit.Type) error {
	if t == nil {
		return nil
	}
	return c.typ(t)
}

func (c checker) typ(t wit.Type) error {
	def, ok := t.(*wit.TypeDef)
	if !ok {
		return c.kind(t)
	}
	if c.seen[def] {
		return nil
	}
	if def.Name != nil && c.names[def] == "" {
		return c.absent(def)
	}
	c.seen[def] = true
	if err := c.kind(def.Kind); err != nil {
		return err
	}
	if n := c.parts(def); n > maxParts {
		return fmt.Errorf("a type of more than %d parts: make records of some", maxParts)
	}
	return nil
}

// absent tells why a named type is not there.
func (c checker) absent(t *wit.TypeDef) error {
	if feature := missing(t.Stability); feature != "" {
		return fmt.Errorf("type %s is unstable: add --features %s", t.TypeName(), feature)
	}
	return fmt.Errorf("type %s belongs to no interface of the world", t.TypeName())
}

func (c checker) kind(k wit.TypeDefKind) error {
	switch k := k.(type) {
	case *wit.TypeDef:
		return c.alias(k)
	case *wit.Record:
		return c.record(k)
	case *wit.Variant:
		return c.variant(k)
	case *wit.Flags:
		if n := len(k.Flags); n > maxFlags {
			return fmt.Errorf("%d flags: wRPC carries at most %d, split them into two types", n, maxFlags)
		}
		return nil
	case *wit.Tuple:
		if n := len(k.Types); n > maxTuple {
			return fmt.Errorf("tuple of %d members: Go code has tuples of at most %d, make it a record", n, maxTuple)
		}
		return c.members("member", k.Types)
	case *wit.Result:
		return c.result(k)
	case *wit.List:
		return c.typ(k.Type)
	case *wit.Option:
		return c.typ(k.Type)
	case *wit.Stream:
		return c.optional(k.Type)
	case *wit.Future:
		return c.optional(k.Type)
	case *wit.Own:
		return c.typ(k.Type)
	case *wit.Borrow:
		return c.typ(k.Type)
	case *wit.Enum, *wit.Resource:
		return nil
	default:
		return carried(k)
	}
}

// carried checks the types that are built in.
func carried(k wit.TypeDefKind) error {
	if _, ok := k.(wit.ErrorContext); ok {
		return errors.New("error-context can't be carried over wRPC: return a result with an error type of your own")
	}
	if _, _, ok := primitive(k); !ok {
		return errors.New("a type that can't be carried over wRPC, such as a fixed-length list (list<T, N>): use list<T> or a tuple")
	}
	return nil
}

// alias checks what a type is another name for.
func (c checker) alias(target *wit.TypeDef) error {
	owner := c.owner(target)
	if owner == nil || owner.names[target] == "" {
		return c.absent(target)
	}
	return c.foreign(target, owner)
}

// foreign checks a type of another interface: it has been checked there, unless its package was given by --with.
func (c checker) foreign(t *wit.TypeDef, owner *unit) error {
	if owner == c.unit {
		return c.typ(t)
	}
	return nil
}

func (c checker) record(r *wit.Record) error {
	for _, f := range r.Fields {
		if err := c.typ(f.Type); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return nil
}

func (c checker) variant(v *wit.Variant) error {
	for _, k := range v.Cases {
		if err := c.optional(k.Type); err != nil {
			return fmt.Errorf("case %s: %w", k.Name, err)
		}
	}
	return nil
}

func (c checker) result(r *wit.Result) error {
	if err := c.optional(r.OK); err != nil {
		return err
	}
	if def, ok := r.Err.(*wit.TypeDef); ok {
		c.errors[def.Root()] = true
	}
	return c.optional(r.Err)
}

// resultType returns the type of a function's result, or nil.
func resultType(f *wit.Function) wit.Type {
	if len(f.Results) == 0 {
		return nil
	}
	return f.Results[0].Type
}
