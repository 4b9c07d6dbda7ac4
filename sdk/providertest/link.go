package providertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nkeys"
)

// Link is a link as a deployment describes it: the source calls the target. An empty Name means "default".
type Link struct {
	SourceID, Target string   // ids of components or providers
	Name             string   // tells several links between the two apart
	Package          string   // WIT namespace and package, such as "wasmcloud:example"
	Interfaces       []string // of the package, such as "system-info"

	SourceConfig, TargetConfig   map[string]string
	SourceSecrets, TargetSecrets Secrets // sealed on their way, as a host does it
}

// Secrets are secrets by name, each a string or a []byte. Nothing is said about a value of another type: it makes the
// method fail that it is given to.
type Secrets map[string]any

// secretValue is one secret in plain.
type secretValue struct {
	Kind  string `json:"kind"`
	Value any    `json:"value"`
}

func (s Secrets) values() (map[string]secretValue, error) {
	values := make(map[string]secretValue, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		switch secret := s[name].(type) {
		case string:
			values[name] = secretValue{"String", secret}
		case []byte:
			values[name] = secretValue{"Bytes", numbers(secret)}
		default:
			return nil, fmt.Errorf("secret %q is a %T: want a string or a []byte", name, secret)
		}
	}
	return values, nil
}

// numbers are bytes in the form that serde gives them in JSON.
func numbers(data []byte) []int {
	list := make([]int, len(data))
	for i, b := range data {
		list[i] = int(b)
	}
	return list
}

// seal puts the secrets into a box that the recipient alone can open; without secrets there is none.
func (s Secrets) seal(from nkeys.KeyPair, to string) ([]int, error) {
	if len(s) == 0 {
		return nil, nil
	}
	values, err := s.values()
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	box, err := from.Seal(plain, to)
	if err != nil {
		return nil, fmt.Errorf("seal the secrets: %w", err)
	}
	return numbers(box), nil
}

// message is the link in the form of the lattice, with secrets sealed by a host for one provider.
func (l Link) message(from nkeys.KeyPair, to string) (map[string]any, error) {
	namespace, pkg, ok := strings.Cut(l.Package, ":")
	if !ok {
		return nil, fmt.Errorf("link's package %q: want namespace:package", l.Package)
	}
	source, err := l.SourceSecrets.seal(from, to)
	if err != nil {
		return nil, err
	}
	target, err := l.TargetSecrets.seal(from, to)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"source_id":      l.SourceID,
		"target":         l.Target,
		"name":           orDefault(l.Name),
		"wit_namespace":  namespace,
		"wit_package":    pkg,
		"interfaces":     orEmpty(l.Interfaces),
		"source_config":  orNoEntries(l.SourceConfig),
		"target_config":  orNoEntries(l.TargetConfig),
		"source_secrets": source,
		"target_secrets": target,
	}, nil
}

func orDefault(name string) string {
	if name == "" {
		return "default"
	}
	return name
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func orNoEntries(config map[string]string) map[string]string {
	if config == nil {
		return map[string]string{}
	}
	return config
}
