package corpus_test

import (
	"context"
	"io"

	"github.com/wrpc/wrpc/go"
	composite "github.com/wrpc/wrpc/go/internal/corpus/composite/exports/corpus/composite/echo"
	resources "github.com/wrpc/wrpc/go/internal/corpus/resources/exports/corpus/resources/store"
	"github.com/wrpc/wrpc/go/internal/corpus/resources/exports/corpus/resources/user"
	sizes "github.com/wrpc/wrpc/go/internal/corpus/sizes/exports/corpus/sizes/echo"
	streams "github.com/wrpc/wrpc/go/internal/corpus/streams/exports/corpus/streams/echo"
	values "github.com/wrpc/wrpc/go/internal/corpus/values/server/exports/conformance/values/echo"
)

// The handlers here answer with what they are asked with.

// echoValues echoes each kind of value.
type echoValues struct{}

func (echoValues) Bools(_ context.Context, a, b bool) (bool, bool, error) { return a, b, nil }

func (echoValues) Unsigned(_ context.Context, a uint8, b uint16, c uint32, d uint64) (uint8, uint16, uint32, uint64, error) {
	return a, b, c, d, nil
}

func (echoValues) Signed(_ context.Context, a int8, b int16, c int32, d int64) (int8, int16, int32, int64, error) {
	return a, b, c, d, nil
}

func (echoValues) Floats(_ context.Context, a float32, b float64) (float32, float64, error) {
	return a, b, nil
}
func (echoValues) Character(_ context.Context, a rune) (rune, error)          { return a, nil }
func (echoValues) Text(_ context.Context, a string) (string, error)           { return a, nil }
func (echoValues) Bytes(_ context.Context, a []byte) ([]byte, error)          { return a, nil }
func (echoValues) Texts(_ context.Context, a []string) ([]string, error)      { return a, nil }
func (echoValues) Nested(_ context.Context, a [][]uint32) ([][]uint32, error) { return a, nil }
func (echoValues) Maybe(_ context.Context, a *uint32, b *string) (*uint32, *string, error) {
	return a, b, nil
}

func (echoValues) Outcome(_ context.Context, a *wrpc.Result[uint32, string]) (*wrpc.Result[uint32, string], error) {
	return a, nil
}

func (echoValues) Bare(_ context.Context, a *wrpc.Result[struct{}, struct{}]) (*wrpc.Result[struct{}, struct{}], error) {
	return a, nil
}

func (echoValues) People(_ context.Context, a []*values.Person) ([]*values.Person, error) {
	return a, nil
}
func (echoValues) Shapes(_ context.Context, a []*values.Shape) ([]*values.Shape, error) {
	return a, nil
}
func (echoValues) Colors(_ context.Context, a []values.Color) ([]values.Color, error) { return a, nil }
func (echoValues) Allowed(_ context.Context, a *values.Perms, b *values.Wide) (*values.Perms, *values.Wide, error) {
	return a, b, nil
}
func (echoValues) Nothing(context.Context) error { return nil }
func (echoValues) Flow(_ context.Context, a io.ReadCloser) (io.ReadCloser, error) {
	return a, nil
}

func (echoValues) Later(_ context.Context, a wrpc.Receiver[string]) (wrpc.Receiver[string], error) {
	return a, nil
}

// echoComposite echoes types inside types.
type echoComposite struct{}

type (
	tuple2[A, B any] = wrpc.Tuple2[A, B]
	result[T, E any] = wrpc.Result[T, E]
	leaf             = composite.Leaf
)

func (echoComposite) Branches(_ context.Context, a *composite.Branch, b []*composite.Branch) (*composite.Branch, []*composite.Branch, error) {
	return a, b, nil
}

func (echoComposite) Choices(_ context.Context, a *composite.Choice, b []*composite.Choice) (*composite.Choice, []*composite.Choice, error) {
	return a, b, nil
}

