package bindgen

import (
	"fmt"

	"go.bytecodealliance.org/wit"
)

// goCase is one case of a variant.
type goCase struct {
	*wit.Case
	name     string // in the names of its methods
	constant string
}

// variant writes a variant as a struct that its methods give access to.
func (u *unit) variant(t *wit.TypeDef, name string, v *wit.Variant) {
	kind := u.file.Scope.Unique(name + "Discriminant")
	methods := u.methods(t)
	var cases []goCase
	for i := range v.Cases {
		c := &v.Cases[i]
		suffix := methods.Unique(camel(c.Name))
		cases = append(cases, goCase{Case: c, name: suffix, constant: u.file.Scope.Unique(name + suffix)})
	}
	u.variantTypes(t, name, kind, cases)
	u.shortMethods(t, "*"+name, "wrpc.FormatVariant(uint32(v.discriminant), v.payload%s)", quoted(cases, func(c goCase) string { return c.Name }))
	u.variantCodec(name, kind, cases)
	for _, c := range cases {
		u.caseMethods(name, c)
	}
}

// variantTypes writes the types and constants of a variant, and what is not particular to a case.
func (u *unit) variantTypes(t *wit.TypeDef, name, kind string, cases []goCase) {
	u.file.Comment(typeDoc(t, name, "variant"))
	u.file.Printf("type %s struct {\npayload any\ndiscriminant %s\n}\n\n", name, kind)
	u.file.Comment(fmt.Sprintf("%s tells the cases of %s apart.", kind, name))
	u.file.Printf("type %s %s\n\nconst (\n", kind, discriminant(len(cases)))
	for i, c := range cases {
		u.file.Comment(c.Docs.Contents)
		u.file.Printf("%s\n", constant(c.constant, kind, i))
	}
	u.file.Printf(")\n\nfunc (v *%s) set(c %s, payload any) *%[1]s {\nv.discriminant, v.payload = c, payload\nreturn v\n}\n\n", name, kind)
	u.file.Printf("func (v *%s) Discriminant() %s { return v.discriminant }\n", name, kind)
}

// caseMethods writes how a variant is made of a case, and asked for it.
func (u *unit) caseMethods(name string, c goCase) {
	constructor := u.file.Scope.Unique("New" + name + c.name)
	u.file.Comment(c.Docs.Contents)
	if c.Type == nil {
		u.file.Printf("func %s() *%s { return new(%[2]s).Set%s() }\n", constructor, name, c.name)
		u.file.Printf("func (v *%s) Set%s() *%[1]s { return v.set(%[3]s, nil) }\n", name, c.name, c.constant)
		u.file.Printf("func (v *%s) Get%s() (ok bool) { return v.discriminant == %s }\n\n", name, c.name, c.constant)
		return
	}
	payload := u.value(c.Type)
	u.file.Printf("func %s(payload %s) *%s { return new(%[3]s).Set%s(payload) }\n", constructor, payload, name, c.name)
	u.file.Printf("func (v *%s) Set%s(payload %s) *%[1]s { return v.set(%[4]s, payload) }\n", name, c.name, payload, c.constant)
	u.file.Printf("func (v *%s) Get%s() (payload %s, ok bool) {\nreturn wrpc.CasePayload[%[3]s](v.discriminant == %[4]s, v.payload)\n}\n\n", name, c.name, payload, c.constant)
}

// variantCodec writes how a variant is written and read.
func (u *unit) variantCodec(name, kind string, cases []goCase) {
	u.file.Printf("func (v *%s) EncodeTo(e wrpc.Encoder) {\ne.Discriminant(uint32(v.discriminant))\n", name)
	u.payloads("v.discriminant", cases, func(c goCase) string {
		return fmt.Sprintf("wrpc.EncodePayload(e, v.payload, %s)", u.valueCodec(c.Type).encFunc)
	})
	u.file.Printf("}\n\nfunc (v *%s) DecodeFrom(d wrpc.Decoder) {\nv.set(%s(d.Discriminant(%d)), nil)\n", name, kind, len(cases))
	u.payloads("v.discriminant", cases, func(c goCase) string {
		return "v.payload = " + u.valueCodec(c.Type).dec("d")
	})
	u.file.Printf("}\n\n")
}

// payloads writes a switch over the cases that carry something.
func (u *unit) payloads(on string, cases []goCase, statement func(goCase) string) {
	first := true
	for _, c := range cases {
		if c.Type == nil {
			continue
		}
		if first {
			u.file.Printf("switch %s {\n", on)
			first = false
		}
		u.file.Printf("case %s:\n%s\n", c.constant, statement(c))
	}
	if !first {
		u.file.Printf("}\n")
	}
}
