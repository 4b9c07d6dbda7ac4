package wrpc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// pendingWrite is a stream or future that was announced in a value and is to be sent on its own index path.
type pendingWrite struct {
	path   []uint32 // relative to the value
	write  func(IndexWriteCloser) error
	source io.Closer

	w       IndexWriteCloser // once it is open
	shared  bool             // w belongs to somebody else, who closes it
	openErr error
}

// announce announces a pending value: the byte 0 now, the rest by write.
func (e Encoder) announce(source io.Closer, write func(IndexWriteCloser) error) {
	e.s.buf = append(e.s.buf, 0)
	e.s.pending = append(e.s.pending, pendingWrite{
		path:   slices.Clone(e.s.path[:e.depth]),
		write:  write,
		source: source,
	})
}

// abandon closes what will not be sent.
func (s *encodeState) abandon() {
	for _, p := range s.pending {
		s.fail(p.source.Close())
	}
}

// writePending sends all that is pending in a value that was written to w, side by side, and returns when all is sent.
// self is w where its owner closes it: what goes on in w itself then leaves it open.
func writePending(w IndexWriter, self IndexWriteCloser, pending []pendingWrite) error {
	openPending(w, self, pending)
	return sendPending(pending)
}

// openPending opens the writers of what is pending. A call lasts until the last of them is closed.
func openPending(w IndexWriter, self IndexWriteCloser, pending []pendingWrite) {
	for i := range pending {
		p := &pending[i]
		if p.shared = len(p.path) == 0 && self != nil; p.shared {
			p.w = self
		} else {
			p.w, p.openErr = w.Index(p.path...)
		}
	}
}

