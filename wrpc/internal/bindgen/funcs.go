package bindgen

import (
	"fmt"
	"strings"

	"go.bytecodealliance.org/wit"

	"github.com/wrpc/wrpc/go/internal/bindgen/gocode"
)

// goValue is a parameter or result of a Go function.
type goValue struct {
	name string
	at   []int // its place in the params or results
	typ  wit.Type
}

// goFunc is a WIT function in Go.
type goFunc struct {
	*wit.Function
	funcName
	params, results []goValue
}

// goFunc gives the parameters and results of a function names, apart from those that the code around them uses.
func (u *unit) goFunc(f *wit.Function) goFunc {
	fn := goFunc{Function: f, funcName: parseFuncName(f.Name)}
	result := resultType(f)
	u.importAll(f)
	scope := u.file.Scope.Nested()
	scope.Reserve("ctx", "inv", "s", "e", "d", "params", "results", "err", "writeErrs")
	switch tuple, ok := flattenResult(result); {
	case ok:
		for i, t := range tuple.Types {
			fn.results = append(fn.results, goValue{name: scope.Unique(fmt.Sprintf("r%d", i)), at: []int{0, i}, typ: t})
		}
	case result != nil:
		fn.results = []goValue{{name: scope.Unique("r0"), at: []int{0}, typ: result}}
	}
	for i, p := range f.Params {
		fn.params = append(fn.params, goValue{name: scope.Unique(lowerCamel(p.Name)), at: []int{i}, typ: p.Type})
	}
	return fn
}

// importAll imports what a function's types need, so that its variables are not named like a package that they hide.
func (u *unit) importAll(f *wit.Function) {
	for _, p := range f.Params {
		u.valueCodec(p.Type)
	}
	if result := resultType(f); result != nil {
		u.valueCodec(result)
	}
}

// flattenResult tells whether a function's result is a tuple, whose members are its results in Go.
func flattenResult(t wit.Type) (*wit.Tuple, bool) {
	if t == nil {
		return nil, false
	}
	tuple, ok := resolve(t).(*wit.Tuple)
	return tuple, ok
}

// doc is the comment of a function: the author's words and its signature in WIT.
func (f goFunc) doc(name string) []string {
	return []string{f.Docs.Contents, fmt.Sprintf("%s is %s: %s", name, f.wire(), witSignature(f.Function))}
}

// paramList declares the parameters.
func (u *unit) paramList(f goFunc) string {
	var b strings.Builder
	for _, p := range f.params {
		fmt.Fprintf(&b, ", %s %s", p.name, u.value(p.typ))
	}
	return b.String()
}

// coder gives the Encoder or Decoder of a parameter or result.
func (u *unit) coder(name string, v goValue) string {
	if !u.isPending(v.typ) {
		return name
	}
	for _, i := range v.at {
		name += fmt.Sprintf(".At(%d)", i)
	}
	return name
}

// block writes statements as a function literal, the next argument of a call, on one line where there is one.
func block(head string, statements []string) string {
	switch len(statements) {
	case 0:
		return ", nil"
	case 1:
		return fmt.Sprintf(",\n%s { %s }", head, statements[0])
	default:
		return fmt.Sprintf(",\n%s {\n%s\n}", head, strings.Join(statements, "\n"))
	}
}

// assignments gives each name its value: in one statement when that is short.
func assignments(names []string, assign string, values []string) []string {
	const long = 100
	together := strings.Join(names, ", ") + " " + assign + " " + strings.Join(values, ", ")
	if len(names) == 0 || len(together) <= long {
		return []string{together}[:min(1, len(names))]
	}
	var statements []string
	for i, name := range names {
		statements = append(statements, name+" "+assign+" "+values[i])
	}
	return statements
}

