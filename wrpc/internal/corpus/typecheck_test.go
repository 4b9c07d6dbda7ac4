package corpus_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"

	"github.com/wrpc/wrpc/go/internal/bindgen"
)

// typeChecker checks the types of generated packages in memory.
type typeChecker struct {
	exports map[string]string // import path to file, of the runtime and what it imports
}

func newTypeChecker(t testing.TB) *typeChecker {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "github.com/wrpc/wrpc/go").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := &typeChecker{exports: map[string]string{}}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		c.exports[path] = file
	}
	return c
}

// files checks all packages of one output folder whose import path is root.
func (c *typeChecker) files(root string, files []bindgen.File) error {
	check := checking{fset: token.NewFileSet(), parsed: map[string]*ast.File{}, done: map[string]*types.Package{}}
	check.other = importer.ForCompiler(check.fset, "gc", func(path string) (io.ReadCloser, error) {
		if c.exports[path] == "" {
			return nil, fmt.Errorf("generated code imports %s", path)
		}
		return os.Open(c.exports[path])
	})
	for _, f := range files {
		file, err := parser.ParseFile(check.fset, f.Path, f.Content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		check.parsed[path.Join(root, path.Dir(f.Path))] = file
	}
	for path := range check.parsed {
		if _, err := check.Import(path); err != nil {
			return err
		}
	}
	return nil
}

// checking is the check of one output folder. It imports its packages from each other.
type checking struct {
	fset   *token.FileSet
	parsed map[string]*ast.File
	done   map[string]*types.Package
	other  types.Importer
}

func (c checking) Import(path string) (*types.Package, error) {
	file := c.parsed[path]
	if file == nil {
		return c.other.Import(path)
	}
	if pkg := c.done[path]; pkg != nil {
		return pkg, nil
	}
	conf := types.Config{Importer: c}
	pkg, err := conf.Check(path, c.fset, []*ast.File{file}, nil)
	c.done[path] = pkg
	return pkg, err
}

// TestTypes checks the types of what is generated for worlds with all features and without formatting: what is committed
// was formatted, and is checked by go vet.
func TestTypes(t *testing.T) {
	t.Parallel()
	contract, err := loadCorpus()
	if err != nil {
		t.Fatal(err)
	}
	check := newTypeChecker(t)
	for _, name := range []string{"corpus:features/features", "corpus:names/interface-linux", "corpus:http/http"} {
		opts := bindgen.Options{World: name, AllFeatures: true, Unformatted: true, Package: "example.com/bindings"}
		files, err := contract.Generate(opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := check.files(opts.Package, files); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
