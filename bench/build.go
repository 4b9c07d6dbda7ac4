package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The packages that a run builds. nats-server is a tool of this module's go.mod, which pins it.
const (
	modulePath        = "github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench"
	natsServerPackage = "github.com/nats-io/nats-server/v2"
)

// moduleFolder returns where the sources of this module are.
func moduleFolder(ctx context.Context) (string, error) {
	out, err := goCommand(ctx, "list", "-m", "-f", "{{.Dir}}", modulePath)
	return strings.TrimSpace(out), err
}

// build builds a package as a release would be, without what only debuggers need, and returns the program's path.
func build(ctx context.Context, folder, name, pkg string) (string, error) {
	module, err := moduleFolder(ctx)
	if err != nil {
		return "", err
	}
	return buildIn(ctx, module, folder, name, pkg)
}

// buildIn is build for a package of the module in another folder.
func buildIn(ctx context.Context, module, folder, name, pkg string) (string, error) {
	program := filepath.Join(folder, name)
	_, err := goCommand(ctx, "build", "-C", module, "-trimpath", "-ldflags=-s -w", "-o", program, pkg)
	return program, err
}

// goCommand runs the go command and returns what it prints. What it builds is static, as providers are distributed, and
// for all contenders the same.
func goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out), nil
}