func (echoComposite) Aliases(_ context.Context, a []byte, b []*leaf, c *composite.Pair, d *composite.Outcome, e *composite.Same, f uint64, g *leaf) ([]byte, []*leaf, *tuple2[string, *leaf], *result[leaf, composite.Mark], *leaf, composite.Number, composite.Perhaps, error) {
	return a, b, c, d, e, f, g, nil
}

func (echoComposite) AliasPair(_ context.Context, a *composite.Pair) (string, *leaf, error) {
	return a.V0, a.V1, nil
}

func (echoComposite) Options(_ context.Context, a *leaf, b *composite.Mark, c *composite.Choice, d *composite.Bits, e *tuple2[uint8, string], f *result[uint8, string]) (*leaf, *composite.Mark, *composite.Choice, *composite.Bits, *tuple2[uint8, string], *result[uint8, string], error) {
	return a, b, c, d, e, f, nil
}

func (echoComposite) OptionLists(_ context.Context, a []*leaf, b []byte, c composite.Bytes, d composite.Leaves, e []*uint8) ([]*leaf, []byte, composite.Bytes, composite.Leaves, []*uint8, error) {
	return a, b, c, d, e, nil
}

func (echoComposite) NestedOptions(_ context.Context, a **uint32, b **leaf, c *[]byte, d []*string) (**uint32, **leaf, *[]byte, []*string, error) {
	return a, b, c, d, nil
}

func (echoComposite) Results(_ context.Context, a *result[leaf, struct{}], b *result[struct{}, leaf], c *result[[]byte, composite.Mark], d *result[[]byte, composite.Choice], e *result[result[uint8, string], result[struct{}, struct{}]]) (*result[leaf, struct{}], *result[struct{}, leaf], *result[[]byte, composite.Mark], *result[[]byte, composite.Choice], *result[result[uint8, string], result[struct{}, struct{}]], error) {
	return a, b, c, d, e, nil
}

func (echoComposite) ResultOfTuples(_ context.Context, a *result[tuple2[uint8, *leaf], tuple2[string, composite.Mark]]) (*result[tuple2[uint8, *leaf], tuple2[string, composite.Mark]], error) {
	return a, nil
}

func (echoComposite) Tuples(_ context.Context, a uint8, b *leaf, c struct{}, d []*tuple2[string, uint8], e *tuple2[*tuple2[uint8, uint16], *tuple2[*leaf, composite.Mark]], f []byte) (uint8, *leaf, struct{}, []*tuple2[string, uint8], *tuple2[*tuple2[uint8, uint16], *tuple2[*leaf, composite.Mark]], []byte, error) {
	return a, b, c, d, e, f, nil
}

func (echoComposite) Single(_ context.Context, a uint8) (uint8, error) { return a, nil }
func (echoComposite) None(context.Context) error                       { return nil }

func (echoComposite) Chars(_ context.Context, a rune, b []rune, c *rune, d float32, e float64, f []float64) (rune, []rune, *rune, float32, float64, []float64, error) {
	return a, b, c, d, e, f, nil
}

func (echoComposite) Empties(_ context.Context, a *composite.Empty, b []*composite.Empty, c *composite.Empty) (*composite.Empty, []*composite.Empty, *composite.Empty, error) {
	return a, b, c, nil
}

func (echoComposite) Lists(_ context.Context, a [][][]byte, b [][]*leaf, c []*result[uint8, string], d []*composite.Bits, e []composite.Mark) ([][][]byte, [][]*leaf, []*result[uint8, string], []*composite.Bits, []composite.Mark, error) {
	return a, b, c, d, e, nil
}

// echoSizes echoes large types.
type echoSizes struct{}

func (echoSizes) AllFlags(_ context.Context, a *sizes.Bits1, b *sizes.Bits8, c *sizes.Bits9, d *sizes.Bits16, e *sizes.Bits17, f *sizes.Bits24, g *sizes.Bits25, h *sizes.Bits32) (*sizes.Bits1, *sizes.Bits8, *sizes.Bits9, *sizes.Bits16, *sizes.Bits17, *sizes.Bits24, *sizes.Bits25, *sizes.Bits32, error) {
	return a, b, c, d, e, f, g, h, nil
}

