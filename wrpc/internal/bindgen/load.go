package bindgen

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.bytecodealliance.org/wit"
)

// Contract is parsed WIT: a package with all that it depends on.
type Contract struct {
	resolve *wit.Resolve
}

// Load parses the WIT file or folder at path; a folder has its dependencies in deps/. An error that the parser can
// place begins with file:line:column.
func Load(path string) (*Contract, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("read WIT: %w", err)
	}
	// The parser sees the parent folder of what it is given, under the name that it is given.
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read WIT: %w", err)
	}
	c, err := parse(func() (*wit.Resolve, error) { return wit.LoadWIT(abs) })
	if err != nil {
		text := strings.ReplaceAll(err.Error(), abs, filepath.Clean(path))
		return nil, errors.New(text)
	}
	return c, nil
}

// Parse parses one WIT file without dependencies.
func Parse(text io.Reader) (*Contract, error) {
	return parse(func() (*wit.Resolve, error) { return wit.DecodeWIT(text) })
}

// parse runs the parser. It is third-party code which is handed text that nobody has checked yet: should it panic, the
// text is to blame, not this process.
func parse(load func() (*wit.Resolve, error)) (c *Contract, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = nil, fmt.Errorf("parse WIT: the parser gave up: %v", p)
		}
	}()
	resolve, err := load()
	if err != nil {
		return nil, errors.New(diagnosis(err.Error()))
	}
	if len(resolve.Packages) == 0 {
		return nil, errors.New("parse WIT: there is no package in it")
	}
	return &Contract{resolve: resolve}, nil
}

// diagnosis makes one line of the parser's report, which has a headline, causes, and a drawing that points at the place.
func diagnosis(report string) string {
	var (
		place string
		texts []string
	)
	for line := range strings.Lines(report) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "wasm-tools:"))
		line = strings.TrimSpace(strings.TrimPrefix(line, "error:"))
		if at, ok := strings.CutPrefix(line, "--> "); ok {
			place = at + ": "
			break
		}
		if number, rest, ok := strings.Cut(line, ": "); ok && strings.Trim(number, "0123456789") == "" {
			line = rest
		}
		if line == "" || line == "Caused by:" || isHeadline(line) {
			continue
		}
		texts = append(texts, line)
	}
	text := strings.Join(texts, " ")
	text = strings.ReplaceAll(text, "failed to ", "can't ")
	if place == "" {
		place = "parse WIT: "
	}
	return place + text
}

// isHeadline tells lines that only say that there is a cause, which follows.
func isHeadline(line string) bool {
	return strings.HasPrefix(line, "failed to parse package") || strings.HasPrefix(line, "failed to parse dependency directory")
}
