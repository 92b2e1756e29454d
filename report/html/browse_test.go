package html

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// saved is the page of the usual folder as a file.
func saved(t *testing.T) (url string) {
	t.Helper()
	dir := folder(t)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(written(t, dir, results(t, dir))), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

const drawnTrial = `document.getElementById("shop.rollout/1").querySelector("canvas")`

// TestPageInABrowser goes through the page as a reader does, who hears of every
// script error, of everything the policy forbids and of every request to a network.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	url := saved(t)
	b.open()
	b.size(1200, 900)
	b.visit(url)

	t.Run("the matrix has the counts", func(t *testing.T) {
		rows := b.text(`[...document.querySelectorAll(".matrix tbody tr")].map((r) => [...r.cells].map((c) => c.innerText.replace(/\s+/g, " ").trim()).join(" | ")).join("\n")`)
		want := []string{
			"cart | ✓ pass, as expected fresh 0 of 600 reused 0 of 600 | not run",
			"evil | not run | ✓ fail, as expected fresh" + hostile + " 5 of 600, 1 masked reused 0 of 600",
			"shop | ✓ 1 fail, 1 pass, as expected fresh 5 of 1,200, 1 masked reused 0 of 1,200 | ✓ pass, as expected fresh 0 of 600 reused 0 of 600",
		}
		if rows != strings.Join(want, "\n") {
			t.Errorf("the matrix is\n%s\nwant\n%s", rows, strings.Join(want, "\n"))
		}
	})

	t.Run("timelines are drawn when they are looked at", func(t *testing.T) {
		b.eval(`document.getElementById("shop.rollout/1").scrollIntoView()`, nil)
		b.until(drawnTrial + " !== null")
		var panels int
		b.eval(`document.getElementById("shop.rollout/1").querySelectorAll(".panel canvas").length`, &panels)
		if panels != 4 {
			t.Errorf("%d panels are drawn; want hits, lost hits, latency and pods", panels)
		}
		var closed int
		b.eval(`document.getElementById("shop.rollout/2").querySelectorAll("canvas").length`, &closed)
		if closed != 0 {
			t.Errorf("a trial that nobody opened has %d pictures", closed)
		}
	})

	t.Run("the pictures have ink", func(t *testing.T) {
		var colours []int
		b.eval(`[...document.getElementById("shop.rollout/1").querySelectorAll(".panel canvas")].map((c) =>
			new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size)`, &colours)
		for i, n := range colours {
			if n < 4 {
				t.Errorf("panel %d has %d colours; want a picture", i, n)
			}
		}
	})

	t.Run("every lost hit is listed", func(t *testing.T) {
		b.eval(`document.getElementById("shop.rollout/1").querySelector("details.hits").open = true`, nil)
		b.until(`document.getElementById("shop.rollout/1").querySelectorAll(".hit-list tbody tr").length > 0`)
		list := b.text(`[...document.getElementById("shop.rollout/1").querySelectorAll(".hit-list tbody tr")].map((r) => [...r.cells].map((c) => c.innerText).join(" | ")).join("\n")`)
		want := []string{
			"+1.200 s | 3.0 ms | 0-224 | fresh | refused | unknown | on their way out then: …aaaaa (SIGTERM +0.150 s)",
			"+1.250 s | 51 ms | 0-225 | fresh | reset | shop-5d9-bbbbb\nlast answered on the connection | ready",
			"+1.300 s | 2.50 s | 0-226 | fresh | status-502 | shop-5d9-bbbbb\nby its answer | ready",
			"+1.500 s | 51 ms | 0-230 | fresh | masked: closed · answered by shop-5d9-bbbbb | shop-5d9-aaaaa\nlast answered on the connection | SIGTERM +0.450 s → +0.501 s",
			"+1.800 s | 3.0 ms | 0-236 | fresh | refused | unknown | on their way out then: …aaaaa (perhaps exited)",
			"+2.200 s | 3.0 ms | 0-244 | fresh | refused | unknown | on their way out then: …aaaaa (exited +0.200 s to +0.600 s)",
		}
		if list != strings.Join(want, "\n") {
			t.Errorf("the list is\n%s\nwant\n%s", list, strings.Join(want, "\n"))
		}
	})

	t.Run("pods are there as a table", func(t *testing.T) {
		table := b.text(`document.getElementById("shop.rollout/1").querySelector(".pod-table tbody").textContent`)
		for _, want := range []string{"shop-5d9-aaaaa", "+1.050 s", "exit code 143, 0.6–1.0 s after the deletion"} {
			if !strings.Contains(table, want) {
				t.Errorf("the table lacks %q: %s", want, table)
			}
		}
	})

	t.Run("keys go from hit to hit and into the list", func(t *testing.T) {
		b.eval(`document.getElementById("shop.rollout/1").querySelector(".stage").focus()`, nil)
		for range 3 {
			b.press("ArrowRight")
		}
		said := b.text(`document.getElementById("shop.rollout/1").querySelector(".said").innerText`)
		if !strings.HasPrefix(said, "Hit 0-226 of fresh, status-502, scheduled +1.300 s, ended after 2.50 s; pod shop-5d9-bbbbb (ready).") {
			t.Errorf("after three steps it says %q", said)
		}
		b.press("Enter")
		if row := b.text(`document.activeElement.dataset.hit || document.activeElement.className`); row != "0-226" {
			t.Errorf("Enter went to %q; want the row of hit 0-226", row)
		}
	})

	t.Run("zooming goes for all panels", func(t *testing.T) {
		b.eval(`document.getElementById("shop.rollout/1").querySelector(".stage").scrollIntoView()`, nil)
		var at struct{ X, Y, W float64 }
		b.eval(`(() => { const r = document.getElementById("shop.rollout/1").querySelector(".u-over").getBoundingClientRect(); return {x: r.left, y: r.top + r.height / 2, w: r.width}; })()`, &at)
		shown := func() string {
			return b.text(`document.getElementById("shop.rollout/1").querySelector(".timeline").view.range.map((r) => r.toFixed(2)).join(" ")`)
		}
		before := shown()
		b.mouse("mouseMoved", at.X+at.W*0.25, at.Y)
		b.mouse("mousePressed", at.X+at.W*0.25, at.Y)
		b.mouse("mouseMoved", at.X+at.W*0.5, at.Y)
		b.mouse("mouseReleased", at.X+at.W*0.5, at.Y)
		b.until(`document.getElementById("shop.rollout/1").querySelector(".timeline").view.range.map((r) => r.toFixed(2)).join(" ") !== "` + before + `"`)
		var ranges []string
		b.eval(`document.getElementById("shop.rollout/1").querySelector(".timeline").view.charts.map((c) => c.scales.x.min.toFixed(2) + " " + c.scales.x.max.toFixed(2))`, &ranges)
		for _, r := range ranges {
			if r != shown() {
				t.Errorf("the panels show %v; want %s", ranges, shown())
			}
		}
		b.eval(`[...document.getElementById("shop.rollout/1").querySelectorAll(".tools button")].find((b) => b.textContent === "Whole trial").click()`, nil)
		if got := shown(); got != "-10.00 20.00" {
			t.Errorf("the whole trial is shown as %s; want -10 to 20 s", got)
		}
	})

	t.Run("under the pointer stands what there is", func(t *testing.T) {
		var at struct{ X, Y float64 }
		b.eval(`(() => { const v = document.getElementById("shop.rollout/1").querySelector(".timeline").view; const c = v.charts[0]; const r = c.over.getBoundingClientRect();
			return {x: r.left + c.valToPos(1.22, "x"), y: r.top + 20}; })()`, &at)
		b.mouse("mouseMoved", at.X, at.Y)
		b.until(`document.getElementById("shop.rollout/1").querySelector(".readout").innerText.includes("refused 1")`)
		read := b.text(`document.getElementById("shop.rollout/1").querySelector(".readout").innerText`)
		for _, want := range []string{"10:00:11.2", "dropped 2", "ok 2", "reset 1", "…aaaaa SIGTERM +0.1", "endpoint ready"} {
			if !strings.Contains(read, want) {
				t.Errorf("it says %q; want %q in it", read, want)
			}
		}
	})

	t.Run("hostile names are text", func(t *testing.T) {
		b.eval(`document.getElementById("evil.kill/1").scrollIntoView()`, nil)
		b.until(`document.getElementById("evil.kill/1").querySelector("canvas") !== null`)
		b.eval(`document.getElementById("evil.kill/1").querySelectorAll("details").forEach((d) => (d.open = true))`, nil)
		b.until(`document.getElementById("evil.kill/1").querySelectorAll(".hit-list tbody tr").length === 6`)
		var pwned bool
		b.eval(`window.pwned !== undefined || document.querySelector("img") !== null`, &pwned)
		if pwned {
			t.Error("a name from the data ran as a script")
		}
		if text := b.text(`document.getElementById("evil.kill/1").innerText`); !strings.Contains(text, hostile) {
			t.Error("the hostile name is not shown as it is")
		}
	})

	t.Run("an address leads to a hit", func(t *testing.T) {
		b.visit("about:blank")
		b.visit(url + "#shop.rollout/1/0-225")
		b.until(`document.activeElement && document.activeElement.dataset.hit === "0-225"`)
	})

	t.Run("nothing is wider than a phone", func(t *testing.T) {
		b.size(390, 800)
		b.visit("about:blank")
		b.visit(url)
		b.eval(`document.getElementById("shop.rollout/1").scrollIntoView()`, nil)
		b.until(drawnTrial + " !== null")
		var wide int
		b.eval(`document.scrollingElement.scrollWidth`, &wide)
		if wide > 390 {
			t.Errorf("the page is %d px wide on a phone of 390; too wide: %s", wide,
				b.text(`[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > 391 && !e.closest(".scroll")).slice(0, 5).map((e) => e.tagName + "." + e.className).join(" ")`))
		}
	})

	t.Run("dark colours are other colours", func(t *testing.T) {
		light := b.text(`getComputedStyle(document.body).backgroundColor`)
		b.dark(true)
		if dark := b.text(`getComputedStyle(document.body).backgroundColor`); dark == light {
			t.Errorf("the page is %s in the dark, too", dark)
		}
		b.dark(false)
	})

	t.Run("it prints", func(t *testing.T) {
		if paper := b.paper(); len(paper) < 20_000 || string(paper[:5]) != "%PDF-" {
			t.Errorf("%d bytes of paper", len(paper))
		}
	})
	b.quiet()
}