// sendPending sends what openPending has opened.
func sendPending(pending []pendingWrite) error {
	if len(pending) == 0 {
		return nil // without what the goroutines would share
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	for _, p := range pending {
		wg.Go(func() {
			if err := p.send(); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// send sends one pending value and closes its source.
func (p pendingWrite) send() (err error) {
	defer func() { err = errors.Join(err, p.source.Close()) }()
	if p.openErr != nil {
		return fmt.Errorf("open pending value %v: %w", p.path, p.openErr)
	}
	err = p.write(p.w)
	if p.shared {
		return err
	}
	if err != nil {
		return errors.Join(fmt.Errorf("pending value %v: %w", p.path, err), CloseWithError(p.w, err))
	}
	return p.w.Close()
}

// writeValue writes one value to w and returns what is pending inside it.
func writeValue(w ByteWriter, encode func(Encoder)) ([]pendingWrite, error) {
	s := newEncodeState()
	defer s.free()
	encode(s.root())
	if s.err == nil {
		_, err := w.Write(s.buf)
		s.fail(err)
	}
	if s.err != nil {
		s.abandon()
		return nil, s.err
	}
	return slices.Clone(s.pending), nil
}

// WriteToIndex writes one value to w and returns what sends its pending values below an index writer, nil when there
// are none. It is what the WriteToIndex methods of generated types call.
func WriteToIndex(w ByteWriter, encode func(Encoder)) (func(IndexWriter) error, error) {
	pending, err := writeValue(w, encode)
	if err != nil || len(pending) == 0 {
		return nil, err
	}
	return func(w IndexWriter) error { return writePending(w, nil, pending) }, nil
}

// EncodeByteStream announces v as a stream<u8>. What it yields is sent as it comes; v is closed when all is sent or
// nobody will read it. It fails when v is nil.
func EncodeByteStream(e Encoder, v io.ReadCloser) {
	if v == nil {
		e.Fail(errors.New("stream is nil"))
		return
	}
	e.announce(v, func(w IndexWriteCloser) error { return NewByteStreamWriter(v).WriteTo(w) })
}

// DecodeByteStream reads a stream<u8>. The reader belongs to the caller, who closes it; it is nil when the decoding has
// failed.
func DecodeByteStream(d Decoder) io.ReadCloser {
	if n := d.length("stream length"); n > 0 {
		return io.NopCloser(bytes.NewReader(d.s.gather("stream<u8>", n)))
	}
	if r := d.pendingReader(); r != nil {
		return NewByteStreamReader(r)
	}
	return nil
}

// pendingReader opens the reader of a pending value on its index path.
func (d Decoder) pendingReader() IndexReadCloser {
	s := d.s
	if s.err != nil {
		return nil
	}
	if s.r == nil {
		s.malformed("a pending stream or future, which needs a transport")
		return nil
	}
	path := slices.Clone(s.path[:d.depth])
	r, err := s.r.Index(path...)
	if err != nil {
		d.Fail(fmt.Errorf("open pending value %v: %w", path, err))
		return nil
	}
	s.tookRoot = s.tookRoot || len(path) == 0
	s.opened = append(s.opened, r)
	return r
}

// EncodeStream announces v as a stream. The chunks that it yields are sent as they come; v is closed when all is sent
// or nobody will read it. It fails when v is nil.
func EncodeStream[T any](e Encoder, v Receiver[[]T], elem func(Encoder, T)) {
	if v == nil {
		e.Fail(errors.New("stream is nil"))
		return
	}
	e.announce(v, func(w IndexWriteCloser) error { return writeStream(w, v, elem) })
}

// DecodeStream reads a stream. The receiver belongs to the caller, who closes it; it is nil when the decoding has
// failed.
func DecodeStream[T any](d Decoder, elem func(Decoder) T) Receiver[[]T] {
	if n := d.length("stream length"); n > 0 {
		return NewCompleteReceiver(decodeElements(d, n, 0, elem))
	}
	if r := d.pendingReader(); r != nil {
		return &streamReceiver[T]{r: r, elem: elem}
	}
	return nil
}

// writeStream sends the chunks of a stream and its end. What is pending inside the elements is sent beside them.
func writeStream[T any](w IndexWriteCloser, v Receiver[[]T], elem func(Encoder, T)) (err error) {
	var (
		nested   nestedWrites
		position uint32
	)
	defer func() { err = errors.Join(err, nested.wait()) }()
	for {
		chunk, err := v.Receive()
		if err == io.EOF {
			return w.WriteByte(0)
		}
		if err != nil {
			return fmt.Errorf("receive stream to send: %w", err)
		}
		if len(chunk) == 0 {
			continue // an empty chunk would end the stream
		}
		if uint64(position)+uint64(len(chunk)) > 1<<32-1 {
			return fmt.Errorf("%w: stream has more than 2^32 elements", ErrTooLarge)
		}
		pending, err := writeValue(w, func(e Encoder) {
			e.length(len(chunk))
			for i, x := range chunk {
				elem(e.At(position+uint32(i)), x)
			}
		})
		if err != nil {
			return fmt.Errorf("send stream chunk: %w", err)
		}
		nested.start(w, pending)
		position += uint32(len(chunk))
	}
}

// nestedWrites sends what is pending inside the elements of a stream while the stream goes on.
type nestedWrites struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

func (n *nestedWrites) start(w IndexWriteCloser, pending []pendingWrite) {
	if len(pending) == 0 {
		return
	}
	n.wg.Go(func() {
		if err := writePending(w, w, pending); err != nil {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.errs = append(n.errs, err)
		}
	})
}

func (n *nestedWrites) wait() error {
	n.wg.Wait()
	return errors.Join(n.errs...)
}

// EncodeFuture announces v as a future. Its value is sent when it is there; v is closed when it is sent or nobody will
// read it. It fails when v is nil.
func EncodeFuture[T any](e Encoder, v Receiver[T], elem func(Encoder, T)) {
	if v == nil {
		e.Fail(errors.New("future is nil"))
		return
	}
	e.announce(v, func(w IndexWriteCloser) error {
		x, err := v.Receive()
		if err != nil {
			return fmt.Errorf("receive future to send: %w", pendingError(err))
		}
		pending, err := writeValue(w, func(e Encoder) { elem(e, x) })
		if err != nil {
			return fmt.Errorf("send future: %w", err)
		}
		return writePending(w, w, pending)
	})
}

// DecodeFuture reads a future. The receiver belongs to the caller, who closes it; it is nil when the decoding has
// failed.
func DecodeFuture[T any](d Decoder, elem func(Decoder) T) Receiver[T] {
	if d.flag("future status") {
		return NewCompleteReceiver(elem(d))
	}
	if r := d.pendingReader(); r != nil {
		return &futureReceiver[T]{r: r, elem: elem}
	}
	return nil
}
