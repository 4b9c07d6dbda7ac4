package wrpcnats

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
)

// peerError is what the text of a Wrpc-Error means.
func peerError(text string) (wrpc.Phase, error) {
	if reason, refused := cutRefused(text); refused {
		return wrpc.PhaseRequest, fmt.Errorf("%w: %s", wrpc.ErrRefused, reason)
	}
	return wrpc.PhaseHandler, &wrpc.HandlerError{Text: text}
}

// publishError translates what nats.go says when a message can't be sent.
func publishError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", wrpc.ErrTooLarge, err)
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		return fmt.Errorf("%w: %w", wrpc.ErrClosed, err)
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionReconnecting), errors.Is(err, nats.ErrDisconnected):
		return fmt.Errorf("%w: %w", wrpc.ErrDisconnected, err)
	default:
		return fmt.Errorf("publish: %w", err)
	}
}
