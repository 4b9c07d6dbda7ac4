//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// The secrets, by the keys that the backend knows them by.
var stored = map[string]secret{
	"text-key":  {Version: "1", String: "hush, a text"},
	"bytes-key": {Version: "1", Binary: []int{1, 2, 255, 0}},
	"link-key":  {Version: "1", String: "hush, a link"},
}

// secret is one as the protocol of secrets backends writes it.
type secret struct {
	Version string `json:"version"`
	String  string `json:"string_secret,omitempty"`
	Binary  []int  `json:"binary_secret,omitempty"`
}

// fingerprint is what the witness answers for a secret.
func (s secret) fingerprint() string {
	all := []byte(s.String)
	for _, b := range s.Binary {
		all = append(all, byte(b))
	}
	return fmt.Sprintf("%x", sha256.Sum256(all))
}

// witnessManifest is an application whose provider has configuration and two secrets, and whose link has both too.
const witnessManifest = `apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: e2e-witness
  annotations:
    description: A provider that tells what it was given
spec:
  policies:
    - name: e2e-backend
      type: policy.secret.wasmcloud.dev/v1alpha1
      properties:
        backend: e2e
  components:
    - name: witnessed
      type: component
      properties:
        image: file://ROOT/component/build/custom_template_component_s.wasm
      traits:
        - type: spreadscaler
          properties:
            instances: 1
    - name: witness
      type: capability
      properties:
        image: file://PAR
        id: witness
        config:
          - name: of-provider
            properties: {foo: bar}
        secrets:
          - name: text
            properties: {policy: e2e-backend, key: text-key}
          - name: bytes
            properties: {policy: e2e-backend, key: bytes-key}
      traits:
        - type: link
          properties:
            target:
              name: witnessed
            namespace: wasmcloud
            package: example
            interfaces: [process-data]
            source:
              config:
                - name: of-link
                  properties: {colour: green}
              secrets:
                - name: linked
                  properties: {policy: e2e-backend, key: link-key}
`

// secrets lets a provider have secrets of a backend that the test itself is, and then other configuration.
func secrets(t *testing.T, l *lattice) {
	l.ours(t)
	l.clear(t)
	backend := serveSecrets(t)
	from := l.now(t)
	t.Cleanup(func() { l.quietly(t, "app", "undeploy", "e2e-witness") })
	folder, archive := t.TempDir(), l.witness(t)
	deploy := func(text string) {
		manifest := filepath.Join(folder, "wadm.yaml")
		text = strings.NewReplacer("ROOT", filepath.ToSlash(l.root), "PAR", filepath.ToSlash(archive)).Replace(text)
		if err := os.WriteFile(manifest, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		l.wash(t, "app", "deploy", manifest)
	}

	deploy(witnessManifest)
	l.awaitWitness(t, "bar", "green")
	t.Logf("the backend was asked for %q", backend.asked())
	// A host reads the configuration of a link when the link is put, so what is changed needs another name.
	deploy(strings.NewReplacer("bar", "changed", "green", "blue", "of-link", "of-link-too").Replace(witnessManifest))
	l.awaitWitness(t, "changed", "blue")

	said := l.logged(t, from)
	for _, s := range stored {
		if s.String != "" && strings.Contains(said, s.String) {
			t.Error("a secret is in the log")
		}
	}
}

// witness builds the provider that tells what it was given, and returns its archive.
func (l *lattice) witness(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	binary, archive := filepath.Join(folder, "witness"), filepath.Join(folder, "witness.par.gz")
	build := exec.Command("go", "build", "-tags", "e2e", "-o", binary, "./e2e/witness")
	build.Dir = l.root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l.wash(t, "par", "create", "--vendor", "e2e", "--name", "witness", "--binary", binary, "--destination", archive, "--compress")
	return archive
}

// awaitWitness waits until the witness has this configuration, its link that, and both their secrets.
func (l *lattice) awaitWitness(t *testing.T, foo, colour string) {
	t.Helper()
	type given struct{ Config, Secrets map[string]string }
	want := fmt.Sprint(
		given{map[string]string{"foo": foo}, map[string]string{"text": stored["text-key"].fingerprint(), "bytes": stored["bytes-key"].fingerprint()}},
		[]given{{map[string]string{"colour": colour}, map[string]string{"linked": stored["link-key"].fingerprint()}}},
	)
	var answer string
	eventually(t, 30*time.Second, func() (err error) {
		if answer, err = l.try(t.Context(), "call", "witness", function); err != nil {
			return err
		}
		var got struct {
			Self  given
			Links map[string]given
		}
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			return err
		}
		if said := fmt.Sprint(got.Self, slices.Collect(maps.Values(got.Links))); said != want {
			return fmt.Errorf("the witness has %s, want %s", said, want)
		}
		return nil
	})
	t.Logf("$ wash call witness %s\n%s", function, answer)
}

// backend is a secrets backend, called e2e, of the topic that lattice.sh gives its hosts.
type backend struct {
	key   nkeys.KeyPair
	mutex sync.Mutex
	keys  []string
}

func (b *backend) asked() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.keys
}

// serveSecrets starts the backend.
func serveSecrets(t *testing.T) *backend {
	t.Helper()
	key, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{key: key}
	connection, err := nats.Connect(address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	const prefix = "wasmcloud.secrets.v1alpha1.e2e."
	for subject, answer := range map[string]func(*nats.Msg) (*nats.Msg, error){
		"server_xkey": func(*nats.Msg) (*nats.Msg, error) { return &nats.Msg{Data: []byte(public)}, nil },
		"get":         b.get,
	} {
		_, err := connection.Subscribe(prefix+subject, func(request *nats.Msg) {
			response, err := answer(request)
			if err != nil {
				t.Errorf("secrets backend, %s: %v", subject, err)
				response = &nats.Msg{Data: []byte(`{"secret":null,"error":"SecretNotFound"}`)}
			}
			if err := request.RespondMsg(response); err != nil {
				t.Errorf("secrets backend, %s: %v", subject, err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := connection.Flush(); err != nil {
		t.Fatal(err)
	}
	return b
}

// get answers a request for one secret, sealed both ways.
func (b *backend) get(request *nats.Msg) (*nats.Msg, error) {
	host := request.Header.Get("WasmCloud-Host-Xkey")
	opened, err := b.key.Open(request.Data, host)
	if err != nil {
		return nil, fmt.Errorf("open the request: %w", err)
	}
	var wanted struct {
		Key     string `json:"key"`
		Context struct {
			Entity string `json:"entity_jwt"`
			Host   string `json:"host_jwt"`
		} `json:"context"`
	}
	if err := json.Unmarshal(opened, &wanted); err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	if wanted.Context.Entity == "" || wanted.Context.Host == "" {
		return nil, errors.New("the request does not say who asks")
	}
	found, ok := stored[wanted.Key]
	if !ok {
		return nil, fmt.Errorf("there is no secret %q", wanted.Key)
	}
	b.mutex.Lock()
	b.keys = append(b.keys, wanted.Key)
	b.mutex.Unlock()
	return b.seal(found, host)
}

// seal makes the answer, with a key for it alone.
func (*backend) seal(found secret, host string) (*nats.Msg, error) {
	key, err := nkeys.CreateCurveKeys()
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(map[string]any{"secret": found, "error": nil})
	if err != nil {
		return nil, err
	}
	sealed, err := key.Seal(plain, host)
	if err != nil {
		return nil, fmt.Errorf("seal the answer: %w", err)
	}
	response := nats.NewMsg("")
	response.Header.Set("Server-Response-Xkey", public)
	response.Data = sealed
	return response, nil
}
