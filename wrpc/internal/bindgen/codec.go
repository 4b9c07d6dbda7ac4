package bindgen

import (
	"fmt"
	"strconv"
	"strings"

	"go.bytecodealliance.org/wit"
)

// codec is how values of one type are written and read.
type codec struct {
	enc func(e, v string) string // statement: v to the Encoder e
	dec func(d string) string    // expression: from the Decoder d
	// The same as Go expressions, of type func(wrpc.Encoder, T) and func(wrpc.Decoder) T.
	encFunc, decFunc string
}

// method is the codec of a built-in type.
func method(name string) codec {
	return codec{
		enc:     func(e, v string) string { return fmt.Sprintf("%s.%s(%s)", e, name, v) },
		dec:     func(d string) string { return fmt.Sprintf("%s.%s()", d, name) },
		encFunc: "wrpc.Encoder." + name,
		decFunc: "wrpc.Decoder." + name,
	}
}

// generic is the codec of what package wrpc codes by a function that is named Encode or Decode and name. instance are
// the type arguments where nothing else tells them.
func generic(name, instance string) codec {
	return codec{
		enc:     func(e, v string) string { return fmt.Sprintf("wrpc.Encode%s(%s, %s)", name, e, v) },
		dec:     func(d string) string { return fmt.Sprintf("wrpc.Decode%s%s(%s)", name, instance, d) },
		encFunc: "wrpc.Encode" + name + instance,
		decFunc: "wrpc.Decode" + name + instance,
	}
}

// composite is the codec of what package wrpc codes with the help of its parts' functions. goType is the type that
// Encode takes and Decode returns.
func composite(name, goType string, parts ...codec) codec {
	var encs, decs []string
	for _, part := range parts {
		encs, decs = append(encs, part.encFunc), append(decs, part.decFunc)
	}
	return closures(goType,
		func(e, v string) string {
			return fmt.Sprintf("wrpc.Encode%s(%s, %s, %s)", name, e, v, strings.Join(encs, ", "))
		},
		func(d string) string {
			return fmt.Sprintf("wrpc.Decode%s(%s, %s)", name, d, strings.Join(decs, ", "))
		})
}

// closures is the codec whose functions are closures around enc and dec.
func closures(goType string, enc func(e, v string) string, dec func(d string) string) codec {
	return codec{
		enc:     enc,
		dec:     dec,
		encFunc: fmt.Sprintf("func(e wrpc.Encoder, v %s) { %s }", goType, enc("e", "v")),
		decFunc: fmt.Sprintf("func(d wrpc.Decoder) %s { return %s }", goType, dec("d")),
	}
}

// pointee makes the codec of *T that of T.
func (c codec) pointee(goType string) codec {
	return closures(goType,
		func(e, v string) string { return c.enc(e, "&"+v) },
		func(d string) string { return "*" + c.dec(d) })
}

// valueCodec is the codec of a value that stands by itself.
func (u *unit) valueCodec(t wit.Type) codec { return u.codec(t, false) }

// bareCodec is the codec of a value inside an option or result.
func (u *unit) bareCodec(t wit.Type) codec { return u.codec(t, true) }

// codec is the codec of a type; bare or not matters to types whose values are pointers.
func (u *unit) codec(t wit.Type, bare bool) codec {
	if t == nil {
		return generic("Unit", "")
	}
	switch k := resolve(t).(type) {
	case *wit.Record, *wit.Variant, *wit.Flags:
		if bare {
			return generic("Value", "["+u.bare(t)+"]")
		}
		return generic("Ptr", "["+u.bare(t)+"]")
	case *wit.Enum:
		return generic("Value", "["+u.bare(t)+"]")
	case *wit.Own, *wit.Borrow:
		return generic("Handle", "["+u.kind(k)+"]")
	case *wit.Tuple:
		return u.tupleCodec(t, k, bare)
	case *wit.Result:
		c := composite("Result", u.value(t), u.bareCodec(k.OK), u.bareCodec(k.Err))
		if bare {
			return c.pointee(u.bare(t))
		}
		return c
	case *wit.List:
		return u.listCodec(t, k)
	case *wit.Option:
		return u.optionCodec(t, k)
	case *wit.Stream:
		if isByte(k.Type) {
			return generic("ByteStream", "")
		}
		return composite("Stream", u.value(t), u.valueCodec(k.Type))
	case *wit.Future:
		return composite("Future", u.value(t), u.valueCodec(k.Type))
	default:
		_, name, _ := primitive(k)
		return method(name)
	}
}

func (u *unit) listCodec(t wit.Type, list *wit.List) codec {
	if isByte(list.Type) {
		return method("Bytes")
	}
	return composite("List", u.value(t), u.valueCodec(list.Type))
}

func (u *unit) optionCodec(t wit.Type, option *wit.Option) codec {
	list, ok := flatten(option.Type).(*wit.List)
	switch {
	case !ok:
		return composite("Option", u.value(t), u.bareCodec(option.Type))
	case isByte(list.Type):
		return generic("OptionBytes", "")
	default:
		return composite("OptionList", u.value(t), u.valueCodec(list.Type))
	}
}

func (u *unit) tupleCodec(t wit.Type, tuple *wit.Tuple, bare bool) codec {
	switch len(tuple.Types) {
	case 0:
		return generic("Unit", "")
	case 1:
		return u.onlyMember(tuple.Types[0], bare)
	}
	var members []codec
	for _, member := range tuple.Types {
		members = append(members, u.valueCodec(member))
	}
	c := composite("Tuple"+strconv.Itoa(len(members)), u.value(t), members...)
	if bare {
		return c.pointee(u.bare(t))
	}
	return c
}

// onlyMember is the codec of a tuple's only member: in Go it is the member, on its index path it is one level down.
func (u *unit) onlyMember(member wit.Type, bare bool) codec {
	c := u.codec(member, bare)
	if !u.isPending(member) {
		return c
	}
	goType := u.value(member)
	if bare {
		goType = u.bare(member)
	}
	return closures(goType,
		func(e, v string) string { return c.enc(e+".At(0)", v) },
		func(d string) string { return c.dec(d + ".At(0)") })
}

// at gives the Encoder or Decoder of member i, which differs from its parent's only for what travels on its index path.
func (u *unit) at(coder string, i int, t wit.Type) string {
	if !u.isPending(t) {
		return coder
	}
	return fmt.Sprintf("%s.At(%d)", coder, i)
}
