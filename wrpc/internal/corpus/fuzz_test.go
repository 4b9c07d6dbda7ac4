package corpus_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/wrpc/wrpc/go/internal/bindgen"
)

// FuzzDecode decodes every generated type of the corpus from arbitrary bytes, which come in pieces of any size. What
// can be decoded is encoded and decoded again, and must stay the same.
func FuzzDecode(f *testing.F) {
	all := allTypes()
	for i := range all {
		r := newRandom(uint64(i))
		if v, ok := sendable(r, reflect.TypeOf(all[i])); ok {
			var buf bytes.Buffer
			if _, err := v.WriteToIndex(&buf); err != nil {
				f.Fatalf("%T: %v", v, err)
			}
			f.Add(uint16(i), uint64(i), buf.Bytes())
		}
		f.Add(uint16(i), uint64(i), []byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	}
	f.Fuzz(func(t *testing.T, which uint16, seed uint64, data []byte) {
		typ := reflect.TypeOf(all[int(which)%len(all)])
		first := reflect.New(typ.Elem()).Interface().(indexable)
		reader := &cutReader{data: bytes.Clone(data), rand: rand.New(rand.NewPCG(seed, 3))}
		before := allocated()
		err := first.ReadFromIndex(reader)
		grown := allocated() - before
		if most := uint64(ceiling + perByte*len(data)); grown > most {
			t.Errorf("%T: %d bytes made it allocate %d", first, len(data), grown)
		}
		if err != nil || grown > 1<<20 { // a million empty elements: to look at all of them takes long
			return
		}
		_ = first.(fmt.Stringer).String()
		var buf bytes.Buffer
		pending, err := first.WriteToIndex(&buf)
		if err != nil {
			t.Fatalf("%T: decoded, but not encoded: %v", first, err)
		}
		if pending != nil {
			drain(reflect.ValueOf(first))
			return
		}
		second := reflect.New(typ.Elem()).Interface().(indexable)
		if err := second.ReadFromIndex(&cutReader{data: buf.Bytes(), rand: reader.rand}); err != nil {
			t.Fatalf("%T: encoded, but not decoded: %v", first, err)
		}
		if a, b := plain(t, reflect.ValueOf(first)), plain(t, reflect.ValueOf(second)); !reflect.DeepEqual(a, b) {
			t.Errorf("%T: %v became %v", first, a, b)
		}
	})
}

// What decoding may allocate: so much for each byte, and for the limit of list elements without bytes.
const (
	perByte = 4 << 10
	ceiling = 64 << 20
)

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// sendable makes a random value of a type that has nothing pending inside.
func sendable(r *random, typ reflect.Type) (v indexable, ok bool) {
	defer func() {
		if recover() != nil { // a receiver of a type that r does not know
			ok = false
		}
	}()
	v = r.value(typ).Interface().(indexable)
	pending, err := v.WriteToIndex(new(bytes.Buffer))
	return v, err == nil && pending == nil
}

// drain receives from what is pending in a value, as far as that goes.
func drain(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if r, ok := v.Interface().(io.ReadCloser); ok {
			_, err := io.Copy(io.Discard, r)
			_ = errors.Join(err, r.Close())
			return
		}
		if receive := v.MethodByName("Receive"); receive.IsValid() {
			for range 100 {
				out := receive.Call(nil)
				if !out[1].IsNil() {
					return
				}
				drain(out[0])
			}
			return
		}
		drain(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			drain(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				drain(v.Field(i))
			}
		}
	}
}

// FuzzGenerate generates code from arbitrary WIT: it fails with one line, or what it gives are Go packages that
// compile.
func FuzzGenerate(f *testing.F) {
	if _, err := loadCorpus(); err != nil {
		f.Fatal(err)
	}
	contracts, err := filepath.Glob("wit/deps/*/*.wit")
	if err != nil {
		f.Fatal(err)
	}
	if flag.Lookup("test.fuzz").Value.String() == "" {
		contracts = contracts[:2] // a test run takes two samples: the parser needs half a second for each
	}
	for _, file := range contracts {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	check := newTypeChecker(f)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := compiles(check, text); err != nil {
			t.Error(err)
		}
	})
}

// compiles generates each world of a contract and checks the types of the code. A contract that is refused in one line
// is as good. It returns how many worlds were not.
func compiles(check *typeChecker, text string) (worlds int, err error) {
	contract, err := bindgen.Parse(strings.NewReader(text))
	if err != nil {
		return 0, oneLine(err)
	}
	for _, name := range contract.Worlds() {
		files, err := contract.Generate(bindgen.Options{World: name, Package: "example.com/x", AllFeatures: true})
		if err != nil {
			if err := oneLine(err); err != nil {
				return worlds, err
			}
			continue
		}
		if err := check.files("example.com/x", files); err != nil {
			return worlds, err
		}
		worlds++
	}
	return worlds, nil
}

func oneLine(err error) error {
	text := err.Error()
	if strings.Contains(text, "\n") || strings.Contains(text, "generated code") || strings.Contains(text, "gave up") {
		return err
	}
	return nil
}

var mutations = flag.Int("mutations", 4, "how many changed contracts TestMutations generates code from")

// TestMutations generates code from contracts whose words were exchanged, doubled and left out, which leaves more of
// them valid than FuzzGenerate does, and takes less time for each.
func TestMutations(t *testing.T) {
	t.Parallel()
	if _, err := loadCorpus(); err != nil {
		t.Fatal(err)
	}
	check := newTypeChecker(t)
	contracts, err := filepath.Glob("wit/deps/*/*.wit")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(*mutations), 4))
	valid := 0
	for range *mutations {
		text, err := os.ReadFile(contracts[r.IntN(len(contracts))])
		if err != nil {
			t.Fatal(err)
		}
		changed := mutate(r, string(text))
		worlds, err := compiles(check, changed)
		if err != nil {
			t.Errorf("%v\n%s", err, changed)
		}
		valid += worlds
	}
	t.Logf("%d worlds were valid", valid)
}

// mutate changes a few words of a contract.
func mutate(r *rand.Rand, text string) string {
	words := regexp.MustCompile(`[\w%-]+|\s+|.`).FindAllString(text, -1)
	var at []int // words that are no space
	for i, w := range words {
		if strings.TrimSpace(w) != "" {
			at = append(at, i)
		}
	}
	for range 1 + r.IntN(3) {
		i, j := at[r.IntN(len(at))], at[r.IntN(len(at))]
		switch r.IntN(4) {
		case 0:
			words[i], words[j] = words[j], words[i]
		case 1:
			words[i] = words[j]
		case 2:
			words[i] += " " + words[j]
		default:
			words[i] = ""
		}
	}
	return strings.Join(words, "")
}
