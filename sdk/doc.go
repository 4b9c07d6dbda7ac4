// Package provider makes a Go program a wasmCloud capability provider: it reads what the host says on stdin, connects to
// the lattice, keeps the links, answers the host, serves calls, makes calls, and stops without losing any.
//
// # The shape of a provider
//
// The author gives [New] callbacks as options, serves the functions of the contract on RPCClient with generated bindings,
// and calls [WasmcloudProvider.Run]:
//
//	func main() {
//		if err := run(untilSignal(), os.Stdin); err != nil {
//			fmt.Fprintln(os.Stderr, err)
//			os.Exit(1)
//		}
//	}
//
//	func run(ctx context.Context, hostData io.Reader) error {
//		p, err := provider.NewWithContext(ctx, hostData, provider.Links(...), provider.Shutdown(...))
//		if err != nil {
//			return err
//		}
//		if _, err := bindings.Serve(p.RPCClient, handler); err != nil {
//			return errors.Join(err, p.Shutdown())
//		}
//		return p.Run(ctx)
//	}
//
//	// untilSignal returns a context that the first signal ends. By then the next one ends the process.
//	func untilSignal() context.Context {
//		first, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//		ctx, cancel := context.WithCancelCause(context.Background())
//		context.AfterFunc(first, func() {
//			second, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//			context.AfterFunc(second, func() { os.Exit(1) })
//			cancel(context.Cause(first))
//		})
//		return ctx
//	}
//
// Signals belong to main: this package installs no handlers, and ends no process. The second signal finds somebody who
// listens before the provider hears of the first, also while New still waits for the host data or Run for the last call.
// NewWithContext is [New] that a signal can interrupt.
//
// # The life of a provider
//
// New subscribes to the control subjects, in [Topics], and runs no callback but the options. Run applies the links of the
// host data, then those that have arrived meanwhile, and lets calls in when the former are applied. It returns after a
// stop, which is always the same: no new calls, running ones end, the [Shutdown] hook, [OnFlush], the answer to the
// host as the last message, the end of the connection. The host's message has 250 ms for all of this, everything else 10 s
// ([ShutdownBudget]): calls have until 60% of it are used up, the hook until 85%, and what one does not need is left to the
// next. What takes longer is cancelled or left behind, and logged.
//
// # Options and their defaults
//
//	SourceLinkPut, SourceLinkDel, TargetLinkPut, TargetLinkDel   callbacks for links   none; exclude Links
//	Links              callbacks for links, with context, side by side           none; excludes the four
//	HealthCheck        text of a healthy answer                                  "provider healthy"; excludes HealthCheckFunc
//	HealthCheckFunc    text, or the reason why the provider is not healthy       as HealthCheck
//	ConfigUpdate       callback for a new configuration                          none
//	Shutdown           hook of the stop                                          none
//	ShutdownBudget     time for a stop, by the host and otherwise                250 ms, 10 s
//	MaxInFlight        calls served at once                                      1024
//	RootCAs            PEM files that NATS over TLS trusts beside the system's   none
//	Intercept          sees all calls                                            none; repeatable
//	WrapLog            puts a handler around the log's                           none; repeatable
//	LogOutput          where logs go                                             os.Stderr
//	OnFlush            runs before the host is answered, to send what is buffered  none; repeatable
//
// An option that is out of range, or excluded by another one, makes New fail with [ErrOption].
//
// # Goroutines
//
// Each is waited for before Run returns: the sorter of control messages, the answerer of health, the taker of shutdown
// messages, the worker of config updates, the worker that decodes links, one goroutine for each lane of link callbacks with
// something to do (one lane in all for the old options, one for each link with Links), and the one that runs the stop. Four
// run code of the author that this package cannot interrupt, and are left behind, with a log line, when that
// code outlasts its time: the health check (one second), the Shutdown hook, functions of OnFlush and callbacks of links and
// config updates (the budget). NewWithContext may leave behind a Read of its source. Calls have goroutines of their own in
// package wrpcnats, which Run waits for, too.
//
// # Bounds
//
// Nothing that a stranger on the lattice sends grows without bound: host data has at most 16 MiB, each queue of control
// messages 16,384 messages and 16 MiB, the changes that wait for one lane of callbacks 16,384, all waiting changes 32 MiB,
// all links together 256 MiB. What is beyond is refused or dropped, and logged. JSON nests at most 10,000 levels deep.
package provider
