package telemetry

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

// tlsConfig trusts the system's certificates and those in the files of otel_config.additional_ca_paths, or in their
// place the file of the environment. A file that cannot be used is told and passed over: if it was needed, the exports
// say so.
func (e *environment) tlsConfig(c connection) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.certificate != "" || len(e.host.AdditionalCAPaths) > 0 {
		config.RootCAs = e.roots(c.certificate)
	}
	if c.clientCertificate != "" && c.clientKey != "" {
		pair, err := tls.LoadX509KeyPair(c.clientCertificate, c.clientKey)
		if err != nil {
			e.log.Warn("telemetry client certificate ignored", "certificate", c.clientCertificate, "key", c.clientKey, "err", err)
		} else {
			config.Certificates = []tls.Certificate{pair}
		}
	}
	return config
}

// roots reads the trusted certificates. The variable replaces the system's, as it does everywhere in OpenTelemetry.
func (e *environment) roots(certificate string) *x509.CertPool {
	pool := x509.NewCertPool()
	if certificate == "" || !e.addCertificates(pool, "OTEL_EXPORTER_OTLP_CERTIFICATE", certificate) {
		if system, err := x509.SystemCertPool(); err == nil {
			pool = system
		}
	}
	for _, path := range e.host.AdditionalCAPaths {
		e.addCertificates(pool, "otel_config.additional_ca_paths", path)
	}
	return pool
}

func (e *environment) addCertificates(pool *x509.CertPool, setting, path string) bool {
	pem, err := os.ReadFile(path)
	if err != nil {
		e.log.Warn("telemetry CA file ignored", "setting", setting, "path", path, "err", err)
		return false
	}
	if !pool.AppendCertsFromPEM(pem) {
		e.log.Warn("telemetry CA file ignored: no PEM certificate in it", "setting", setting, "path", path)
		return false
	}
	return true
}
