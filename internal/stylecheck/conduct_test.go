package stylecheck

import (
	"go/ast"
	"go/token"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A library returns errors and leaves the process to its author.
func TestLibrariesLeaveTheProcessAlone(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`^(panic|print|println|os\.Exit|log\.\w+|fmt\.Print\w*|runtime\.(SetFinalizer|AddCleanup))$`)
	for _, f := range files(t, (*file).isLibrary) {
		calls(f, func(name string, call *ast.CallExpr) {
			if strings.HasPrefix(name, "log.") && !f.imports("log") {
				return // a logger of that name
			}
			if forbidden.MatchString(name) {
				t.Errorf("%s: a library calls %s", f.place(call), name)
			}
		})
	}
}

// Variables of a package are error sentinels, compiled expressions, pools and checks of the compiler; or their comment
// begins with "Read only:" and says what they hold.
func TestLibrariesKeepNoState(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, (*file).isLibrary) {
		for _, decl := range f.ast.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.VAR {
				continue
			}
			for _, spec := range group.Specs {
				if value := spec.(*ast.ValueSpec); !constantAtHeart(group, value) {
					t.Errorf("%s: %s is mutable state of the package", f.place(value), value.Names[0].Name)
				}
			}
		}
	}
}

func constantAtHeart(group *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{group.Doc, spec.Doc} {
		if strings.HasPrefix(doc.Text(), "Read only:") {
			return true
		}
	}
	if name := spec.Names[0].Name; name == "_" || strings.HasPrefix(strings.ToLower(name), "err") || dotted(spec.Type) == "error" {
		return true
	}
	if dotted(spec.Type) == "sync.Pool" {
		return true
	}
	if len(spec.Values) != 1 {
		return false
	}
	if pool, ok := spec.Values[0].(*ast.CompositeLit); ok && dotted(pool.Type) == "sync.Pool" {
		return true
	}
	call, ok := spec.Values[0].(*ast.CallExpr)
	return ok && slices.Contains([]string{"regexp.MustCompile", "errors.New", "strings.NewReplacer"}, dotted(call.Fun))
}

// A context is handed on, never kept.
func TestContextsAreNotStored(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, func(f *file) bool { return !f.isTest() && !f.generated }) {
		ast.Inspect(f.ast, func(node ast.Node) bool {
			structure, ok := node.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range structure.Fields.List {
				if dotted(field.Type) == "context.Context" {
					t.Errorf("%s: a context in a struct", f.place(field))
				}
			}
			return true
		})
	}
}

// Each name of the wire is built in one file.
func TestWireNamesHaveOneHome(t *testing.T) {
	t.Parallel()
	for _, rule := range []struct{ name, home string }{
		{"wasmbus.", "sdk"},
		{"wrpc.0.0.1", "wrpc"},
	} {
		homes := make(map[string]bool)
		for _, f := range files(t, func(f *file) bool { return f.isLibrary() && f.in(rule.home) }) {
			literals(f, func(text string, _ ast.Node) {
				if strings.Contains(text, rule.name) {
					homes[f.path] = true
				}
			})
		}
		if len(homes) != 1 {
			t.Errorf("%q is written in %d files of %s/, not in one: %v", rule.name, len(homes), rule.home, homes)
		}
	}
}

// A test waits for what it needs, on any machine, and never passes by not running.
func TestTestsNeitherSleepNorSkip(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`^(time\.Sleep|(t|b|f|tb)\.Skip(Now|f)?)$`)
	for _, f := range files(t, func(f *file) bool { return f.isTest() && !f.in("e2e") }) {
		calls(f, func(name string, call *ast.CallExpr) {
			if forbidden.MatchString(name) {
				t.Errorf("%s: %s in a test", f.place(call), name)
			}
		})
	}
}

// The arrows of the design: the core of wRPC stands on the standard library alone, the SDK does not know its extras.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, func(f *file) bool { return !f.isTest() }) {
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(path, "/")
			switch {
			case f.folder() == "wrpc" && strings.Contains(first, "."):
				t.Errorf("%s: the core of wRPC imports %s", f.path, path)
			case f.in("wrpc") && strings.Contains(path, "wasmCloud/"):
				t.Errorf("%s: wRPC imports %s", f.path, path)
			case f.folder() == "sdk" && strings.HasPrefix(path, "github.com/wasmCloud/provider-sdk-go/") && !strings.Contains(path, "/internal/"):
				t.Errorf("%s: the SDK imports its extra %s", f.path, path)
			case !strings.HasSuffix(f.folder(), "test") && path == "testing":
				t.Errorf("%s: a program or library carries %s", f.path, path)
			}
		}
	}
}

// What tests need stays out of the provider's binary.
func TestProviderCarriesNoTestCode(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	list.Dir = root
	packages, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(packages), "provider-sdk-go") {
		t.Fatalf("that is not the list of the provider's packages:\n%s", packages)
	}
	for path := range strings.Lines(string(packages)) {
		if path = strings.TrimSpace(path); path == "testing" || strings.Contains(path, "nats-server") || strings.HasSuffix(path, "/providertest") {
			t.Errorf("the provider carries %s", path)
		}
	}
}
