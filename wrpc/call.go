package wrpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// SupportsBindingsV1 is what generated code refers to, so that code of a later generator does not compile against a
// runtime that lacks what it needs.
const SupportsBindingsV1 = true

// Call calls a function whose params hold no streams or futures. params writes the params, each at its index; results
// reads the results at index 0. Either is nil when there is nothing to write or read. Streams and futures in the results
// outlive the call; their user closes them. Errors are *CallError.
func Call(ctx context.Context, inv Invoker, instance, function string, params func(Encoder), results func(Decoder)) error {
	writeErrs, err := callFunction(ctx, inv, instance, function, params, results)
	if err != nil || writeErrs == nil {
		return err
	}
	return wrapCall(instance, function, PhaseParams, <-writeErrs)
}

// CallAsync is Call for a function whose params hold streams or futures. They are sent in the background, also while
// the results are read: writeErrs yields what went wrong with that, and is closed when all is sent. It need not be read.
// It is closed, too, when err is not nil.
func CallAsync(ctx context.Context, inv Invoker, instance, function string, params func(Encoder), results func(Decoder)) (writeErrs <-chan error, err error) {
	writeErrs, err = callFunction(ctx, inv, instance, function, params, results)
	if writeErrs == nil {
		closed := make(chan error)
		close(closed)
		writeErrs = closed
	}
	return writeErrs, err
}

// callFunction is CallAsync, except that writeErrs is nil when nothing is sent in the background.
func callFunction(ctx context.Context, inv Invoker, instance, function string, params func(Encoder), results func(Decoder)) (writeErrs <-chan error, err error) {
	r, pending, writeErrs, err := startCall(ctx, inv, instance, function, params)
	if err != nil {
		return nil, wrapCall(instance, function, PhaseParams, err)
	}
	if err = readResults(r, results); err != nil {
		for _, p := range pending { // nobody reads them any more
			err = errors.Join(err, p.source.Close())
		}
	}
	return writeErrs, wrapCall(instance, function, PhaseResults, err)
}

// startCall makes the call and begins to send what is pending in its params; writeErrs is nil when there is nothing.
func startCall(ctx context.Context, inv Invoker, instance, function string, params func(Encoder)) (r IndexReadCloser, pending []pendingWrite, writeErrs <-chan error, err error) {
	s := newEncodeState()
	defer s.free()
	if params != nil {
		params(s.root())
	}
	var w IndexWriteCloser
	if s.err == nil {
		w, r, err = inv.Invoke(ctx, instance, function, s.buf)
		s.fail(err)
	}
	if s.err != nil {
		s.abandon()
		return nil, nil, nil, s.err
	}
	if len(s.pending) == 0 {
		return r, nil, nil, closeParams(w, r)
	}
	errs := make(chan error, 1)
	pending = slices.Clone(s.pending)
	openPending(w, nil, pending) // now, so that the call does not end before all is sent
	// It ends with the call, at its deadline at the latest; whoever reads errs waits for it.
	go func() {
		defer close(errs)
		if err := errors.Join(w.Close(), sendPending(pending)); err != nil {
			errs <- wrapCall(instance, function, PhaseParams, err)
		}
	}()
	return r, pending, errs, nil
}

// closeParams ends the params; when that is impossible nobody will read the results.
func closeParams(w, r io.Closer) error {
	if err := w.Close(); err != nil {
		return errors.Join(err, r.Close())
	}
	return nil
}

// readResults reads the results and their end, where the peer may say that it has failed, whatever came before.
// When something is pending in them, that goes on after their end, and so does the call: it is not waited for.
func readResults(r IndexReadCloser, results func(Decoder)) (err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	s := newDecodeState(r)
	if results != nil {
		results(s.root())
	}
	if s.err == io.EOF {
		s.err = &HandlerError{} // the end of the results without results
	}
	pending := len(s.opened) > 0
	if s.err == nil && !pending {
		s.expectEnd()
	}
	return s.end()
}

// expectEnd reads the end of a value.
func (s *decodeState) expectEnd() {
	if s.off == len(s.buf) {
		if err := s.refill(1); err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				s.err = err
			}
			return
		}
	}
	s.malformed("end of the results, but more follows")
}

// Func is one function that [ServeFuncs] serves.
type Func struct {
	// Name is the function's name in WIT; a method or static function is resource.name, a constructor the resource.
	Name string
	// Handle reads its params, each at its index, and writes its results at index 0. Results are sent when it has
	// returned nil. The text of an error that it returns travels to the caller.
	Handle func(ctx context.Context, params Decoder, results Encoder) error
}

// ServeFuncs serves functions of an instance until stop is called. When one can't be served, none is. It is what the
// ServeInterface functions of generated code call.
func ServeFuncs(s Server, instance string, funcs ...Func) (stop func() error, err error) {
	stops := make([]func() error, 0, len(funcs))
	for _, f := range funcs {
		stop, err := s.Serve(instance, f.Name, f.serve)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("serve %s.%s: %w", instance, f.Name, err), StopAll(stops...)())
		}
		stops = append(stops, stop)
	}
	return StopAll(stops...), nil
}

// StopAll returns a function that calls all of stops, in order, whatever they return, and joins their errors.
func StopAll(stops ...func() error) func() error {
	return func() error {
		var errs []error
		for _, stop := range stops {
			errs = append(errs, stop())
		}
		return errors.Join(errs...)
	}
}

// serve answers one call.
func (f Func) serve(ctx context.Context, w IndexWriteCloser, r IndexReadCloser) {
	results := newEncodeState()
	defer results.free()
	err := f.answer(ctx, r, results)
	if err == nil && len(results.buf) > 0 {
		_, err = w.Write(results.buf)
	}
	if err != nil {
		results.abandon()
		// What can't be sent the peer learns from its deadline; the transport logs it.
		_ = CloseWithError(w, err)
		return
	}
	if err := w.Close(); err != nil {
		results.abandon()
		return
	}
	// An error here has been told to the peer where it reads the pending value.
	_ = writePending(w, nil, results.pending)
}

// answer reads the params, and lets the handler write the results.
func (f Func) answer(ctx context.Context, r IndexReadCloser, results *encodeState) (err error) {
	params := newDecodeState(r)
	handleErr := f.Handle(ctx, params.root(), results.root())
	malformed := params.err != nil
	params.root().Fail(handleErr) // the streams among the params have no reader then
	err = params.end()
	closeErr := r.Close()
	switch {
	case malformed:
		return fmt.Errorf("params: %w", pendingError(err))
	case err != nil:
		return err
	case results.err != nil:
		return fmt.Errorf("results: %w", results.err)
	default:
		return closeErr
	}
}
