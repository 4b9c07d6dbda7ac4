package provider

import "strings"

// Topics are the subjects of the lattice on which a provider listens for its host. They are plain subscriptions: every
// instance of a provider hears all of them.
type Topics struct {
	LatticeLinkGet      string // not served by providers of today's hosts; kept for code that reads it
	LatticeLinkDel      string // a link, to be deleted
	LatticeLinkPut      string // a link, new or changed; the subject carries the curve key when the host sent a pair
	LatticeHealth       string // a request for the provider's health
	LatticeShutdown     string // a request to stop, meant for the instance of one host
	LatticeConfigUpdate string // the whole new configuration
}

// controlPrefix begins every subject of the control interface.
const controlPrefix = "wasmbus.rpc."

// NewTopics builds the control subjects of a provider. linkKey is the public key of the instance's curve seed when the
// host sent both curve keys, and empty otherwise: hosts address sealed links to the key, so that only the instance that
// can open them hears them.
func NewTopics(lattice, id, linkKey string) Topics {
	own := controlPrefix + lattice + "." + id
	put := own
	if linkKey != "" {
		put = controlPrefix + lattice + "." + linkKey
	}
	return Topics{
		LatticeLinkGet:      own + ".linkdefs.get",
		LatticeLinkDel:      own + ".linkdefs.del",
		LatticeLinkPut:      put + ".linkdefs.put",
		LatticeHealth:       own + ".health",
		LatticeShutdown:     own + "." + defaultLinkName + ".shutdown",
		LatticeConfigUpdate: own + ".config.update",
	}
}

// callPrefix is the address below which the functions of id are called. Its queue group is the same.
func callPrefix(lattice, id string) string { return lattice + "." + id }

// calledID returns whom a call to prefix is meant for.
func calledID(lattice, prefix string) string { return strings.TrimPrefix(prefix, lattice+".") }

// The headers of a call, as wasmCloud hosts write them: NATS keeps the letter case of header names.
const (
	headerSourceID    = "source-id"
	headerTargetID    = "target-id"
	headerLinkName    = "link-name"
	headerTraceParent = "traceparent"
	headerTraceState  = "tracestate"
)
