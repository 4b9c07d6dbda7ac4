package telemetry

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
)

const (
	dialTimeout  = 10 * time.Second
	idleTimeout  = 90 * time.Second
	redialAtMost = 15 * time.Second // between two tries of gRPC to connect, whose own default are two minutes
	userAgent    = "wasmcloud-provider-sdk-go"
)

// newCollector prepares a connection. Nothing is dialled before something is sent.
func newCollector(e *environment, c connection) (*collector, error) {
	out := &collector{
		connection: c,
		log:        e.log,
		exports:    make(map[uint64]context.CancelFunc),
		attempts:   make(map[uint64]time.Time),
	}
	if c.grpc {
		conn, err := grpc.NewClient(c.host, out.dialOptions(e)...)
		out.conn = conn
		return out, err
	}
	out.http = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout:     idleTimeout,
		ForceAttemptHTTP2:   true,
	}
	if c.secure {
		out.http.TLSClientConfig = e.tlsConfig(c)
	}
	return out, nil
}

func (c *collector) dialOptions(e *environment) []grpc.DialOption {
	creds := insecure.NewCredentials()
	if c.secure {
		creds = credentials.NewTLS(e.tlsConfig(c.connection))
	}
	wait := backoff.DefaultConfig
	wait.MaxDelay = redialAtMost
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithUserAgent(userAgent),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: wait, MinConnectTimeout: dialTimeout}),
		grpc.WithUnaryInterceptor(c.watchGRPC),
	}
	if c.gzip {
		options = append(options, grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)))
	}
	return options
}

// watchGRPC notes how each attempt of an exporter ends.
func (c *collector) watchGRPC(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	ended := c.attempt()
	err := invoke(ctx, method, req, reply, conn, opts...)
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted:
		ended(unanswered)
	case codes.Canceled:
		ended(undecided)
	default:
		ended(answered)
	}
	return err
}

// httpClient is what the exporter of one signal sends with.
func (c *collector) httpClient(t target) *http.Client {
	return &http.Client{Transport: &roundTripper{collector: c, url: t.url}, Timeout: t.timeout}
}

// roundTripper sends each request to url, whatever the exporter made of it together with the variables that it reads,
// and notes how each attempt ends.
type roundTripper struct {
	collector *collector
	url       *url.URL
}

// RoundTrip sends one request.
func (r *roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	ended := r.collector.attempt()
	request = request.Clone(request.Context())
	request.URL, request.Host = r.url, r.url.Host
	if password, ok := r.url.User.Password(); ok {
		request.SetBasicAuth(r.url.User.Username(), password)
	}
	response, err := r.collector.http.RoundTrip(request)
	switch {
	case errors.Is(err, context.Canceled):
		ended(undecided)
	case err != nil || retryLater(response.StatusCode):
		ended(unanswered)
	default:
		ended(answered)
	}
	return response, err
}

// retryLater names the answers after which the exporters wait and try again.
func retryLater(code int) bool {
	switch code {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}
