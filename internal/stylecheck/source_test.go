package stylecheck

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the repository's, as seen from this package.
const root = "../.."

// file is one Go file of the repository.
type file struct {
	path      string // relative to the root, with slashes
	lines     int
	ast       *ast.File
	set       *token.FileSet
	generated bool
}

func (f *file) isTest() bool    { return strings.HasSuffix(f.path, "_test.go") }
func (f *file) isProgram() bool { return f.ast.Name.Name == "main" }
func (f *file) folder() string  { return f.path[:max(0, strings.LastIndex(f.path, "/"))] }

// in reports whether the file is in one of the folders, or below it.
func (f *file) in(folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(f.path, folder+"/") })
}

// imports reports whether the file imports the package of that path.
func (f *file) imports(path string) bool {
	return slices.ContainsFunc(f.ast.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == strconv.Quote(path) })
}

// place says where a node is, for the one who has to mend it.
func (f *file) place(node ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, f.set.Position(node.Pos()).Line)
}

// isPublic reports whether other modules can import the file's package.
func (f *file) isPublic() bool {
	return f.in("sdk", "wrpc") && !f.isProgram() && !strings.Contains("/"+f.path, "/internal/") && !f.isTest()
}

// isLibrary reports whether the file is hand-written code of the two libraries that ends up in providers.
func (f *file) isLibrary() bool {
	return f.in("sdk", "wrpc") && !f.isTest() && !f.isProgram() && !f.generated
}

// repository parses every Go file once for all the rules.
var repository = sync.OnceValues(func() ([]*file, error) {
	var files []*file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "build"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := parse(path)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	return files, err
})

func parse(path string) (*file, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &file{
		path:      filepath.ToSlash(relative),
		lines:     strings.Count(string(text), "\n"),
		ast:       parsed,
		set:       set,
		generated: ast.IsGenerated(parsed),
	}, nil
}

// files returns the repository's files that keep says yes to.
func files(t *testing.T, keep func(*file) bool) []*file {
	t.Helper()
	all, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	var kept []*file
	for _, f := range all {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		t.Fatal("the rule looks at no file at all")
	}
	return kept
}

// packages groups the files by folder.
func packages(files []*file) map[string][]*file {
	groups := make(map[string][]*file)
	for _, f := range files {
		groups[f.folder()] = append(groups[f.folder()], f)
	}
	return groups
}

// functions yields the function declarations of a file.
func functions(f *file) func(yield func(*ast.FuncDecl) bool) {
	return func(yield func(*ast.FuncDecl) bool) {
		for _, decl := range f.ast.Decls {
			if function, ok := decl.(*ast.FuncDecl); ok && !yield(function) {
				return
			}
		}
	}
}

// calls visits every call in the file, with the called name as it is written: panic, os.Exit, t.Skip.
func calls(f *file, visit func(name string, call *ast.CallExpr)) {
	ast.Inspect(f.ast, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			visit(dotted(call.Fun), call)
		}
		return true
	})
}

// dotted gives a.b for a selector on a plain name, the name for a plain name, and otherwise nothing.
func dotted(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr.Name
	case *ast.SelectorExpr:
		if of, ok := expr.X.(*ast.Ident); ok {
			return of.Name + "." + expr.Sel.Name
		}
	}
	return ""
}

// literal returns the text of a string literal.
func literal(expr ast.Node) (string, bool) {
	basic, ok := expr.(*ast.BasicLit)
	if !ok || basic.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(basic.Value)
	return text, err == nil
}

// literals visits every string literal outside import declarations.
func literals(f *file, visit func(text string, at ast.Node)) {
	ast.Inspect(f.ast, func(node ast.Node) bool {
		if _, ok := node.(*ast.ImportSpec); ok {
			return false
		}
		if text, ok := literal(node); ok {
			visit(text, node)
		}
		return true
	})
}

// length is the number of lines from func to the closing brace.
func length(f *file, function *ast.FuncDecl) int {
	return f.set.Position(function.End()).Line - f.set.Position(function.Pos()).Line + 1
}

// longest sorts what has a length, the longest first.
func longest[T any](items []T, length func(T) int) []T {
	return slices.SortedFunc(slices.Values(items), func(a, b T) int { return cmp.Compare(length(b), length(a)) })
}
