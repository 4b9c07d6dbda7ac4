package provider_test

import (
	"io"
	"log/slog"

	"github.com/nats-io/nats.go"

	provider "github.com/wasmCloud/provider-sdk-go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// The names and signatures that existing providers use. That this compiles is the test.
var (
	_ func(...provider.ProviderHandler) (*provider.WasmcloudProvider, error)            = provider.New
	_ func(io.Reader, ...provider.ProviderHandler) (*provider.WasmcloudProvider, error) = provider.NewWithHostDataSource
	_ [4]func(func(provider.InterfaceLinkDefinition) error) provider.ProviderHandler    = [4]func(func(provider.InterfaceLinkDefinition) error) provider.ProviderHandler{provider.SourceLinkPut, provider.SourceLinkDel, provider.TargetLinkPut, provider.TargetLinkDel}
	_ func(func() string) provider.ProviderHandler                                      = provider.HealthCheck
	_ func(func() error) provider.ProviderHandler                                       = provider.Shutdown
	_ provider.ProviderHandler                                                          = func(*provider.WasmcloudProvider) error { return nil }
	_ func(*provider.WasmcloudProvider) provider.HostData                               = (*provider.WasmcloudProvider).HostData
	_ func(*provider.WasmcloudProvider) *nats.Conn                                      = (*provider.WasmcloudProvider).NatsConnection
	_ func(*provider.WasmcloudProvider, string) *wrpcnats.Client                        = (*provider.WasmcloudProvider).OutgoingRpcClient
	_ [2]func(*provider.WasmcloudProvider) error                                        = [2]func(*provider.WasmcloudProvider) error{(*provider.WasmcloudProvider).Start, (*provider.WasmcloudProvider).Shutdown}
	_ [6]provider.Level                                                                 = [6]provider.Level{provider.Error, provider.Warn, provider.Info, provider.Debug, provider.Trace, provider.Critical}
	_ func(provider.Level) slog.Level                                                   = provider.Level.Level
	_ func(provider.SecretStringValue) string                                           = provider.SecretStringValue.Reveal
	_ func(provider.SecretBytesValue) []byte                                            = provider.SecretBytesValue.Reveal
	_ func(provider.RedactedString) string                                              = provider.RedactedString.Reveal
	_ [3]interface{ String() string }                                                   = [3]interface{ String() string }{provider.SecretStringValue{}, provider.SecretBytesValue{}, provider.RedactedString{}}
	_ provider.HealthCheckResponse                                                      = provider.HealthCheckResponse{Healthy: true, Message: ""}
)

// oldFields uses every field as existing code does.
func oldFields(p *provider.WasmcloudProvider) []any {
	host := p.HostData()
	var (
		level   *provider.Level                 = host.LogLevel
		timeout *uint64                         = host.DefaultRPCTimeoutMS
		seed    provider.RedactedString         = host.ProviderXKeyPrivateKey
		otel    provider.OtelConfig             = host.OtelConfig
		config  map[string]string               = host.Config
		secrets map[string]provider.SecretValue = host.Secrets
	)
	topics := []string{p.Topics.LatticeLinkGet, p.Topics.LatticeLinkDel, p.Topics.LatticeLinkPut, p.Topics.LatticeHealth, p.Topics.LatticeShutdown}
	link := provider.InterfaceLinkDefinition{SourceID: host.HostID, Target: host.LatticeRPCPrefix, Name: host.LatticeRPCUserJWT, WitNamespace: host.LatticeRPCUserSeed,
		WitPackage: host.LatticeRPCURL, Interfaces: host.ClusterIssuers, SourceConfig: host.EnvValues, TargetConfig: config, SourceSecrets: secrets, TargetSecrets: nil}
	text := []string{host.ProviderKey, host.InstanceID, host.HostXKeyPublicKey, secrets[""].String.Reveal(), string(secrets[""].Bytes.Reveal())}
	return []any{p.ID, p.Logger, p.RPCClient, host.StructuredLogging, len(host.LinkDefinitions), level, timeout, seed, otel, topics, link, text}
}

var _ = oldFields
