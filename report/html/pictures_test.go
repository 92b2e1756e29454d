package html

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var (
	pageFile = flag.String("page", "", "of TestPictures: the page to take pictures of")
	pictures = flag.String("pictures", "", "of TestPictures: the folder for the pictures")
	at       = flag.String("at", "", "of TestPictures: what of the page to show, by its id")
)

// TestPictures takes pictures of a page for someone to look at; hack/page-pictures.sh
// calls it. It asserts nothing that they would not see.
func TestPictures(t *testing.T) {
	if *pageFile == "" || *pictures == "" {
		t.Skip("for looking at pages: wants -page and -pictures")
	}
	b := newBrowser(t)
	path, err := filepath.Abs(*pageFile)
	if err != nil {
		t.Fatal(err)
	}
	save := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(*pictures, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"light", 1200, 1500, false}, {"dark", 1200, 1500, true}, {"phone", 390, 1500, false}} {
		b.size(v.width, v.height)
		b.dark(v.dark)
		b.visit("file://" + path)
		save(v.name+"-top.png", b.picture())
		b.eval(fmt.Sprintf(`(() => {
			const at = document.getElementById(%q) || document.querySelector("details.trial[open]");
			if (at) { const d = at.closest("details"); if (d) d.open = true; at.scrollIntoView(); }
		})()`, *at), nil)
		b.until(`![...document.querySelectorAll("details.trial[open] [data-drawing]")].some((e) => { const r = e.getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0 && !e.querySelector("canvas") })`)
		b.eval(`(() => { const h = document.querySelector("details.hits"); const open = [...document.querySelectorAll("details.hits")].find((e) => e.getBoundingClientRect().top > 0); if (open) open.open = true; })()`, nil)
		save(v.name+"-trial.png", b.picture())
		b.eval(`scrollBy(0, 900)`, nil)
		save(v.name+"-below.png", b.picture())
	}
	b.dark(false)
	b.size(1200, 1500)
	b.visit("file://" + path)
	b.until(`[...document.querySelectorAll("details.trial[open] [data-drawing]")].every((e) => e.querySelector("canvas"))`)
	save("paper.pdf", b.paper())
	b.quiet()
}

// TestOpening says how long a page takes to open, from the navigation to its load
// and to the first timeline, which is scrolled to at once; and what of that the page's
// thread computed, which other work on the machine does not add to.
func TestOpening(t *testing.T) {
	if *pageFile == "" || *pictures != "" {
		t.Skip("for measuring pages: wants -page without -pictures")
	}
	b := newBrowser(t)
	path, err := filepath.Abs(*pageFile)
	if err != nil {
		t.Fatal(err)
	}
	b.size(1200, 900)
	b.call("Performance.enable", map[string]any{"timeDomain": "threadTicks"}, nil)
	for range 5 {
		b.visit("about:blank")
		before := b.computed()
		b.visit("file://" + path)
		b.eval(`document.querySelector("details.trial[open]").scrollIntoView()`, nil)
		b.until(`document.querySelector("details.trial[open] canvas") !== null`)
		t.Log(b.text(`(() => { const n = performance.getEntriesByType("navigation")[0], p = performance.getEntriesByName("first-contentful-paint")[0];
			return "loaded " + n.loadEventEnd.toFixed(0) + " ms, first paint " + (p ? p.startTime.toFixed(0) : "?") + " ms, first timeline drawn " + performance.now().toFixed(0) + " ms"; })()`), fmt.Sprintf("computed %.0f ms", 1000*(b.computed()-before)))
	}
	b.quiet()
}
