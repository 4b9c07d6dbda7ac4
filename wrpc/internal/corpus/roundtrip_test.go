package corpus_test

import (
	"bytes"

	"io"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/wrpc/wrpc/go"
	composite "github.com/wrpc/wrpc/go/internal/corpus/composite"
	clientcomposite "github.com/wrpc/wrpc/go/internal/corpus/composite/corpus/composite/echo"
	"github.com/wrpc/wrpc/go/internal/corpus/resources"
	clientresources "github.com/wrpc/wrpc/go/internal/corpus/resources/corpus/resources/store"
	clientuser "github.com/wrpc/wrpc/go/internal/corpus/resources/corpus/resources/user"
	"github.com/wrpc/wrpc/go/internal/corpus/sizes"
	clientsizes "github.com/wrpc/wrpc/go/internal/corpus/sizes/corpus/sizes/echo"
	"github.com/wrpc/wrpc/go/internal/corpus/streams"
	clientstreams "github.com/wrpc/wrpc/go/internal/corpus/streams/corpus/streams/echo"
	clientvalues "github.com/wrpc/wrpc/go/internal/corpus/values/client/conformance/values/echo"
	values "github.com/wrpc/wrpc/go/internal/corpus/values/server"
	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// echoFuncs are the functions of the corpus whose results are their params.
func echoFuncs() map[string]any {
	return map[string]any{
		"bools": clientvalues.Bools, "unsigned": clientvalues.Unsigned, "signed": clientvalues.Signed,
		"floats": clientvalues.Floats, "chars/1": clientvalues.Character, "text": clientvalues.Text,
		"bytes": clientvalues.Bytes, "texts": clientvalues.Texts, "nested": clientvalues.Nested,
		"maybe": clientvalues.Maybe, "outcome": clientvalues.Outcome, "bare": clientvalues.Bare,
		"people": clientvalues.People, "shapes": clientvalues.Shapes, "colors": clientvalues.Colors,
		"allowed": clientvalues.Allowed, "nothing": clientvalues.Nothing, "flow": clientvalues.Flow,
		"later": clientvalues.Later,

		"branches": clientcomposite.Branches, "choices": clientcomposite.Choices, "aliases": clientcomposite.Aliases,
		"options": clientcomposite.Options, "option-lists": clientcomposite.OptionLists,
		"nested-options": clientcomposite.NestedOptions, "results": clientcomposite.Results,
		"result-of-tuples": clientcomposite.ResultOfTuples, "tuples": clientcomposite.Tuples,
		"single": clientcomposite.Single, "none": clientcomposite.None, "chars/2": clientcomposite.Chars,
		"empties": clientcomposite.Empties, "lists": clientcomposite.Lists,

		"all-flags": clientsizes.AllFlags, "enums": clientsizes.Enums, "variants": clientsizes.Variants,
		"records": clientsizes.Records, "tuple16": clientsizes.Tuples,

		"stream-bytes": clientstreams.Bytes, "stream-texts": clientstreams.Texts, "stream-plains": clientstreams.Plains,
		"stream-lists": clientstreams.Lists, "ticks": clientstreams.Ticks, "signal": clientstreams.Signal,
		"future-text": clientstreams.Text, "plain-later": clientstreams.PlainLater, "trailers": clientstreams.Trailers,
		"nested-stream": clientstreams.NestedStream, "future-stream": clientstreams.FutureStream,
		"future-future": clientstreams.FutureFuture, "future-result": clientstreams.FutureResult,
		"in-record": clientstreams.InRecord, "in-tuple": clientstreams.InTuple, "in-list": clientstreams.InList,
		"in-option": clientstreams.InOption, "in-result": clientstreams.InResult, "in-variant": clientstreams.InVariant,
		"items": clientstreams.Items, "alone": clientstreams.Alone, "deep": clientstreams.Deep,
		"async-text": clientstreams.AsyncText,

		"handles": clientresources.Same, "nested-handles": clientresources.Nested,
	}
}

// serveEcho serves the echoing handlers and returns a client for them, on another connection.
func serveEcho(t *testing.T, opts ...func(*server.Options)) *wrpcnats.Client {
	t.Helper()
	ns := natstest.Server(t, opts...)
	s := wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.echo"))
	for _, serve := range []func() (func() error, error){
		func() (func() error, error) { return values.Serve(s, echoValues{}) },
		func() (func() error, error) { return composite.Serve(s, echoComposite{}) },
		func() (func() error, error) { return sizes.Serve(s, echoSizes{}) },
		func() (func() error, error) { return streams.Serve(s, echoStreams{}) },
		func() (func() error, error) { return resources.Serve(s, echoResources{}, echoUser{}) },
	} {
		stop, err := serve()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
	return wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.echo"))
}

// TestRoundTrip sends random values of every kind to a handler that sends them back: once with messages of the usual
// size, and once with messages so small that every value is cut somewhere.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, maxPayload := range map[string]int32{"whole": 1 << 20, "cut": 97} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serveEcho(t, func(o *server.Options) { o.MaxPayload = maxPayload })
			for name, f := range echoFuncs() {
				for seed := range uint64(8) {
					roundTrip(t, client, name, f, seed)
				}
			}
		})
	}
}

