package provider

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// WasmcloudProvider is a provider on its lattice. All its methods are safe for concurrent use; the fields are set by
// [New] and not to be changed afterwards.
type WasmcloudProvider struct {
	// ID is the provider's id in the lattice.
	ID string
	// Logger writes to stderr in the form and at the level that the host asked for.
	Logger *slog.Logger
	// Topics are the control subjects that the provider listens on.
	Topics Topics
	// RPCClient serves the provider's functions. What is served before Run or Start is let in when the links of the host
	// data have been applied.
	RPCClient *wrpcnats.Client

	// What stands behind it holds secrets. A function prints as an address, whatever the verb; a pointer to a struct would
	// be followed when the verb does not fit.
	state func() *state
}

// state is what stands behind a provider.
type state struct {
	host     HostData // Config apart, which is in config
	start    *startData
	settings settings
	log      *slog.Logger
	conn     *nats.Conn
	closed   chan struct{} // closed when conn is
	client   *wrpcnats.Client
	topics   Topics
	control  *control
	links    *links
	config   *configuration
	life     *life
	began    time.Time     // when Run was called
	open     chan struct{} // closed when calls are let in

	linkBox, configBox, healthBox, shutdownBox *mailbox

	stopWork     chan struct{}  // ends the workers that run callbacks
	work         sync.WaitGroup // waits for them
	endCallbacks func()         // ends the context of the callbacks
	stopControl  chan struct{}  // ends the workers that answer health and shutdown
	answering    sync.WaitGroup // waits for them
}

// New makes a provider from the host data on stdin, which it reads to the end of the first whole JSON object. It applies
// the options, connects and subscribes to the control subjects, but runs no callback of a link or of a call before
// [WasmcloudProvider.Run] or [WasmcloudProvider.Start].
//
// It returns a [*HostDataError] when the host data cannot be used, [ErrOption] for an option, and [ErrConnect] when no
// server answers within some ten seconds.
func New(options ...ProviderHandler) (*WasmcloudProvider, error) {
	return NewWithHostDataSource(os.Stdin, options...)
}

// NewWithHostDataSource is [New] with the host data from source.
func NewWithHostDataSource(source io.Reader, options ...ProviderHandler) (*WasmcloudProvider, error) {
	return NewWithContext(context.Background(), source, options...)
}

// NewWithContext is [NewWithHostDataSource] that gives up when ctx ends, so that a provider waiting for its host data or
// for a server can be interrupted. ctx has no meaning for the provider that it returns. A Read of the source that is
// under way when ctx ends goes on in the background until it returns.
func NewWithContext(ctx context.Context, source io.Reader, options ...ProviderHandler) (*WasmcloudProvider, error) {
	data, err := readHostData(ctx, source)
	if err != nil {
		return nil, hostDataError(err)
	}
	start, err := parseHostData(data)
	if err != nil {
		return nil, err
	}
	p := newProvider(start)
	err = p.configure(options)
	if err == nil {
		err = p.connect(ctx)
	}
	if err != nil {
		p.state().abandon()
		return nil, err
	}
	return p, nil
}

// newProvider is a provider without options and connection.
func newProvider(start *startData) *WasmcloudProvider {
	s := &state{
		host:         start.host,
		start:        start,
		settings:     defaultSettings(),
		closed:       make(chan struct{}),
		config:       &configuration{current: start.host.Config},
		life:         newLife(),
		linkBox:      newMailbox(),
		configBox:    newMailbox(),
		healthBox:    newMailbox(),
		shutdownBox:  newMailbox(),
		open:         make(chan struct{}),
		stopWork:     make(chan struct{}),
		stopControl:  make(chan struct{}),
		endCallbacks: func() {},
	}
	var linkKey string
	if start.box != nil {
		linkKey = start.box.public
	}
	return &WasmcloudProvider{
		ID:     s.host.ProviderKey,
		Logger: slog.New(newLogHandler(s.settings.logOutput, &s.host)),
		Topics: NewTopics(s.host.LatticeRPCPrefix, s.host.ProviderKey, linkKey),
		state:  func() *state { return s },
	}
}

// configure applies the options.
func (p *WasmcloudProvider) configure(options []ProviderHandler) error {
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option(p); err != nil {
			return err
		}
	}
	s := p.state()
	handler := p.Logger.Handler()
	for _, wrap := range s.settings.logWrappers {
		handler = wrap(handler)
	}
	p.Logger = slog.New(handler)
	s.log = p.Logger
	for _, warning := range s.start.warnings {
		s.log.Warn("host data: " + warning)
	}
	s.links = newLinks(p.ID, s.log, s.settings.callbacks)
	s.config.update = s.settings.configUpdate
	return nil
}

