package main

import "testing"

// BenchmarkCodec measures what the table shows under codec: go test -bench Codec -benchmem.
func BenchmarkCodec(b *testing.B) {
	cases, err := codecCases()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases {
		b.Run(c.Op+"/"+c.Value+"/"+c.Who, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestCodecAllocations holds the runtime to what bench/README.md says of it.
func TestCodecAllocations(t *testing.T) {
	cases, err := codecCases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Who != nameOurs {
			continue
		}
		want := 0.0
		if c.Op == "decode" {
			want = 1 // the string or list itself
		}
		got := testing.AllocsPerRun(100, func() {
			if err := c.run(); err != nil {
				t.Fatal(err)
			}
		})
		if got > want {
			t.Errorf("%s %s: %v allocations, want at most %v", c.Op, c.Value, got, want)
		}
	}
}
