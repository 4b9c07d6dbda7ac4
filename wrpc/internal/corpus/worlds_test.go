package corpus_test

import "github.com/wrpc/wrpc/go/internal/bindgen"

// world is a world of the corpus and where its generated code lies.
type world struct {
	dir  string
	name string
	opts bindgen.Options
}

// module is the import path of this folder.
const module = "github.com/wrpc/wrpc/go/internal/corpus/"

// worlds lists the corpus: what each topic covers is said in its contract.
func worlds() []world {
	worlds := []world{
		{dir: "values/server", name: "conformance:values/server"},
		{dir: "values/client", name: "conformance:values/client"},
		{dir: "nested", name: "t:t/both"},
		{dir: "composite", name: "corpus:composite/composite"},
		{dir: "streams", name: "corpus:streams/streams"},
		{dir: "resources", name: "corpus:resources/resources"},
		{dir: "resources/user", name: "corpus:resources/resources-user"},
		{dir: "names", name: "corpus:names/interface-linux"},
		{dir: "sizes", name: "corpus:sizes/sizes"},
		{dir: "worlds/whole", name: "corpus:worlds/whole"},
		{dir: "worlds/importer", name: "corpus:worlds/importer"},
		{dir: "worlds/hollow", name: "corpus:worlds/hollow"},
		{dir: "versions", name: "corpus:versions/several"},
		{dir: "features/none", name: "corpus:features/features"},
		{dir: "features/fast", name: "corpus:features/features", opts: bindgen.Options{Features: []string{"fast"}}},
		{dir: "features/all", name: "corpus:features/features", opts: bindgen.Options{AllFeatures: true}},
		{dir: "docs", name: "corpus:docs/docs"},
		{dir: "with", name: "corpus:keyvalue/keyvalue", opts: bindgen.Options{With: map[string]string{
			"corpus:keyvalue/store":         module + "keyvalue/server/exports/corpus/keyvalue/store",
			"corpus:keyvalue/watcher@0.2.0": module + "keyvalue/server/corpus/keyvalue/watcher",
			"corpus:keyvalue/batch":         "generate",
		}}},
		{dir: "keyvalue/server", name: "corpus:keyvalue/keyvalue"},
		{dir: "keyvalue/client", name: "corpus:keyvalue/keyvalue-client"},
		{dir: "blobstore/server", name: "corpus:blobstore/blobstore-provider"},
		{dir: "blobstore/client", name: "corpus:blobstore/blobstore-client"},
		{dir: "http/server", name: "corpus:http/http"},
		{dir: "http/client", name: "corpus:http/http-client"},
		{dir: "messaging/server", name: "corpus:messaging/messaging"},
		{dir: "messaging/client", name: "corpus:messaging/messaging-client"},
		{dir: "sql/server", name: "corpus:sql/sql"},
		{dir: "sql/client", name: "corpus:sql/sql-client"},
	}
	for i := range worlds {
		worlds[i].opts.World = worlds[i].name
		worlds[i].opts.Package = module + worlds[i].dir
	}
	return worlds
}
