package adapt

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// header is how every WebAssembly module of the format's version 1 begins.
const header = "\x00asm\x01\x00\x00\x00"

// mapSection returns the module with the body of one section replaced by what change makes of it.
func mapSection(module []byte, section byte, change func(body []byte) ([]byte, error)) ([]byte, error) {
	rest, ok := bytes.CutPrefix(module, []byte(header))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrMalformed)
	}
	out := []byte(header)
	in := reader{rest: rest}
	for len(in.rest) > 0 {
		id, body := in.byte(), in.bytes()
		if in.err != nil {
			return nil, in.err
		}
		if id == section {
			changed, err := change(body)
			if err != nil {
				return nil, err
			}
			body = changed
		}
		out = binary.AppendUvarint(append(out, id), uint64(len(body)))
		out = append(out, body...)
	}
	return out, nil
}

// reader takes the parts of a module off its bytes. After the first error all it returns is zero values.
type reader struct {
	rest []byte
	err  error
}

// fail makes the reader useless: it has met something that no module holds.
func (r *reader) fail() {
	r.rest, r.err = nil, fmt.Errorf("%w: it is cut short or garbled", ErrMalformed)
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) number() uint64 {
	n, length := binary.Uvarint(r.rest)
	if length <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[length:]
	return n
}

func (r *reader) bytes() []byte {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}
