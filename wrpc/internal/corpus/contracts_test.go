package corpus_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wrpc/wrpc/go"
	blobclient "github.com/wrpc/wrpc/go/internal/corpus/blobstore/client/corpus/blobstore/blobstore"
	blobserver "github.com/wrpc/wrpc/go/internal/corpus/blobstore/server"
	blobtypes "github.com/wrpc/wrpc/go/internal/corpus/blobstore/server/corpus/blobstore/types"
	"github.com/wrpc/wrpc/go/internal/corpus/blobstore/server/exports/corpus/blobstore/blobstore"
	httpbase "github.com/wrpc/wrpc/go/internal/corpus/http/client/corpus/http/base_types"
	httpout "github.com/wrpc/wrpc/go/internal/corpus/http/client/corpus/http/outgoing_handler"
	httptypes "github.com/wrpc/wrpc/go/internal/corpus/http/client/corpus/http/types"
	httpserver "github.com/wrpc/wrpc/go/internal/corpus/http/server"
	"github.com/wrpc/wrpc/go/internal/corpus/http/server/corpus/http/base_types"
	"github.com/wrpc/wrpc/go/internal/corpus/http/server/corpus/http/types"
	"github.com/wrpc/wrpc/go/internal/corpus/http/server/exports/corpus/http/outgoing_handler"
	kvclient "github.com/wrpc/wrpc/go/internal/corpus/keyvalue/client/corpus/keyvalue/store"
	kvserver "github.com/wrpc/wrpc/go/internal/corpus/keyvalue/server"
	"github.com/wrpc/wrpc/go/internal/corpus/keyvalue/server/exports/corpus/keyvalue/atomics"
	"github.com/wrpc/wrpc/go/internal/corpus/keyvalue/server/exports/corpus/keyvalue/batch"
	"github.com/wrpc/wrpc/go/internal/corpus/keyvalue/server/exports/corpus/keyvalue/store"
	"github.com/wrpc/wrpc/go/internal/natstest"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// The providers here are written as they were for the last published generator: only their imports differ.

// connected returns a server's side and a client's side of one prefix.
func connected(t *testing.T) (s, c *wrpcnats.Client) {
	t.Helper()
	ns := natstest.Server(t)
	return wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.contract")),
		wrpcnats.NewClient(natstest.Connect(t, ns), wrpcnats.WithPrefix("default.contract"))
}

func stopped(t *testing.T, stop func() error, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// keyvalue keeps values in maps.
type keyvalue struct {
	mu      sync.Mutex
	buckets map[string]map[string][]byte
}

func (k *keyvalue) Get(_ context.Context, bucket, key string) (*wrpc.Result[[]uint8, store.Error], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	b, ok := k.buckets[bucket]
	if !ok {
		return wrpc.Err[[]uint8](*store.NewErrorNoSuchStore()), nil
	}
	return wrpc.Ok[store.Error](b[key]), nil
}

func (k *keyvalue) Set(_ context.Context, bucket, key string, value []uint8) (*wrpc.Result[struct{}, store.Error], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key == "" {
		return wrpc.Err[struct{}](*store.NewErrorOther("a key has letters")), nil
	}
	if k.buckets[bucket] == nil {
		k.buckets[bucket] = map[string][]byte{}
	}
	k.buckets[bucket][key] = value
	return wrpc.Ok[store.Error](struct{}{}), nil
}

func (k *keyvalue) Delete(_ context.Context, bucket, key string) (*wrpc.Result[struct{}, store.Error], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.buckets[bucket], key)
	return wrpc.Ok[store.Error](struct{}{}), nil
}

func (k *keyvalue) Exists(_ context.Context, bucket, key string) (*wrpc.Result[bool, store.Error], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.buckets[bucket][key]
	return wrpc.Ok[store.Error](ok), nil
}

func (k *keyvalue) ListKeys(_ context.Context, bucket string, cursor *uint64) (*wrpc.Result[store.KeyResponse, store.Error], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if cursor != nil {
		return wrpc.Err[store.KeyResponse](*store.NewErrorOther("there is one page")), nil
	}
	return wrpc.Ok[store.Error](store.KeyResponse{Keys: slices.Sorted(maps.Keys(k.buckets[bucket]))}), nil
}

func (k *keyvalue) Increment(_ context.Context, _, _ string, delta uint64) (*wrpc.Result[uint64, atomics.Error], error) {
	return wrpc.Ok[atomics.Error](delta), nil
}

func (k *keyvalue) GetMany(context.Context, string, []string) (*wrpc.Result[[]*wrpc.Tuple2[string, []uint8], batch.Error], error) {
	return wrpc.Err[[]*wrpc.Tuple2[string, []uint8]](*store.NewErrorAccessDenied()), nil
}

func (k *keyvalue) SetMany(context.Context, string, []*wrpc.Tuple2[string, []uint8]) (*wrpc.Result[struct{}, batch.Error], error) {
	return wrpc.Ok[batch.Error](struct{}{}), nil
}

func (k *keyvalue) DeleteMany(context.Context, string, []string) (*wrpc.Result[struct{}, batch.Error], error) {
	return nil, errors.New("not implemented")
}

