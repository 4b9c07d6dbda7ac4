package stylecheck

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// Every exported thing of the libraries says what it is.
func TestExportedThingsAreDocumented(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, func(f *file) bool { return f.isLibrary() }) {
		for _, decl := range f.ast.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() && receiverExported(decl) && decl.Doc == nil {
					t.Errorf("%s: %s has no doc comment", f.place(decl), decl.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(f, decl, func(name *ast.Ident) {
					t.Errorf("%s: %s has no doc comment", f.place(name), name.Name)
				})
			}
		}
	}
}

func receiverExported(function *ast.FuncDecl) bool {
	if function.Recv == nil {
		return true
	}
	of := function.Recv.List[0].Type
	for {
		switch expr := of.(type) {
		case *ast.StarExpr:
			of = expr.X
		case *ast.IndexExpr:
			of = expr.X
		case *ast.IndexListExpr:
			of = expr.X
		default:
			name, ok := of.(*ast.Ident)
			return ok && name.IsExported()
		}
	}
}

// undocumented reports the exported names of a declaration that neither have a comment nor stand in a group with one.
// Methods of an exported interface are the manual of it, and need their own.
func undocumented(f *file, decl *ast.GenDecl, report func(*ast.Ident)) {
	grouped := decl.Doc != nil && (decl.Tok != token.TYPE || !decl.Lparen.IsValid())
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if !spec.Name.IsExported() {
				continue
			}
			if !grouped && spec.Doc == nil {
				report(spec.Name)
			}
			undocumentedMethods(spec, report)
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && !grouped && spec.Doc == nil && spec.Comment == nil {
					report(name)
				}
			}
		}
	}
}

func undocumentedMethods(spec *ast.TypeSpec, report func(*ast.Ident)) {
	contract, ok := spec.Type.(*ast.InterfaceType)
	if !ok {
		return
	}
	for _, method := range contract.Methods.List {
		if len(method.Names) > 0 && method.Names[0].IsExported() && method.Doc == nil && method.Comment == nil {
			report(method.Names[0])
		}
	}
}

// Every package has a comment, and every public one an example whose output is checked.
func TestPackagesAreIntroduced(t *testing.T) {
	t.Parallel()
	written := files(t, func(f *file) bool { return !f.generated })
	for folder, group := range packages(written) {
		var comment, library, public, example bool
		for _, f := range group {
			comment = comment || (f.ast.Doc != nil && !f.isTest())
			library = library || !f.isTest()
			public = public || f.isPublic()
			for function := range functions(f) {
				example = example || (f.isTest() && strings.HasPrefix(function.Name.Name, "Example"))
			}
		}
		if library && !comment {
			t.Errorf("%s/: no package comment", folder)
		}
		if public && !example {
			t.Errorf("%s/: no Example", folder)
		}
	}
}

// An example without output is compiled, but never run.
func TestExamplesHaveOutput(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, func(f *file) bool { return f.isTest() }) {
		for function := range functions(f) {
			if strings.HasPrefix(function.Name.Name, "Example") && !hasOutput(f, function) {
				t.Errorf("%s: %s has no // Output:", f.place(function), function.Name.Name)
			}
		}
	}
}

func hasOutput(f *file, function *ast.FuncDecl) bool {
	for _, group := range f.ast.Comments {
		inside := group.Pos() > function.Pos() && group.End() < function.End()
		text := strings.ToLower(strings.TrimSpace(group.Text()))
		if inside && (strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:")) {
			return true
		}
	}
	return false
}
