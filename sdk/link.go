package provider

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// InterfaceLinkDefinition is one link of the lattice: Source calls Target through the interfaces of one WIT package.
//
// A link is identified by SourceID, Target, Name, WitNamespace and WitPackage together; two ids may share several.
type InterfaceLinkDefinition struct {
	SourceID     string   `json:"source_id"` // id of the caller
	Target       string   `json:"target"`    // id of the called
	Name         string   `json:"name"`      // "default" unless the deployment names it
	WitNamespace string   `json:"wit_namespace"`
	WitPackage   string   `json:"wit_package"`
	Interfaces   []string `json:"interfaces"`

	SourceConfig  map[string]string      `json:"source_config"`  // for a provider that is the source
	TargetConfig  map[string]string      `json:"target_config"`  // for a provider that is the target
	SourceSecrets map[string]SecretValue `json:"source_secrets"` // opened, when this provider is the source
	TargetSecrets map[string]SecretValue `json:"target_secrets"` // opened, when this provider is the target
}

// clone returns a copy that shares nothing that can be changed.
func (l InterfaceLinkDefinition) clone() InterfaceLinkDefinition {
	l.Interfaces = slices.Clone(l.Interfaces)
	l.SourceConfig = maps.Clone(l.SourceConfig)
	l.TargetConfig = maps.Clone(l.TargetConfig)
	l.SourceSecrets = maps.Clone(l.SourceSecrets)
	l.TargetSecrets = maps.Clone(l.TargetSecrets)
	return l
}

// same reports whether nothing in the two differs. Secrets are compared by what is in the box: hosts seal anew each time.
func (l InterfaceLinkDefinition) same(other InterfaceLinkDefinition) bool {
	return l.key() == other.key() &&
		slices.Equal(l.Interfaces, other.Interfaces) &&
		maps.Equal(l.SourceConfig, other.SourceConfig) &&
		maps.Equal(l.TargetConfig, other.TargetConfig) &&
		maps.EqualFunc(l.SourceSecrets, other.SourceSecrets, SecretValue.Equal) &&
		maps.EqualFunc(l.TargetSecrets, other.TargetSecrets, SecretValue.Equal)
}

// linkKey is a link's identity.
type linkKey struct {
	source, target, name, namespace, pkg string
}

func (l InterfaceLinkDefinition) key() linkKey {
	return linkKey{l.SourceID, l.Target, l.Name, l.WitNamespace, l.WitPackage}
}

// String gives "source -> target name (namespace:package)".
func (k linkKey) String() string {
	return k.source + " -> " + k.target + " " + k.name + " (" + k.namespace + ":" + k.pkg + ")"
}

// compare orders links by their fields.
func (k linkKey) compare(other linkKey) int {
	return cmp.Or(
		strings.Compare(k.source, other.source), strings.Compare(k.target, other.target), strings.Compare(k.name, other.name),
		strings.Compare(k.namespace, other.namespace), strings.Compare(k.pkg, other.pkg))
}

// Side says which end of a link this provider is.
type Side uint8

// The two ends of a link.
const (
	SideSource Side = iota // this provider calls the target
	SideTarget             // the source calls this provider
)

// String returns "source" or "target".
func (s Side) String() string {
	if s == SideSource {
		return "source"
	}
	return "target"
}

// Link is a link as this provider sees it.
type Link struct {
	InterfaceLinkDefinition
	Side Side // which end this provider is
}

// Peer returns the id at the other end.
func (l Link) Peer() string {
	if l.Side == SideSource {
		return l.Target
	}
	return l.SourceID
}

// Config returns the configuration of this provider's side.
func (l Link) Config() map[string]string {
	if l.Side == SideSource {
		return l.SourceConfig
	}
	return l.TargetConfig
}

// Secrets returns the secrets of this provider's side.
func (l Link) Secrets() map[string]SecretValue {
	if l.Side == SideSource {
		return l.SourceSecrets
	}
	return l.TargetSecrets
}

// linkContextKey finds the *InterfaceLinkDefinition of a call's context.
type linkContextKey struct{}

// LinkFromContext returns the link that the call being served came in on, found by its source-id and link-name headers and
// the WIT namespace and package that were called. It returns false for a call on no link, such as one made by wash. The
// maps are the caller's own.
func LinkFromContext(ctx context.Context) (Link, bool) {
	definition, ok := ctx.Value(linkContextKey{}).(*InterfaceLinkDefinition)
	if !ok {
		return Link{}, false
	}
	return Link{InterfaceLinkDefinition: definition.clone(), Side: SideTarget}, true
}

// parsedLink is a link of the host data or of a message.
type parsedLink struct {
	definition     InterfaceLinkDefinition
	source, target byteNumbers // the sealed secrets of the two sides
	refused        error       // why the own side's secrets did not open; nil when they did, or there are none
	size           int         // bytes of the message and linkOverhead
}

// parseLink decodes one link, and leaves its secrets sealed.
func parseLink(path string, data []byte) (parsedLink, error) {
	f, err := parseFields(path, data)
	if err != nil {
		return parsedLink{}, err
	}
	link := parsedLink{size: len(data) + linkOverhead, definition: f.linkIdentity()}
	link.definition.Interfaces = f.texts("interfaces")
	link.definition.SourceConfig = f.textMap("source_config")
	link.definition.TargetConfig = f.textMap("target_config")
	f.read("source_secrets", "an array of bytes", &link.source)
	f.read("target_secrets", "an array of bytes", &link.target)
	if f.err != nil {
		return parsedLink{}, f.err
	}
	return link, nil
}

// parseIdentity decodes what a deletion must hold; the rest of the link does not matter there.
func parseIdentity(data []byte) (linkKey, error) {
	f, err := parseFields("", data)
	if err != nil {
		return linkKey{}, err
	}
	return f.linkIdentity().key(), f.err
}

// linkIdentity reads the fields that identify a link.
func (f *fields) linkIdentity() InterfaceLinkDefinition {
	link := InterfaceLinkDefinition{
		SourceID:     f.id("source_id"),
		Target:       f.id("target"),
		Name:         orDefault(f.text("name"), defaultLinkName),
		WitNamespace: f.text("wit_namespace"),
		WitPackage:   f.text("wit_package"),
	}
	for _, end := range []struct{ name, id string }{{"source_id", link.SourceID}, {"target", link.Target}} {
		if end.id == "" {
			f.fail(end.name, errors.New("missing"))
		}
	}
	return link
}

// open opens the secrets of the sides that are the provider id. Those of the other side are sealed for somebody else.
func (l *parsedLink) open(id string, box *sealBox) {
	d := &l.definition
	if d.SourceID == id {
		d.SourceSecrets, l.refused = box.open("source_secrets", l.source)
	}
	if d.Target == id && l.refused == nil {
		d.TargetSecrets, l.refused = box.open("target_secrets", l.target)
	}
	l.source, l.target = nil, nil
}

// witPackage splits the namespace and package off an instance: "wasmcloud:example/system-info@0.1.0" gives "wasmcloud" and
// "example".
func witPackage(instance string) (namespace, pkg string) {
	name, _, _ := strings.Cut(instance, "/")
	namespace, pkg, _ = strings.Cut(name, ":")
	pkg, _, _ = strings.Cut(pkg, "@")
	return namespace, pkg
}
