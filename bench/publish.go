package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wasmCloud/wasmCloud/examples/go/providers/custom-template/bench/internal/chart"
)

// publish brings the report to where the flags say.
func publish(ctx context.Context, s settings, r *Report, stdout io.Writer) error {
	var errs []error
	if s.json {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		errs = append(errs, encoder.Encode(r))
	} else {
		_, err := io.WriteString(stdout, r.markdown())
		errs = append(errs, err)
	}
	if s.svg != "" {
		errs = append(errs, writePlot(s.svg, r))
	}
	if s.update {
		errs = append(errs, update(ctx, r))
	}
	return errors.Join(errs...)
}

// update rewrites what this module's README shows.
func update(ctx context.Context, r *Report) error {
	folder, err := moduleFolder(ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	readme, err = replaceResults(readme, r.markdown())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(os.WriteFile(path, readme, 0o666), writePlot(filepath.Join(folder, "results.svg"), r))
}

// The marks between which the README has the results.
const (
	resultsBegin = "<!-- results: go run ./bench -update -->\n"
	resultsEnd   = "<!-- end of results -->\n"
)

// replaceResults puts the results between the marks.
func replaceResults(readme []byte, results string) ([]byte, error) {
	before, rest, began := bytes.Cut(readme, []byte(resultsBegin))
	_, after, ended := bytes.Cut(rest, []byte(resultsEnd))
	if !began || !ended {
		return nil, fmt.Errorf("the lines %q and %q are missing", resultsBegin, resultsEnd)
	}
	return fmt.Appendf(nil, "%s%s\n%s\n%s%s", before, resultsBegin, results, resultsEnd, after), nil
}

func writePlot(path string, r *Report) error {
	var b bytes.Buffer
	if _, err := r.plot().WriteTo(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o666)
}

// plot draws the calls of the wRPC contenders against the floor.
func (r *Report) plot() chart.Chart {
	c := chart.Chart{
		Title:    "wRPC over NATS: how close to plain NATS",
		Subtitle: fmt.Sprintf("rate in proportion to plain NATS in the same run, client, server and nats-server on %d CPUs; longer is better", r.CPUs),
		Unit:     "plain NATS",
		Series:   []chart.Series{{Name: "this repository", Color: "#2f81f7"}, {Name: "upstream wRPC Go, 2024-08", Color: "#9a7fd1"}},
	}
	for _, one := range r.Cases {
		g := chart.Group{Name: one.Name}
		for _, who := range []string{nameOurs, nameUpstream} {
			if result := one.result(who); result != nil {
				label := fmt.Sprintf("%.2f  (%s", result.Ratio, one.rate(*result))
				if result.Lost > 0 {
					label += fmt.Sprintf(", %d lost", result.Lost)
				}
				g.Bars = append(g.Bars, chart.Bar{Value: result.Ratio, Label: label + ")"})
			}
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}