// roundTrip calls f with random arguments, and compares its results with them.
func roundTrip(t *testing.T, client wrpc.Invoker, name string, f any, seed uint64) {
	t.Helper()
	r := newRandom(seed)
	r.chars = bytes.HasPrefix([]byte(name), []byte("chars"))
	fn := reflect.ValueOf(f)
	args := []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(client)}
	var want, got []any
	for i := 2; i < fn.Type().NumIn(); i++ {
		v := r.value(fn.Type().In(i))
		args = append(args, v)
		want = append(want, plain(t, v))
	}
	out := fn.Call(args)
	if err, _ := out[len(out)-1].Interface().(error); err != nil {
		t.Errorf("%s, seed %d: %v", name, seed, err)
		return
	}
	results := out[:len(out)-1]
	writeErrs, pending := (<-chan error)(nil), false
	if len(results) > 0 {
		if writeErrs, pending = results[len(results)-1].Interface().(<-chan error); pending {
			results = results[:len(results)-1]
		}
	}
	for _, v := range results {
		got = append(got, plain(t, v))
	}
	if pending {
		for err := range writeErrs {
			t.Errorf("%s, seed %d: write: %v", name, seed, err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s, seed %d:\n got %v\nwant %v", name, seed, got, want)
	}
}

// TestRoundTripOddly covers functions whose results are not their params.
func TestRoundTripOddly(t *testing.T) {
	t.Parallel()
	client := serveEcho(t)
	ctx := t.Context()
	pair, leaf, err := clientcomposite.AliasPair(ctx, client, &clientcomposite.Pair{V0: "a", V1: &clientcomposite.Leaf{N: 7}})
	if err != nil || pair != "a" || leaf.N != 7 {
		t.Error(pair, leaf, err)
	}
	list, err := clientsizes.Parameters(ctx, client, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
	if err != nil || len(list) != 20 || list[19] != 19 {
		t.Error(list, err)
	}
	_, r1, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, r19, err := clientsizes.Results(ctx, client, list)
	if err != nil || r1 != 1 || r19 != 19 {
		t.Error(r1, r19, err)
	}
	c, b, a, d, writeErrs, err := clientstreams.Mixed(ctx, client, "a", io.NopCloser(bytes.NewReader([]byte("b"))), 3, wrpc.NewCompleteReceiver("d"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(b)
	if err != nil || c != 3 || string(data) != "b" || a != "a" {
		t.Error(c, data, a, err)
	}
	if text, err := d.Receive(); err != nil || text != "d" {
		t.Error(text, err)
	}
	for err := range writeErrs {
		t.Error(err)
	}
}

// TestNone tells none from empty.
func TestNone(t *testing.T) {
	t.Parallel()
	client := serveEcho(t)
	leaves, data, alias, more, numbers, err := clientcomposite.OptionLists(t.Context(), client, nil, nil, nil, nil, nil)
	if err != nil || leaves != nil || data != nil || alias != nil || more != nil || numbers != nil {
		t.Error(leaves, data, alias, more, numbers, err)
	}
	leaves, data, alias, more, numbers, err = clientcomposite.OptionLists(t.Context(), client,
		[]*clientcomposite.Leaf{}, []byte{}, []byte{}, clientcomposite.Leaves{}, []*uint8{nil})
	if err != nil || leaves == nil || data == nil || alias == nil || more == nil || len(numbers) != 1 || numbers[0] != nil {
		t.Error(leaves, data, alias, more, numbers, err)
	}
	var none *uint32
	number, leaf, list, texts, err := clientcomposite.NestedOptions(t.Context(), client, &none, nil, new([]byte), []*string{nil})
	if err != nil || number == nil || *number != nil || leaf != nil || list == nil || *list != nil || len(texts) != 1 || texts[0] != nil {
		t.Error(number, leaf, list, texts, err)
	}
}

// TestResources goes through the life of a resource.
func TestResources(t *testing.T) {
	t.Parallel()
	client, ctx := serveEcho(t), t.Context()
	bucket, err := clientresources.NewBucket(ctx, client, "b")
	if err != nil || string(bucket) != "b" {
		t.Fatal(bucket, err)
	}
	if v, err := clientresources.Bucket_Get(ctx, client, bucket.Borrow(), "key"); err != nil || string(v) != "bkey" {
		t.Error(v, err)
	}
	if err := clientresources.Bucket_Set(ctx, client, bucket.Borrow(), "key", nil); err != nil {
		t.Error(err)
	}
	if n, writeErrs, err := clientresources.Bucket_Fill(ctx, client, bucket.Borrow(), io.NopCloser(bytes.NewReader(make([]byte, 1<<17)))); err != nil || n != 1<<17 {
		t.Error(n, err, <-writeErrs)
	}
	names, err := clientresources.Bucket_Watch(ctx, client, bucket.Borrow())
	if err != nil {
		t.Fatal(err)
	}
	if name, err := names.Receive(); err != nil || len(name) != 2 || name[0] != "b" {
		t.Error(name, err)
	}
	if err := names.Close(); err != nil {
		t.Error(err)
	}
	if text, err := clientresources.Bucket_Wait(ctx, client, bucket.Borrow()); err != nil || text != "b" {
		t.Error(text, err)
	}
	joined, err := clientresources.Bucket_Join(ctx, client, bucket, bucket)
	if err != nil || string(joined) != "bb" {
		t.Error(joined, err)
	}
	if opened, err := clientresources.Bucket_Open(ctx, client, ""); err != nil || opened.Err == nil {
		t.Error(opened, err)
	}
	if n, err := clientresources.Lend(ctx, client, bucket.Borrow(), nil, nil); err != nil || n != 1 {
		t.Error(n, err)
	}
	if err := clientuser.Drop(ctx, client, bucket, nil); err != nil {
		t.Error(err)
	}
	if found, err := clientuser.Find(ctx, client, "f"); err != nil || found.Ok.Key != "f" || string(found.Ok.Bucket) != "f" || found.Ok.Parent != nil {
		t.Error(found, err)
	}
}

// indexable are the methods of generated types outside of calls.
type indexable interface {
	WriteToIndex(wrpc.ByteWriter) (func(wrpc.IndexWriter) error, error)
	ReadFromIndex(wrpc.IndexReader) error
}

// TestIndexMethods writes and reads random values by WriteToIndex and ReadFromIndex, cut anywhere.
func TestIndexMethods(t *testing.T) {
	t.Parallel()
	for _, v := range []indexable{
		new(clientvalues.Person), new(clientvalues.Shape), new(clientvalues.Color), new(clientvalues.Perms), new(clientvalues.Wide),
		new(clientcomposite.Branch), new(clientcomposite.Choice), new(clientcomposite.Mark), new(clientcomposite.Empty),
		new(clientsizes.Many), new(clientsizes.V300), new(clientsizes.E300), new(clientsizes.Bits17), new(clientsizes.Bits32),
		new(clientresources.Entry), new(clientresources.Place),
	} {
		for seed := range uint64(20) {
			r := newRandom(seed)
			typ := reflect.TypeOf(v).Elem()
			sent := r.value(reflect.PointerTo(typ)).Interface().(indexable)
			var buf bytes.Buffer
			pending, err := sent.WriteToIndex(&buf)
			if err != nil || pending != nil {
				t.Fatalf("%T, seed %d: %v, pending %v", v, seed, err, pending != nil)
			}
			buf.WriteString("beyond")
			got := reflect.New(typ).Interface().(indexable)
			reader := &cutReader{data: buf.Bytes(), rand: r.Rand}
			if err := got.ReadFromIndex(reader); err != nil {
				t.Fatalf("%T, seed %d: %v", v, seed, err)
			}
			if string(reader.data) != "beyond" {
				t.Errorf("%T, seed %d: %q is left", v, seed, reader.data)
			}
			if got, want := plain(t, reflect.ValueOf(got)), plain(t, reflect.ValueOf(sent)); !reflect.DeepEqual(got, want) {
				t.Errorf("%T, seed %d:\n got %v\nwant %v", v, seed, got, want)
			}
		}
	}
}

// cutReader yields its data in pieces of random size. What is pending reads from it as well.
type cutReader struct {
	data []byte
	rand *rand.Rand
}

func (r *cutReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+r.rand.IntN(5))], r.data)
	r.data = r.data[n:]
	return n, nil
}

func (r *cutReader) ReadByte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(r, b[:])
	return b[0], err
}

// MaxValue is the limit of a value, below the usual one: a million elements without bytes take long.
func (r *cutReader) MaxValue() int { return 1 << 12 }

func (r *cutReader) Index(...uint32) (wrpc.IndexReadCloser, error) { return r, nil }
func (r *cutReader) Close() error                                  { return nil }
