package bindgen

import (
	"errors"
	"fmt"
	"strings"

	"go.bytecodealliance.org/wit"
)

// selectWorld finds the world that is called name, or the only one of the contract's own package when name is empty.
func (c *Contract) selectWorld(name string, on features) (*wit.World, error) {
	// The parser sorts packages by dependency: the one that was asked for comes last.
	own := c.resolve.Packages[len(c.resolve.Packages)-1]
	var candidates, others []*wit.World
	for _, w := range c.resolve.Worlds {
		switch {
		case w == nil || w.Package == nil || !on.has(w.Stability) || name != "" && !w.Match(name):
		case w.Package == own:
			candidates = append(candidates, w)
		case name != "":
			others = append(others, w)
		}
	}
	if len(candidates) == 0 {
		candidates = others
	}
	switch {
	case len(candidates) == 1:
		return candidates[0], nil
	case len(candidates) > 1:
		return nil, fmt.Errorf("several worlds fit: choose one with --world: %s", worldNames(candidates))
	case name != "":
		return nil, fmt.Errorf("no world %s: there is %s", name, worldNames(c.resolve.Worlds))
	case len(c.resolve.Worlds) > 0:
		return nil, fmt.Errorf("package %s has no world: choose one with --world: %s", own.Name.String(), worldNames(c.resolve.Worlds))
	default:
		return nil, errors.New("the contract has no world: add one, such as `world provider { export my-interface; }`")
	}
}

// Worlds lists the full names of all worlds, those of dependencies included.
func (c *Contract) Worlds() []string {
	var names []string
	for _, w := range c.resolve.Worlds {
		names = append(names, worldName(w))
	}
	return names
}

func worldNames(worlds []*wit.World) string {
	if len(worlds) == 0 {
		return "none"
	}
	var names []string
	for _, w := range worlds {
		names = append(names, worldName(w))
	}
	return strings.Join(names, ", ")
}

// worldName is the full name of a world: package, name and version.
func worldName(w *wit.World) string { return qualify(w.Package, w.Name) }

// qualify gives the full name of an item of a package, as calls carry it.
func qualify(p *wit.Package, name string) string {
	text := p.Name.Namespace + ":" + p.Name.Package + "/" + name
	if p.Name.Version != nil {
		text += "@" + p.Name.Version.String()
	}
	return text
}
