package bindgen

import (
	"fmt"
	"strings"

	"go.bytecodealliance.org/wit"
)

// witSignature writes a function's type in WIT.
func witSignature(f *wit.Function) string {
	var params []string
	for _, p := range f.Params {
		params = append(params, p.Name+": "+witType(p.Type))
	}
	text := "func(" + strings.Join(params, ", ") + ")"
	if result := resultType(f); result != nil {
		text += " -> " + witType(result)
	}
	return text
}

// witType writes a type in WIT.
func witType(t wit.Type) string {
	def, ok := t.(*wit.TypeDef)
	switch {
	case !ok:
		return witKind(t)
	case def.Name != nil:
		return *def.Name
	default:
		return witKind(def.Kind)
	}
}

// witKind writes what a type is.
func witKind(k wit.TypeDefKind) string {
	switch k := k.(type) {
	case *wit.TypeDef:
		return witType(k)
	case *wit.List:
		return "list" + witArgs(k.Type)
	case *wit.Option:
		return "option" + witArgs(k.Type)
	case *wit.Result:
		return "result" + witArgs(k.OK, k.Err)
	case *wit.Tuple:
		return "tuple" + witArgs(k.Types...)
	case *wit.Stream:
		return "stream" + witArgs(k.Type)
	case *wit.Future:
		return "future" + witArgs(k.Type)
	case *wit.Own:
		return witType(k.Type)
	case *wit.Borrow:
		return "borrow" + witArgs(k.Type)
	default:
		_, name, _ := primitive(k)
		return strings.ToLower(name)
	}
}

// witArgs writes the types inside a type; absent ones are left out at the end and written as _ before others.
func witArgs(types ...wit.Type) string {
	for len(types) > 0 && types[len(types)-1] == nil {
		types = types[:len(types)-1]
	}
	if len(types) == 0 {
		return ""
	}
	var args []string
	for _, t := range types {
		if t == nil {
			args = append(args, "_")
		} else {
			args = append(args, witType(t))
		}
	}
	return fmt.Sprintf("<%s>", strings.Join(args, ", "))
}