// connect connects, and subscribes to the control subjects. What arrives from now on waits for Run.
func (p *WasmcloudProvider) connect(ctx context.Context) error {
	s := p.state()
	conn, err := connect(ctx, &s.host, s.settings.roots, s.log, sync.OnceFunc(func() { close(s.closed) }))
	if err != nil {
		return err
	}
	s.conn, s.topics = conn, p.Topics
	s.control = newControl(conn, s.log, map[string]*mailbox{
		p.Topics.LatticeLinkPut:      s.linkBox,
		p.Topics.LatticeLinkDel:      s.linkBox,
		p.Topics.LatticeConfigUpdate: s.configBox,
		p.Topics.LatticeHealth:       s.healthBox,
		p.Topics.LatticeShutdown:     s.shutdownBox,
	})
	if err := s.control.open(); err != nil {
		return err
	}
	s.client = s.newClient()
	p.RPCClient = s.client
	return nil
}

// closedError tells why the connection was closed.
func (s *state) closedError() error {
	if reason := s.conn.LastError(); reason != nil {
		return fmt.Errorf("%w: %w", ErrConnectionClosed, reason)
	}
	return ErrConnectionClosed
}

// abandon undoes the first half of a New that fails in the second.
func (s *state) abandon() {
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	s.flush(ctx)
	if s.conn != nil {
		s.close()
	}
}

// HostData returns a copy of the host data, with the current configuration.
func (p *WasmcloudProvider) HostData() HostData {
	host := p.state().host.clone()
	host.Config = p.state().config.get()
	return host
}

// NatsConnection returns the connection to the lattice. The provider closes it when it stops, and needs the handlers that
// are set on it.
func (p *WasmcloudProvider) NatsConnection() *nats.Conn { return p.state().conn }

// OutgoingRpcClient returns a client for the functions of target, a component or provider of the lattice. It is a cheap
// view of the one client of this provider. Its calls carry the provider's own source-id, the target-id, and the trace
// context of the call that the context belongs to. The deadline of a call is the host data's, unless its context ends
// earlier.
func (p *WasmcloudProvider) OutgoingRpcClient(target string) *wrpcnats.Client {
	return p.RPCClient.View(wrpcnats.WithPrefix(callPrefix(p.state().host.LatticeRPCPrefix, target)))
}

// Start is [WasmcloudProvider.Run] until the host or [WasmcloudProvider.Shutdown] stops the provider.
func (p *WasmcloudProvider) Start() error { return p.Run(context.Background()) }

// Run is the whole life of the provider: it applies the links of the host data, lets the calls in, and returns after a
// stop, asked for by the host, by the end of ctx or by [WasmcloudProvider.Shutdown]. It returns nil after a proper stop,
// what the [Shutdown] hook returned, or [ErrConnectionClosed] when the connection is gone for good. It can be called
// once; after a Shutdown that came before, it returns like that.
func (p *WasmcloudProvider) Run(ctx context.Context) error {
	s := p.state()
	applied, err := s.begin()
	if err != nil {
		return err
	}
	select {
	case <-applied:
		s.letCallsIn()
	case <-ctx.Done():
	case <-s.closed:
	case <-s.life.stopping:
	}
	select {
	case <-ctx.Done():
		s.requestStop(s.settings.signalBudget, nil, nil)
	case <-s.closed:
		// Nothing to do when it is the stop that has closed the connection.
		s.requestStop(s.settings.signalBudget, s.closedError(), nil)
	case <-s.life.stopping:
	}
	<-s.life.done
	return s.life.err
}

// letCallsIn lets the calls in, unless the provider is stopping already.
func (s *state) letCallsIn() {
	if s.life.isStopping() {
		return
	}
	if err := s.client.Start(); err != nil {
		s.requestStop(s.settings.signalBudget, fmt.Errorf("serve: %w", err), nil)
		return
	}
	close(s.open)
	s.log.Info("provider runs", "id", s.host.ProviderKey, "lattice", s.host.LatticeRPCPrefix)
}

// Shutdown stops the provider, waits until that is over, and returns what Run returns. It may be called repeatedly,
// concurrently and without Run, but from the [Shutdown] hook or a handler it would wait for itself until the budget is used up.
func (p *WasmcloudProvider) Shutdown() error {
	s := p.state()
	s.requestStop(s.settings.signalBudget, nil, nil)
	<-s.life.done
	return s.life.err
}

// begin starts the workers and applies the links of the host data; applied is closed when that is done.
func (s *state) begin() (applied <-chan struct{}, err error) {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	if s.life.started {
		return nil, ErrStarted
	}
	s.life.started, s.began = true, time.Now()
	done := make(chan struct{})
	if s.life.ends != nil || s.life.over {
		return done, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.endCallbacks = cancel
	checker := &checker{check: s.settings.health}
	s.answering.Go(func() {
		s.healthBox.handle(s.stopControl, func(msg *nats.Msg) { s.answerHealth(checker, msg) })
	})
	s.answering.Go(func() { s.shutdownBox.handle(s.stopControl, s.handleShutdown) })
	s.work.Go(func() { s.configBox.handle(s.stopWork, s.updateConfig) })
	s.applyHostLinks(ctx, done)
	s.work.Go(func() {
		s.linkBox.handle(s.stopWork, func(msg *nats.Msg) { s.handleLink(ctx, msg) })
	})
	return done, nil
}
