// Package guide is the code that the README of the module shows: a server and a client of wit/shelf.wit. Its tests run
// it, and compare it with the README.
package guide

//go:generate go tool wit-bindgen-wrpc go --world server --out-dir server wit
//go:generate go tool wit-bindgen-wrpc go --world client --out-dir client wit
