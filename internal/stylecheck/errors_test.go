package stylecheck

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// The texts of errors are lower case, one line, "step thing: cause".
func TestErrorTexts(t *testing.T) {
	t.Parallel()
	anError, aLine := regexp.MustCompile(`^(errors\.New|fmt\.Errorf)$`), regexp.MustCompile(`\.(Debug|Info|Warn|Error)(Context)?$`)
	for _, f := range files(t, func(f *file) bool { return !f.isTest() && !f.generated }) {
		calls(f, func(name string, call *ast.CallExpr) {
			for _, arg := range call.Args[:min(2, len(call.Args))] {
				text, ok := literal(arg)
				if !ok || !anError.MatchString(name) && !aLine.MatchString(name) {
					continue
				}
				if strings.Contains(strings.ToLower(text), "failed to") {
					t.Errorf(`%s: "failed to" says nothing: %q`, f.place(call), text)
				}
				if complaint := wrongText(f, text); complaint != "" && anError.MatchString(name) {
					t.Errorf("%s: the text of an error %s: %q", f.place(call), complaint, text)
				}
				break
			}
		})
	}
}

var startsWithError = regexp.MustCompile(`(?i)^errors?[ :]`)

func wrongText(f *file, text string) string {
	first, second := firstRunes(text)
	switch {
	case text == "":
		return "is empty"
	case startsWithError.MatchString(text):
		return `starts with "error"`
	case unicode.IsUpper(first) && unicode.IsLower(second):
		return "starts with a capital letter"
	case strings.Contains(text, "\n") && !f.isProgram(): // which may show what a compiler wrote
		return "has several lines"
	case strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!"):
		return "ends like a sentence"
	}
	return ""
}

func firstRunes(text string) (first, second rune) {
	for i, r := range []rune(text) {
		switch i {
		case 0:
			first = r
		case 1:
			return first, r
		}
	}
	return first, 0
}

// An error that is printed into another one loses its cause: it is wrapped with %w.
func TestErrorsAreWrapped(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile(`%[-+# 0]*[\d*]*(?:\.[\d*]+)?([a-zA-Z%])`)
	anError := regexp.MustCompile(`(^|\.)(err|cause)$|^err\w*$`)
	for _, f := range files(t, func(f *file) bool { return !f.isTest() && !f.generated }) {
		calls(f, func(name string, call *ast.CallExpr) {
			if name != "fmt.Errorf" || len(call.Args) < 2 {
				return
			}
			format, ok := literal(call.Args[0])
			if !ok {
				return
			}
			arg := 1
			for _, verb := range verbs.FindAllStringSubmatch(format, -1) {
				if verb[1] == "%" {
					continue
				}
				if arg < len(call.Args) && strings.Contains("vsq", verb[1]) && anError.MatchString(errorName(call.Args[arg])) {
					t.Errorf("%s: an error is printed with %%%s: %q", f.place(call), verb[1], format)
				}
				arg++
			}
		})
	}
}

// errorName gives the name by which an argument may be known for an error: err, x.err, or err in err.Error().
func errorName(arg ast.Expr) string {
	if call, ok := arg.(*ast.CallExpr); ok {
		if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Error" {
			return errorName(selector.X)
		}
	}
	return dotted(arg)
}

// Work that is not finished is not committed as if it were.
func TestNoMarksOfUnfinishedWork(t *testing.T) {
	t.Parallel()
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)
	for _, f := range files(t, func(f *file) bool { return !f.generated }) {
		for _, group := range f.ast.Comments {
			if mark.MatchString(group.Text()) {
				t.Errorf("%s: unfinished: %s", f.place(group), group.Text())
			}
		}
	}
}
