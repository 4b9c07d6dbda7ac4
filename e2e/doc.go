//go:build e2e

// Package e2e drives the provider and its component on a real wasmCloud lattice, as a user does: with wash, by the
// commands of the README. It prints what it saw:
//
//	go test -tags e2e -v -count 1 ./e2e/...
//
// It uses the lattice on 127.0.0.1:4222 (another port: NATS_PORT), or brings one up with lattice.sh and ends it
// afterwards; wash must be on PATH either way. What a test needs the host's log or another host for is done with a lattice of lattice.sh only: say where
// its logs are with LATTICE_DIR. Builds go to build/ and component/build/.
package e2e
