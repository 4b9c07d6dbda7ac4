package wrpc

import (
	"errors"
	"fmt"
	"io"
)

// Receiver yields values that may still have to arrive: the chunks of a stream, or the one value of a future. It is used
// by one goroutine at a time; Close may be called from another.
type Receiver[T any] interface {
	// Receive waits for the next value. After the last it returns io.EOF.
	Receive() (T, error)
	// Close discards what has not been received. It may be called repeatedly.
	io.Closer
}

// CompleteReceiver is a Receiver of one value that is there already. Its zero value has none.
type CompleteReceiver[T any] struct {
	v     T
	ready bool
}

// NewCompleteReceiver returns the Receiver of v.
func NewCompleteReceiver[T any](v T) *CompleteReceiver[T] {
	return &CompleteReceiver[T]{v: v, ready: true}
}

// Receive returns the value, and io.EOF from then on.
func (r *CompleteReceiver[T]) Receive() (T, error) {
	v, ready := r.v, r.ready
	*r = CompleteReceiver[T]{}
	if !ready {
		return v, io.EOF
	}
	return v, nil
}

// Close closes the value, if it was not received and can be closed.
func (r *CompleteReceiver[T]) Close() error {
	v, ready := r.v, r.ready
	*r = CompleteReceiver[T]{}
	if c, ok := any(v).(io.Closer); ok && ready {
		return c.Close()
	}
	return nil
}

// DecodeReceiver is a Receiver that decodes each value from a reader.
type DecodeReceiver[T any] struct {
	r      IndexReadCloser
	decode func(IndexReadCloser) (T, error)
}

// NewDecodeReceiver returns the Receiver that reads each value from r by decode, which returns io.EOF after the last.
// Closing it closes r.
func NewDecodeReceiver[T any](r IndexReadCloser, decode func(IndexReadCloser) (T, error)) *DecodeReceiver[T] {
	return &DecodeReceiver[T]{r: r, decode: decode}
}

// Receive decodes the next value.
func (r *DecodeReceiver[T]) Receive() (T, error) { return r.decode(r.r) }

// Close closes the reader.
func (r *DecodeReceiver[T]) Close() error { return r.r.Close() }

type nestedReceiver[T any, A Receiver[B], B Receiver[T]] struct{ rx A }

func (r nestedReceiver[T, A, B]) Receive() (Receiver[T], error) { return r.rx.Receive() }
func (r nestedReceiver[T, A, B]) Close() error                  { return r.rx.Close() }

// NewNestedReceiver returns rx, which yields some type of receivers, as a Receiver of Receivers.
func NewNestedReceiver[T any, A Receiver[B], B Receiver[T]](rx A) Receiver[Receiver[T]] {
	return nestedReceiver[T, A, B]{rx: rx}
}

// streamReceiver reads the chunks of a pending stream.
type streamReceiver[T any] struct {
	r        IndexReadCloser
	elem     func(Decoder) T
	position uint32 // of the next element: what is pending inside it travels below that index
	err      error
}

// Receive returns the elements of the next chunk, at least one.
func (r *streamReceiver[T]) Receive() ([]T, error) {
	if r.err != nil {
		return nil, r.err
	}
	s := newDecodeState(r.r)
	d := s.root()
	n := d.length("stream chunk length")
	chunk := decodeElements(d, n, r.position, r.elem)
	if r.position += uint32(n); uint64(r.position) < uint64(n) && s.err == nil {
		s.err = fmt.Errorf("%w: stream has more than 2^32 elements", ErrTooLarge)
	}
	if r.err = pendingError(s.end()); r.err == nil && n == 0 {
		r.err = io.EOF
	}
	if r.err != nil {
		return nil, r.finish()
	}
	return chunk, nil
}

// finish closes the reader of a stream that has ended; a stream that has ended well is not harmed by that.
func (r *streamReceiver[T]) finish() error {
	if err := r.r.Close(); err != nil && r.err != io.EOF {
		r.err = errors.Join(r.err, err)
	}
	return r.err
}

// Close discards the rest of the stream.
func (r *streamReceiver[T]) Close() error { return r.r.Close() }

