// Wit-bindgen-wrpc generates Go packages from a WIT contract, for calls over wRPC.
//
// Usage:
//
//	wit-bindgen-wrpc go --out-dir DIR [flags] WIT
//
// WIT is a .wit file, or a folder of such files with the packages that they depend on in its folder deps. DIR becomes
// the package of the world, and holds a package for each interface that the world imports, and below exports for each
// that it exports. Files of an earlier run that are no longer generated are removed; nothing is written when anything
// is wrong. In a Go module that requires github.com/wrpc/wrpc/go it is run as
//
//	//go:generate go tool wit-bindgen-wrpc go --out-dir bindings wit
//
// The flags are:
//
//	--out-dir DIR
//		The folder to generate into. Default: the current one.
//	--world NAME
//		Which world, where the package has several: its name, alone or as namespace:package/name, with or without
//		version. A world of a dependency is found, too.
//	--package PATH
//		The import path of DIR. Default: the module path of the enclosing go.mod and DIR's place in it.
//	--with INTERFACE=PATH
//		Use the Go package PATH for an interface (namespace:package/name, with or without @version) instead of generating
//		one. It must have what would be generated, which is the case when it was generated from the same contract;
//		where the interface is imported it needs no more than the types that the world uses. PATH generate generates it as
//		if nothing was said. Several are separated by commas, or given by repeating the flag.
//	--generate-all
//		Generate the interfaces of all packages, not only of the world's own. That is what happens anyway; the flag is
//		there for commands that were written for the generator of the earlier runtime.
//	--features LIST
//		Generate items that are marked @unstable, too, when their feature is in the list (separated by commas or spaces).
//	--all-features
//		Generate all items that are marked @unstable.
//	--gofmt=false
//		Leave the code as it was written.
//	--check
//		Write nothing. List the files that are not as they would be generated, and exit with 1 if there are any.
//
// The exit code is 0, 1 when something is wrong, or 2 when the command line is.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wrpc/wrpc/go/internal/bindgen"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) // the one place of this module that may: it is a command
}

// errUsage is an error of the command line, which has been reported.
var errUsage = errors.New("usage")

// run runs the command and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	err := command(args, stdout, stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	default:
		fmt.Fprintf(stderr, "wit-bindgen-wrpc: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
}

const usage = `usage: wit-bindgen-wrpc go --out-dir DIR [flags] WIT

generates Go packages from the contract WIT, a file or a folder
`

func command(args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 || args[0] != "go" {
		fmt.Fprint(stderr, usage)
		if len(args) == 1 && (args[0] == "-h" || args[0] == "--help" || args[0] == "help") {
			return nil
		}
		return errUsage
	}
	c, err := parseFlags(args[1:], stderr)
	if err != nil {
		return err
	}
	if c.Package == "" {
		if c.Package, err = bindgen.PackagePath(c.outDir); err != nil {
			return err
		}
	}
	contract, err := bindgen.Load(c.wit)
	if err != nil {
		return err
	}
	files, err := contract.Generate(c.Options)
	if err != nil {
		return err
	}
	if c.check {
		return check(c, files, stdout)
	}
	_, err = bindgen.Write(c.outDir, files)
	return err
}

// check lists what is not as it would be generated.
func check(c config, files []bindgen.File, stdout io.Writer) error {
	changes, err := bindgen.Check(c.outDir, files)
	if err != nil {
		return err
	}
	for _, change := range changes {
		fmt.Fprintln(stdout, change)
	}
	if len(changes) > 0 {
		return fmt.Errorf("%s is not what %s gives: generate it again, without --check", c.outDir, c.wit)
	}
	return nil
}
