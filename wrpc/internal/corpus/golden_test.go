package corpus_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/wrpc/wrpc/go/internal/bindgen"
)

var update = flag.Bool("update", false, "write the generated code of the corpus instead of comparing it")

// loadCorpus parses all contracts, once. The parser is compiled when it runs for the first time on a machine, which
// takes half a minute under the race detector: so the first to run it is the command, built without.
var loadCorpus = sync.OnceValues(func() (*bindgen.Contract, error) {
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out, err := exec.Command("go", "run", "-race=false", "../../cmd/wit-bindgen-wrpc", "go",
		"--world", "corpus:worlds/hollow", "--out-dir", dir, "--package", "x", "wit").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return bindgen.Load("wit")
})

// generateAll generates the code of all worlds, once, by their folders.
var generateAll = sync.OnceValues(func() (map[string][]bindgen.File, error) {
	contract, err := loadCorpus()
	if err != nil {
		return nil, err
	}
	all := map[string][]bindgen.File{}
	for _, w := range worlds() {
		if all[w.dir], err = contract.Generate(w.opts); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return all, nil
})

// generated gives the code of a world.
func generated(t testing.TB, w world) []bindgen.File {
	t.Helper()
	all, err := generateAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[w.dir]
}

// TestGolden compares the committed code with what is generated now, file by file and left-overs included.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, w := range worlds() {
		files := generated(t, w)
		apply := bindgen.Check
		if *update {
			apply = bindgen.Write
		}
		changes, err := apply(w.dir, files)
		if err != nil {
			t.Error(err)
		}
		for _, c := range changes {
			if *update {
				t.Log(c)
			} else {
				t.Errorf("%v: run go test ./internal/corpus -update, and read the difference", c)
			}
		}
	}
}

// TestDeterministic generates twice, the second time from another folder and by another path to the contracts.
func TestDeterministic(t *testing.T) {
	wit, err := filepath.Abs("wit")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generateAll(); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	again, err := bindgen.Load(wit)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range worlds() {
		first := generated(t, w)
		second, err := again.Generate(w.opts)
		if err != nil {
			t.Fatal(err)
		}
		if len(first) != len(second) {
			t.Fatalf("%s: %d files, then %d", w.name, len(first), len(second))
		}
		for i := range first {
			if first[i].Path != second[i].Path || !bytes.Equal(first[i].Content, second[i].Content) {
				t.Errorf("%s: %s differs the second time", w.name, first[i].Path)
			}
		}
	}
}

// TestThin holds generated code to its budget: types, names and calls, no mechanics.
func TestThin(t *testing.T) {
	t.Parallel()
	mechanics := regexp.MustCompile(`\bfor\b.*\{$|\bmake\(|^\s*go |\bslog\b|\bbinary\.|\bpanic\(|\bunsafe\b|\breflect\b`)
	for _, w := range worlds() {
		for _, f := range generated(t, w) {
			for line := range strings.Lines(string(f.Content)) {
				code, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "//")
				if mechanics.MatchString(code) {
					t.Errorf("%s/%s: %q has mechanics", w.dir, f.Path, line)
				}
			}
		}
	}
	total := 0
	for _, w := range worlds() {
		if strings.HasPrefix(w.name, "conformance:values/") {
			for _, f := range generated(t, w) {
				total += bytes.Count(f.Content, []byte("\n"))
			}
		}
	}
	if t.Logf("values.wit: %d lines", total); total > 900 {
		t.Errorf("values.wit takes %d generated lines, more than 900", total)
	}
}

// TestOneFunction counts what a function without params that returns a text takes on both sides.
func TestOneFunction(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, w := range worlds() {
		if w.dir != "worlds/whole" {
			continue
		}
		for _, f := range generated(t, w) {
			if f.Path != "whole.wrpc.go" {
				continue
			}
			lines += linesOf(string(f.Content), "Handle_Name", "Describe")
		}
	}
	if t.Logf("both sides: %d lines", lines); lines == 0 || lines > 20 {
		t.Errorf("func() -> string takes %d lines on both sides, more than 20", lines)
	}
}

// linesOf counts the lines of functions and methods of the given names, their comments and other mentions.
func linesOf(src string, names ...string) int {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return 0
	}
	counted := map[int]bool{}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for _, name := range names {
			if fn.Name.Name == name {
				start := fn.Pos()
				if fn.Doc != nil {
					start = fn.Doc.Pos()
				}
				for line := fset.Position(start).Line; line <= fset.Position(fn.End()).Line; line++ {
					counted[line] = true
				}
			}
		}
	}
	number := 0
	for line := range strings.Lines(src) {
		number++
		for _, name := range names {
			if strings.Contains(line, name+"(") || strings.Contains(line, "."+name) {
				counted[number] = true
			}
		}
	}
	return len(counted)
}

// TestHeader holds the first lines of every file to what tools and people know them by.
func TestHeader(t *testing.T) {
	t.Parallel()
	header := regexp.MustCompile(`^// Code generated by wit-bindgen-wrpc-go v\d+\.\d+\.\d+\. DO NOT EDIT\.\n\n// Package \S+ is generated from WIT (world|interface) \S+`)
	for _, w := range worlds() {
		for _, f := range generated(t, w) {
			if !header.Match(f.Content) {
				t.Errorf("%s/%s begins with %.200q", w.dir, f.Path, f.Content)
			}
			file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Content, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if !ast.IsGenerated(file) {
				t.Errorf("%s/%s is not taken for generated", w.dir, f.Path)
			}
			if !bytes.Contains(f.Content, []byte("\nconst _ = wrpc.SupportsBindingsV1\n")) {
				t.Errorf("%s/%s does not refer to the runtime's constant", w.dir, f.Path)
			}
		}
	}
}
