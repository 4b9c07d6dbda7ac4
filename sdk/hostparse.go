package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nkeys"
)

// startData is the host data with what its public form does not show.
type startData struct {
	host     HostData
	links    []parsedLink // of host.LinkDefinitions, same order
	box      *sealBox
	warnings []string // settings that were ignored, and why
}

// parseHostData decodes and checks the host data. What a provider cannot do without is an error that names its field; an
// optional setting with an unknown value is ignored with a warning.
func parseHostData(data []byte) (*startData, error) {
	f, err := parseFields("", data)
	if err != nil {
		return nil, hostDataError(err)
	}
	start := &startData{}
	h := &start.host
	h.ProviderKey = f.id("provider_key")
	h.HostID = f.id("host_id")
	h.LatticeRPCPrefix = orDefault(f.id("lattice_rpc_prefix"), defaultLattice)
	h.LatticeRPCURL = orDefault(f.text("lattice_rpc_url"), defaultNATS)
	h.LatticeRPCUserJWT = f.text("lattice_rpc_user_jwt")
	h.LatticeRPCUserSeed = f.text("lattice_rpc_user_seed")
	h.EnvValues = f.textMap("env_values")
	h.InstanceID = f.text("instance_id")
	h.LinkName = orDefault(f.text("link_name"), defaultLinkName)
	h.ClusterIssuers = f.texts("cluster_issuers")
	h.Config = f.textMap("config")
	h.Secrets = f.secrets("secrets")
	h.HostXKeyPublicKey = f.text("host_xkey_public_key")
	h.ProviderXKeyPrivateKey = Redact(f.text("provider_xkey_private_key"))
	if h.ProviderKey == "" {
		f.fail("provider_key", errors.New("missing: it is the provider's id in the lattice"))
	}
	if _, err := h.addresses(); err != nil {
		f.fail("lattice_rpc_url", err)
	}
	start.readSettings(f)
	start.openBox()
	start.readLinks(f)
	if f.err != nil {
		return nil, hostDataError(f.err)
	}
	return start, nil
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// warn keeps a warning for the time when there is a logger.
func (s *startData) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// readSettings reads the settings that a provider runs without.
func (s *startData) readSettings(f *fields) {
	soft := &softFields{fields: f, warn: s.warn}
	h := &s.host
	h.StructuredLogging = soft.flag("structured_logging", false)
	if text := soft.text("log_level"); text != "" {
		if level, ok := parseLevel(text); ok {
			h.LogLevel = &level
		} else {
			s.warn("log_level: %.40q is not known, logging at info", text)
		}
	}
	h.DefaultRPCTimeoutMS = soft.number("default_rpc_timeout_ms")
	if ms := h.DefaultRPCTimeoutMS; ms != nil && *ms == 0 {
		s.warn("default_rpc_timeout_ms: 0 leaves no time for a call, taking %v", defaultRPCTimeout)
		h.DefaultRPCTimeoutMS = nil
	}
	h.OtelConfig = readOtelConfig(f, s.warn)
	if (h.LatticeRPCUserJWT == "") != (h.LatticeRPCUserSeed == "") {
		s.warn("lattice_rpc_user_jwt and lattice_rpc_user_seed belong together, connecting without either")
	}
}

// openBox takes the two curve keys. Without both, or with keys that are none, links come without secrets.
func (s *startData) openBox() {
	seed, sender := s.host.ProviderXKeyPrivateKey.Reveal(), s.host.HostXKeyPublicKey
	if seed == "" || sender == "" {
		return
	}
	box, err := newSealBox(seed, sender)
	if err != nil {
		s.warn("%s, links with secrets will be refused", err.Error())
	}
	s.box = box
}

// readLinks decodes the links of the host data. One that cannot be read fails alone: it stays out, with a warning.
func (s *startData) readLinks(f *fields) {
	var raws []json.RawMessage
	f.read("link_definitions", "an array of links", &raws)
	for i, raw := range raws {
		link, err := parseLink(fmt.Sprintf("link_definitions[%d].", i), raw)
		if err != nil {
			s.warn("%s, the link is ignored", err.Error())
			continue
		}
		link.open(s.host.ProviderKey, s.box)
		s.links = append(s.links, link)
		s.host.LinkDefinitions = append(s.host.LinkDefinitions, link.definition)
	}
}

// softFields reads optional settings: what has the wrong type is a warning.
type softFields struct {
	*fields
	warn func(format string, args ...any)
}

// take decodes a member; it is left out when it is absent, null or of another type.
func (f *softFields) take(name, want string, v any) bool {
	raw, ok := f.members[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if json.Unmarshal(raw, v) != nil {
		f.warn("%s%s: want %s, got %s, ignored", f.path, name, want, kindOf(raw))
		return false
	}
	return true
}

func (f *softFields) text(name string) string {
	var s string
	f.take(name, "a string", &s)
	return s
}

func (f *softFields) flag(name string, fallback bool) bool {
	if b := f.optionalFlag(name); b != nil {
		return *b
	}
	return fallback
}

func (f *softFields) optionalFlag(name string) *bool {
	var b bool
	if !f.take(name, "a bool", &b) {
		return nil
	}
	return &b
}

func (f *softFields) number(name string) *uint64 {
	var n uint64
	if !f.take(name, "a whole number from 0", &n) {
		return nil
	}
	return &n
}

// secrets reads an object of secret values.
func (f *fields) secrets(name string) map[string]SecretValue {
	members := f.object(name)
	if members == nil {
		return nil
	}
	secrets, err := parseSecrets(f.path+name+".", members)
	if err != nil && f.err == nil {
		f.err = err
	}
	return secrets
}

// parseSecrets decodes secret values. Its errors name the secret and never quote it.
func parseSecrets(path string, members map[string]json.RawMessage) (map[string]SecretValue, error) {
	secrets := make(map[string]SecretValue, len(members)) // bounded by what was parsed
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value, err := parseSecret(members[name])
		if err != nil {
			return nil, &fieldError{field: path + name, err: err}
		}
		secrets[name] = value
	}
	return secrets, nil
}

func parseSecret(data []byte) (SecretValue, error) {
	var wire struct {
		Kind  string          `json:"kind"`
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(data, &wire) != nil {
		return SecretValue{}, errors.New(`want an object with "kind" and "value", got ` + kindOf(data))
	}
	switch wire.Kind {
	case "String":
		var text *string
		if json.Unmarshal(wire.Value, &text) != nil || text == nil {
			return SecretValue{}, errors.New("a secret of the kind String wants a string as its value, got " + kindOf(wire.Value))
		}
		return SecretString(*text), nil
	case "Bytes":
		var numbers byteNumbers
		if json.Unmarshal(wire.Value, &numbers) != nil || numbers == nil {
			return SecretValue{}, errors.New("a secret of the kind Bytes wants an array of bytes (numbers from 0 to 255) as its value")
		}
		return SecretBytes(numbers), nil
	default:
		return SecretValue{}, errors.New("kind is neither String nor Bytes")
	}
}

// byteNumbers are bytes as Rust writes them in JSON: an array of numbers, where Go writes base64.
type byteNumbers []byte

// UnmarshalJSON reads an array of numbers from 0 to 255, or null.
func (b *byteNumbers) UnmarshalJSON(data []byte) error {
	if kindOf(data) == "an array" {
		var numbers []uint16 // two bytes for each of at least two characters
		if err := json.Unmarshal(data, &numbers); err != nil {
			return err
		}
		*b = make([]byte, len(numbers)) // bounded by what was parsed
		for i, n := range numbers {
			if n > 255 {
				return errors.New("not a byte")
			}
			(*b)[i] = byte(n)
		}
		return nil
	}
	*b = nil
	if string(data) != "null" {
		return errors.New("want an array of bytes")
	}
	return nil
}

// sealBox opens the secrets that the host seals for this instance.
type sealBox struct {
	key    nkeys.KeyPair // prints as an interface of pointers; never logged all the same
	public string        // of key
	sender string
}

func newSealBox(seed, sender string) (*sealBox, error) {
	key, err := nkeys.FromCurveSeed([]byte(seed))
	if err != nil {
		return nil, &fieldError{field: "provider_xkey_private_key", err: errors.New("not a curve seed (SX…)")}
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, &fieldError{field: "provider_xkey_private_key", err: errors.New("not a curve seed (SX…)")}
	}
	if !nkeys.IsValidPublicCurveKey(sender) {
		return nil, &fieldError{field: "host_xkey_public_key", err: errors.New("not a public curve key (X…)")}
	}
	return &sealBox{key: key, public: public, sender: sender}, nil
}

// open returns what is in the box: an object of secret values. It has none when there is no box.
func (b *sealBox) open(path string, sealed []byte) (map[string]SecretValue, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if b == nil {
		return nil, &fieldError{field: path, err: errors.New("sealed, and the host data has no valid pair of curve keys to open it")}
	}
	opened, err := b.key.Open(sealed, b.sender)
	if err != nil {
		return nil, &fieldError{field: path, err: errors.New("the box does not open: not sealed by this host for this provider")}
	}
	inner, err := parseFields(path+".", opened)
	if err != nil {
		return nil, err
	}
	return parseSecrets(path+".", inner.members)
}
