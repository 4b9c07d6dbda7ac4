package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// program is the command, built once and without the race detector, under which its parser takes half a minute to
// start for the first time.
var program string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wit-bindgen-wrpc")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "wit-bindgen-wrpc")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-race=false", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintln(os.Stderr, err, string(out))
		return 1
	}
	return m.Run()
}

// runProgram runs the program in dir.
func runProgram(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// write writes files into a new folder, by their paths.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// generated lists the files below dir that are Go.
func generated(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if rel, relErr := filepath.Rel(dir, path); strings.HasSuffix(path, ".go") {
			found = append(found, filepath.ToSlash(rel))
			return relErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const twoWorlds = `package acme:things@1.0.0;
interface first { get: func() -> string; }
interface second { use first.{}; }
world server { export first; }
world client { import first; }
`

// TestMistakes makes mistakes: each gets one clear line, exit code 1, and no file.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, wit string
		args      []string
		want      []string
	}{
		{name: "malformed", wit: "package acme:things;\n\ninterface x { f func(); }",
			want: []string{"wit/world.wit:3:17: expected ':', found keyword `func`"}},
		{name: "unknown type", wit: "package acme:things;\ninterface x { f: func(a: nope); }",
			want: []string{"wit/world.wit:2:26: name `nope` is not defined"}},
		{name: "missing dependency", wit: "package acme:things;\nworld w { import other:pkg/face@1.0.0; }",
			want: []string{"wit/world.wit:2:18: ", "package 'other:pkg@1.0.0' not found", "known packages: acme:things"}},
		{name: "no package", wit: "interface x {}",
			want: []string{"no `package` header was found"}},
		{name: "no world", wit: "package acme:things;\ninterface x {}",
			want: []string{"the contract has no world: add one, such as"}},
		{name: "two worlds", wit: "package acme:things;\nworld a {}\nworld b {}",
			want: []string{"several worlds fit: choose one with --world: acme:things/a, acme:things/b"}},
		{name: "unknown world", wit: "package acme:things;\nworld a {}\nworld b {}", args: []string{"--world", "c"},
			want: []string{"no world c: there is acme:things/a, acme:things/b"}},
		{name: "unknown interface in with", wit: "package acme:things;\nworld a {}", args: []string{"--with", "acme:things/x=x/y"},
			want: []string{"--with acme:things/x: world acme:things/a has no such interface"}},
		{name: "too many flags", wit: "package acme:things;\ninterface x { flags many { " + names(33) + " } }\nworld a { import x; }",
			want: []string{"acme:things/x: type many: 33 flags: wRPC carries at most 32, split them into two types"}},
		{name: "tuple of 17", wit: "package acme:things;\nworld a { import f: func(a: list<tuple<" + strings.Repeat("u8, ", 16) + "u8>>); }",
			want: []string{"acme:things/a: function f: parameter a: tuple of 17 members: Go code has tuples of at most 16, make it a record"}},
		{name: "fixed-length list", wit: "package acme:things;\ninterface x { record r { a: list<u8, 4> } }\nworld a { export x; }",
			want: []string{"acme:things/x: type r: field a: a type that can't be carried over wRPC, such as a fixed-length list"}},
		{name: "too many parts", wit: "package acme:things;\ninterface x { " + exploding(20) + " f: func(a: t20); }\nworld a { export x; }",
			want: []string{"acme:things/x: type t12: a type of more than 4096 parts: make records of some"}},
		{name: "error-context", wit: "package acme:things;\ninterface x { f: func() -> result<_, error-context>; }\nworld a { export x; }",
			want: []string{"acme:things/x: function f: result: error-context can't be carried over wRPC"}},
		{name: "unstable type", wit: "package acme:things@1.0.0;\ninterface x { @unstable(feature = fancy) enum e { a } f: func(e: e); }\nworld a { export x; }",
			want: []string{"acme:things/x@1.0.0: function f: parameter e: type e is unstable: add --features fancy"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, map[string]string{"wit/world.wit": tt.wit, "go.mod": "module example.com/x\n"})
			args := append([]string{"go", "--out-dir", "bindings"}, tt.args...)
			code, stdout, stderr := runProgram(t, dir, append(args, "wit")...)
			if code != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "wit-bindgen-wrpc: ") {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q does not say %q", stderr, want)
				}
			}
			if files := generated(t, dir); len(files) > 0 {
				t.Errorf("wrote %v", files)
			}
		})
	}
}

func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "b%d, ", i)
	}
	return b.String()
}

// exploding is a type that is small in WIT and 2^n large where it is used.
func exploding(n int) string {
	var b strings.Builder
	b.WriteString("type t0 = u8;")
	for i := range n {
		fmt.Fprintf(&b, "type t%d = tuple<t%d, t%[2]d>;", i+1, i)
	}
	return b.String()
}

// TestUsage makes mistakes on the command line: exit code 2, and the usage or what is wrong.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"rust"}, {"go"}, {"go", "--nonsense", "wit"}, {"go", "wit", "more"}, {"go", "--with", "x", "wit"}} {
		if code, _, stderr := runProgram(t, t.TempDir(), args...); code != 2 || stderr == "" {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
	for _, args := range [][]string{{"--help"}, {"go", "--help"}} {
		if code, _, stderr := runProgram(t, t.TempDir(), args...); code != 0 || !strings.Contains(stderr, "usage: wit-bindgen-wrpc go --out-dir DIR") {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
}

// TestNowhere asks for what is not there.
func TestNowhere(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"world.wit": "package a:b;\nworld w {}"})
	if code, _, stderr := runProgram(t, dir, "go", "--package", "x", "nowhere"); code != 1 || !strings.Contains(stderr, "read WIT: stat nowhere: no such file") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if code, _, stderr := runProgram(t, dir, "go", "world.wit"); code != 1 || !strings.Contains(stderr, "name it with --package") {
		t.Errorf("no go.mod: exit code %d, %q", code, stderr)
	}
}

