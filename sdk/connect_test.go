package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
)

// selfSigned makes a certificate for 127.0.0.1 and writes it to a file.
func selfSigned(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

func TestTLSWithItsOwnCA(t *testing.T) {
	t.Parallel()
	certificate, ca := selfSigned(t)
	s := labtest.Server(t, func(o *server.Options) {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	})
	port := s.Addr().(*net.TCPAddr).Port
	for _, url := range []string{"tls://0.0.0.0:" + strconv.Itoa(port), "127.0.0.1:" + strconv.Itoa(port)} {
		p, err := NewWithHostDataSource(baseFields(url).reader(t), LogOutput(labtest.NewLog()), RootCAs(ca))
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if _, err := p.NatsConnection().TLSConnectionState(); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if err := p.Shutdown(); err != nil {
			t.Error(err)
		}
	}
	_, err := NewWithHostDataSource(baseFields("tls://127.0.0.1:"+strconv.Itoa(port)).reader(t), LogOutput(labtest.NewLog()))
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok || !errors.Is(err, ErrConnect) {
		t.Errorf("without the CA: %v, %v", err, unknown)
	}
	// An authority more does not insist on TLS.
	l := newLab(t, nil, RootCAs(ca))
	if err := l.p.Shutdown(); err != nil {
		t.Error(err)
	}
}

// jwtServer wants a JWT of its account; it returns one, and the seed that belongs to it.
func jwtServer(t testing.TB, expires time.Time) (s *server.Server, token, seed string) {
	t.Helper()
	operator, _ := nkeys.CreateOperator()
	account, _ := nkeys.CreateAccount()
	user, _ := nkeys.CreateUser()
	operatorPublic, _ := operator.PublicKey()
	accountPublic, _ := account.PublicKey()
	userPublic, _ := user.PublicKey()
	accountToken, err := jwt.NewAccountClaims(accountPublic).Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.NewUserClaims(userPublic)
	if !expires.IsZero() {
		claims.Expires = expires.Unix()
	}
	token, err = claims.Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(accountPublic, accountToken); err != nil {
		t.Fatal(err)
	}
	userSeed, _ := user.Seed()
	s = labtest.Server(t, func(o *server.Options) {
		o.TrustedKeys, o.AccountResolver = []string{operatorPublic}, resolver
	})
	return s, token, string(userSeed)
}

func TestUserJWTAndSeed(t *testing.T) {
	t.Parallel()
	s, token, seed := jwtServer(t, time.Time{})
	fields := baseFields(s.ClientURL()).with(hostFields{"lattice_rpc_user_jwt": token, "lattice_rpc_user_seed": seed})
	p, err := NewWithHostDataSource(fields.reader(t), LogOutput(labtest.NewLog()))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Shutdown(); err != nil {
		t.Error(err)
	}
	other, _ := nkeys.CreateUser()
	otherSeed, _ := other.Seed()
	for name, change := range map[string]hostFields{
		"nothing":         {"lattice_rpc_user_jwt": nil, "lattice_rpc_user_seed": nil},
		"another's seed":  {"lattice_rpc_user_seed": string(otherSeed)},
		"the token alone": {"lattice_rpc_user_seed": nil},
	} {
		began := time.Now()
		_, err := NewWithHostDataSource(fields.with(change).reader(t), LogOutput(labtest.NewLog()))
		if !errors.Is(err, ErrConnect) || !strings.Contains(err.Error(), "the server refuses lattice_rpc_user_jwt and its seed") || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
		if err != nil && (strings.Contains(err.Error(), seed) || strings.Contains(err.Error(), string(otherSeed))) {
			t.Errorf("%s: the error shows a seed", name)
		}
	}
}

// Credentials that the server accepts no more close the connection for good: the host has to start the process again.
func TestCredentialsExpire(t *testing.T) {
	t.Parallel()
	s, token, seed := jwtServer(t, time.Now().Add(2*time.Second))
	logs := labtest.NewLog()
	p, err := NewWithHostDataSource(baseFields(s.ClientURL()).with(hostFields{"lattice_rpc_user_jwt": token, "lattice_rpc_user_seed": seed}).reader(t), LogOutput(logs))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Run(t.Context())
	if !errors.Is(err, ErrConnectionClosed) || !strings.Contains(err.Error(), ": nats: ") {
		t.Errorf("got %v\n%s", err, logs)
	}
	if found := secretsIn(logs.String(), []string{token, seed}); len(found) > 0 {
		t.Errorf("the log shows %q", found)
	}
}

func TestConnectionHasTheProvidersName(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	found := false
	connections, err := l.server.Connz(&server.ConnzOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range connections.Conns {
		found = found || c.Name == "prov"
	}
	if !found {
		t.Errorf("no connection has the name of the provider: %+v", connections.Conns)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for try := range 40 {
		longest := min(backoffFirst<<min(max(try-1, 0), 20), backoffMax)
		for range 20 {
			if got := backoff(try); got < longest/2 || got > longest {
				t.Errorf("try %d: %v is not within %v and %v", try, got, longest/2, longest)
			}
		}
	}
}

func TestConnectErrorIsOneLine(t *testing.T) {
	t.Parallel()
	_, err := NewWithHostDataSource(baseFields("nats://me:hunter2@"+closedPort(t)).reader(t), LogOutput(labtest.NewLog()))
	if !errors.Is(err, ErrConnect) || strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if want := "lattice_rpc_url in the host data says where to look"; err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want the hint %q", err, want)
	}
}
