package wrpcnats

import (
	"log/slog"
	"testing"
	"time"
)

// TestOptions has the default, zero, a negative and a good value of each option, and pairs that meet.
func TestOptions(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	for _, test := range []struct {
		name string
		opts []ClientOpt
		get  func(c *config) any
		want any
	}{
		{"timeout default", nil, func(c *config) any { return c.timeout }, DefaultTimeout},
		{"timeout zero", []ClientOpt{WithTimeout(0)}, func(c *config) any { return c.timeout }, DefaultTimeout},
		{"timeout negative", []ClientOpt{WithTimeout(time.Second), WithTimeout(-1)}, func(c *config) any { return c.timeout }, DefaultTimeout},
		{"timeout", []ClientOpt{WithTimeout(time.Second)}, func(c *config) any { return c.timeout }, time.Second},
		{"idle default", []ClientOpt{WithTimeout(time.Minute)}, func(c *config) any { return c.idleTimeout() }, time.Minute},
		{"idle zero", []ClientOpt{WithIdleTimeout(0)}, func(c *config) any { return c.idleTimeout() }, DefaultTimeout},
		{"idle negative", []ClientOpt{WithIdleTimeout(-1)}, func(c *config) any { return c.idleTimeout() }, DefaultTimeout},
		{"idle", []ClientOpt{WithIdleTimeout(time.Hour), WithTimeout(time.Minute)}, func(c *config) any { return c.idleTimeout() }, time.Hour},
		{"in flight default", nil, func(c *config) any { return c.maxInFlight }, DefaultMaxInFlight},
		{"in flight zero", []ClientOpt{WithMaxInFlight(0)}, func(c *config) any { return c.maxInFlight }, DefaultMaxInFlight},
		{"in flight negative", []ClientOpt{WithMaxInFlight(-5)}, func(c *config) any { return c.maxInFlight }, DefaultMaxInFlight},
		{"in flight", []ClientOpt{WithMaxInFlight(5)}, func(c *config) any { return c.maxInFlight }, 5},
		{"value default", nil, func(c *config) any { return c.maxValue }, DefaultMaxValue},
		{"value zero", []ClientOpt{WithMaxValue(0)}, func(c *config) any { return c.maxValue }, DefaultMaxValue},
		{"value negative", []ClientOpt{WithMaxValue(-5)}, func(c *config) any { return c.maxValue }, DefaultMaxValue},
		{"value", []ClientOpt{WithMaxValue(5)}, func(c *config) any { return c.maxValue }, 5},
		{"stream default", nil, func(c *config) any { return c.streamBuffer }, DefaultStreamBuffer},
		{"stream zero", []ClientOpt{WithStreamBuffer(0)}, func(c *config) any { return c.streamBuffer }, DefaultStreamBuffer},
		{"stream negative", []ClientOpt{WithStreamBuffer(-5)}, func(c *config) any { return c.streamBuffer }, DefaultStreamBuffer},
		{"stream", []ClientOpt{WithStreamBuffer(5)}, func(c *config) any { return c.streamBuffer }, 5},
		{"client default", nil, func(c *config) any { return c.clientBuffer }, int64(DefaultClientBuffer)},
		{"client zero", []ClientOpt{WithClientBuffer(0)}, func(c *config) any { return c.clientBuffer }, int64(DefaultClientBuffer)},
		{"client negative", []ClientOpt{WithClientBuffer(-5)}, func(c *config) any { return c.clientBuffer }, int64(DefaultClientBuffer)},
		{"client", []ClientOpt{WithClientBuffer(5)}, func(c *config) any { return c.clientBuffer }, int64(5)},
		{"group default", []ClientOpt{WithPrefix("p")}, func(c *config) any { return c.queueGroup() }, "p"},
		{"group none", []ClientOpt{WithGroup(""), WithPrefix("p")}, func(c *config) any { return c.queueGroup() }, ""},
		{"group", []ClientOpt{WithGroup("g"), WithPrefix("p")}, func(c *config) any { return c.queueGroup() }, "g"},
		{"logger", []ClientOpt{WithLogger(log)}, func(c *config) any { return c.log }, log},
		{"held default", nil, func(c *config) any { return c.held }, false},
		{"held", []ClientOpt{WithHeldServing()}, func(c *config) any { return c.held }, true},
		{"nil option", []ClientOpt{nil}, func(c *config) any { return c.prefix }, ""},
		{"interceptors", []ClientOpt{WithInterceptor(Interceptor{}), WithInterceptor(Interceptor{})}, func(c *config) any { return len(c.interceptors) }, 2},
	} {
		c := defaultConfig().with(test.opts)
		if got := test.get(&c); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	c := defaultConfig().with([]ClientOpt{WithLogger(nil)})
	if c.log == nil {
		t.Error("no logger")
	}
}
