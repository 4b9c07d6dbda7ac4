package telemetry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// selfSigned returns a certificate for 127.0.0.1 and the file in which it stands as PEM.
func selfSigned(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, path
}

// The collector's certificate is trusted when additional_ca_paths has it, and not otherwise.
func TestTLS(t *testing.T) {
	t.Parallel()
	for protocol, serve := range map[string]func(testing.TB, *tls.Config) *collectorStandin{"http": serveHTTP, "grpc": serveGRPC} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			config, ca := selfSigned(t)
			c := serve(t, config)
			url := labtest.Server(t).ClientURL()
			host := connect(t, url)

			trusting := start(t, url, "trusting", all("https://"+c.addr, protocol).with(fields{
				"additional_ca_paths": []string{"/nowhere/ca.pem", ca},
			}), Option())
			trusting.logs.WaitFor(t, "/nowhere/ca.pem")
			if _, err := callProvider(t, host, "trusting", "echo", "x", nats.Header{}); err != nil {
				t.Fatal(err)
			}
			trusting.stop()
			c.span(t, instance+"/echo", tracepb.Span_SPAN_KIND_SERVER)
			c.metric(t, "rpc.server.calls")
			c.log(t, "echoing")

			c.mu.Lock()
			before := len(c.paths)
			c.mu.Unlock()
			wary := start(t, url, "wary", all("https://"+c.addr, protocol), Option())
			wary.stop()
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.paths) != before {
				t.Error("telemetry went to a collector whose certificate nobody vouches for")
			}
		})
	}
}

func TestUnusableCAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(path, []byte("not PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, labtest.Server(t).ClientURL(), "prov", all("https://127.0.0.1:1", "http").with(fields{"additional_ca_paths": []string{path}}), Option())
	if text := r.logs.String(); !strings.Contains(text, path) {
		t.Errorf("the log does not name %s: %s", path, text)
	}
}

func TestWithoutUser(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://c:1":            "http://c:1",
		"http://me:pw@c:1/x":    "http://[redacted]@c:1/x",
		"me:pw@c:1":             "[redacted]@c:1",
		"http://me:p@w@c:1":     "http://[redacted]@c:1",
		"anything else, really": "anything else, really",
	} {
		if got := withoutUser(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