func (echoSizes) Enums(_ context.Context, a sizes.E256, b sizes.E300, c []sizes.E300) (sizes.E256, sizes.E300, []sizes.E300, error) {
	return a, b, c, nil
}
func (echoSizes) Variants(_ context.Context, a *sizes.V300) (*sizes.V300, error) { return a, nil }
func (echoSizes) Records(_ context.Context, a *sizes.Many) (*sizes.Many, error)  { return a, nil }

func (echoSizes) Parameters(_ context.Context, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t uint32) ([]uint32, error) {
	return []uint32{a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t}, nil
}

type tuple16 = wrpc.Tuple16[uint8, string, uint8, string, uint8, string, uint8, string, uint8, string, uint8, string, uint8, string, uint8, string]

func (echoSizes) Tuples(_ context.Context, a *tuple16) (*tuple16, error) { return a, nil }

func (echoSizes) Results(_ context.Context, a []uint32) (_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ uint32, _ error) {
	return a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15], a[16], a[17], a[18], a[19], nil
}

// echoStreams echoes what is pending.
type echoStreams struct{}

type (
	stream[T any] = wrpc.Receiver[[]T]
	future[T any] = wrpc.Receiver[T]
	bytesOf       = io.ReadCloser
)

func (echoStreams) Bytes(_ context.Context, a bytesOf) (bytesOf, error) { return a, nil }
func (echoStreams) Texts(_ context.Context, a stream[string]) (stream[string], error) {
	return a, nil
}

func (echoStreams) Plains(_ context.Context, a stream[*streams.Plain]) (stream[*streams.Plain], error) {
	return a, nil
}

func (echoStreams) Lists(_ context.Context, a stream[[]uint32]) (stream[[]uint32], error) {
	return a, nil
}

func (echoStreams) Ticks(_ context.Context, a stream[struct{}]) (stream[struct{}], error) {
	return a, nil
}

func (echoStreams) Signal(_ context.Context, a future[struct{}]) (future[struct{}], error) {
	return a, nil
}
func (echoStreams) Text(_ context.Context, a future[string]) (future[string], error) { return a, nil }

func (echoStreams) PlainLater(_ context.Context, a future[*streams.Plain]) (future[*streams.Plain], error) {
	return a, nil
}

func (echoStreams) Trailers(_ context.Context, a future[[]*tuple2[string, []byte]]) (future[[]*tuple2[string, []byte]], error) {
	return a, nil
}

func (echoStreams) NestedStream(_ context.Context, a stream[bytesOf]) (stream[bytesOf], error) {
	return a, nil
}

func (echoStreams) FutureStream(_ context.Context, a future[bytesOf]) (future[bytesOf], error) {
	return a, nil
}

func (echoStreams) FutureFuture(_ context.Context, a future[future[string]]) (future[future[string]], error) {
	return a, nil
}

func (echoStreams) FutureResult(_ context.Context, a future[*result[bytesOf, string]]) (future[*result[bytesOf, string]], error) {
	return a, nil
}
func (echoStreams) InRecord(_ context.Context, a *streams.Item) (*streams.Item, error) { return a, nil }

func (echoStreams) InTuple(_ context.Context, a *tuple2[bytesOf, future[uint32]], b uint8) (*tuple2[bytesOf, future[uint32]], uint8, error) {
	return a, b, nil
}

func (echoStreams) InList(_ context.Context, a []bytesOf, b []future[string]) ([]bytesOf, []future[string], error) {
	return a, b, nil
}

func (echoStreams) InOption(_ context.Context, a *bytesOf, b *future[uint32]) (*bytesOf, *future[uint32], error) {
	return a, b, nil
}

func (echoStreams) InResult(_ context.Context, a *result[bytesOf, future[string]]) (*result[bytesOf, future[string]], error) {
	return a, nil
}

func (echoStreams) InVariant(_ context.Context, a *streams.Packet, b []*streams.Packet) (*streams.Packet, []*streams.Packet, error) {
	return a, b, nil
}

