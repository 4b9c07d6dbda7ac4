package provider

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var (
	// ErrOption: an option given to [New] is out of range, or excludes another one that was given. The text names both.
	ErrOption = errors.New("invalid option")
	// ErrConnect: the first connection to the lattice's NATS server did not come about. The cause is wrapped.
	ErrConnect = errors.New("connect to NATS")
	// ErrConnectionClosed: NATS closed the connection for good, for example because the credentials have expired. The
	// process should end with a code other than zero: the host then starts it again with fresh host data.
	ErrConnectionClosed = errors.New("the NATS connection was closed for good")
	// ErrStarted: Run or Start was called a second time.
	ErrStarted = errors.New("the provider has been started already")
)

// HostDataError tells what is wrong with the host data. It never quotes what it read, which may hold secrets.
type HostDataError struct {
	Field string // path of the field, for example "link_definitions[2].source_id"; empty when no single field is to blame
	Err   error  // what is wrong, never nil
}

// Error gives "host data: field: cause".
func (e *HostDataError) Error() string {
	if e.Field == "" {
		return "host data: " + e.Err.Error()
	}
	return "host data: " + e.Field + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *HostDataError) Unwrap() error { return e.Err }

// hostDataError puts err, which came up while the host data was read, into its public form.
func hostDataError(err error) error {
	if f, ok := errors.AsType[*fieldError](err); ok {
		return &HostDataError{Field: f.field, Err: f.err}
	}
	return &HostDataError{Err: err}
}

// fieldError tells what is wrong with one field of any JSON text. It never quotes the text.
type fieldError struct {
	field string // empty when the whole text is to blame
	err   error
}

func (e *fieldError) Error() string {
	if e.field == "" {
		return e.err.Error()
	}
	return e.field + ": " + e.err.Error()
}

func (e *fieldError) Unwrap() error { return e.err }

// panicError is what a callback's panic becomes. Its text is one line; the stack goes to the log.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// guard runs one of the author's callbacks and turns its panic into an error.
func guard(callback func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value: value, stack: debug.Stack()}
		}
	}()
	return callback()
}

// stackOf returns the log attributes that go with err: the stack when it was a panic.
func stackOf(err error) []any {
	if p, ok := errors.AsType[*panicError](err); ok {
		return []any{"stack", string(p.stack)}
	}
	return nil
}
