package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/wasmCloud/provider-sdk-go/telemetry/internal/otlp"
)

const (
	exportTimeout = 30 * time.Second // of one export with all its attempts
	firstWait     = time.Second      // between the first two attempts, each later one twice as long
	longestWait   = 10 * time.Second
	userAgent     = "wasmcloud-provider-sdk-go"
)

// sender sends the exports of one signal.
type sender struct {
	collector *collector
	signal    signal
	target    target
}

// export sends a message. It returns when that is done, has failed and been told, or ctx has ended.
func (s *sender) export(ctx context.Context, message proto.Message) {
	s.collector.export(ctx, s.signal, func(ctx context.Context) error {
		body, err := s.target.Body(message)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, exportTimeout)
		defer cancel()
		return s.send(ctx, body)
	})
}

// send tries until the collector takes or refuses the body, or ctx ends.
func (s *sender) send(ctx context.Context, body []byte) error {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		err := s.attempt(ctx, body)
		var answer *otlp.AnswerError
		if err == nil || errors.As(err, &answer) && !answer.Retry {
			return err
		}
		pause := wait/2 + rand.N(wait/2) // so that not all come back at once after an outage
		if answer != nil {
			pause = max(pause, answer.After)
		}
		retry := time.NewTimer(pause)
		select {
		case <-retry.C:
		case <-ctx.Done():
			retry.Stop()
			return err
		}
	}
}

// attempt sends the body once.
func (s *sender) attempt(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.target.timeout)
	defer cancel()
	request, err := s.request(ctx, body)
	if err != nil {
		return err
	}
	ended := s.collector.attempt()
	response, err := s.collector.transport.RoundTrip(request)
	if err == nil {
		err = s.target.ReadAnswer(response)
	}
	var answer *otlp.AnswerError
	switch {
	case err == nil || errors.As(err, &answer) && !answer.Retry:
		ended(answered)
	case errors.Is(ctx.Err(), context.Canceled):
		ended(undecided)
	default:
		ended(unanswered)
	}
	return err
}

func (s *sender) request(ctx context.Context, body []byte) (*http.Request, error) {
	to := *s.target.url
	to.User = nil
	if s.target.GRPC {
		to.Path = s.signal.grpcMethod()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return nil, fmt.Errorf("request to %s: %w", to.Redacted(), err)
	}
	request.ContentLength = int64(len(body))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	setUser(request, s.target.url.User)
	request.Header.Set("User-Agent", userAgent)
	for name, value := range s.target.headers {
		request.Header.Set(name, value)
	}
	s.target.SetHeader(request.Header)
	return request, nil
}

// setUser authenticates with the user that an endpoint names.
func setUser(request *http.Request, user *url.Userinfo) {
	if user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
}

// grpcMethod is the path by which gRPC knows the export of a signal.
func (s signal) grpcMethod() string {
	switch s {
	case traces:
		return "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	case metrics:
		return "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
	default:
		return "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
	}
}
