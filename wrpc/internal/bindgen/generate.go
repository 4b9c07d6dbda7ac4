package bindgen

import (
	"errors"
	"path"

	"go.bytecodealliance.org/wit"

	"github.com/wrpc/wrpc/go/internal/bindgen/gocode"
)

// Version is the version of the generator, which its output carries.
const Version = "v0.3.0"

// runtimePath is the import path of the package that generated code calls.
const runtimePath = "github.com/wrpc/wrpc/go"

// withGenerate is the value of --with that asks for what happens anyway.
const withGenerate = "generate"

// Options say what to generate from a contract.
type Options struct {
	// World is the world's name, alone or qualified (ns:pkg/world, with or without version). Empty: the only one.
	World string
	// Package is the import path of the output folder.
	Package string
	// With gives interfaces (ns:pkg/interface, with or without version) that have a Go package already the import path
	// of that package. It must have what would be generated. The path "generate" means none.
	With map[string]string
	// Features are the features whose unstable items are generated too.
	Features []string
	// AllFeatures generates all unstable items.
	AllFeatures bool
	// Unformatted leaves the code as it was written, which is not quite as gofmt does.
	Unformatted bool
}

// File is one generated file.
type File struct {
	Path    string // below the output folder, with slashes
	Content []byte
}

// Generate returns the files of a world, in a stable order; the same contract and options give the same bytes. Nothing
// is written.
func (c *Contract) Generate(opts Options) ([]File, error) {
	if opts.Package == "" {
		return nil, errors.New("the import path of the output folder is not known: name it with --package")
	}
	g := &generator{
		opts:     opts,
		features: features{all: opts.AllFeatures, on: opts.Features},
		imported: map[*wit.Interface]*unit{},
		exported: map[*wit.Interface]*unit{},
		versions: map[string]map[string]bool{},
		folders:  gocode.NewMemberScope(),
		errors:   map[*wit.TypeDef]bool{},
		pending:  map[*wit.TypeDef]bool{},
		sizes:    map[*wit.TypeDef]int{},
	}
	var err error
	if g.world, err = c.selectWorld(opts.World, g.features); err != nil {
		return nil, err
	}
	if err := g.plan(); err != nil {
		return nil, err
	}
	all := append(g.units[:len(g.units):len(g.units)], g.root)
	for _, u := range all {
		u.declare()
	}
	if err := g.check(all); err != nil {
		return nil, err
	}
	return emit(all)
}

// emit writes the files of all units.
func emit(units []*unit) ([]File, error) {
	var files []File
	for _, u := range units {
		if u.mapped {
			continue
		}
		u.emit()
		content, err := u.file.Source(!u.opts.Unformatted)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Path: path.Join(u.dir, u.fileName()), Content: content})
	}
	return files, nil
}

// declare gives the types of a unit their Go names. What the generated code itself declares comes first.
func (u *unit) declare() {
	u.file = gocode.NewFile(packageName(u.name), header(), u.packageDoc())
	u.file.Keep("context", "context")
	u.file.Keep("io", "io")
	u.file.Scope.Reserve("instance", "server", "Handler")
	if u.iface != nil {
		u.file.Scope.Reserve("ServeInterface")
	} else {
		u.file.Scope.Reserve("Serve", "serveWorld")
	}
	u.file.Import(runtimePath, "wrpc")
	for _, t := range u.types {
		u.names[t] = u.file.Scope.Unique(camel(t.TypeName()))
	}
}

// emit writes the unit's file.
func (u *unit) emit() {
	u.handshake()
	for _, t := range u.types {
		u.typeDecl(t)
	}
	for _, f := range u.imports {
		u.clientFunc(f)
	}
	if len(u.exports) > 0 || u.export {
		u.server()
	}
	if u.world != nil {
		u.serveWorld()
	}
}
