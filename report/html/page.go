package html

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"zarif/report"
	"zarif/report/history"
	"zarif/report/render"
)

//go:embed assets uplot
var files embed.FS

// A page is what the template shows. All text in it is plain: the template escapes it.
type page struct {
	Policy template.HTMLAttr
	Style  template.CSS
	Script template.JS

	Words     render.Words
	State     state
	Facts     []fact
	Matrix    matrix
	Scenarios []section
	Skipped   []report.Skipped
}

// A fact is a line about the run.
type fact struct{ Name, Text string }

// state is how a result stands to what was expected. It has a sign, since colour
// is never the only carrier.
type state string

const (
	good state = "good"
	bad  state = "bad"
	open state = "open"
)

// Sign is the state as one character.
func (s state) Sign() string { return map[state]string{good: "✓", bad: "✗", open: "?"}[s] }

// Text is the state in words; none where the verdict says it.
func (s state) Text() string {
	return map[state]string{good: "as expected", bad: "not as expected"}[s]
}

// A section shows one scenario.
type section struct {
	ID      string
	Summary report.ScenarioSummary
	Words   render.ScenarioWords
	State   state
	Rows    []streamRow
	Trials  []trialView
	Setup   string // what matters of the set-up, in words
}

// A streamRow is one stream of a scenario, over all trials.
type streamRow struct {
	Name    string
	Dropped string // in all
	Words   render.StreamWords
	Lost    bool
}

func pageOf(r report.Results, lines []timeline) *page {
	p := &page{Words: render.WordsOf(r), Facts: facts(r), Skipped: r.Skipped, State: open}
	switch r.ExitCode() {
	case 0:
		p.State = good
	case 1:
		p.State = bad
	}
	for i, sum := range r.Scenarios {
		s := section{ID: sum.Scenario, Summary: sum, Words: p.Words.Scenarios[i], State: open}
		for n, stream := range sum.Streams {
			s.Rows = append(s.Rows, streamRow{Name: stream.Name, Dropped: render.Count(stream.Dropped), Words: s.Words.Streams[n], Lost: stream.Dropped > 0})
		}
		for j := range r.Trials {
			if t := &r.Trials[j]; t.Scenario == sum.Scenario {
				s.Trials = append(s.Trials, trialOf(t, lines[j]))
				s.Setup = cmp.Or(s.Setup, setup(t))
			}
		}
		s.State = s.stateOf()
		s.openOne()
		p.Scenarios = append(p.Scenarios, s)
	}
	p.Matrix = matrixOf(p.Scenarios)
	return p
}

func (s *section) stateOf() state {
	switch {
	case s.Summary.AsExpected:
		return good
	case slices.ContainsFunc(s.Trials, func(t trialView) bool { return t.State == bad }):
		return bad
	}
	return open
}

// openOne opens the first trial that has something to see.
func (s *section) openOne() {
	i := slices.IndexFunc(s.Trials, func(t trialView) bool { return t.Line.lost > 0 })
	if i < 0 {
		i = slices.IndexFunc(s.Trials, func(t trialView) bool { return t.State != good })
	}
	if i >= 0 {
		s.Trials[i].Open = true
	}
}

// setup is what decides how a pod ends, as far as the histories say it.
func setup(t *report.Trial) string {
	m := t.Meta
	if m.Replicas == 0 {
		return ""
	}
	parts := []string{fmt.Sprintf("%d replicas", m.Replicas), fmt.Sprintf("grace period %.0f s", m.Grace.Seconds()), "no preStop"}
	if m.PreStop != "" {
		parts[2] = "preStop: " + m.PreStop
	}
	switch {
	case m.Disrupts == history.DisruptsEdge:
		parts = append(parts, "of "+m.Edge+" itself, in front of "+m.Fixture)
	case m.Edge != "":
		parts = append(parts, "behind "+m.Edge)
	}
	return strings.Join(parts, " · ")
}

func facts(r report.Results) (all []fact) {
	add := func(name, text string) {
		if text != "" {
			all = append(all, fact{name, text})
		}
	}
	const layout = "2006-01-02 15:04:05 UTC"
	if !r.Started.IsZero() {
		add("started", r.Started.UTC().Format(layout))
	}
	if !r.Finished.IsZero() {
		add("finished", r.Finished.UTC().Format(layout))
	}
	add("zarif", strings.TrimSpace(r.Tool.Version+" "+r.Tool.Go))
	add("cluster", strings.TrimSpace(r.Cluster.Name+" ("+r.Cluster.Type+")"))
	add("Kubernetes", r.Cluster.Kubernetes)
	if n := len(r.Cluster.Nodes); n > 0 {
		add("nodes", fmt.Sprint(n))
	}
	add("kube-proxy", r.Cluster.ProxyMode)
	add("network", r.Cluster.CNI)
	return all
}

// write fills the template.
func (p *page) write(w io.Writer) error {
	style, err := joined("uplot/uPlot.min.css", "assets/page.css", "assets/timeline.css")
	if err != nil {
		return err
	}
	licence, err := files.ReadFile("uplot/LICENSE")
	if err != nil {
		return err
	}
	script, err := joined("uplot/uPlot.iife.min.js", "assets/open.js", "assets/unpack.js", "assets/palette.js", "assets/panels.js", "assets/lives.js",
		"assets/list.js", "assets/timeline.js", "assets/page.js", "assets/close.js")
	if err != nil {
		return err
	}
	script = "/*!\n" + string(licence) + "*/\n" + script
	p.Style, p.Script = template.CSS(style), template.JS(script)
	p.Policy = template.HTMLAttr(fmt.Sprintf(`content="default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'"`, hashed(style), hashed(script)))
	t, err := template.New("page.html").Funcs(template.FuncMap{"seconds": seconds}).ParseFS(files, "assets/page.html", "assets/trial.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

func seconds(s *float64) string { return fmt.Sprintf("%.1f s", *s) }

// joined are files, one after the other.
func joined(names ...string) (string, error) {
	var all strings.Builder
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return "", err
		}
		all.Write(text)
		all.WriteByte('\n')
	}
	return all.String(), nil
}

// hashed is text as a content security policy names it.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
