package bindgen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// PackagePath gives the import path of the folder dir, which need not exist: the module path of the enclosing go.mod and
// the folder's place in that module.
func PackagePath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	for root := dir; ; root = filepath.Dir(root) {
		content, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if errors.Is(err, fs.ErrNotExist) && root != filepath.Dir(root) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("no go.mod above %s tells its import path: name it with --package", dir)
		}
		module := modulePath(string(content))
		if module == "" {
			return "", fmt.Errorf("%s names no module: name the import path with --package", filepath.Join(root, "go.mod"))
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return "", fmt.Errorf("find go.mod: %w", err)
		}
		return path.Join(module, filepath.ToSlash(rel)), nil
	}
}

// modulePath finds the module line of a go.mod file.
func modulePath(gomod string) string {
	for line := range strings.Lines(gomod) {
		line, _, _ = strings.Cut(line, "//")
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != "module" {
			continue
		}
		if unquoted, err := strconv.Unquote(fields[1]); err == nil {
			return unquoted
		}
		return fields[1]
	}
	return ""
}
