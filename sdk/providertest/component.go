package providertest

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// Component is a component of the lattice, on a connection of its own: it calls providers and is called by them. It is a
// [wrpc.Server], so that generated ServeInterface functions take it. It is safe for concurrent use.
type Component struct {
	lattice *Lattice
	id      string
	conn    *nats.Conn
	client  *wrpcnats.Client
}

var _ wrpc.Server = (*Component)(nil)

// Component puts a component into the lattice, until the test ends. Which links it has is between the providers and their
// hosts: see [Provider.PutLink].
func (l *Lattice) Component(id string, options ...wrpcnats.ClientOpt) *Component {
	l.tb.Helper()
	conn, err := nats.Connect(l.URL(), nats.Name(id), nats.MaxReconnects(-1))
	if err != nil {
		l.tb.Fatalf("connect component %s: %v", id, err)
	}
	options = append([]wrpcnats.ClientOpt{wrpcnats.WithPrefix(l.name + "." + id)}, options...)
	c := &Component{lattice: l, id: id, conn: conn, client: wrpcnats.NewClient(conn, options...)}
	l.tb.Cleanup(c.close)
	return c
}

// ID returns the component's id in the lattice.
func (c *Component) ID() string { return c.id }

// Client returns a client for the functions of the provider or component with that id, over the link named "default".
func (c *Component) Client(target string) *wrpcnats.Client { return c.ClientOn("default", target) }

// ClientOn returns a client like Client does, over the link of that name.
func (c *Component) ClientOn(linkName, target string) *wrpcnats.Client {
	return c.client.View(
		wrpcnats.WithPrefix(c.lattice.name+"."+target),
		wrpcnats.WithInterceptor(wrpcnats.Interceptor{
			Invoke: func(ctx context.Context, call *wrpcnats.CallInfo) (context.Context, func(error)) {
				call.Header.Set("source-id", c.id)
				call.Header.Set("link-name", linkName)
				return ctx, nil
			},
		}),
	)
}

// Serve lets f answer the calls of a function of the component. It returns when the server knows of it: a provider that
// calls from now on is answered.
func (c *Component) Serve(instance, name string, f wrpc.HandleFunc, paths ...wrpc.SubscribePath) (stop func() error, err error) {
	stop, err = c.client.Serve(instance, name, f, paths...)
	if err != nil {
		return nil, err
	}
	if err := c.conn.FlushTimeout(patience); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// close waits for the calls that the component serves.
func (c *Component) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.client.Stop(ctx); err != nil {
		c.lattice.tb.Errorf("component %s: %v", c.id, err)
	}
	c.conn.Close()
}
