package wrpcnats

import (
	"log/slog"
	"slices"
	"time"
)

// The defaults of the options.
const (
	DefaultTimeout      = 10 * time.Second // see WithTimeout
	DefaultMaxInFlight  = 1024             // see WithMaxInFlight
	DefaultMaxValue     = 64 << 20         // see WithMaxValue
	DefaultStreamBuffer = 16 << 20         // see WithStreamBuffer
	DefaultClientBuffer = 256 << 20        // see WithClientBuffer
)

// ClientOpt is an option of [NewClient] and [Client.View]. Values out of range mean the default.
type ClientOpt func(*config)

// config is what may differ between a Client and its Views, and what NewClient alone reads.
type config struct {
	prefix       string
	group        string
	groupSet     bool
	timeout      time.Duration
	idle         time.Duration // 0: as timeout
	maxValue     int
	streamBuffer int
	log          *slog.Logger
	interceptors []Interceptor

	// Only NewClient reads these: a client and its Views share them.
	maxInFlight  int
	clientBuffer int64
	held         bool
}

func defaultConfig() config {
	return config{
		timeout:      DefaultTimeout,
		maxValue:     DefaultMaxValue,
		streamBuffer: DefaultStreamBuffer,
		log:          slog.New(slog.DiscardHandler),
		maxInFlight:  DefaultMaxInFlight,
		clientBuffer: DefaultClientBuffer,
	}
}

// with returns the configuration after opts; c stays as it is.
func (c config) with(opts []ClientOpt) config {
	c.interceptors = slices.Clip(c.interceptors)
	for _, opt := range opts {
		if opt != nil {
			opt(&c)
		}
	}
	return c
}

// queueGroup is the queue group of subscriptions, empty for none.
func (c *config) queueGroup() string {
	if c.groupSet {
		return c.group
	}
	return c.prefix
}

// idleTimeout is how long a pending value may go without a message.
func (c *config) idleTimeout() time.Duration {
	if c.idle > 0 {
		return c.idle
	}
	return c.timeout
}

// positive returns v, or def when v is out of range.
func positive[T int | int64 | time.Duration](v, def T) T {
	if v > 0 {
		return v
	}
	return def
}

// WithPrefix sets the address below which functions are called and served: <lattice>.<id> on wasmCloud. The default is
// none. A prefix that is no NATS subject makes every Invoke and Serve fail.
func WithPrefix(prefix string) ClientOpt {
	return func(c *config) { c.prefix = prefix }
}

// WithGroup sets the queue group in which functions are served: each call goes to one member. The default is the
// prefix; with an empty group every server answers every call.
func WithGroup(group string) ClientOpt {
	return func(c *config) { c.group, c.groupSet = group, true }
}

// WithTimeout sets the deadline of a call, in both directions, until its root results are in; a context that ends
// earlier ends the call earlier. A call that may take longer, such as one that uploads a stream, is made by a View with
// a longer one. Zero or less means DefaultTimeout.
func WithTimeout(d time.Duration) ClientOpt {
	return func(c *config) { c.timeout = positive(d, DefaultTimeout) }
}

// WithIdleTimeout sets how long a stream or future may go without a message once the call's root results are in. Zero or
// less means the same as WithTimeout.
func WithIdleTimeout(d time.Duration) ClientOpt {
	return func(c *config) { c.idle = max(d, 0) }
}

// WithMaxInFlight sets how many calls are served at once; what comes beyond is refused. Zero or less means
// DefaultMaxInFlight. A client and its Views share one count; in View the option has no effect.
func WithMaxInFlight(n int) ClientOpt {
	return func(c *config) { c.maxInFlight = positive(n, DefaultMaxInFlight) }
}

// WithMaxValue sets how many bytes the synchronous params or results of one call may have. Zero or less means
// DefaultMaxValue.
func WithMaxValue(bytes int) ClientOpt {
	return func(c *config) { c.maxValue = positive(bytes, DefaultMaxValue) }
}

// WithStreamBuffer sets how many bytes of one stream or future may wait for its reader; a stream that gets more ends
// with wrpc.ErrOverflow. Zero or less means DefaultStreamBuffer.
func WithStreamBuffer(bytes int) ClientOpt {
	return func(c *config) { c.streamBuffer = positive(bytes, DefaultStreamBuffer) }
}

// WithClientBuffer sets how many bytes may wait for their readers in all calls together, in both directions; what comes
// beyond ends its value with wrpc.ErrOverflow, and a call to serve is refused. Zero or less means DefaultClientBuffer. A
// client and its Views share one count; in View the option has no effect.
func WithClientBuffer(bytes int) ClientOpt {
	return func(c *config) { c.clientBuffer = positive(int64(bytes), DefaultClientBuffer) }
}

// WithLogger sets where failed handlers, refused calls and unusable messages are logged. The default, and nil, discards.
func WithLogger(log *slog.Logger) ClientOpt {
	return func(c *config) {
		if log == nil {
			log = slog.New(slog.DiscardHandler)
		}
		c.log = log
	}
}

// WithInterceptor adds an interceptor to the calls made and served; the first added is the outermost. In View it comes
// after those of the client.
func WithInterceptor(i Interceptor) ClientOpt {
	return func(c *config) { c.interceptors = append(c.interceptors, i) }
}

// WithHeldServing makes Serve only register its functions until [Client.Start] lets the calls in. In View the option has
// no effect.
func WithHeldServing() ClientOpt {
	return func(c *config) { c.held = true }
}
