package gocode

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// File is one Go source file being written, from top to bottom. Imports are collected on the way. It is not safe for
// concurrent use.
type File struct {
	// Scope holds the names of the package and of the file's imports.
	Scope *Scope

	header  string
	doc     string
	name    string
	kept    map[string]string // path to name, of packages that the file may import
	imports map[string]string // path to name
	body    bytes.Buffer
}

// NewFile returns an empty file of the package name, below the comment header, with doc as the package's comment.
func NewFile(name, header, doc string) *File {
	return &File{Scope: NewScope(), header: header, doc: doc, name: name, kept: map[string]string{}, imports: map[string]string{}}
}

// Keep keeps name for the package path, should the file import it.
func (f *File) Keep(path, name string) {
	f.Scope.Reserve(name)
	f.kept[path] = name
}

// Import makes the file import path and returns the name to use it by: the one it has already, or one that resembles
// the first of names that is free.
func (f *File) Import(path string, names ...string) string {
	if name, ok := f.imports[path]; ok {
		return name
	}
	if name, ok := f.kept[path]; ok {
		f.imports[path] = name
		return name
	}
	for _, name := range names {
		if got := f.Scope.Nested().Unique(name); got == name {
			return f.use(path, name)
		}
	}
	return f.use(path, names[len(names)-1])
}

func (f *File) use(path, name string) string {
	name = f.Scope.Unique(name)
	f.imports[path] = name
	return name
}

// Printf writes to the file.
func (f *File) Printf(format string, args ...any) { fmt.Fprintf(&f.body, format, args...) }

// Comment writes the non-empty texts as one comment, with an empty line between them.
func (f *File) Comment(texts ...string) { f.body.WriteString(comment(texts...)) }

func comment(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("//\n")
		}
		for line := range strings.Lines(text) {
			b.WriteString(commentLine(line))
		}
	}
	return b.String()
}

// commentLine keeps a line that looks like a directive from being one.
func commentLine(line string) string {
	line = strings.TrimRight(strings.ReplaceAll(line, "\r", ""), " \t\n")
	if line == "" {
		return "//\n"
	}
	return "// " + line + "\n"
}

// Source returns the whole file, formatted as gofmt does if asked to. It fails when what was written is no Go.
func (f *File) Source(gofmt bool) ([]byte, error) {
	if err := f.dropUnused(); err != nil {
		return nil, fmt.Errorf("generated code of package %s: %w", f.name, err)
	}
	src := fmt.Appendf(nil, "%s\n%spackage %s\n\n%s%s", f.header, comment(f.doc), f.name, f.importBlock(), f.body.Bytes())
	if !gofmt {
		return src, nil
	}
	formatted, err := format.Source(src)
	if err != nil {
		return nil, fmt.Errorf("generated code of package %s: %w", f.name, err)
	}
	return formatted, nil
}

// dropUnused forgets imports that nothing was written with.
func (f *File) dropUnused() error {
	src := fmt.Appendf(nil, "package %s\n%s", f.name, f.body.Bytes())
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				used[x.Name] = true
			}
		}
		return true
	})
	maps.DeleteFunc(f.imports, func(_, name string) bool { return !used[name] })
	return nil
}

// importBlock lists the imports, those of the standard library first.
func (f *File) importBlock() string {
	if len(f.imports) == 0 {
		return ""
	}
	var groups [2]string
	for _, path := range slices.Sorted(maps.Keys(f.imports)) {
		group := &groups[1]
		if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
			group = &groups[0]
		}
		*group += "\t" + importLine(path, f.imports[path])
	}
	return "import (\n" + strings.TrimPrefix(strings.Join(groups[:], "\n"), "\n") + ")\n\n"
}

func importLine(path, name string) string {
	if path == name || strings.HasSuffix(path, "/"+name) {
		return fmt.Sprintf("%q\n", path)
	}
	return fmt.Sprintf("%s %q\n", name, path)
}
