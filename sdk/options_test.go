package provider

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wasmCloud/provider-sdk-go/internal/labtest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// configured applies options to a provider that has no connection.
func configured(t testing.TB, options ...ProviderHandler) (*WasmcloudProvider, error) {
	t.Helper()
	start, err := parseHostData([]byte(minimalHostData))
	if err != nil {
		t.Fatal(err)
	}
	p := newProvider(start)
	return p, p.configure(options)
}

func noLink(InterfaceLinkDefinition) error { return nil }

func TestOptionDefaults(t *testing.T) {
	t.Parallel()
	p, err := configured(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := p.state().settings
	if s.hostBudget != 250*time.Millisecond || s.signalBudget != 10*time.Second || s.maxInFlight != 1024 || s.logOutput != os.Stderr || s.roots != nil {
		t.Errorf("got %+v", s)
	}
	check := checker{check: s.health}
	if message, err := check.run(nil); message != "provider healthy" || err != nil {
		t.Errorf("got %q, %v", message, err)
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func() string { return "" }
	checkFunc := func(context.Context) (string, error) { return "", nil }
	for name, options := range map[string][]ProviderHandler{
		"SourceLinkPut without a function":    {SourceLinkPut(nil)},
		"SourceLinkDel without a function":    {SourceLinkDel(nil)},
		"TargetLinkPut without a function":    {TargetLinkPut(nil)},
		"TargetLinkDel without a function":    {TargetLinkDel(nil)},
		"HealthCheck without a function":      {HealthCheck(nil)},
		"HealthCheckFunc without a function":  {HealthCheckFunc(nil)},
		"ConfigUpdate without a function":     {ConfigUpdate(nil)},
		"Shutdown without a function":         {Shutdown(nil)},
		"OnFlush without a function":          {OnFlush(nil)},
		"WrapLog without a function":          {WrapLog(nil)},
		"LogOutput without a writer":          {LogOutput(nil)},
		"MaxInFlight(0)":                      {MaxInFlight(0)},
		"MaxInFlight(-1)":                     {MaxInFlight(-1)},
		"ShutdownBudget(0s, 1s)":              {ShutdownBudget(0, time.Second)},
		"ShutdownBudget(1s, -1ns)":            {ShutdownBudget(time.Second, -1)},
		"SourceLinkPut and Links exclude":     {Links(LinkHandler{}), SourceLinkPut(noLink)},
		"Links excludes SourceLinkPut":        {TargetLinkDel(noLink), Links(LinkHandler{})},
		"and another Links":                   {Links(LinkHandler{}), Links(LinkHandler{})},
		"HealthCheckFunc: a health check has": {HealthCheck(check), HealthCheckFunc(checkFunc)},
		"HealthCheck: a health check has":     {HealthCheckFunc(checkFunc), HealthCheck(check)},
		"RootCAs: " + empty + ": no PEM":      {RootCAs(empty)},
		"RootCAs: " + empty + ".not: open":    {RootCAs(empty + ".not")},
	} {
		_, err := configured(t, options...)
		if !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := configured(t, RootCAs(empty+".not")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestOptionsInRange(t *testing.T) {
	t.Parallel()
	p, err := configured(t, RootCAs(), MaxInFlight(1), ShutdownBudget(1, 2), SourceLinkPut(noLink), SourceLinkDel(noLink), TargetLinkPut(noLink), TargetLinkDel(noLink),
		Intercept(wrpcnats.Interceptor{}), Intercept(wrpcnats.Interceptor{}), func(p *WasmcloudProvider) error {
			if p.ID != "p" || p.HostData().ProviderKey != "p" || p.Topics.LatticeHealth != "wasmbus.rpc.default.p.health" || p.Logger == nil {
				t.Errorf("an option sees %+v", p)
			}
			return nil
		})
	if s := p.state().settings; err != nil || s.maxInFlight != 1 || s.hostBudget != 1 || s.signalBudget != 2 || len(s.interceptors) != 2 {
		t.Errorf("got %+v, %v", s, err)
	}
}

// tagged puts a word into each message on its way to the next handler.
type tagged struct {
	slog.Handler
	tag string
}

func (h tagged) Handle(ctx context.Context, r slog.Record) error {
	r.Message = h.tag + " " + r.Message
	return h.Handler.Handle(ctx, r)
}

func TestLogging(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]string{
		"critical": "CRITICAL", "error": "CRITICAL ERROR", "warn": "CRITICAL ERROR WARN", "": "CRITICAL ERROR WARN INFO", "INFO": "CRITICAL ERROR WARN INFO",
		"debug": "CRITICAL ERROR WARN INFO DEBUG", "trace": "CRITICAL ERROR WARN INFO DEBUG TRACE",
	} {
		for _, structured := range []bool{false, true} {
			start, err := parseHostData(mustJSON(t, hostFields{"provider_key": "p", "log_level": level, "structured_logging": structured}))
			if err != nil {
				t.Fatal(err)
			}
			logs := labtest.NewLog()
			p := newProvider(start)
			if err := p.configure([]ProviderHandler{LogOutput(logs),
				WrapLog(func(h slog.Handler) slog.Handler { return tagged{h, "inner"} }), WrapLog(func(h slog.Handler) slog.Handler { return tagged{h, "outer"} })}); err != nil {
				t.Fatal(err)
			}
			for _, l := range []Level{Critical, Error, Warn, Info, Debug, Trace} {
				p.Logger.Log(t.Context(), l.Level(), "hello")
			}
			var got []string
			for line := range strings.Lines(logs.String()) {
				_, rest, _ := strings.Cut(strings.ReplaceAll(line, `"`, ""), "level")
				name, _, _ := strings.Cut(strings.ReplaceAll(rest[1:], ",", " "), " ")
				got = append(got, name)
				if strings.HasPrefix(line, "{") != structured || !strings.Contains(line, "inner outer hello") {
					t.Errorf("structured %v: %s", structured, line)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: got %q, want %q", level, got, want)
			}
		}
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	want := Topics{
		LatticeLinkGet:      "wasmbus.rpc.lat.key-value.linkdefs.get",
		LatticeLinkDel:      "wasmbus.rpc.lat.key-value.linkdefs.del",
		LatticeLinkPut:      "wasmbus.rpc.lat.key-value.linkdefs.put",
		LatticeHealth:       "wasmbus.rpc.lat.key-value.health",
		LatticeShutdown:     "wasmbus.rpc.lat.key-value.default.shutdown",
		LatticeConfigUpdate: "wasmbus.rpc.lat.key-value.config.update",
	}
	if got := NewTopics("lat", "key-value", ""); got != want {
		t.Errorf("got %+v", got)
	}
	want.LatticeLinkPut = "wasmbus.rpc.lat.XKEY.linkdefs.put"
	if got := NewTopics("lat", "key-value", "XKEY"); got != want {
		t.Errorf("with a curve key: %+v", got)
	}
	if callPrefix("lat", "c") != "lat.c" || calledID("lat", "lat.c.d") != "c.d" {
		t.Error("call prefix")
	}
}

func TestWitPackage(t *testing.T) {
	t.Parallel()
	for instance, want := range map[string][2]string{
		"wasmcloud:example/system-info": {"wasmcloud", "example"}, "wasi:keyvalue/store@0.2.0-draft": {"wasi", "keyvalue"},
		"plain": {"plain", ""}, "": {"", ""}, "a:b@1.0.0": {"a", "b"},
	} {
		if namespace, pkg := witPackage(instance); namespace != want[0] || pkg != want[1] {
			t.Errorf("%s: got %s:%s", instance, namespace, pkg)
		}
	}
}

// Who starts the binary in a terminal is told what it waits for.
func TestAnnounceWait(t *testing.T) {
	t.Parallel()
	terminal, err := os.Open("/dev/zero") // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	logs := labtest.NewLog()
	announceWait(terminal, slog.New(slog.NewTextHandler(logs, nil)))
	if text := logs.String(); !strings.Contains(text, "waiting for the host data on stdin") || !strings.Contains(text, "sh run.sh") {
		t.Errorf("got %q", text)
	}
	quiet := labtest.NewLog()
	announceWait(strings.NewReader(""), slog.New(slog.NewTextHandler(quiet, nil)))
	if quiet.String() != "" {
		t.Errorf("got %q", quiet)
	}
}

// The null device is no terminal, though both are character devices.
func TestTerminal(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	info, err := null.Stat()
	if err != nil || isTerminal(info) {
		t.Errorf("the null device is taken for a terminal: %v", err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || isTerminal(info) {
		t.Errorf("a file is taken for a terminal: %v", err)
	}
	if _, err := NewWithHostDataSource(null); !errors.Is(err, errNoHostData) {
		t.Errorf("got %v", err)
	}
}
