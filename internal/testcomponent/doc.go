// Package testcomponent is the other side of the provider's contract: generated from the world of the component in
// component/, it lets the provider's tests stand in for that component.
package testcomponent

//go:generate go tool wit-bindgen-wrpc go --out-dir bindings ../../component/wit
