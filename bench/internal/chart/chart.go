// Package chart draws horizontal bar charts as SVG that reads on light and dark pages alike.
package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Chart is groups of bars against one scale, on which 1 has a line of its own.
type Chart struct {
	Title    string
	Subtitle string
	Unit     string // what the line at 1 stands for
	Series   []Series
	Groups   []Group
}

// Series names a kind of bar; each Group has one of it.
type Series struct {
	Name  string
	Color string // as CSS writes it; a middle tone is seen on white and on black
}

// Group is the bars of one thing measured.
type Group struct {
	Name string
	Bars []Bar // in the order of the Series
}

// Bar is a value and how it is put into words. Bars longer than the chart are cut off at its edge.
type Bar struct {
	Value float64
	Label string
}

// The measures of a chart, in pixels.
const (
	width     = 760
	left      = 150 // of the bars
	scale     = 430 // the length of 1
	barHeight = 13
	barGap    = 3
	groupGap  = 14
	top       = 84 // of the first group
	textColor = "#7d8590"
	font      = `font-family="system-ui, sans-serif" font-size="12"`
)

// WriteTo writes the chart as an SVG document. It implements [io.WriterTo].
func (c Chart) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	height := top
	for _, g := range c.Groups {
		height += g.height() + groupGap
	}
	height += 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" %s fill="%s" role="img" aria-label="%s">`+"\n",
		width, height, width, height, font, textColor, escape(c.Title))
	fmt.Fprintf(&b, `<text x="0" y="18" font-size="16" font-weight="600">%s</text>`+"\n", escape(c.Title))
	fmt.Fprintf(&b, `<text x="0" y="38">%s</text>`+"\n", escape(c.Subtitle))
	c.legend(&b)
	c.grid(&b, height)
	y := top
	for _, g := range c.Groups {
		c.group(&b, g, y)
		y += g.height() + groupGap
	}
	b.WriteString("</svg>\n")
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (g Group) height() int { return len(g.Bars)*(barHeight+barGap) - barGap }

// legend names the series, one beside the other.
func (c Chart) legend(b *strings.Builder) {
	x := left
	for _, s := range c.Series {
		fmt.Fprintf(b, `<rect x="%d" y="52" width="12" height="12" rx="2" fill="%s"/><text x="%d" y="62">%s</text>`+"\n", x, s.Color, x+18, escape(s.Name))
		x += 18 + 7*len(s.Name) + 24
	}
}

// grid draws a line at each quarter, the strongest at 1.
func (c Chart) grid(b *strings.Builder, height int) {
	for quarter := 0; quarter <= 4; quarter++ {
		x, opacity := left+scale*quarter/4, "0.25"
		label := fmt.Sprintf("%.2g", float64(quarter)/4)
		if quarter == 4 {
			opacity, label = "1", c.Unit
		}
		fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-opacity="%s"/>`, x, top-6, x, height-14, textColor, opacity)
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="10">%s</text>`+"\n", x, height-2, escape(label))
	}
}

func (c Chart) group(b *strings.Builder, g Group, y int) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-10, y+g.height()/2+4, escape(g.Name))
	for i, bar := range g.Bars {
		length := int(min(max(bar.Value, 0)*scale, width-left) + 0.5)
		color := textColor
		if i < len(c.Series) {
			color = c.Series[i].Color
		}
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s"/>`, left, y, max(length, 1), barHeight, color)
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="11">%s</text>`+"\n", left+length+6, y+barHeight-3, escape(bar.Label))
		y += barHeight + barGap
	}
}

// escape makes text safe in XML.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
