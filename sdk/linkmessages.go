package provider

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// applyHostLinks puts the links of the host data ahead of those that have arrived since.
func (s *state) applyHostLinks(ctx context.Context, applied chan<- struct{}) {
	var left atomic.Int64
	left.Store(int64(len(s.start.links)) + 1)
	finish := func() {
		if left.Add(-1) == 0 {
			close(applied)
		}
	}
	for _, link := range s.start.links {
		s.links.put(ctx, link, func(err error) {
			s.reportLink("put", link.definition.key(), err)
			finish()
		})
	}
	finish()
}

// controlAnswer is what a control message is answered with when it asks for an answer; health and shutdown apart.
type controlAnswer struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

func (s *state) acknowledge(msg *nats.Msg, err error) {
	answer := controlAnswer{Success: err == nil}
	if err != nil {
		answer.Message = err.Error()
	}
	if data, err := json.Marshal(answer); err == nil {
		reply(msg, s.log, data)
	}
}

// handleLink takes a put or a deletion.
func (s *state) handleLink(ctx context.Context, msg *nats.Msg) {
	change := "put"
	var err error
	if msg.Subject == s.topics.LatticeLinkDel {
		change, err = "delete", s.handleDelete(ctx, msg)
	} else {
		err = s.handlePut(ctx, msg)
	}
	if err != nil {
		s.log.Warn("link message ignored", "change", change, "bytes", len(msg.Data), "reason", err)
		s.acknowledge(msg, err)
	}
}

func (s *state) handlePut(ctx context.Context, msg *nats.Msg) error {
	link, err := parseLink("", msg.Data)
	if err != nil {
		return err
	}
	link.open(s.host.ProviderKey, s.start.box)
	s.links.put(ctx, link, func(err error) {
		s.reportLink("put", link.definition.key(), err)
		s.acknowledge(msg, err)
	})
	return nil
}

func (s *state) handleDelete(ctx context.Context, msg *nats.Msg) error {
	key, err := parseIdentity(msg.Data)
	if err != nil {
		return err
	}
	s.links.delete(ctx, key, func(err error) {
		s.reportLink("delete", key, err)
		s.acknowledge(msg, err)
	})
	return nil
}

// reportLink logs what became of a change.
func (s *state) reportLink(change string, key linkKey, err error) {
	attrs := []any{"change", change, "link", shorten(key.String())}
	switch {
	case err == nil:
		s.log.Debug("link changed", attrs...)
	case errors.Is(err, errNeither), errors.Is(err, errNotLinked):
		s.log.Warn("link message ignored", append(attrs, "reason", err)...)
	default:
		s.log.Error("link failed", append(append(attrs, "reason", err), stackOf(err)...)...)
	}
}
