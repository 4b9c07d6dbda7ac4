package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/wrpc/wrpc/go/internal/bindgen"
)

// config is what the command line says.
type config struct {
	bindgen.Options
	outDir string
	wit    string
	check  bool
}

// parseFlags reads the command line. Flags may stand before and after the contract.
func parseFlags(args []string, stderr io.Writer) (config, error) {
	c := config{Options: bindgen.Options{With: map[string]string{}}}
	gofmt := true
	flags := flag.NewFlagSet("go", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage+"\nflags:\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.outDir, "out-dir", ".", "`folder` to generate into")
	flags.StringVar(&c.World, "world", "", "`name` of the world, where there are several")
	flags.StringVar(&c.World, "w", "", "short for --world")
	flags.StringVar(&c.Package, "package", "", "import `path` of the output folder (default: found by go.mod)")
	flags.Func("with", "use a Go package that exists: `interface=path`", c.addWith)
	flags.Bool("generate-all", true, "generate the interfaces of all packages; always so")
	flags.Func("features", "generate unstable items of these features: `list`", c.addFeatures)
	flags.BoolVar(&c.AllFeatures, "all-features", false, "generate all unstable items")
	flags.BoolVar(&gofmt, "gofmt", true, "format the code")
	flags.BoolVar(&c.check, "check", false, "write nothing, list what is not as it would be generated")
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return c, err
			}
			return c, errUsage
		}
		if flags.NArg() == 0 {
			break
		}
		if c.wit != "" {
			fmt.Fprintf(stderr, "one contract at a time: %s or %s\n", c.wit, flags.Arg(0))
			return c, errUsage
		}
		c.wit, args = flags.Arg(0), flags.Args()[1:]
	}
	if c.wit == "" {
		flags.Usage()
		return c, errUsage
	}
	c.Unformatted = !gofmt
	return c, nil
}

func (c *config) addWith(list string) error {
	for pair := range strings.SplitSeq(list, ",") {
		name, path, ok := strings.Cut(pair, "=")
		if !ok || name == "" || path == "" {
			return errors.New("want interface=path")
		}
		c.With[name] = path
	}
	return nil
}

func (c *config) addFeatures(list string) error {
	c.Features = append(c.Features, strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })...)
	return nil
}
