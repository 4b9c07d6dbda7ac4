package bindgen

import (
	"testing"

	"github.com/coreos/go-semver/semver"
	"go.bytecodealliance.org/wit"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kebab, camel, lower, snake, pkg, folder string }{
		{"os", "Os", "os", "os", "os", "os"},
		{"OS", "Os", "os", "os", "os", "os"},
		{"red-hot", "RedHot", "redHot", "red_hot", "red_hot", "red_hot"},
		{"HTTP-request-body", "HttpRequestBody", "httpRequestBody", "http_request_body", "http_request_body", "http_request_body"},
		{"f20", "F20", "f20", "f20", "f20", "f20"},
		{"type", "Type", "type", "type", "type_", "type"},
		{"main", "Main", "main", "main", "main_", "main"},
		{"internal", "Internal", "internal", "internal", "internal", "internal_"},
		{"vendor", "Vendor", "vendor", "vendor", "vendor", "vendor_"},
		{"", "", "", "", "", ""},
	} {
		got := [...]string{camel(tt.kebab), lowerCamel(tt.kebab), snake(tt.kebab), packageName(tt.kebab), folder(tt.kebab)}
		if want := [...]string{tt.camel, tt.lower, tt.snake, tt.pkg, tt.folder}; got != want {
			t.Errorf("%q: %q, want %q", tt.kebab, got, want)
		}
	}
}

func TestFuncNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]string{
		"get-all":                  {"get-all", "GetAll", "GetAll"},
		"[async]get-all":           {"get-all", "GetAll", "GetAll"},
		"[constructor]my-res":      {"my-res", "NewMyRes", "MyRes"},
		"[method]my-res.get":       {"my-res.get", "MyRes_Get", "MyRes_Get"},
		"[async method]my-res.get": {"my-res.get", "MyRes_Get", "MyRes_Get"},
		"[static]my-res.new-one":   {"my-res.new-one", "MyRes_NewOne", "MyRes_NewOne"},
		"[async static]r.s":        {"r.s", "R_S", "R_S"},
		"":                         {"", "", ""},
		"[":                        {"[", "[", "["},
	} {
		f := parseFuncName(name)
		if got := [3]string{f.wire(), f.client(), f.handler()}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"provider":      "provider.wrpc.go",
		"my-world":      "my_world.wrpc.go",
		"my-linux":      "my_linux_.wrpc.go",
		"my-arm64":      "my_arm64_.wrpc.go",
		"my-test":       "my_test_.wrpc.go",
		"linux":         "linux.wrpc.go",
		"a-windows-api": "a_windows_api.wrpc.go",
	} {
		if got := (&unit{world: &wit.World{}, name: name}).fileName(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestVersionSuffix(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"0.2.0": "0_2_0", "1.0.0-rc.1": "1_0_0_rc_1", "1.0.0+Build-7": "1_0_0_build_7"} {
		if got := versionSuffix(wit.Ident{Version: semver.New(version)}); got != want {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
	if got := versionSuffix(wit.Ident{}); got != "" {
		t.Errorf("without version: %s", got)
	}
}

func TestDiagnosis(t *testing.T) {
	t.Parallel()
	for report, want := range map[string]string{
		"wasm-tools: error: failed to parse package: wit\n\nCaused by:\n    0: name `x` is not defined\n            --> wit/a.wit:2:26\n             |\n           2 | f: func(a: x)": "wit/a.wit:2:26: name `x` is not defined",
		"wasm-tools: error: package 'a:b@1.0.0' not found. known packages:\n    c:d\n\n     --> wit/a.wit:2:18\n      |":                                                              "wit/a.wit:2:18: package 'a:b@1.0.0' not found. known packages: c:d",
		"wasm-tools: error: failed to read \"x\"\n\nCaused by:\n    0: No such file or directory (os error 44)":                                                                       "parse WIT: can't read \"x\" No such file or directory (os error 44)",
		"": "parse WIT: ",
	} {
		if got := diagnosis(report); got != want {
			t.Errorf("%q: %q, want %q", report, got, want)
		}
	}
}

func TestModulePath(t *testing.T) {
	t.Parallel()
	for gomod, want := range map[string]string{
		"module example.com/x\n\ngo 1.26.0\n":         "example.com/x",
		"// a comment\nmodule \"example.com/x\" // m": "example.com/x",
		"go 1.26.0\n": "",
		"":            "",
	} {
		if got := modulePath(gomod); got != want {
			t.Errorf("%q: %s, want %s", gomod, got, want)
		}
	}
}
