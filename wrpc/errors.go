package wrpc

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// What can go wrong with a call. Test for one with [errors.Is] on any error of a call; a [*CallError] says where.
var (
	// ErrNoResponders: nobody serves the function at that address. The call was not made; trying again later is safe.
	ErrNoResponders = errors.New("no responders: nobody serves this function there")
	// ErrRefused: the peer is stopping, or has as many calls in flight as it takes. The call was not made.
	ErrRefused = errors.New("refused by the peer")
	// ErrDisconnected: the connection was lost while the call was in flight. Whether it was made is not known.
	ErrDisconnected = errors.New("connection lost during the call")
	// ErrDeadline: the peer did not answer, or did not go on, in time. It matches [context.DeadlineExceeded] too.
	ErrDeadline error = deadlineError{}
	// ErrTooLarge: a value is larger than the limit of the side that reports it.
	ErrTooLarge = errors.New("value exceeds the size limit")
	// ErrMalformed: the peer sent bytes that are no value of the expected type, most often because the two sides were
	// generated from different contracts.
	ErrMalformed = errors.New("malformed value")
	// ErrOverflow: a stream's reader was slower than its sender for longer than the stream's buffer lasts.
	ErrOverflow = errors.New("stream buffer overflow: the reader is too slow")
	// ErrClosed: the reader, writer or client was closed by its own side.
	ErrClosed = errors.New("closed")
)

type deadlineError struct{}

func (deadlineError) Error() string        { return "deadline exceeded" }
func (deadlineError) Timeout() bool        { return true }
func (deadlineError) Is(target error) bool { return target == context.DeadlineExceeded }

// Phase is the step of a call.
type Phase string

// The phases of a call, in their order.
const (
	PhaseParams  Phase = "params"  // encoding or sending the params, or at the server reading them
	PhaseRequest Phase = "request" // until the peer has accepted the call
	PhaseHandler Phase = "handler" // the peer's handler failed
	PhaseResults Phase = "results" // receiving or decoding the results, or at the server sending them
)

// CallError is the error of one call: which, in which phase, and why.
type CallError struct {
	Instance string // WIT instance, for example wasmcloud:example/system-info
	Function string // WIT function, for example request-info
	Phase    Phase
	Err      error // the cause, never nil
}

// Error gives "instance.function: phase: cause".
func (e *CallError) Error() string {
	return e.Instance + "." + e.Function + ": " + string(e.Phase) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error { return e.Err }

// HandlerError is what the peer's handler said about why it failed. The text comes from the network: it is one line of
// at most 1 KiB without control characters, and not to be trusted beyond that.
type HandlerError struct {
	Text string
}

// Error gives the peer's text, quoted where it holds control characters.
func (e *HandlerError) Error() string {
	text := e.Text
	if text == "" {
		text = "the peer ended the results without any and did not say why"
	} else if strings.ContainsFunc(text, unicode.IsControl) {
		text = strconv.Quote(text)
	}
	return "handler failed: " + text
}

// wrapCall puts the call and the phase around err, once: an error that already is a *CallError stays as it is.
func wrapCall(instance, function string, phase Phase, err error) error {
	if err == nil {
		return nil
	}
	var call *CallError
	if errors.As(err, &call) {
		return err
	}
	return &CallError{Instance: instance, Function: function, Phase: phase, Err: err}
}
