package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/component/internal/adapt"
)

// The adapter is a file of somebody else's: this is the one that the comment beside it describes.
func Example_adapter() {
	fmt.Printf("%x\n", sha256.Sum256(adapter))
	// Output: 314cf8cc2d733b051e10c14e9780145bce0862974fed255e791fa7c31a5a5cfd
}

func TestAdapterOffersWhatGoImportsTwice(t *testing.T) {
	t.Parallel()
	module := []byte("\x00asm\x01\x00\x00\x00\x02\x45\x02")
	for range 2 {
		module = append(module, "\x16wasi_snapshot_preview1\x08fd_write\x00\x00"...)
	}
	_, got, err := adapt.Unique(module, adapter)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(got, []byte("\x0afd_write 2\x00")) {
		t.Error("the adapter has no function fd_write 2")
	}
}

func TestContractIsTheProviders(t *testing.T) {
	t.Parallel()
	theirs, err := os.ReadFile("../../../wit/world.wit")
	if errors.Is(err, fs.ErrNotExist) {
		return // The component has been copied without its provider.
	}
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("../../wit/deps/wasmcloud-example/world.wit")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours, theirs) {
		t.Error("the component's contract is not the provider's: cp wit/world.wit component/wit/deps/wasmcloud-example/, then go run ./tools/generate in component/")
	}
}
