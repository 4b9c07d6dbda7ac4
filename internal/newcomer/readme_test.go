package newcomer

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// ran says who runs each command of the pages, as it stands there.
var ran = map[string]string{
	"sh run.sh":    "TestRunScript",
	"go test work": ".ci/run",
	".ci/run":      "continuous integration",
}

// commands returns the lines of the sh blocks of a page, by the headings that they stand below.
func commands(t *testing.T, page string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]string)
	heading, inside := "", false
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "## "):
			heading = strings.TrimPrefix(line, "## ")
		case strings.HasPrefix(line, "```"):
			inside = line == "```sh"
		case inside && line != "":
			found[heading] = append(found[heading], line)
		}
	}
	return found
}

// Every command of the pages is one that a test or continuous integration runs. The section on wasmCloud belongs to the
// end-to-end test, which holds its commands against what it has run itself.
func TestCommandsOfThePagesAreRun(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, page := range []string{"README.md", "DEVELOPERS.md"} {
		for heading, lines := range commands(t, page) {
			if heading == "Build and run on wasmCloud" || heading == "Make it your own" {
				continue
			}
			for _, line := range lines {
				seen[line] = true
				if ran[line] == "" {
					t.Errorf("%s, %s: nobody runs %q", page, heading, line)
				}
			}
		}
	}
	for line := range ran {
		if !seen[line] {
			t.Errorf("no page holds %q any more", line)
		}
	}
}

// Copying the template, as README.md says it, gives a provider that builds and passes its tests under its own path.
func TestMakeItYourOwn(t *testing.T) {
	t.Parallel()
	lines := commands(t, "README.md")["Make it your own"]
	if len(lines) == 0 {
		t.Fatal("README.md does not say how")
	}
	template := filepath.Join(t.TempDir(), "template")
	copyTree(t, template)
	run(t, template, "git", "init", "-q")
	run(t, template, "git", "add", "-A")
	run(t, template, "git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-qm", "The template")

	run(t, template, "sh", "-euc", strings.Join(lines, "\n"))

	greeter := filepath.Join(filepath.Dir(template), "greeter")
	for _, name := range []string{"go.mod", "main.go", "bindings/provider.wrpc.go", "component/go.mod"} {
		text, err := os.ReadFile(filepath.Join(greeter, name))
		if err != nil {
			t.Error(err)
		} else if strings.Contains(string(text), "examples/go/providers") || !strings.Contains(string(text), "example.com/you/greeter") {
			t.Errorf("%s has not moved", name)
		}
	}
	if status := run(t, greeter, "git", "status", "--porcelain", "--untracked-files"); strings.Contains(status, "?") {
		t.Errorf("left over:\n%s", status)
	}
}

// copyTree copies what git knows of, or would take, as it is at the moment.
func copyTree(t *testing.T, to string) {
	t.Helper()
	for path := range strings.SplitSeq(run(t, root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, path))
		if path == "" || os.IsNotExist(err) { // deleted, not yet committed
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs a command in a folder, and returns what it writes.
func run(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = folder
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return string(output)
}

// The pages link to files that are there.
func TestLinksOfThePages(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, page := range []string{"README.md", "DEVELOPERS.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		var missing []string
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
				missing = append(missing, match[1])
			}
		}
		slices.Sort(missing)
		if len(missing) > 0 {
			t.Errorf("%s links to what is not there: %v", page, slices.Compact(missing))
		}
	}
}
