// Package stylecheck holds this repository's rules of style that a test can check. DEVELOPERS.md lists them with their
// reasons; `go test ./internal/stylecheck` names each place that breaks one.
package stylecheck
