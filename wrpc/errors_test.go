package wrpc_test

import (
	"errors"
	"testing"

	"github.com/wrpc/wrpc/go"
)

func TestHandlerErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"no such bucket", "handler failed: no such bucket"},
		{`no bucket "x"`, `handler failed: no bucket "x"`},
		{"", "handler failed: the peer ended the results without any and did not say why"},
		{"one\ntwo\x1b[31m", `handler failed: "one\ntwo\x1b[31m"`},
		{"naïve 🐚", "handler failed: naïve 🐚"},
	}
	for _, tt := range tests {
		if got := (&wrpc.HandlerError{Text: tt.text}).Error(); got != tt.want {
			t.Errorf("text %q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestCloseWithError(t *testing.T) {
	t.Parallel()
	var w errorCloser
	cause := errors.New("cause")
	if err := wrpc.CloseWithError(&w, cause); err != nil || w.err != cause {
		t.Errorf("returned %v, the writer got %v", err, w.err)
	}
	var plain closer
	if err := wrpc.CloseWithError(&plain, cause); err != nil || !plain.closed {
		t.Errorf("returned %v, closed %v", err, plain.closed)
	}
}

type closer struct{ closed bool }

func (c *closer) Close() error { c.closed = true; return nil }

type errorCloser struct {
	closer
	err error
}

func (c *errorCloser) CloseWithError(err error) error { c.err = err; return nil }

func TestSubscribePath(t *testing.T) {
	t.Parallel()
	root := wrpc.NewSubscribePath()
	if _, ok := root.Parent(); ok {
		t.Error("the root has a parent")
	}
	stem := root.Index(1)
	a, b := stem.Index(2), stem.Wildcard()
	if *a[0] != 1 || *a[1] != 2 || b[1] != nil || len(stem) != 1 {
		t.Errorf("stem %v, a %v, b %v", stem, a, b)
	}
	if parent, ok := a.Parent(); !ok || len(parent) != 1 || *parent[0] != 1 {
		t.Errorf("parent %v, %v", parent, ok)
	}
}
