// Bench measures calls over NATS side by side, in one run and on one nats-server: plain NATS request-reply (the floor),
// the last wRPC Go that upstream published, and this repository's. README.md has its results and says how they come about.
//
//	go run ./bench            the whole run, less than five minutes; prints a table
//	go run ./bench -short     a few seconds: that everything still works, not how fast
//	go run ./bench -json      the same as JSON
//	go run ./bench -svg FILE  writes the plot, too
//	go run ./bench -update    rewrites the results in bench/README.md and bench/results.svg
//
// It starts nats-server and itself, in the roles of clients and servers, as child processes on the loopback interface,
// and ends them. A child ends by itself when its standard input does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings is what the flags say.
type settings struct {
	short   bool
	json    bool
	update  bool
	svg     string
	profile string
	only    string
	names   []string // of the contenders
	reps    int
	each    time.Duration
	role    string // of a child: "client" or "server"
	who     string // of a child: the contender's name
	url     string // of a child: where nats-server listens
}

// run is main with everything it touches as an argument.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.role != "" {
		return child(ctx, s, stdin, stdout)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute) // far more than a run takes: nothing is left behind for ever
	defer cancel()
	report, err := measure(ctx, s, stderr)
	if err != nil {
		return err
	}
	return publish(ctx, s, report, stdout)
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&s.short, "short", false, "a few seconds: one short repetition, and no start times")
	flags.BoolVar(&s.json, "json", false, "print JSON instead of the table")
	flags.BoolVar(&s.update, "update", false, "rewrite the results in bench/README.md and bench/results.svg")
	flags.StringVar(&s.svg, "svg", "", "write the plot to this `file`")
	flags.StringVar(&s.profile, "profile", "", "write pprof profiles of our client and server, case by case, to this `folder`")
	flags.StringVar(&s.only, "only", "", "measure only the cases whose names begin with this `prefix`")
	names := flags.String("contenders", strings.Join(contenderNames(), ","), "measure only these; the first is what the others are compared with")
	flags.IntVar(&s.reps, "reps", 5, "repetitions of each case, interleaved; their median counts")
	flags.DurationVar(&s.each, "each", time.Second, "how long each case runs in each repetition")
	flags.StringVar(&s.role, "role", "", "of a child process: client or server")
	flags.StringVar(&s.who, "who", "", "of a child process: whose client or server")
	flags.StringVar(&s.url, "url", "", "of a child process: where nats-server listens")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	s.names = strings.Split(*names, ",")
	for _, name := range s.names {
		if _, err := newContender(name); err != nil {
			return s, err
		}
	}
	if s.reps < 1 || s.each <= 0 {
		return s, errors.New("-reps and -each must be positive")
	}
	if s.short {
		s.reps, s.each = 1, 100*time.Millisecond
	}
	return s, nil
}
