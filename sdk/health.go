package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// healthTimeout is how long the author's check may take. A check that has not returned by then makes the provider
// unhealthy at once, and is not called again before it has.
const healthTimeout = time.Second

// healthyMessage is the answer of a provider without a check of its own.
const healthyMessage = "provider healthy"

// HealthCheckResponse is the answer to the host's health check.
type HealthCheckResponse struct {
	Healthy bool   `json:"healthy"`
	Message string `json:"message"`
}

// healthCheck is the author's check; its text is shown to the host, and an error makes the provider unhealthy.
type healthCheck func(context.Context) (string, error)

// checker calls the author's check, never twice at once.
type checker struct {
	check   healthCheck
	running chan checkOutcome // of a check that has not returned in time; nil when there is none
	since   time.Time
}

type checkOutcome struct {
	message string
	err     error
}

// run calls the check, or looks at the one that hangs. It gives up when stop is closed. One goroutine uses a checker.
func (c *checker) run(stop <-chan struct{}) (string, error) {
	if c.check == nil {
		return healthyMessage, nil
	}
	patience := healthTimeout
	if c.running == nil {
		c.start()
	} else {
		patience = time.Millisecond
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case o := <-c.running:
		c.running = nil
		return o.message, o.err
	case <-stop:
		return "", errStopping
	case <-timer.C:
		return "", fmt.Errorf("the health check has not returned for %v", time.Since(c.since).Round(time.Millisecond))
	}
}

// start begins a check. The channel has room for the outcome, so that the goroutine ends with the author's function.
func (c *checker) start() {
	c.running, c.since = make(chan checkOutcome, 1), time.Now()
	go func(done chan<- checkOutcome) {
		ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
		defer cancel()
		var o checkOutcome
		o.err = guard(func() (err error) {
			o.message, err = c.check(ctx)
			return err
		})
		done <- o
	}(c.running)
}

// answerHealth answers the host. It is asked while everything else may be busy or stuck, and waits for none of it.
func (s *state) answerHealth(checker *checker, msg *nats.Msg) {
	response := s.health(checker)
	data, err := json.Marshal(response)
	if err != nil { // strings and a bool always marshal
		return
	}
	reply(msg, s.log, data)
}

// starting tells whether the links of the host data are still being applied. A start that goes well is over in no time:
// within its first second it is waited for, so that nobody takes a provider for unhealthy that has only just begun.
func (s *state) starting() bool {
	timer := time.NewTimer(healthTimeout - time.Since(s.began))
	defer timer.Stop()
	select {
	case <-s.open:
		return false
	case <-s.life.stopping:
		return false
	case <-timer.C:
	}
	select {
	case <-s.open:
		return false
	default:
		return true
	}
}

func (s *state) health(checker *checker) HealthCheckResponse {
	if s.starting() {
		return HealthCheckResponse{Message: "starting: the links of the host data are being applied"}
	}
	if s.life.isStopping() {
		return HealthCheckResponse{Message: errStopping.Error()}
	}
	message, err := checker.run(s.life.stopping)
	var reasons []string
	if err != nil {
		reasons = append(reasons, healthText(message, err))
		if p, ok := errors.AsType[*panicError](err); ok {
			s.log.Error("the health check panicked", "reason", err, "stack", string(p.stack))
		}
	}
	if failures := s.links.failures(); failures != "" {
		reasons = append(reasons, failures)
	}
	if err := s.config.failure(); err != nil {
		reasons = append(reasons, "config update: "+err.Error())
	}
	if len(reasons) > 0 {
		return HealthCheckResponse{Message: strings.Join(reasons, "; ")}
	}
	return HealthCheckResponse{Healthy: true, Message: message}
}

// healthText joins what a failing check returned.
func healthText(message string, err error) string {
	if message == "" {
		return err.Error()
	}
	return message + ": " + err.Error()
}
