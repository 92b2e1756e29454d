package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/history"
)

// A csvColumn is one column of the CSV report. Columns are only ever added, at the
// end, so that who reads them by place keeps being right.
type csvColumn struct {
	name  string
	value func(csvRow) string
}

// A csvRow is one stream of one trial. A skipped scenario has one without a stream.
type csvRow struct {
	results *report.Results
	trial   *report.Trial
	stream  *report.Stream // nil: the scenario was skipped
}

// CSV writes a row per trial and stream, in the order of the results, under a line
// with the columns' names: RFC 4180, but lines end in "\n". Times are RFC 3339 in UTC,
// durations in the unit that a column's name ends with; an empty cell is unknown.
// A scenario that was skipped has one row, of verdict "skipped" and without a stream.
func CSV(w io.Writer, r report.Results) error {
	out := csv.NewWriter(w)
	columns := csvColumns()
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	lines := [][]string{names}
	for _, row := range csvRows(r) {
		var cells []string
		for _, c := range columns {
			cells = append(cells, c.value(row))
		}
		lines = append(lines, cells)
	}
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write the rows: %w", err)
	}
	return nil
}

func csvRows(r report.Results) (rows []csvRow) {
	for i := range r.Trials {
		t := &r.Trials[i]
		for j := range t.Streams {
			rows = append(rows, csvRow{&r, t, &t.Streams[j]})
		}
	}
	for _, s := range r.Skipped {
		rows = append(rows, csvRow{&r, &report.Trial{
			Scenario: s.Scenario, Fixture: s.Fixture, Disruption: s.Disruption, Suite: s.Suite, Verdict: "skipped", Reasons: []string{s.Reason},
		}, nil})
	}
	return rows
}

func csvColumns() []csvColumn {
	return slices.Concat(trialColumns(), streamCSVColumns(), causeColumns(), windowColumns())
}

func trialColumns() []csvColumn {
	of := func(name string, value func(*report.Trial) string) csvColumn {
		return csvColumn{name, func(r csvRow) string { return value(r.trial) }}
	}
	ran := func(name string, value func(*report.Trial) string) csvColumn {
		return csvColumn{name, func(r csvRow) string {
			if r.stream == nil {
				return ""
			}
			return value(r.trial)
		}}
	}
	return []csvColumn{
		{"cluster", func(r csvRow) string { return clean(r.results.Cluster.Type) }},
		{"kubernetes", func(r csvRow) string { return clean(r.results.Cluster.Kubernetes) }},
		of("suite", func(t *report.Trial) string { return clean(t.Suite) }),
		of("scenario", func(t *report.Trial) string { return clean(t.Scenario) }),
		of("fixture", func(t *report.Trial) string { return clean(t.Fixture) }),
		of("disruption", func(t *report.Trial) string { return clean(t.Disruption) }),
		of("edge", func(t *report.Trial) string { return clean(t.Edge) }),
		ran("trial", func(t *report.Trial) string { return strconv.Itoa(t.Trial) }),
		ran("seed", func(t *report.Trial) string { return strconv.FormatUint(t.Seed, 10) }),
		ran("started", func(t *report.Trial) string { return instant(t.Started) }),
		ran("finished", func(t *report.Trial) string { return instant(t.Finished) }),
		of("verdict", func(t *report.Trial) string { return string(t.Verdict) }),
		ran("trial_as_expected", func(t *report.Trial) string { return strconv.FormatBool(t.AsExpected) }),
		of("reasons", func(t *report.Trial) string { return strings.Join(reasonsOf(t), "; ") }),
	}
}

