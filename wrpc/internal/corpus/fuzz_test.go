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
		if grown, most := allocated()-before, uint64(ceiling+perByte*len(data)); grown > most {
			t.Errorf("%T: %d bytes made it allocate %d", first, len(data), grown)
		}
		if err != nil {
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
		if err := compiles(check, text); err != nil {
			t.Error(err)
		}
	})
}

// compiles generates each world of a contract and checks the types of the code. A contract that is refused in one line
// is as good.
func compiles(check *typeChecker, text string) error {
	contract, err := bindgen.Parse(strings.NewReader(text))
	if err != nil {
		return oneLine(err)
	}
	for _, name := range contract.Worlds() {
		files, err := contract.Generate(bindgen.Options{World: name, Package: "example.com/x", AllFeatures: true})
		if err != nil {
			if err := oneLine(err); err != nil {
				return err
			}
			continue
		}
		if err := check.files("example.com/x", files); err != nil {
			return err
		}
	}
	return nil
}

func oneLine(err error) error {
	text := err.Error()
	if strings.Contains(text, "\n") || strings.Contains(text, "generated code") || strings.Contains(text, "gave up") {
		return err
	}
	return nil
}
