package wrpc

import "encoding/binary"

func (e Encoder) uleb(v uint64) { e.s.buf = binary.AppendUvarint(e.s.buf, v) }

func (e Encoder) sleb(v int64) {
	buf := e.s.buf
	for v < -64 || v > 63 {
		buf = append(buf, byte(v)|0x80)
		v >>= 7
	}
	e.s.buf = append(buf, byte(v)&0x7f)
}

func (d Decoder) uleb(what string, bits uint) uint64 {
	s := d.s
	if s.off < len(s.buf) && s.buf[s.off] < 0x80 && s.err == nil && bits > 7 { // most numbers are small
		s.off++
		return uint64(s.buf[s.off-1])
	}
	var v uint64
	for shift := uint(0); shift < bits; shift += 7 {
		b := s.readByte(what)
		if s.err != nil {
			return 0
		}
		if left := bits - shift; left < 7 && b>>left != 0 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	s.malformed("%s does not fit %d bits", what, bits)
	return 0
}

func (d Decoder) sleb(what string, bits uint) int64 {
	s := d.s
	var v int64
	for shift := uint(0); shift < bits; shift += 7 {
		b := s.readByte(what)
		if s.err != nil {
			return 0
		}
		if left := bits - shift; left < 7 {
			// The bits beyond the type must repeat its sign.
			if top := int8(b<<1) >> left; b >= 0x80 || (top != 0 && top != -1) {
				break
			}
		}
		v |= int64(b&0x7f) << shift
		if b < 0x80 {
			if shift+7 < 64 && b&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	s.malformed("%s does not fit %d bits", what, bits)
	return 0
}

// WriteUint32 writes v as unsigned LEB128 and returns how many bytes that took.
func WriteUint32(v uint32, w ByteWriter) (int, error) {
	var buf [binary.MaxVarintLen32]byte
	return w.Write(binary.AppendUvarint(buf[:0], uint64(v)))
}
