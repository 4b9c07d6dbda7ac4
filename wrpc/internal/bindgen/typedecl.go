package bindgen

import (
	"fmt"
	"strings"

	"go.bytecodealliance.org/wit"

	"github.com/wrpc/wrpc/go/internal/bindgen/gocode"
)

// typeDecl writes the declaration of a named type with its methods.
func (u *unit) typeDecl(t *wit.TypeDef) {
	name := u.names[t]
	switch k := t.Kind.(type) {
	case *wit.Record:
		u.record(t, name, k)
	case *wit.Flags:
		u.flags(t, name, k)
	case *wit.Enum:
		u.enum(t, name, k)
	case *wit.Variant:
		u.variant(t, name, k)
	case *wit.Resource:
		u.file.Comment(t.Docs.Contents, fmt.Sprintf("%s is the resource %s. It is known by its handles alone, wrpc.Own and wrpc.Borrow.", name, *t.Name))
		u.file.Printf("type %s interface{}\n\n", name)
	case *wit.TypeDef:
		u.alias(t, name, fmt.Sprintf("%s of %s", *k.Name, u.owner(k).instance), u.qualified(k))
	default:
		u.alias(t, name, witKind(k), u.kind(k))
	}
}

// alias writes another name for a type.
func (u *unit) alias(t *wit.TypeDef, name, what, goType string) {
	if t.Docs.Contents == "" {
		u.file.Comment(fmt.Sprintf("%s is %s.", name, what))
	}
	u.file.Comment(t.Docs.Contents)
	u.file.Printf("type %s = %s\n\n", name, goType)
}

// typeDoc is the comment of a type: the author's words, or else what it is.
func typeDoc(t *wit.TypeDef, name, what string) string {
	if t.Docs.Contents != "" {
		return t.Docs.Contents
	}
	return fmt.Sprintf("%s is the %s %s.", name, what, *t.Name)
}

// methods returns a scope for the fields of a type: its methods have taken their names.
func (u *unit) methods(t *wit.TypeDef) *gocode.Scope {
	scope := gocode.NewMemberScope()
	scope.Reserve("String", "EncodeTo", "DecodeFrom", "WriteToIndex", "ReadFromIndex")
	if u.errors[t] {
		scope.Reserve("Error")
	}
	return scope
}

// goField is one field of a struct.
type goField struct {
	name string
	typ  wit.Type
}

// record writes a record as a struct.
func (u *unit) record(t *wit.TypeDef, name string, r *wit.Record) {
	scope := u.methods(t)
	u.file.Comment(typeDoc(t, name, "record"))
	u.file.Printf("type %s struct {\n", name)
	var fields []goField
	for _, f := range r.Fields {
		field := goField{name: scope.Unique(camel(f.Name)), typ: f.Type}
		fields = append(fields, field)
		u.file.Comment(f.Docs.Contents)
		u.file.Printf("%s %s\n", field.name, u.value(f.Type))
	}
	u.file.Printf("}\n\n")
	u.shortMethods(t, "*"+name, "wrpc.FormatRecord(%q%s)", name, namedValues(fields))
	u.file.Printf("func (v *%s) EncodeTo(e wrpc.Encoder) {\n", name)
	for i, f := range fields {
		u.file.Printf("%s\n", u.valueCodec(f.typ).enc(u.at("e", i, f.typ), "v."+f.name))
	}
	u.file.Printf("}\n\nfunc (v *%s) DecodeFrom(d wrpc.Decoder) {\n", name)
	for i, f := range fields {
		u.file.Printf("v.%s = %s\n", f.name, u.valueCodec(f.typ).dec(u.at("d", i, f.typ)))
	}
	u.file.Printf("}\n\n")
}

// namedValues lists fields as FormatRecord takes them.
func namedValues(fields []goField) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, ", %q, v.%s", f.name, f.name)
	}
	return b.String()
}

