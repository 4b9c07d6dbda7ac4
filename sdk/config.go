package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/nats-io/nats.go"
)

// configuration is the provider's configuration and the author's callback for its changes.
type configuration struct {
	update func(old, new map[string]string) error

	mu      sync.RWMutex
	current map[string]string
	failed  error // of the last update
}

// get returns a copy.
func (c *configuration) get() map[string]string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return maps.Clone(c.current)
}

func (c *configuration) failure() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.failed
}

// set makes next the configuration and tells the author, unless nothing has changed. One goroutine calls it.
func (c *configuration) set(next map[string]string) error {
	c.mu.Lock()
	old := c.current
	if maps.Equal(old, next) && c.failed == nil {
		c.mu.Unlock()
		return nil
	}
	c.current = next
	c.mu.Unlock()
	var err error
	if c.update != nil {
		err = guard(func() error { return c.update(maps.Clone(old), maps.Clone(next)) })
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = err
	return err
}

// parseConfig reads a config update: an object of strings, the whole new configuration.
func parseConfig(data []byte) (map[string]string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, jsonError("", data, err)
	}
	if members == nil {
		return nil, errors.New("want an object, got null")
	}
	f := fields{members: map[string]json.RawMessage{}}
	config := make(map[string]string, len(members)) // bounded by what was parsed
	f.members = members
	for key := range members {
		var value string
		if f.read(key, "a string", &value) {
			config[key] = value
		}
	}
	return config, f.err
}

// updateConfig handles one message.
func (s *state) updateConfig(msg *nats.Msg) {
	config, err := parseConfig(msg.Data)
	if err == nil {
		if err = s.config.set(config); err != nil {
			err = fmt.Errorf("callback: %w", err)
		}
	}
	if err != nil {
		s.log.Error("config update not taken over", append([]any{"reason", err}, stackOf(err)...)...)
	} else {
		s.log.Debug("configuration updated", "keys", len(config))
	}
	s.acknowledge(msg, err)
}
