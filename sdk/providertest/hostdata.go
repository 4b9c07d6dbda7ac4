package providertest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nkeys"
)

// ProviderOption is an option of [Lattice.StartProvider].
type ProviderOption func(*instance) error

// instance is what a host knows of a provider that it is about to start.
type instance struct {
	hostID   string
	hostKey  nkeys.KeyPair // seals the links' secrets
	ownKey   nkeys.KeyPair // opens them
	ownXKey  string        // its public half
	hostData map[string]any
	rule     Rule // nil without faults
}

// WithConfig sets the configuration that the provider starts with.
func WithConfig(config map[string]string) ProviderOption {
	return WithHostData("config", config)
}

// WithSecrets sets the secrets that the provider starts with.
func WithSecrets(secrets Secrets) ProviderOption {
	return func(i *instance) error {
		values, err := secrets.values()
		if err != nil {
			return err
		}
		i.hostData["secrets"] = values
		return nil
	}
}

// WithLinks sets the links that exist when the provider starts.
func WithLinks(links ...Link) ProviderOption {
	return func(i *instance) error {
		messages := make([]map[string]any, 0, len(links))
		for _, link := range links {
			message, err := link.message(i.hostKey, i.ownXKey)
			if err != nil {
				return err
			}
			messages = append(messages, message)
		}
		i.hostData["link_definitions"] = messages
		return nil
	}
}

// WithCallTimeout sets the deadline of the provider's calls, in and out. Without it the host data doesn't say.
func WithCallTimeout(d time.Duration) ProviderOption {
	return WithHostData("default_rpc_timeout_ms", d.Milliseconds())
}

// WithHostData sets one field of the host data, by its name on the wire, to what value is in JSON: for fields that have no
// option of their own, and for values that a host would never send.
func WithHostData(field string, value any) ProviderOption {
	return func(i *instance) error {
		i.hostData[field] = value
		return nil
	}
}

// newInstance makes what a host makes up before it starts a provider: keys, ids, host data.
func (l *Lattice) newInstance(id string, options []ProviderOption) (*instance, error) {
	i := &instance{}
	host, err := nkeys.CreateServer()
	if err != nil {
		return nil, err
	}
	if i.hostID, err = host.PublicKey(); err != nil {
		return nil, err
	}
	if i.hostKey, err = nkeys.CreateCurveKeys(); err != nil {
		return nil, err
	}
	if i.ownKey, err = nkeys.CreateCurveKeys(); err != nil {
		return nil, err
	}
	if i.ownXKey, err = i.ownKey.PublicKey(); err != nil {
		return nil, err
	}
	if i.hostData, err = l.usualHostData(id, i); err != nil {
		return nil, err
	}
	for _, option := range options {
		if err := option(i); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// usualHostData is what a host sends when nothing is configured.
func (l *Lattice) usualHostData(id string, i *instance) (map[string]any, error) {
	hostXKey, err := i.hostKey.PublicKey()
	if err != nil {
		return nil, err
	}
	seed, err := i.ownKey.Seed()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"host_id":                   i.hostID,
		"lattice_rpc_prefix":        l.name,
		"lattice_rpc_url":           l.URL(),
		"lattice_rpc_user_jwt":      "",
		"lattice_rpc_user_seed":     "",
		"provider_key":              id,
		"link_name":                 "default",
		"instance_id":               newUUID(),
		"env_values":                map[string]string{},
		"link_definitions":          []any{},
		"cluster_issuers":           []string{},
		"config":                    map[string]string{},
		"secrets":                   map[string]any{},
		"host_xkey_public_key":      hostXKey,
		"provider_xkey_private_key": string(seed),
		"default_rpc_timeout_ms":    nil,
		"structured_logging":        false,
		"log_level":                 nil,
		"otel_config":               map[string]any{},
	}, nil
}

// stdin is what the host writes to the provider's: one line of base64.
func (i *instance) stdin() (string, error) {
	data, err := json.Marshal(i.hostData)
	if err != nil {
		return "", fmt.Errorf("host data: %w", err)
	}
	return base64.StdEncoding.EncodeToString(data) + "\r\n", nil
}

// newUUID makes a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