// pendingError makes the end of the data an error where the value has not ended.
func pendingError(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// futureReceiver reads the value of a pending future.
type futureReceiver[T any] struct {
	r        IndexReadCloser
	elem     func(Decoder) T
	received bool
	handed   bool // the value goes on in r, which belongs to it now
}

// Receive waits for the value, and returns io.EOF from then on.
func (r *futureReceiver[T]) Receive() (T, error) {
	var none T
	if r.received {
		return none, io.EOF
	}
	r.received = true
	s := newDecodeState(r.r)
	v := r.elem(s.root())
	r.handed = s.tookRoot && s.err == nil
	if s.err == nil && s.base+s.off == 0 && !r.handed {
		s.expectEnd() // a value without bytes is there when its end is
	}
	if err := pendingError(s.end()); err != nil {
		return none, errors.Join(err, r.r.Close())
	}
	if r.handed {
		return v, nil
	}
	return v, r.r.Close()
}

// Close discards the value, unless it was received.
func (r *futureReceiver[T]) Close() error {
	if r.handed {
		return nil
	}
	return r.r.Close()
}

// ByteStreamReader reads the bytes of a pending stream<u8>. It is used by one goroutine at a time.
type ByteStreamReader struct {
	r    ByteReadCloser
	left uint32 // of the current chunk
	err  error
}

// NewByteStreamReader returns the reader of the chunks in r. Closing it closes r.
func NewByteStreamReader(r ByteReadCloser) *ByteStreamReader { return &ByteStreamReader{r: r} }

// Read returns bytes as they come, io.EOF after the last, and io.ErrUnexpectedEOF or the sender's reason when the
// stream was not ended by its sender.
func (r *ByteStreamReader) Read(p []byte) (int, error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	if r.left == 0 {
		if r.left, r.err = readChunkLength(r.r); r.err == nil && r.left == 0 {
			r.err = io.EOF
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	n, err := r.r.Read(p[:min(uint32(min(len(p), 1<<30)), r.left)])
	r.left -= uint32(n)
	r.err = pendingError(err)
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// readChunkLength reads one LEB128 of at most five bytes.
func readChunkLength(r io.ByteReader) (uint32, error) {
	var v uint32
	for shift := uint(0); shift < 35; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, pendingError(err)
		}
		if shift == 28 && b > 0x0f {
			break
		}
		v |= uint32(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%w: stream chunk length does not fit 32 bits", ErrMalformed)
}

// Close discards the rest of the stream.
func (r *ByteStreamReader) Close() error { return r.r.Close() }

// ByteStreamWriter sends the bytes of a reader as a pending stream<u8>.
type ByteStreamWriter struct {
	r io.Reader
}

// NewByteStreamWriter returns the writer of what r yields.
func NewByteStreamWriter(r io.Reader) *ByteStreamWriter { return &ByteStreamWriter{r: r} }

// streamChunk is how many bytes of a stream<u8> are sent at once: large enough that the cost of a message is small
// beside that of its bytes, small enough that streams beside each other share the connection.
const streamChunk = 64 << 10

// WriteTo sends all that the reader yields, each Read as one chunk, and the end of the stream.
func (v *ByteStreamWriter) WriteTo(w ByteWriter) error {
	const room = 5 // a chunk's length takes at most so many bytes; they are put right before its data
	buf := make([]byte, room+streamChunk)
	for {
		n, readErr := v.r.Read(buf[room:])
		if n > 0 {
			start := putChunkLength(buf[:room], uint32(n))
			if _, err := w.Write(buf[start : room+n]); err != nil {
				return fmt.Errorf("send stream chunk: %w", err)
			}
		}
		if readErr == io.EOF {
			return w.WriteByte(0)
		}
		if readErr != nil {
			return fmt.Errorf("read stream to send: %w", readErr)
		}
	}
}

// putChunkLength writes n as LEB128 at the end of buf and returns where it begins.
func putChunkLength(buf []byte, n uint32) int {
	var leb [5]byte
	size := 0
	for ; n >= 0x80; size++ {
		leb[size] = byte(n) | 0x80
		n >>= 7
	}
	leb[size] = byte(n)
	return len(buf) - copy(buf[len(buf)-size-1:], leb[:size+1])
}
