package bindgen

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"go.bytecodealliance.org/wit"

	"github.com/wrpc/wrpc/go/internal/bindgen/gocode"
)

// unit is one Go package: an interface that the world imports or exports, or the world itself.
type unit struct {
	*generator
	world    *wit.World     // nil for an interface
	iface    *wit.Interface // nil for the world
	export   bool
	name     string // in WIT
	instance string // as calls carry it
	docs     string
	dir      string // below the output folder
	path     string // to import it by
	mapped   bool   // exists already, by --with

	types   []*wit.TypeDef
	imports []*wit.Function
	exports []*wit.Function

	file  *gocode.File
	names map[*wit.TypeDef]string // Go names of types
}

// generator holds what the units of one run share.
type generator struct {
	opts     Options
	features features
	world    *wit.World
	root     *unit
	units    []*unit // without the root
	imported map[*wit.Interface]*unit
	exported map[*wit.Interface]*unit
	versions map[string]map[string]bool // package without version: versions that the world reaches
	folders  *gocode.Scope
	errors   map[*wit.TypeDef]bool // types that are the error of some result
	pending  map[*wit.TypeDef]bool // types that hold streams or futures
	sizes    map[*wit.TypeDef]int  // how many parts types have
}

// plan lists the packages of a world and what is in them.
func (g *generator) plan() error {
	g.root = g.newUnit(nil, g.world.Name)
	g.countVersions()
	var err error
	g.world.Imports.All()(func(key string, item wit.WorldItem) bool {
		err = g.planItem(key, item, false)
		return err == nil
	})
	if err != nil {
		return err
	}
	g.world.Exports.All()(func(key string, item wit.WorldItem) bool {
		err = g.planItem(key, item, true)
		return err == nil
	})
	if err != nil {
		return err
	}
	g.root.imports = g.root.withResources(g.root.imports)
	return g.checkWith()
}

func (g *generator) planItem(key string, item wit.WorldItem, export bool) error {
	switch item := item.(type) {
	case *wit.InterfaceRef:
		if g.hasInterface(item) {
			g.planInterface(key, item.Interface, export)
		}
	case *wit.TypeDef:
		if g.features.has(item.Stability) {
			g.root.types = append(g.root.types, item)
		}
	case *wit.Function:
		switch {
		case !g.features.has(item.Stability):
		case export:
			g.root.exports = append(g.root.exports, item)
		default:
			g.root.imports = append(g.root.imports, item)
		}
	default:
		return fmt.Errorf("world %s: item %s is of a kind that the generator does not know", worldName(g.world), key)
	}
	return nil
}

func (g *generator) hasInterface(ref *wit.InterfaceRef) bool {
	return g.features.has(ref.Stability) && g.features.has(ref.Interface.Stability)
}

// countVersions finds the packages that the world reaches in several versions.
func (g *generator) countVersions() {
	count := func(_ string, item wit.WorldItem) bool {
		if ref, ok := item.(*wit.InterfaceRef); ok && g.hasInterface(ref) && ref.Interface.Name != nil {
			id := ref.Interface.Package.Name
			key := id.UnversionedString()
			if g.versions[key] == nil {
				g.versions[key] = map[string]bool{}
			}
			g.versions[key][versionSuffix(id)] = true
		}
		return true
	}
	g.world.Imports.All()(count)
	g.world.Exports.All()(count)
}

func (g *generator) planInterface(key string, iface *wit.Interface, export bool) {
	name := key
	if iface.Name != nil {
		name = *iface.Name
	}
	u := g.newUnit(iface, name)
	u.export = export
	iface.TypeDefs.All()(func(_ string, t *wit.TypeDef) bool {
		if g.features.has(t.Stability) {
			u.types = append(u.types, t)
		}
		return true
	})
	var funcs []*wit.Function
	for f := range iface.AllFunctions() {
		if g.features.has(f.Stability) {
			funcs = append(funcs, f)
		}
	}
	funcs = u.withResources(funcs)
	if export {
		u.exports = funcs
		g.exported[iface] = u
	} else {
		u.imports = funcs
		g.imported[iface] = u
	}
	u.locate()
	g.units = append(g.units, u)
}

// newUnit returns the unit of an interface, or of the world when iface is nil.
func (g *generator) newUnit(iface *wit.Interface, name string) *unit {
	u := &unit{generator: g, iface: iface, name: name, names: map[*wit.TypeDef]string{}}
	pkg := g.world.Package
	if iface == nil {
		u.world, u.docs = g.world, g.world.Docs.Contents
		u.path = g.opts.Package
	} else {
		u.docs = iface.Docs.Contents
		if iface.Package != nil {
			pkg = iface.Package
		}
	}
	u.instance = qualify(pkg, name)
	return u
}

// withResources leaves out the methods of resources that an absent feature has taken away.
func (u *unit) withResources(funcs []*wit.Function) []*wit.Function {
	return slices.DeleteFunc(funcs, func(f *wit.Function) bool {
		name := parseFuncName(f.Name)
		return name.resource != "" && u.resource(name.resource) == nil
	})
}

// resource finds a resource by its WIT name.
func (u *unit) resource(name string) *wit.TypeDef {
	i := slices.IndexFunc(u.types, func(t *wit.TypeDef) bool { return t.TypeName() == name })
	if i < 0 {
		return nil
	}
	return u.types[i]
}

// locate decides where the package of an interface lies.
func (u *unit) locate() {
	if path, ok := u.with(); ok {
		u.path, u.mapped = path, true
		return
	}
	var parts []string
	if u.export {
		parts = append(parts, "exports")
	}
	if u.iface.Name != nil {
		id := u.iface.Package.Name
		pkg := id.Package
		if len(u.versions[id.UnversionedString()]) > 1 {
			pkg += versionSuffix(id)
		}
		parts = append(parts, folder(id.Namespace), folder(pkg))
	}
	u.dir = u.folders.Unique(path.Join(append(parts, folder(u.name))...))
	u.path = path.Join(u.opts.Package, u.dir)
}

// with looks for the Go package that --with names for an interface.
func (u *unit) with() (string, bool) {
	for _, key := range u.withKeys() {
		if path, ok := u.opts.With[key]; ok && path != withGenerate {
			return path, true
		}
	}
	return "", false
}

// withKeys are the names that --with knows an interface by: with its version and without.
func (u *unit) withKeys() []string {
	unversioned, _, _ := strings.Cut(u.instance, "@")
	return []string{u.instance, unversioned}
}

// checkWith finds names in --with that the world does not reach, which are mistakes.
func (g *generator) checkWith() error {
	for _, key := range slices.Sorted(maps.Keys(g.opts.With)) {
		known := slices.ContainsFunc(g.units, func(u *unit) bool { return slices.Contains(u.withKeys(), key) })
		if !known {
			return fmt.Errorf("--with %s: world %s has no such interface", key, worldName(g.world))
		}
	}
	return nil
}

// owner finds the unit that a named type is declared in, as u sees it: exported interfaces use the types of exported
// ones where there are any, everything else those of imported ones.
func (u *unit) owner(t *wit.TypeDef) *unit {
	iface, ok := t.Owner.(*wit.Interface)
	if !ok {
		return u.root
	}
	if iface == u.iface {
		return u
	}
	first, second := u.imported[iface], u.exported[iface]
	if u.export && second != nil || first == nil {
		return second
	}
	return first
}
