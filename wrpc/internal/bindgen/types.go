package bindgen

import (
	"fmt"
	"slices"
	"strings"

	"go.bytecodealliance.org/wit"
)

// resolve gives what a type is, whatever names it goes by.
func resolve(t wit.Type) wit.TypeDefKind {
	if def, ok := t.(*wit.TypeDef); ok {
		return def.Root().Kind
	}
	return t
}

// flatten gives what a type is in Go, where a tuple of one member is its member.
func flatten(t wit.Type) wit.TypeDefKind {
	k := resolve(t)
	for {
		tuple, ok := k.(*wit.Tuple)
		if !ok || len(tuple.Types) != 1 {
			return k
		}
		k = resolve(tuple.Types[0])
	}
}

// primitive gives the Go type of a WIT type without parts, and the method that codes it.
func primitive(k wit.TypeDefKind) (goType, method string, ok bool) {
	switch k.(type) {
	case wit.Bool:
		return "bool", "Bool", true
	case wit.U8:
		return "uint8", "U8", true
	case wit.U16:
		return "uint16", "U16", true
	case wit.U32:
		return "uint32", "U32", true
	case wit.U64:
		return "uint64", "U64", true
	case wit.S8:
		return "int8", "S8", true
	case wit.S16:
		return "int16", "S16", true
	case wit.S32:
		return "int32", "S32", true
	case wit.S64:
		return "int64", "S64", true
	case wit.F32:
		return "float32", "F32", true
	case wit.F64:
		return "float64", "F64", true
	case wit.Char:
		return "rune", "Char", true
	case wit.String:
		return "string", "String", true
	default:
		return "", "", false
	}
}

// pointed tells whether values of a type are pointers in Go where they stand by themselves: as parameter, result, field,
// element or member.
func pointed(t wit.Type) bool {
	switch k := flatten(t).(type) {
	case *wit.Record, *wit.Variant, *wit.Flags, *wit.Result:
		return true
	case *wit.Tuple:
		return len(k.Types) > 0
	default:
		return false
	}
}

// value gives the Go type of a value that stands by itself; that of an absent type is struct{}.
func (u *unit) value(t wit.Type) string {
	if t != nil && pointed(t) {
		return "*" + u.bare(t)
	}
	return u.bare(t)
}

// bare gives the Go type of a value inside an option or result.
func (u *unit) bare(t wit.Type) string {
	if t == nil {
		return "struct{}"
	}
	def, ok := t.(*wit.TypeDef)
	if !ok {
		return u.kind(t)
	}
	if def.Name != nil {
		return u.qualified(def)
	}
	return u.kind(def.Kind)
}

// qualified gives the Go name of a named type, which may belong to another unit: what an alias stands for has types that
// were never given a name here.
func (u *unit) qualified(t *wit.TypeDef) string {
	if name := u.names[t]; name != "" {
		return name
	}
	owner := u.owner(t)
	return u.importUnit(owner) + "." + owner.names[t]
}

// kind gives the Go type of what has no name.
func (u *unit) kind(k wit.TypeDefKind) string {
	switch k := k.(type) {
	case *wit.TypeDef:
		return u.bare(k)
	case *wit.List:
		return "[]" + u.value(k.Type)
	case *wit.Option:
		if _, ok := flatten(k.Type).(*wit.List); ok {
			return u.bare(k.Type)
		}
		return "*" + u.bare(k.Type)
	case *wit.Result:
		return fmt.Sprintf("wrpc.Result[%s, %s]", u.bare(k.OK), u.bare(k.Err))
	case *wit.Tuple:
		return u.tuple(k)
	case *wit.Stream:
		if isByte(k.Type) {
			return u.file.Import("io", "io") + ".ReadCloser"
		}
		return fmt.Sprintf("wrpc.Receiver[[]%s]", u.value(k.Type))
	case *wit.Future:
		return fmt.Sprintf("wrpc.Receiver[%s]", u.value(k.Type))
	case *wit.Own:
		return fmt.Sprintf("wrpc.Own[%s]", u.bare(k.Type))
	case *wit.Borrow:
		return fmt.Sprintf("wrpc.Borrow[%s]", u.bare(k.Type))
	default:
		name, _, _ := primitive(k)
		return name
	}
}

func (u *unit) tuple(t *wit.Tuple) string {
	switch len(t.Types) {
	case 0:
		return "struct{}"
	case 1:
		return u.bare(t.Types[0])
	}
	var members []string
	for _, member := range t.Types {
		members = append(members, u.value(member))
	}
	return fmt.Sprintf("wrpc.Tuple%d[%s]", len(members), strings.Join(members, ", "))
}

func isByte(t wit.Type) bool {
	if t == nil {
		return false
	}
	_, ok := resolve(t).(wit.U8)
	return ok
}

// parts counts what the code for a value of a type has to deal with where it stands. Names don't help: only records and
// the like have code of their own, which counts as one part.
func (g *generator) parts(t wit.Type) int {
	def, ok := t.(*wit.TypeDef)
	if !ok {
		return 1
	}
	if known, ok := g.sizes[def]; ok {
		return known
	}
	sum := 1
	for _, member := range members(def.Kind) {
		sum = min(sum+g.parts(member), maxParts+1)
	}
	g.sizes[def] = sum
	return sum
}

// members lists the types inside a type without code of its own.
func members(k wit.TypeDefKind) []wit.Type {
	switch k := k.(type) {
	case *wit.TypeDef:
		return []wit.Type{k}
	case *wit.List:
		return []wit.Type{k.Type}
	case *wit.Option:
		return []wit.Type{k.Type}
	case *wit.Stream:
		return []wit.Type{k.Type}
	case *wit.Future:
		return []wit.Type{k.Type}
	case *wit.Result:
		return []wit.Type{k.OK, k.Err}
	case *wit.Tuple:
		return k.Types
	default:
		return nil
	}
}

// isPending tells whether a type holds streams or futures, which travel on their index path.
func (g *generator) isPending(t wit.Type) bool {
	def, ok := t.(*wit.TypeDef)
	if !ok {
		return false
	}
	if known, ok := g.pending[def]; ok {
		return known
	}
	g.pending[def] = g.kindPending(def.Kind)
	return g.pending[def]
}

func (g *generator) kindPending(k wit.TypeDefKind) bool {
	switch k := k.(type) {
	case *wit.TypeDef:
		return g.isPending(k)
	case *wit.Stream, *wit.Future:
		return true
	case *wit.List:
		return g.isPending(k.Type)
	case *wit.Option:
		return g.isPending(k.Type)
	case *wit.Result:
		return g.isPending(k.OK) || g.isPending(k.Err)
	case *wit.Tuple:
		return slices.ContainsFunc(k.Types, g.isPending)
	case *wit.Record:
		return slices.ContainsFunc(k.Fields, func(f wit.Field) bool { return g.isPending(f.Type) })
	case *wit.Variant:
		return slices.ContainsFunc(k.Cases, func(c wit.Case) bool { return g.isPending(c.Type) })
	default:
		return false
	}
}