// flags writes flags as a struct of bools.
func (u *unit) flags(t *wit.TypeDef, name string, flags *wit.Flags) {
	scope := u.methods(t)
	u.file.Comment(typeDoc(t, name, "flags"))
	u.file.Printf("type %s struct {\n", name)
	var values, pointers []string
	for i, f := range flags.Flags {
		field := scope.Unique(camel(f.Name))
		values, pointers = append(values, "v."+field), append(pointers, "&v."+field)
		if i > 0 {
			u.file.Printf("%s", flagSeparator(flags.Flags, i))
		}
		u.file.Comment(f.Docs.Contents)
		u.file.Printf("%s", field)
	}
	if len(values) > 0 {
		u.file.Printf(" bool\n")
	}
	u.file.Printf("}\n\n")
	names := quoted(flags.Flags, func(f wit.Flag) string { return f.Name })
	u.shortMethods(t, "*"+name, "wrpc.FormatFlags([]bool{%s}%s)", strings.Join(values, ", "), names)
	u.file.Printf("func (v *%s) EncodeTo(e wrpc.Encoder) { %s }\n", name, call("wrpc.EncodeFlags", "e", values))
	u.file.Printf("func (v *%s) DecodeFrom(d wrpc.Decoder) { %s }\n\n", name, call("wrpc.DecodeFlags", "d", pointers))
}

// flagSeparator gives what stands before the field of flag i: a row of flags shares one declaration unless there is
// something to say about one.
func flagSeparator(flags []wit.Flag, i int) string {
	const row = 8
	if i%row == 0 || flags[i].Docs.Contents != "" || flags[i-1].Docs.Contents != "" {
		return " bool\n"
	}
	return ", "
}

// quoted lists names as further arguments of a call.
func quoted[T any](items []T, name func(T) string) string {
	var b strings.Builder
	for _, item := range items {
		fmt.Fprintf(&b, ", %q", name(item))
	}
	return b.String()
}

func call(name, first string, rest []string) string {
	return name + "(" + strings.Join(append([]string{first}, rest...), ", ") + ")"
}

// enum writes an enum as an integer type with constants.
func (u *unit) enum(t *wit.TypeDef, name string, enum *wit.Enum) {
	u.file.Comment(typeDoc(t, name, "enum"))
	u.file.Printf("type %s %s\n\nconst (\n", name, discriminant(len(enum.Cases)))
	for i, c := range enum.Cases {
		u.file.Comment(c.Docs.Contents)
		u.file.Printf("%s\n", constant(u.file.Scope.Unique(name+"_"+camel(c.Name)), name, i))
	}
	u.file.Printf(")\n\n")
	u.shortMethods(t, name, "wrpc.FormatEnum(uint32(v)%s)", quoted(enum.Cases, func(c wit.EnumCase) string { return c.Name }))
	u.file.Printf("func (v %s) EncodeTo(e wrpc.Encoder) { e.Discriminant(uint32(v)) }\n", name)
	u.file.Printf("func (v *%s) DecodeFrom(d wrpc.Decoder) { *v = %[1]s(d.Discriminant(%[2]d)) }\n\n", name, len(enum.Cases))
}

// constant declares constant i of a sequence.
func constant(name, typ string, i int) string {
	if i == 0 {
		return name + " " + typ + " = iota"
	}
	return name
}

// discriminant gives the Go type that holds the numbers of n cases.
func discriminant(n int) string {
	switch {
	case n <= 1<<8:
		return "uint8"
	case n <= 1<<16:
		return "uint16"
	default:
		return "uint32"
	}
}

// shortMethods writes what all types have: String, by the given expression, Error for error types, and the methods by
// which values are written and read outside of calls.
func (u *unit) shortMethods(t *wit.TypeDef, receiver, format string, args ...any) {
	u.file.Printf("func (v %s) String() string { return %s }\n", receiver, fmt.Sprintf(format, args...))
	if u.errors[t] {
		u.file.Printf("func (v %s) Error() string { return v.String() }\n", receiver)
	}
	u.file.Printf("func (v %s) WriteToIndex(w wrpc.ByteWriter) (func(wrpc.IndexWriter) error, error) {\nreturn wrpc.WriteToIndex(w, v.EncodeTo)\n}\n", receiver)
	u.file.Printf("func (v *%s) ReadFromIndex(r wrpc.IndexReader) error { return wrpc.ReadFromIndex(r, v.DecodeFrom) }\n\n", strings.TrimPrefix(receiver, "*"))
}
