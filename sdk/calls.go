package provider

import (
	"context"

	"github.com/nats-io/nats.go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// newClient builds the client that all calls go through. It holds its subscriptions back until the links are applied.
func (s *state) newClient() *wrpcnats.Client {
	address := callPrefix(s.host.LatticeRPCPrefix, s.host.ProviderKey)
	options := []wrpcnats.ClientOpt{
		wrpcnats.WithPrefix(address),
		wrpcnats.WithGroup(address),
		wrpcnats.WithTimeout(s.host.rpcTimeout()),
		wrpcnats.WithMaxInFlight(s.settings.maxInFlight),
		wrpcnats.WithLogger(s.log),
		wrpcnats.WithHeldServing(),
		wrpcnats.WithInterceptor(wrpcnats.Interceptor{Serve: s.attachLink, Invoke: s.signCall}),
	}
	for _, interceptor := range s.settings.interceptors {
		options = append(options, wrpcnats.WithInterceptor(interceptor))
	}
	return wrpcnats.NewClient(s.conn, options...)
}

// attachLink gives a call in the link that it came in on, after a change of that link that is under way.
func (s *state) attachLink(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
	namespace, pkg := witPackage(call.Instance)
	link := s.links.await(ctx, linkKey{
		source:    call.Header.Get(headerSourceID),
		target:    s.host.ProviderKey,
		name:      orDefault(call.Header.Get(headerLinkName), defaultLinkName),
		namespace: namespace,
		pkg:       pkg,
	})
	if link != nil {
		ctx = context.WithValue(ctx, linkContextKey{}, link)
	}
	return ctx, nil
}

// signCall sets the headers by which the lattice knows the caller, and passes the trace context on of the call being
// served.
func (s *state) signCall(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
	call.Header.Set(headerSourceID, s.host.ProviderKey)
	call.Header.Set(headerTargetID, calledID(s.host.LatticeRPCPrefix, call.Prefix))
	if incoming, ok := wrpcnats.HeaderFromContext(ctx); ok && incoming.Get(headerTraceParent) != "" {
		passOn(call.Header, incoming, headerTraceParent)
		passOn(call.Header, incoming, headerTraceState)
	}
	return ctx, nil
}

// passOn makes a header what it is in incoming, absent if it is absent there.
func passOn(outgoing, incoming nats.Header, name string) {
	if value := incoming.Get(name); value != "" {
		outgoing.Set(name, value)
		return
	}
	outgoing.Del(name)
}
