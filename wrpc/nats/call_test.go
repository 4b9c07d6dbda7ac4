package wrpcnats_test

import (
	"errors"
	"testing"

	"github.com/wrpc/wrpc/go"
)

// wantCallError checks the phase and reason of a call's error.
func wantCallError(t testing.TB, err error, phase wrpc.Phase, reason error) {
	t.Helper()
	var call *wrpc.CallError
	if !errors.As(err, &call) {
		t.Fatalf("%v is no *wrpc.CallError", err)
	}
	if call.Phase != phase || !errors.Is(err, reason) || call.Instance != instance {
		t.Errorf("got %v (phase %s), want phase %s, %v", err, call.Phase, phase, reason)
	}
}