func streamCSVColumns() []csvColumn {
	number := func(name string, value func(*report.Stream) int) csvColumn {
		return ofStream(name, func(s *report.Stream) string { return strconv.Itoa(value(s)) })
	}
	return []csvColumn{
		ofStream("stream", func(s *report.Stream) string { return clean(s.Name) }),
		ofStream("vantage", func(s *report.Stream) string { return clean(s.Vantage) }),
		ofStream("connection", func(s *report.Stream) string { return clean(s.Connection) }),
		ofStream("method", func(s *report.Stream) string { return clean(s.Method) }),
		ofStream("retry", func(s *report.Stream) string { return clean(s.Retry) }),
		ofStream("rate", func(s *report.Stream) string { return decimal(s.Rate) }),
		number("scheduled", func(s *report.Stream) int { return s.Scheduled }),
		number("sent", func(s *report.Stream) int { return s.Sent }),
		number("missed", func(s *report.Stream) int { return s.Missed }),
		number("ok", func(s *report.Stream) int { return s.OK }),
		number("dropped", func(s *report.Stream) int { return s.Dropped }),
		number("masked", func(s *report.Stream) int { return s.Masked }),
		number("unresolved", func(s *report.Stream) int { return s.Unresolved }),
		{"budget", func(r csvRow) string {
			if r.stream == nil {
				return ""
			}
			return strconv.Itoa(r.trial.Limits.Budget[r.stream.Name])
		}},
		ofStream("expected", func(s *report.Stream) string { return clean(s.Expected) }),
		ofStream("as_expected", func(s *report.Stream) string { return strconv.FormatBool(s.AsExpected) }),
		number("slow_connects", func(s *report.Stream) int { return s.SlowConnects }),
		ofStream("send_lag_p99_ms", func(s *report.Stream) string {
			if s.SendLag == nil {
				return ""
			}
			return decimal(s.SendLag.P99)
		}),
		ofStream("longest_outage_ms", func(s *report.Stream) string {
			longest := time.Duration(0)
			for _, o := range s.Outages {
				longest = max(longest, o.Duration())
			}
			return decimal(float64(longest) / float64(time.Millisecond))
		}),
	}
}

// causeColumns add up to dropped: the last holds what this version has no name for.
func causeColumns() (columns []csvColumn) {
	known := history.Causes()
	for _, cause := range known {
		columns = append(columns, ofStream("cause_"+strings.ReplaceAll(string(cause), "-", "_"), func(s *report.Stream) string {
			return strconv.Itoa(s.Causes[string(cause)])
		}))
	}
	return append(columns, ofStream("cause_unknown", func(s *report.Stream) string {
		sum := 0
		for cause, n := range s.Causes {
			if !slices.Contains(known, history.Cause(cause)) {
				sum += n
			}
		}
		return strconv.Itoa(sum)
	}))
}

// windowColumns are empty for a window that did not begin, and their latencies where
// there was no ok hit.
func windowColumns() (columns []csvColumn) {
	for _, window := range []string{history.WindowWarmup, history.WindowBaseline, history.WindowDisruption, history.WindowRecovery} {
		in := func(what string, value func(report.StreamWindow) string) {
			columns = append(columns, ofStream(window+"_"+what, func(s *report.Stream) string {
				win, begun := s.Windows[window]
				if !begun {
					return ""
				}
				return value(win)
			}))
		}
		in("sent", func(w report.StreamWindow) string { return strconv.Itoa(w.Sent) })
		in("dropped", func(w report.StreamWindow) string { return strconv.Itoa(w.Dropped) })
		in("masked", func(w report.StreamWindow) string { return strconv.Itoa(w.Masked) })
		for _, p := range []struct {
			name string
			of   func(*report.Latency) float64
		}{
			{"p50_ms", func(l *report.Latency) float64 { return l.P50 }}, {"p90_ms", func(l *report.Latency) float64 { return l.P90 }},
			{"p99_ms", func(l *report.Latency) float64 { return l.P99 }}, {"p999_ms", func(l *report.Latency) float64 { return l.P999 }},
			{"max_ms", func(l *report.Latency) float64 { return l.Max }},
		} {
			in(p.name, func(w report.StreamWindow) string {
				if w.Latency == nil {
					return ""
				}
				return decimal(p.of(w.Latency))
			})
		}
	}
	return columns
}

func ofStream(name string, value func(*report.Stream) string) csvColumn {
	return csvColumn{name, func(r csvRow) string {
		if r.stream == nil {
			return ""
		}
		return value(r.stream)
	}}
}

// reasonsOf is why a trial is not a pass, and how it is not what was expected, each once.
func reasonsOf(t *report.Trial) (all []string) {
	for _, reason := range slices.Concat(t.Unexpected, t.Reasons) {
		if reason = clean(reason); !slices.Contains(all, reason) {
			all = append(all, reason)
		}
	}
	return all
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
