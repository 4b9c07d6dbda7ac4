package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// The first connection is tried for a bounded time, so that a wrong address shows; later ones for ever.
const (
	connectTries  = 6
	connectBudget = 10 * time.Second
	dialTimeout   = 2 * time.Second

	backoffFirst = 100 * time.Millisecond
	backoffMax   = 5 * time.Second

	// A peer that vanished without a word is noticed within two of these.
	pingInterval = 20 * time.Second
)

// connect opens the connection to the lattice. closed runs when it has been closed, for whatever reason.
func connect(ctx context.Context, host *HostData, roots *x509.CertPool, log *slog.Logger, closed func()) (*nats.Conn, error) {
	addresses, err := host.addresses()
	if err != nil {
		return nil, &HostDataError{Field: "lattice_rpc_url", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, connectBudget)
	defer cancel()
	servers := strings.Join(addresses, ",")
	options := connectOptions(host, roots, log, closed)
	var last error
	for try := 1; ; try++ {
		conn, err := nats.Connect(servers, options...)
		if err == nil {
			log.Info("connected to NATS", "server", conn.ConnectedUrlRedacted())
			return conn, nil
		}
		last = err
		if try == connectTries || !worthRetrying(err) {
			return nil, connectError(servers, try, last)
		}
		log.Warn("no connection to NATS yet, trying again", "servers", redactURL(servers), "try", try, "of", connectTries, "reason", err)
		if !wait(ctx, backoff(try+1)) {
			return nil, connectError(servers, try, last)
		}
	}
}

// worthRetrying tells what may pass from what the server has decided.
func worthRetrying(err error) bool {
	for _, final := range []error{nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired, nats.ErrNkeysNotSupported} {
		if errors.Is(err, final) {
			return false
		}
	}
	return true
}

func connectError(servers string, tries int, cause error) error {
	hint := "is a server listening there? lattice_rpc_url in the host data says where to look"
	if !worthRetrying(cause) {
		hint = "the server refuses lattice_rpc_user_jwt and its seed"
	}
	return fmt.Errorf("%w at %s, tries %d: %w (%s)", ErrConnect, redactURL(servers), tries, cause, hint)
}

func connectOptions(host *HostData, roots *x509.CertPool, log *slog.Logger, closed func()) []nats.Option {
	options := []nats.Option{
		nats.Name(host.ProviderKey),
		nats.Timeout(dialTimeout),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(2),
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(backoff),
		nats.DisconnectErrHandler(func(conn *nats.Conn, err error) {
			if !conn.IsClosed() {
				log.Warn("connection to NATS lost, reconnecting", "reason", err)
			}
		}),
		nats.ReconnectHandler(func(conn *nats.Conn) {
			log.Info("connected to NATS again", "server", conn.ConnectedUrlRedacted())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub != nil {
				log.Error("subscription disturbed", "subject", sub.Subject, "reason", err)
				return
			}
			log.Error("connection to NATS disturbed", "reason", err)
		}),
		nats.ClosedHandler(func(*nats.Conn) { closed() }),
	}
	if host.LatticeRPCUserJWT != "" && host.LatticeRPCUserSeed != "" {
		options = append(options, nats.UserJWTAndSeed(host.LatticeRPCUserJWT, host.LatticeRPCUserSeed))
	}
	if roots != nil {
		options = append(options, trust(roots))
	}
	return options
}

// trust adds authorities for servers that ask for TLS. nats.RootCAs would insist on TLS, and with it fail on a plain
// server of a developer's machine.
func trust(roots *x509.CertPool) nats.Option {
	return func(o *nats.Options) error {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
		return nil
	}
}

// backoff is how long to wait before the given try, counted from 1: twice as long each time up to a bound, and by chance
// up to half of it less, so that the providers of a lattice do not come back all at once.
func backoff(try int) time.Duration {
	delay := backoffFirst
	for range min(max(try, 1)-1, 10) {
		delay = min(2*delay, backoffMax)
	}
	return delay/2 + rand.N(delay/2)
}

// wait waits for the delay, and returns false when the context ends first.
func wait(ctx context.Context, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