// TestGenerate writes, checks, and removes what is no longer generated.
func TestGenerate(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"wit/things.wit":                twoWorlds,
		"go.mod":                        "module example.com/x // a comment\n",
		"bindings/old/bindings.wrpc.go": "// Generated by `wit-bindgen-wrpc-go` 0.11.0. DO NOT EDIT!\npackage old\n",
		"bindings/mine.go":              "package server\n",
	})
	run := func(want int, args ...string) string {
		t.Helper()
		code, stdout, stderr := runProgram(t, dir, append([]string{"go", "wit"}, args...)...)
		if code != want {
			t.Fatalf("%v: exit code %d, %s%s", args, code, stdout, stderr)
		}
		return stdout
	}
	check := run(1, "--check", "--world", "server", "--out-dir", "bindings")
	for _, want := range []string{"bindings/server.wrpc.go: missing\n", "bindings/old/bindings.wrpc.go: no longer generated\n"} {
		if !strings.Contains(filepath.ToSlash(check), want) {
			t.Errorf("%q does not say %q", check, want)
		}
	}
	run(0, "--world", "acme:things/server@1.0.0", "--out-dir", "bindings")
	run(0, "--world", "client", "--out-dir", "bindings/client")
	run(0, "--world", "server", "--out-dir", "bindings") // leaves the other's folder alone
	run(0, "--world", "server", "--out-dir", "bindings", "--check")
	run(0, "--world", "client", "--out-dir", "bindings/client", "--check")
	want := "bindings/client/acme/things/first/bindings.wrpc.go bindings/client/client.wrpc.go bindings/exports/acme/things/first/bindings.wrpc.go bindings/mine.go bindings/server.wrpc.go"
	if got := strings.Join(generated(t, dir), " "); got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "bindings", "old")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder is still there: %v", err)
	}
	world, err := os.ReadFile(filepath.Join(dir, "bindings", "server.wrpc.go"))
	if err != nil || !bytes.Contains(world, []byte(`"example.com/x/bindings/exports/acme/things/first"`)) {
		t.Errorf("%s, %v", world, err)
	}
	contract := filepath.Join(dir, "wit", "things.wit")
	if err := os.WriteFile(contract, []byte(strings.Replace(twoWorlds, "-> string", "-> u8", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if check := run(1, "--check", "--world", "server", "--out-dir", "bindings"); filepath.ToSlash(check) != "bindings/exports/acme/things/first/bindings.wrpc.go: stale\n" {
		t.Errorf("check says %q", check)
	}
}

// TestNotOurs keeps what was written by hand.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"world.wit": twoWorlds, "server.wrpc.go": "package server\n"})
	code, _, stderr := runProgram(t, dir, "go", "--world", "server", "--package", "x", "world.wit")
	if code != 1 || !strings.Contains(stderr, "server.wrpc.go was not generated: move it out of the way, or choose another --out-dir") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if files := generated(t, dir); len(files) != 1 {
		t.Errorf("wrote %v", files)
	}
}

// TestElsewhere gives the same bytes from another working directory, by other names of the same contract.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a/wit/things.wit": twoWorlds, "a/go.mod": "module example.com/x\n", "a/b/c/empty": ""})
	for _, tt := range []struct{ cwd, wit, out string }{
		{"a", "wit", "bindings"},
		{"a", "./wit/", "bindings"},
		{"a/wit", ".", "../bindings"},
		{"a/b/c", "../../wit", "../../bindings"},
		{"a/b/c", filepath.Join(dir, "a", "wit", "things.wit"), filepath.Join(dir, "a", "bindings")},
	} {
		args := []string{"go", "--world", "server", "--out-dir", tt.out, tt.wit}
		if tt.cwd != "a" || tt.wit != "wit" {
			args = append(args, "--check")
		}
		if code, stdout, stderr := runProgram(t, filepath.Join(dir, tt.cwd), args...); code != 0 {
			t.Errorf("in %s: exit code %d, %s%s", tt.cwd, code, stdout, stderr)
		}
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
	}
	defer os.RemoveAll(dir)
	contract := filepath.Join(dir, "hello.wit")
	if err := os.WriteFile(contract, []byte("package acme:hello;\nworld hello { export greet: func() -> string; }\n"), 0o666); err != nil {
		fmt.Println(err)
	}
	// The same as: go tool wit-bindgen-wrpc go --out-dir bindings --package example.com/bindings hello.wit
	out, err := exec.Command(program, "go", "--out-dir", filepath.Join(dir, "bindings"), "--package", "example.com/bindings", contract).CombinedOutput()
	fmt.Print(string(out))
	if err != nil {
		fmt.Println(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "bindings", "*"))
	if err != nil {
		fmt.Println(err)
	}
	for _, file := range files {
		fmt.Println(filepath.Base(file))
	}
	// Output: hello.wrpc.go
}
