// Package bindgen generates Go packages from WIT, for calls over wRPC. [Load] parses a contract, [Contract.Generate]
// gives the files of one of its worlds, [Write] puts them in a folder or [Check] compares them with what is there.
//
// Each interface that the world imports or exports becomes one package, and so does the world itself. What is generated
// consists of types, names and calls: how values are coded, sent and waited for is the business of package wrpc.
//
// The way of a contract through this package: load.go has it parsed (by wasm-tools, which go.bytecodealliance.org/wit
// runs in this process), world.go and features.go choose from it, plan.go lists the packages to be, check.go refuses
// what can't be expressed, and unit.go, typedecl.go, variant.go and funcs.go write Go with the help of types.go (what a
// type is called) and codec.go (how its values are coded). Package gocode knows Go files but no WIT.
package bindgen
