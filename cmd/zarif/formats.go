package main

import (
	"context"
	"fmt"
	goio "io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/html"
	"zarif/report/picture"
	"zarif/report/render"
)

// A source is what a report is made from.
type source struct {
	dir     string         // the results folder, for what only its histories tell
	results report.Results // all of its histories, analysed
}

// A format is one way to show results. It has write, or files where it is more
// than one file.
type format struct {
	name  string
	doc   string // what it is for, in a few words
	write func(ctx context.Context, w goio.Writer, from source) error
	files func(ctx context.Context, from source) ([]file, error)
}

// A file is one of several that make up a report.
type file struct {
	name  string // in the report's folder
	write func(goio.Writer) error
}

// formats are all there are, in the order in which they are listed.
func formats() []format {
	return []format{
		{name: "table", doc: "for a terminal", write: writeTable},
		{name: "markdown", doc: "for docs and comments", write: shown(render.Markdown)},
		{name: "json", doc: "everything, schema " + report.Schema, write: shown(render.JSON)},
		{name: "csv", doc: "a row per trial and stream", write: shown(render.CSV)},
		{name: "junit", doc: "JUnit XML for CI: a suite per scenario, a case per trial; inconclusive is an error", write: shown(render.JUnit)},
		{name: "html", doc: "one page for a browser, with every lost hit; asks nothing of a network", write: writePage},
		{name: "svg", doc: "pictures, into a folder: a matrix of all scenarios, and each trial's hits and pods over time", files: writePictures},
	}
}

func formatNames() (names []string) {
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// formatNamed is the one that --output asks for.
func formatNamed(name string) (format, error) {
	if err := oneOfFormats(name, formatNames()...); err != nil {
		return format{}, err
	}
	all := formats()
	return all[slices.IndexFunc(all, func(f format) bool { return f.name == name })], nil
}

// formatsDoc has a line per format.
func formatsDoc() string {
	var out strings.Builder
	for _, f := range formats() {
		fmt.Fprintf(&out, "  %-9s %s\n", f.name, f.doc)
	}
	return strings.TrimRight(out.String(), "\n")
}

// shown is a format that needs nothing but the results.
func shown(render func(goio.Writer, report.Results) error) func(context.Context, goio.Writer, source) error {
	return func(_ context.Context, w goio.Writer, from source) error { return render(w, from.results) }
}

func writePage(ctx context.Context, w goio.Writer, from source) error {
	return html.Write(ctx, w, from.dir, from.results)
}

func writePictures(ctx context.Context, from source) (files []file, err error) {
	for _, p := range picture.All(ctx, from.dir, from.results) {
		files = append(files, file{p.Name, p.Write})
	}
	return files, nil
}

func writeTable(_ context.Context, w goio.Writer, from source) error {
	columns, tty := terminal(w)
	return render.Table(w, from.results, render.Options{Width: columns, Colour: tty})
}

// to writes the report into out, a file or, for several files, a folder.
func (f format) to(ctx context.Context, out string, from source) error {
	if f.write != nil {
		return writeWhole(out, func(w goio.Writer) error { return f.write(ctx, w, from) })
	}
	files, err := f.files(ctx, from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	for _, file := range files {
		if err := writeWhole(filepath.Join(out, file.name), file.write); err != nil {
			return err
		}
	}
	return nil
}
