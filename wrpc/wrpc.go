package wrpc

import (
	"context"
	"io"
)

// Invoker calls functions of a peer. A transport implements it; its implementations are safe for concurrent use.
type Invoker interface {
	// Invoke calls function name of instance with params, the encoded synchronous part of the parameters, which it does
	// not keep after it has returned. The writer carries the asynchronous parameters, each below Index, and ends the
	// params when it is closed; the reader yields the results. The caller closes both. paths names where asynchronous
	// results may be; transports that route by subject prefix ignore it.
	//
	// The context bounds the whole call; the transport's own deadline bounds the time until the root results are in. Errors
	// are *CallError.
	Invoke(ctx context.Context, instance, name string, params []byte, paths ...SubscribePath) (IndexWriteCloser, IndexReadCloser, error)
}

// Server serves functions to peers. A transport implements it; its implementations are safe for concurrent use.
type Server interface {
	// Serve lets f answer the calls of function name of instance, each in a goroutine of its own, until stop is called.
	// stop refuses further calls and returns; it does not wait for the running ones, may be called repeatedly, and
	// returns nil when the connection is already closed. paths names where asynchronous parameters may be.
	Serve(instance, name string, f HandleFunc, paths ...SubscribePath) (stop func() error, err error)
}

// HandleFunc answers one call: it reads the params from the reader, writes the results to the writer, and closes both.
// Indexed readers and writers outlive the root's Close and may be used after the HandleFunc has returned; the context
// and the call end with the last of them.
//
// A HandleFunc that fails ends the results by [CloseWithError].
type HandleFunc func(context.Context, IndexWriteCloser, IndexReadCloser)

// ErrorCloser is implemented by the writers of transports that can tell the peer why a value is not whole.
type ErrorCloser interface {
	// CloseWithError ends the value as failed: what was written before is no result. The error's text travels to the peer
	// as one line, at most 1 KiB of it. A nil error is Close.
	CloseWithError(error) error
}

// CloseWithError ends w with err where its transport carries errors, and closes it otherwise.
func CloseWithError(w io.Closer, err error) error {
	if c, ok := w.(ErrorCloser); ok {
		return c.CloseWithError(err)
	}
	return w.Close()
}

// Index gives access to the asynchronous values below a reader or writer.
type Index[T any] interface {
	// Index returns what belongs to the structural path, relative to the receiver's own: parameter, field, tuple member
	// or element numbers. The empty path is the receiver itself.
	Index(path ...uint32) (T, error)
}

// ByteReader reads bytes singly and in bulk.
type ByteReader interface {
	io.ByteReader
	io.Reader
}

// ByteWriter writes bytes singly and in bulk.
type ByteWriter interface {
	io.ByteWriter
	io.Writer
}

// ByteReadCloser is a ByteReader that its user closes.
type ByteReadCloser interface {
	ByteReader
	io.Closer
}

// BufReadCloser is another name of ByteReadCloser, kept for existing code.
type BufReadCloser = ByteReadCloser

// IndexReader reads the synchronous part of a value; the pending values inside it are read below Index.
type IndexReader interface {
	io.Reader
	io.ByteReader
	Index[IndexReadCloser]
}

// IndexReadCloser is an IndexReader that its user closes. Closing it discards what still comes on its own path and
// leaves the readers below it open.
type IndexReadCloser interface {
	IndexReader
	io.Closer
}

// IndexWriter writes the synchronous part of a value; the pending values inside it are written below Index.
type IndexWriter interface {
	io.Writer
	io.ByteWriter
	Index[IndexWriteCloser]
}

// IndexWriteCloser is an IndexWriter that its user closes. Closing it tells the peer that the value is whole; the
// writers below it stay open.
type IndexWriteCloser interface {
	IndexWriter
	io.Closer
}