func TestKeyvalue(t *testing.T) {
	t.Parallel()
	s, c := connected(t)
	k := &keyvalue{buckets: map[string]map[string][]byte{}}
	stop, err := kvserver.Serve(s, k, k, k)
	stopped(t, stop, err)
	ctx := t.Context()
	if r, err := kvclient.Get(ctx, c, "b", "k"); err != nil || r.Err == nil || !r.Err.GetNoSuchStore() {
		t.Errorf("get: %v, %v", r, err)
	}
	if r, err := kvclient.Set(ctx, c, "b", "k", []byte("v")); err != nil || r.Ok == nil {
		t.Errorf("set: %v, %v", r, err)
	}
	if r, err := kvclient.Get(ctx, c, "b", "k"); err != nil || r.Ok == nil || string(*r.Ok) != "v" {
		t.Errorf("get: %v, %v", r, err)
	}
	if r, err := kvclient.Get(ctx, c, "b", "none"); err != nil || r.Ok == nil || *r.Ok != nil {
		t.Errorf("get what is not there: %v, %v", r, err)
	}
	if r, err := kvclient.ListKeys(ctx, c, "b", nil); err != nil || !slices.Equal(r.Ok.Keys, []string{"k"}) || r.Ok.Cursor != nil {
		t.Errorf("list keys: %v, %v", r, err)
	}
	r, err := kvclient.Set(ctx, c, "b", "", nil)
	if err != nil || r.Err == nil {
		t.Fatalf("set: %v, %v", r, err)
	}
	if text := error(r.Err).Error(); text != `other("a key has letters")` {
		t.Errorf("error text is %s", text)
	}
}

// blobs keeps one object.
type blobs struct {
	blobstore.Handler // the functions that the test does not call
	data              []byte
}

func (b *blobs) WriteContainerData(_ context.Context, _ *blobtypes.ObjectId, data io.ReadCloser) (*wrpc.Result[wrpc.Receiver[*wrpc.Result[struct{}, string]], string], error) {
	var err error
	if b.data, err = io.ReadAll(data); err != nil {
		return nil, err
	}
	done := wrpc.NewCompleteReceiver(wrpc.Ok[string](struct{}{}))
	return wrpc.Ok[string](wrpc.Receiver[*wrpc.Result[struct{}, string]](done)), nil
}

func (b *blobs) GetContainerData(_ context.Context, _ *blobtypes.ObjectId, start, end uint64) (*wrpc.Result[wrpc.Tuple2[io.ReadCloser, wrpc.Receiver[*wrpc.Result[struct{}, string]]], string], error) {
	return wrpc.Ok[string](wrpc.Tuple2[io.ReadCloser, wrpc.Receiver[*wrpc.Result[struct{}, string]]]{
		V0: io.NopCloser(bytes.NewReader(b.data[start:end])),
		V1: wrpc.NewCompleteReceiver(wrpc.Ok[string](struct{}{})),
	}), nil
}

func TestBlobstore(t *testing.T) {
	t.Parallel()
	s, c := connected(t)
	stop, err := blobserver.Serve(s, &blobs{})
	stopped(t, stop, err)
	id, body := &blobclient.ObjectId{Container: "c", Object: "o"}, bytes.Repeat([]byte("0123456789"), 1<<17)
	stored, writeErrs, err := blobclient.WriteContainerData(t.Context(), c, id, io.NopCloser(bytes.NewReader(body)))
	if err != nil || stored.Ok == nil {
		t.Fatal(stored, err)
	}
	for err := range writeErrs {
		t.Error(err)
	}
	if r, err := (*stored.Ok).Receive(); err != nil || r.Ok == nil {
		t.Error(r, err)
	}
	read, err := blobclient.GetContainerData(t.Context(), c, id, 5, uint64(len(body)))
	if err != nil || read.Ok == nil {
		t.Fatal(read, err)
	}
	data, err := io.ReadAll(read.Ok.V0)
	if err != nil || !bytes.Equal(data, body[5:]) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if r, err := read.Ok.V1.Receive(); err != nil || r.Ok == nil {
		t.Error(r, err)
	}
}

// upper answers requests with their bodies in upper case.
type upper struct{}

func (upper) Handle(_ context.Context, request *types.Request, _ *types.RequestOptions) (*wrpc.Result[types.Response, base_types.ErrorCode], error) {
	if other, ok := request.Method.GetOther(); ok {
		return wrpc.Err[types.Response](*base_types.NewErrorCodeInternalError(&other)), nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	return wrpc.Ok[outgoing_handler.ErrorCode](types.Response{
		Body:     io.NopCloser(strings.NewReader(strings.ToUpper(string(body)))),
		Trailers: request.Trailers,
		Status:   200,
		Headers:  request.Headers,
	}), nil
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	s, c := connected(t)
	stop, err := httpserver.Serve(s, upper{})
	stopped(t, stop, err)
	request := func(method *httpbase.Method) *httptypes.Request {
		return &httptypes.Request{
			Body:     io.NopCloser(strings.NewReader("body")),
			Trailers: wrpc.NewCompleteReceiver(httptypes.Fields{{V0: "t", V1: [][]byte{[]byte("1")}}}),
			Method:   method,
			Scheme:   httpbase.NewSchemeHttps(),
			Headers:  httptypes.Fields{{V0: "h", V1: [][]byte{{}, []byte("2")}}},
		}
	}
	r, writeErrs, err := httpout.Handle(t.Context(), c, request(httpbase.NewMethodPost()), nil)
	if err != nil || r.Ok == nil {
		t.Fatal(r, err)
	}
	body, err := io.ReadAll(r.Ok.Body)
	if err != nil || string(body) != "BODY" || r.Ok.Status != 200 || r.Ok.Headers[0].V0 != "h" {
		t.Errorf("%s, %v", body, err)
	}
	trailers, err := r.Ok.Trailers.Receive()
	if err != nil || len(trailers) != 1 || trailers[0].V0 != "t" {
		t.Error(trailers, err)
	}
	for err := range writeErrs {
		t.Error(err)
	}
	r, _, err = httpout.Handle(t.Context(), c, request(httpbase.NewMethodOther("brew")), nil)
	if err != nil || r.Err == nil || r.Err.String() != `internal-error("brew")` {
		t.Error(r, err)
	}
}
