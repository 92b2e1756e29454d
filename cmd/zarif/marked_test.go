package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUpdateMarked(t *testing.T) {
	const begin, end = "<!-- zarif:begin x -->", "<!-- zarif:end x -->"
	for _, c := range []struct {
		name, block, page, want string // want is empty where page is to stay as it is
		fault                   string
	}{
		{name: "anew", block: "x", page: "a\n" + begin + "\nold\n" + end + "\nb", want: "a\n" + begin + "\nnew\nlines\n" + end + "\nb"},
		{name: "for the first time", block: "x", page: begin + "\n" + end, want: begin + "\nnew\nlines\n" + end},
		{name: "without a name", page: "a \n<!-- zarif:begin -->\nold\n<!-- zarif:end -->\n\tb\n", want: "a \n<!-- zarif:begin -->\nnew\nlines\n<!-- zarif:end -->\n\tb\n"},
		{name: "an end without a name", block: "x", page: begin + "\n<!-- zarif:end -->\n", want: begin + "\nnew\nlines\n<!-- zarif:end -->\n"},
		{name: "the older form", block: "x", page: "<!-- zarif x: begin -->\nold\n<!-- zarif x: end -->\n", want: "<!-- zarif x: begin -->\nnew\nlines\n<!-- zarif x: end -->\n"},
		{name: "spaces and other line ends", block: "x", page: "a\r\n  <!--zarif:begin  x-->\r\nold\r\n" + end + " \r\nb\r\n",
			want: "a\r\n  <!--zarif:begin  x-->\r\nnew\r\nlines\r\n" + end + " \r\nb\r\n"},
		{name: "one of several", block: "x", page: "<!-- zarif:begin -->\n1\n<!-- zarif:end -->\n" + begin + "\n2\n" + end + "\n",
			want: "<!-- zarif:begin -->\n1\n<!-- zarif:end -->\n" + begin + "\nnew\nlines\n" + end + "\n"},
		{name: "marks that are only shown", block: "x", page: "```html\n" + begin + "\n" + end + "\n```\nwrite `" + begin + "` there\n" + begin + "\n" + end + "\n",
			want: "```html\n" + begin + "\n" + end + "\n```\nwrite `" + begin + "` there\n" + begin + "\nnew\nlines\n" + end + "\n"},
		{name: "code in code", block: "x", page: "````\n```\n" + begin + "\n```\n~~~\n````\n" + begin + "\n" + end + "\n",
			want: "````\n```\n" + begin + "\n```\n~~~\n````\n" + begin + "\nnew\nlines\n" + end + "\n"},
		{name: "as it is already", block: "x", page: begin + "\nnew\nlines\n" + end + "\n"},
		{name: "a stack's page", block: measuredBlock, page: "a\n\n## Measured\n\nb\n",
			want: "a\n\n## Measured\n\n<!-- zarif:begin measured -->\nnew\nlines\n<!-- zarif:end measured -->\n\nb\n"},

		{name: "no marks", block: "x", page: "a\n## Measured\n", fault: "page.md:3: the page ends without a block; want one line " + begin},
		{name: "only marks of another", block: "x", page: "<!-- zarif:begin y -->\n<!-- zarif:end y -->\n", fault: "page.md:3: the page ends without"},
		{name: "no end", block: "x", page: "a\n" + begin + "\nb\n", fault: "page.md:2: the block does not end; want a line " + end},
		{name: "the end first", block: "x", page: end + "\n" + begin + "\n", fault: "page.md:1: a block ends that did not begin"},
		{name: "twice", block: "x", page: begin + "\n" + end + "\n" + begin + "\n" + end + "\n", fault: "page.md:3: " + begin + " is there already, in line 1"},
		{name: "in itself", block: "x", page: begin + "\n" + begin + "\n" + end + "\n", fault: "page.md:2: a block begins in the block that began in line 1"},
		{name: "the end of another", block: "x", page: begin + "\n<!-- zarif:end y -->\n", fault: `page.md:2: the end of block "y"`},
		{name: "another does not end", block: "x", page: begin + "\n" + end + "\n<!-- zarif:begin -->\n", fault: "page.md:3: the block does not end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := filepath.Join(t.TempDir(), "page.md")
			if err := os.WriteFile(page, []byte(c.page), 0o644); err != nil {
				t.Fatal(err)
			}
			err := updateMarked(page, c.block, func(w io.Writer) error { _, err := fmt.Fprint(w, "new\nlines\n"); return err })
			if c.fault != "" {
				if exitCode(err) != exitUsage || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("error %v, want one that says %s", err, c.fault)
				}
			} else if err != nil {
				t.Error(err)
			}
			want := c.want
			if want == "" {
				want = c.page
			}
			if got, _ := os.ReadFile(page); string(got) != want {
				t.Errorf("the page is %q, want %q", got, want)
			}
		})
	}
}

// A page that is a link stays one.
func TestUpdateLinked(t *testing.T) {
	dir := t.TempDir()
	page, link := filepath.Join(dir, "page.md"), filepath.Join(dir, "link.md")
	if err := os.WriteFile(page, []byte("<!-- zarif:begin -->\n<!-- zarif:end -->\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("page.md", link); err != nil {
		t.Fatal(err)
	}
	if err := updateMarked(link, "", func(w io.Writer) error { _, err := fmt.Fprintln(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "page.md" {
		t.Errorf("the link leads to %q, error %v", to, err)
	}
	if text, _ := os.ReadFile(page); !strings.Contains(string(text), "new") {
		t.Errorf("the page is %q", text)
	}
}

// Whatever a page holds, what is outside of its block stays.
func FuzzUpdateMarked(f *testing.F) {
	f.Add([]byte("a\n<!-- zarif:begin -->\nold\n<!-- zarif:end -->\nb"))
	f.Add([]byte("```\n<!-- zarif:begin -->\n```\n<!-- zarif:begin -->\r\n<!-- zarif:end -->"))
	f.Add([]byte("<!-- zarif x: begin -->\n<!-- zarif:end x -->\n~~~~ a\n"))
	f.Fuzz(func(t *testing.T, page []byte) {
		begin, end, ok, err := block("page.md", page, "")
		if !ok {
			return
		}
		if err != nil || begin.end || !end.end || begin.to > end.from || end.to > len(page) {
			t.Fatalf("block from %+v to %+v, error %v", begin, end, err)
		}
		path := filepath.Join(t.TempDir(), "page.md")
		if err := os.WriteFile(path, page, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := updateMarked(path, "", func(w io.Writer) error { _, err := fmt.Fprint(w, "new\n"); return err }); err != nil {
			t.Fatal(err)
		}
		want := string(page[:begin.to]) + "new" + begin.eol + string(page[end.from:])
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("the page is %q, want %q, error %v", got, want, err)
		}
	})
}
