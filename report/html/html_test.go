package html

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"zarif/report"
)

func TestPageIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	first := written(t, dir, results(t, dir))
	if again := written(t, dir, results(t, dir)); again != first {
		t.Error("the same folder made two different pages")
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if again := written(t, moved, results(t, moved)); again != first {
		t.Error("the page depends on where its folder is")
	}
}

func TestPageSaysWhatTheResultsSay(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	page := written(t, dir, results(t, dir))
	for _, want := range []string{
		`href="#shop.rollout"`, `id="shop.rollout/2"`, "refused 3, reset 1, status-502 1", "preStop: sleep 5", "fresh 5 of 600 dropped, 1 masked",
		"How to read it", "Permission is hereby granted", `<span class="quiet">not run</span>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestNothingIsFetched: whatever a browser would ask a network for stands in one of
// these places.
func TestNothingIsFetched(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	page := written(t, dir, results(t, dir))
	loads := regexp.MustCompile(`<(link|img|iframe|base|object|form)|<[a-z]+[^<>]* src=|@import|url\(|import\(|fetch\(|XMLHttpRequest|WebSocket`)
	for _, found := range loads.FindAllString(page, -1) {
		t.Errorf("the page loads something: %q", found)
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'sha256-`) {
		t.Error("the page has no policy against it")
	}
}

func TestNamesAreNoScripts(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	page := written(t, dir, results(t, dir))
	if strings.Contains(page, "<img") || strings.Contains(page, `onerror="`) {
		t.Error("a name from the data is in the page as it is")
	}
	if n := strings.Count(page, "</script>"); n != 1 {
		t.Errorf("%d ends of scripts; want 1", n)
	}
	if !strings.Contains(page, "&lt;/script&gt;&lt;img src=x") {
		t.Error("the hostile name is not shown at all")
	}
}

func TestFindingsAreShown(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	r := results(t, dir)
	for i := range r.Trials {
		if t := &r.Trials[i]; t.Scenario == "shop.rollout" && t.Trial == 1 {
			t.Findings = []report.Finding{{
				ID: "f1", Mechanism: "late-endpoint", Stream: "fresh", Hits: 3, Dropped: 3, HitIDs: []string{"0-224"}, Pods: []string{"shop-5d9-aaaaa"}, Phase: "exited",
				Summary: "3 hits went to <b>a pod</b>", Evidence: []string{"exited 0.2 s before"}, Missing: []string{"no log"}, Advice: "wait 5 s in preStop",
			}}
			t.Remarks = []report.Remark{{ID: "r1", Kind: "exit-code", Summary: "it exits with 143", Evidence: []string{"exit code 143"}, Advice: "handle SIGTERM"}}
		}
	}
	r.Scenarios[0].Advice = []report.Advice{{Mechanisms: []string{"late-endpoint"}, Hits: 3, Text: "sleep 2 s", Cost: new(6.0)}}
	page := written(t, dir, r)
	for _, want := range []string{
		"<code>late-endpoint</code>", "3 hits went to &lt;b&gt;a pod", "exited 0.2 s before", "not there: no log", "wait 5 s in preStop <span class=\"quiet\">(for late-endpoint)", "it exits with 143",
		"handle SIGTERM", "sleep 2 s", "it adds 6.0 s to a rollout",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(written(t, dir, results(t, dir)), "Why hits were lost") {
		t.Error("the page explains what nobody has explained")
	}
}

func TestAHistoryThatCannotBeReadHasNoTimeline(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	r := results(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "trials", "shop.kill", "1", "history.jsonl.zst"), []byte("no history"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "trials", "cart.rollout")); err != nil {
		t.Fatal(err)
	}
	page := written(t, dir, r)
	if n := strings.Count(page, "no timeline: "); n != 2 {
		t.Errorf("%d trials say that they have no timeline; want 2", n)
	}
	if n := len(regexp.MustCompile(`data-drawing="`).FindAllString(page, -1)); n != len(r.Trials)-2 {
		t.Errorf("%d timelines; want %d", n, len(r.Trials)-2)
	}
	if strings.Contains(page, dir) {
		t.Error("the page names a folder of this machine")
	}
}

func TestWhatIsMissingAndWhatStaysIsSaid(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	r := results(t, dir)
	r.Trials[0].Unseen, r.Trials[0].Stays = []string{"no log of hits"}, []string{"the restart annotation"}
	page := written(t, dir, r)
	for _, want := range []string{"no log of hits", "the restart annotation"} {
		if !strings.Contains(page, "<li>"+want+"</li>") {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestWriteCanBeCancelled(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Write(ctx, &bytes.Buffer{}, dir, results(t, dir)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want that it was cancelled", err)
	}
}

func TestAPageOfNothing(t *testing.T) {
	t.Parallel()
	page := written(t, t.TempDir(), report.Collect(nil))
	if !strings.Contains(page, "0 scenarios, 0 trials") {
		t.Error("the page of no trial does not say so")
	}
	if strings.Contains(page, "<table") {
		t.Error("the page of no trial has a table")
	}
}

func TestUPlotIsTheVersionThatIsPinned(t *testing.T) {
	t.Parallel()
	version, err := files.ReadFile("uplot/VERSION")
	if err != nil {
		t.Fatal(err)
	}
	script, err := files.ReadFile("uplot/uPlot.iife.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if want := "uPlot (v" + strings.TrimSpace(string(version)) + ")"; !bytes.Contains(script[:200], []byte(want)) {
		t.Errorf("the script says %q; want %s", script[:80], want)
	}
}