// clientFunc writes the function that calls an imported one.
func (u *unit) clientFunc(wf *wit.Function) {
	f := u.goFunc(wf)
	name := u.file.Scope.Unique(f.client())
	var params, results, returns []string
	named, pending := "", false
	for _, p := range f.params {
		pending = pending || u.isPending(p.typ)
		params = append(params, u.valueCodec(p.typ).enc(u.coder("e", p), p.name))
	}
	for _, r := range f.results {
		named += fmt.Sprintf("%s %s, ", r.name, u.value(r.typ))
		returns = append(returns, r.name)
		results = append(results, u.valueCodec(r.typ).dec(u.coder("d", r)))
	}
	call, assign := "Call", "err"
	if pending {
		call, assign = "CallAsync", "writeErrs, err"
		named += "writeErrs <-chan error, "
		returns = append(returns, "writeErrs")
	}
	ctx := u.file.Import("context", "context")
	u.file.Comment(f.doc(name)...)
	u.file.Printf("func %s(ctx %s.Context, inv wrpc.Invoker%s) (%serr error) {\n", name, ctx, u.paramList(f), named)
	body := fmt.Sprintf("wrpc.%s(ctx, inv, instance, %q%s%s)", call, f.wire(),
		block("func(e wrpc.Encoder)", params), block("func(d wrpc.Decoder)", assignments(returns[:len(results)], "=", results)))
	if len(returns) == 0 {
		u.file.Printf("return %s\n}\n\n", body)
		return
	}
	u.file.Printf("%s = %s\nreturn %s\n}\n\n", assign, body, strings.Join(append(returns, "err"), ", "))
}

// server writes the Handler of the exported functions, and how it is served.
func (u *unit) server() {
	methods := gocode.NewMemberScope()
	var funcs []goFunc
	var names []string
	for _, wf := range u.exports {
		f := u.goFunc(wf)
		funcs = append(funcs, f)
		names = append(names, methods.Unique(f.handler()))
	}
	u.file.Comment(fmt.Sprintf("Handler answers the calls of %s. Its methods are called concurrently. The text of an error that they return travels to the caller.", u.instance))
	u.file.Printf("type Handler interface {\n")
	for i, f := range funcs {
		ctx := u.file.Import("context", "context")
		if f.Docs.Contents != "" {
			u.file.Comment(f.doc(names[i])...)
		}
		u.file.Printf("%s(ctx %s.Context%s) (%serr error)\n", names[i], ctx, u.paramList(f), u.resultList(f))
	}
	u.file.Printf("}\n\n")
	u.serve(funcs, names)
	for i, f := range funcs {
		u.serverFunc(f, names[i])
	}
}

func (u *unit) resultList(f goFunc) string {
	var b strings.Builder
	for _, r := range f.results {
		fmt.Fprintf(&b, "%s %s, ", r.name, u.value(r.typ))
	}
	return b.String()
}

// serve writes the function that serves a Handler.
func (u *unit) serve(funcs []goFunc, names []string) {
	name := "serveWorld"
	if u.iface != nil {
		name = "ServeInterface"
		u.file.Comment("ServeInterface lets h answer the calls of " + u.instance + " until stop is called.")
	}
	u.file.Printf("func %s(s wrpc.Server, h Handler) (stop func() error, err error) {\n", name)
	u.file.Printf("return wrpc.ServeFuncs(s, instance")
	for i, f := range funcs {
		u.file.Printf(",\nwrpc.Func{Name: %q, Handle: server{h}.%s}", f.wire(), names[i])
	}
	if len(funcs) > 0 {
		u.file.Printf(",\n")
	}
	u.file.Printf(")\n}\n\n")
	if len(funcs) > 0 {
		u.file.Printf("type server struct{ h Handler }\n\n")
	}
}

// serverFunc writes the method that reads the params of a call, lets the Handler answer, and writes the results.
func (u *unit) serverFunc(f goFunc, name string) {
	ctx := u.file.Import("context", "context")
	u.file.Printf("func (s server) %s(ctx %s.Context, params wrpc.Decoder, results wrpc.Encoder) error {\n", name, ctx)
	var names, values []string
	for _, p := range f.params {
		names = append(names, p.name)
		values = append(values, u.valueCodec(p.typ).dec(u.coder("params", p)))
	}
	if len(f.params) > 0 {
		u.file.Printf("%s\nif err := params.Err(); err != nil {\nreturn err\n}\n", strings.Join(assignments(names, ":=", values), "\n"))
	}
	answer := fmt.Sprintf("s.h.%s(%s)", name, strings.Join(append([]string{"ctx"}, names...), ", "))
	if len(f.results) == 0 {
		u.file.Printf("return %s\n}\n\n", answer)
		return
	}
	for _, r := range f.results {
		u.file.Printf("%s, ", r.name)
	}
	u.file.Printf("err := %s\nif err == nil {\n", answer)
	for _, r := range f.results {
		u.file.Printf("%s\n", u.valueCodec(r.typ).enc(u.coder("results", r), r.name))
	}
	u.file.Printf("}\nreturn err\n}\n\n")
}
