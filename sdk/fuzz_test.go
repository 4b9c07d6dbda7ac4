package provider

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

func FuzzLink(f *testing.F) {
	full, _ := json.Marshal(linkFields("c1", hostFields{"target_secrets": []int{1, 2}}))
	f.Add(full)
	f.Add([]byte(`{"source_id":"p","target":"c","interfaces":null,"source_config":{"a":null}}`))
	f.Add([]byte(strings.Repeat("[", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		link, err := parseLink("", data)
		key, keyErr := parseIdentity(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one line: %v", err)
			}
			return
		}
		link.open("p", nil)
		d := link.definition
		if keyErr != nil || d.key() != key || !d.same(d.clone()) {
			t.Fatalf("put %+v, delete %+v, %v", d, key, keyErr)
		}
		if checkSubjectPart(d.SourceID) != nil || checkSubjectPart(d.Target) != nil || d.Name == "" {
			t.Fatalf("accepted %+v", d)
		}
	})
}

func FuzzConfigUpdate(f *testing.F) {
	f.Add([]byte(`{"a":"b","c":null}`))
	f.Add([]byte(`{"a":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := parseConfig(data)
		if err != nil {
			return
		}
		again, err := parseConfig(mustJSON(t, config))
		if err != nil || !maps.Equal(config, again) {
			t.Fatalf("%q became %v, then %v, %v", data, config, again, err)
		}
	})
}

func FuzzShutdown(f *testing.F) {
	f.Add([]byte(`{"host_id":"NHOST"}`))
	f.Add([]byte(`{"host_id":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := parseShutdown(data)
		if err == nil && id == "NHOST" && !strings.Contains(string(data), "host_id") && !strings.Contains(string(data), `\u`) {
			t.Fatalf("%q stops the provider", data)
		}
	})
}