func (echoStreams) Items(_ context.Context, a stream[*streams.Item]) (stream[*streams.Item], error) {
	return a, nil
}

func (echoStreams) Alone(_ context.Context, a bytesOf, b *future[string]) (bytesOf, *future[string], error) {
	return a, b, nil
}

type deep = []*tuple2[string, *result[[]future[*streams.Item], string]]

func (echoStreams) Deep(_ context.Context, a deep) (deep, error)          { return a, nil }
func (echoStreams) AsyncText(_ context.Context, a string) (string, error) { return a, nil }
func (echoStreams) Mixed(_ context.Context, a string, b bytesOf, c uint32, d future[string]) (uint32, bytesOf, string, future[string], error) {
	return c, b, a, d, nil
}

// echoResources echoes handles.
type echoResources struct{}

type (
	bucket = resources.Bucket
	ticket = resources.Token
)

func (echoResources) Bucket(_ context.Context, name string) (wrpc.Own[bucket], error) {
	return wrpc.Own[bucket](name), nil
}

func (echoResources) Bucket_Get(_ context.Context, self wrpc.Borrow[bucket], key string) ([]byte, error) {
	return append(append([]byte{}, self...), key...), nil
}

func (echoResources) Bucket_Set(context.Context, wrpc.Borrow[bucket], string, []byte) error {
	return nil
}

func (echoResources) Bucket_Merge(context.Context, wrpc.Borrow[bucket], wrpc.Borrow[bucket]) error {
	return nil
}

func (echoResources) Bucket_Watch(_ context.Context, self wrpc.Borrow[bucket]) (stream[string], error) {
	return wrpc.NewCompleteReceiver([]string{string(self), "watched"}), nil
}

func (echoResources) Bucket_Fill(_ context.Context, _ wrpc.Borrow[bucket], values bytesOf) (uint64, error) {
	n, err := io.Copy(io.Discard, values)
	return uint64(n), err
}

func (echoResources) Bucket_Wait(_ context.Context, self wrpc.Borrow[bucket]) (string, error) {
	return string(self), nil
}

func (echoResources) Bucket_Join(_ context.Context, a, b wrpc.Own[bucket]) (wrpc.Own[bucket], error) {
	return append(append(wrpc.Own[bucket]{}, a...), b...), nil
}

func (echoResources) Bucket_Open(_ context.Context, name string) (*result[wrpc.Own[bucket], string], error) {
	if name == "" {
		return wrpc.Err[wrpc.Own[bucket]]("no name"), nil
	}
	return wrpc.Ok[string](wrpc.Own[bucket](name)), nil
}

func (echoResources) Same(_ context.Context, a wrpc.Own[bucket], b wrpc.Own[ticket]) (wrpc.Own[bucket], wrpc.Own[ticket], error) {
	return a, b, nil
}

func (echoResources) Lend(_ context.Context, a wrpc.Borrow[bucket], b []wrpc.Borrow[ticket], c *wrpc.Borrow[ticket]) (uint32, error) {
	n := len(a) + len(b)
	if c != nil {
		n += len(*c)
	}
	return uint32(n), nil
}

func (echoResources) Nested(_ context.Context, a *resources.Entry, b []wrpc.Own[bucket], c *wrpc.Own[ticket], d *result[wrpc.Own[bucket], wrpc.Own[ticket]], e *resources.Place) (*resources.Entry, []wrpc.Own[bucket], *wrpc.Own[ticket], *result[wrpc.Own[bucket], wrpc.Own[ticket]], *resources.Place, error) {
	return a, b, c, d, e, nil
}

// echoUser uses the resources of another interface.
type echoUser struct{}

func (echoUser) Drop(context.Context, wrpc.Own[user.Bucket], wrpc.Borrow[user.Ticket]) error {
	return nil
}

func (echoUser) Find(_ context.Context, name string) (*result[user.Entry, string], error) {
	return wrpc.Ok[string](resources.Entry{Key: name, Bucket: wrpc.Own[bucket](name)}), nil
}
