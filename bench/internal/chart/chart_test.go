package chart_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/chart"
)

func example() chart.Chart {
	return chart.Chart{
		Title: "Calls & <streams>", Subtitle: "more is better", Unit: "floor",
		Series: []chart.Series{{Name: "ours", Color: "#2f81f7"}, {Name: "theirs", Color: "#a371f7"}},
		Groups: []chart.Group{
			{Name: "small", Bars: []chart.Bar{{0.5, "50/s"}, {0.1, "10/s"}}},
			{Name: "far out", Bars: []chart.Bar{{99, "too long"}, {-1, "negative"}}},
		},
	}
}

// TestWellFormed also proves that text can't break out of its element.
func TestWellFormed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	n, err := example().WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo = %d, %v after %d bytes", n, err, b.Len())
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	rects := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			rects++
		}
	}
	if want := 2 + 4; rects != want {
		t.Errorf("%d rectangles, want %d: one for each series and bar", rects, want)
	}
}

func TestBarsStayInsideTheChart(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if _, err := example().WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`width="215"`, `width="43"`, `width="610"`, `width="1"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no bar with %s in\n%s", want, b.String())
		}
	}
}

func Example() {
	c := chart.Chart{Title: "Speed", Series: []chart.Series{{Name: "ours", Color: "blue"}}}
	if _, err := c.WriteTo(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 94" width="760" height="94" font-family="system-ui, sans-serif" font-size="12" fill="#7d8590" role="img" aria-label="Speed">
	// <text x="0" y="18" font-size="16" font-weight="600">Speed</text>
	// <text x="0" y="38"></text>
	// <rect x="150" y="52" width="12" height="12" rx="2" fill="blue"/><text x="168" y="62">ours</text>
	// <line x1="150" y1="78" x2="150" y2="80" stroke="#7d8590" stroke-opacity="0.25"/><text x="150" y="92" text-anchor="middle" font-size="10">0</text>
	// <line x1="257" y1="78" x2="257" y2="80" stroke="#7d8590" stroke-opacity="0.25"/><text x="257" y="92" text-anchor="middle" font-size="10">0.25</text>
	// <line x1="365" y1="78" x2="365" y2="80" stroke="#7d8590" stroke-opacity="0.25"/><text x="365" y="92" text-anchor="middle" font-size="10">0.5</text>
	// <line x1="472" y1="78" x2="472" y2="80" stroke="#7d8590" stroke-opacity="0.25"/><text x="472" y="92" text-anchor="middle" font-size="10">0.75</text>
	// <line x1="580" y1="78" x2="580" y2="80" stroke="#7d8590" stroke-opacity="1"/><text x="580" y="92" text-anchor="middle" font-size="10"></text>
	// </svg>
}
