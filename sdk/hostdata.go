package provider

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What holds when the host data does not say.
const (
	defaultLattice    = "default"
	defaultLinkName   = "default"
	defaultNATS       = "127.0.0.1:4222"
	defaultRPCTimeout = 2 * time.Second
	maxRPCTimeout     = 24 * time.Hour
)

// HostData is what a wasmCloud host tells a provider at its start.
//
// However a HostData is printed, logged or marshalled as a whole, its secrets, both seeds, the user JWT and a password in
// the server's address show as "[redacted]". LatticeRPCUserSeed is a plain string all the same, as existing code expects
// it: do not print that field itself, and do not keep a HostData in an unexported field of a struct that you print,
// since package fmt walks those without asking.
type HostData struct {
	HostID             string `json:"host_id"`               // key of the host; empty when nobody said
	LatticeRPCPrefix   string `json:"lattice_rpc_prefix"`    // the lattice's name; "default" when absent
	LatticeRPCUserJWT  string `json:"lattice_rpc_user_jwt"`  // NATS user JWT; empty without authentication
	LatticeRPCUserSeed string `json:"lattice_rpc_user_seed"` // seed of the JWT's key; empty without authentication
	LatticeRPCURL      string `json:"lattice_rpc_url"`       // NATS address as the host wrote it; "127.0.0.1:4222" when absent
	ProviderKey        string `json:"provider_key"`          // the provider's id in the lattice, never empty

	EnvValues  map[string]string `json:"env_values"`
	InstanceID string            `json:"instance_id"` // UUID of this process
	LinkName   string            `json:"link_name"`   // "default" when absent

	// LinkDefinitions are the links that exist at the start, with their secrets opened. Those that name neither side of
	// this provider, or whose secrets do not open, are among them, the latter without secrets.
	LinkDefinitions []InterfaceLinkDefinition `json:"link_definitions"`
	ClusterIssuers  []string                  `json:"cluster_issuers"`

	Config  map[string]string      `json:"config"` // the current configuration: an update replaces it
	Secrets map[string]SecretValue `json:"secrets"`

	HostXKeyPublicKey      string         `json:"host_xkey_public_key"`      // curve key that seals the links' secrets
	ProviderXKeyPrivateKey RedactedString `json:"provider_xkey_private_key"` // curve seed that opens them

	DefaultRPCTimeoutMS *uint64    `json:"default_rpc_timeout_ms"` // deadline of one call; nil means 2000
	StructuredLogging   bool       `json:"structured_logging"`     // logs as JSON instead of text
	LogLevel            *Level     `json:"log_level"`              // nil means Info
	OtelConfig          OtelConfig `json:"otel_config"`
}

// plainHostData is HostData without its methods, to print what has been redacted.
type plainHostData HostData

// redacted returns a copy that shows no secret.
func (h HostData) redacted() plainHostData {
	for _, secret := range []*string{&h.LatticeRPCUserSeed, &h.LatticeRPCUserJWT} {
		if *secret != "" {
			*secret = redactedText
		}
	}
	h.LatticeRPCURL = redactURL(h.LatticeRPCURL)
	return plainHostData(h)
}

// redactURL hides the user and password of each address.
func redactURL(address string) string {
	if !strings.Contains(address, "@") {
		return address
	}
	parts := strings.Split(address, ",")
	for i, part := range parts {
		scheme, rest, found := strings.Cut(part, "://")
		if !found {
			scheme, rest = "", part
		} else {
			scheme += "://"
		}
		if at := strings.LastIndex(rest, "@"); at >= 0 {
			parts[i] = scheme + redactedText + rest[at:]
		}
	}
	return strings.Join(parts, ",")
}

// Format prints the host data without its secrets, whatever the verb.
func (h HostData) Format(state fmt.State, verb rune) {
	fmt.Fprintf(state, fmt.FormatString(state, verb), h.redacted())
}

// String returns the host data without its secrets.
func (h HostData) String() string { return fmt.Sprintf("%+v", h.redacted()) }

// GoString returns the host data in Go syntax, without its secrets.
func (h HostData) GoString() string { return fmt.Sprintf("%#v", h.redacted()) }

// MarshalJSON gives the host data under the host's field names, without its secrets.
func (h HostData) MarshalJSON() ([]byte, error) { return json.Marshal(h.redacted()) }

// LogValue gives the host data to slog, without its secrets.
func (h HostData) LogValue() slog.Value { return slog.AnyValue(h.redacted()) }

// clone returns a copy that shares nothing that can be changed.
func (h HostData) clone() HostData {
	h.EnvValues = maps.Clone(h.EnvValues)
	h.ClusterIssuers = slices.Clone(h.ClusterIssuers)
	h.Config = maps.Clone(h.Config)
	h.Secrets = maps.Clone(h.Secrets)
	h.LinkDefinitions = slices.Clone(h.LinkDefinitions)
	for i, link := range h.LinkDefinitions {
		h.LinkDefinitions[i] = link.clone()
	}
	if h.DefaultRPCTimeoutMS != nil {
		h.DefaultRPCTimeoutMS = new(*h.DefaultRPCTimeoutMS)
	}
	if h.LogLevel != nil {
		h.LogLevel = new(*h.LogLevel)
	}
	h.OtelConfig = h.OtelConfig.clone()
	return h
}

// rpcTimeout is the deadline of one call.
func (h HostData) rpcTimeout() time.Duration {
	if h.DefaultRPCTimeoutMS == nil || *h.DefaultRPCTimeoutMS == 0 {
		return defaultRPCTimeout
	}
	return time.Duration(min(*h.DefaultRPCTimeoutMS, uint64(maxRPCTimeout/time.Millisecond))) * time.Millisecond
}

// addresses returns the NATS servers to connect to: with a scheme, and an address that can be dialled in place of the
// one that means "all of this machine" where a server listens.
func (h HostData) addresses() ([]string, error) {
	var addresses []string
	for address := range strings.SplitSeq(h.LatticeRPCURL, ",") {
		if address = strings.TrimSpace(address); address == "" {
			continue
		}
		if !strings.Contains(address, "://") {
			address = "nats://" + address
		}
		parsed, err := url.Parse(address)
		if err != nil || parsed.Hostname() == "" {
			// The parser's own text would quote the address, and with it a password.
			return nil, fmt.Errorf("%s is no NATS address: want host:port, nats://host:port or tls://host:port", redactURL(address))
		}
		addresses = append(addresses, dialable(parsed).String())
	}
	return addresses, nil
}

// dialable replaces the unspecified addresses by loopback.
func dialable(address *url.URL) *url.URL {
	host, port := address.Hostname(), address.Port()
	switch host {
	case "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "[::1]"
	default:
		return address
	}
	if port != "" {
		host += ":" + port
	}
	address.Host = host
	return address
}
