package render

import (
	"strings"

	"zarif/report"
)

// Words are what every renderer says of results, for a page that draws its own.
type Words struct {
	Conclusion string // the last line of a table
	About      string // when and on what the trials ran
	Modelled   string // what was not Kubernetes; empty: all was
	HowToRead  string
	Scenarios  []ScenarioWords // as in the results
	Edges      []string
	Why        []string // a trial is inconclusive or not as expected
	Unseen     []string // evidence that was missing
	Stays      []string // what was changed and not put back
}

// ScenarioWords are those of one scenario.
type ScenarioWords struct {
	Exits   []string // how old pods ended
	Verdict string
	Streams []StreamWords // as in the scenario
}

// StreamWords are those of one stream of a scenario over all its trials.
type StreamWords struct {
	Rate, Sent, Dropped, Share, Causes, Masked, Missed, Unresolved, Latency, Outage, Expected string
}

// WordsOf are the words for r. They are plain text: nothing in them is escaped.
func WordsOf(r report.Results) Words {
	w := Words{About: about(r), Modelled: modelled(r), HowToRead: howToRead, Edges: edges(r), Why: why(r), Unseen: unseen(r), Stays: stays(r)}
	w.Conclusion, _ = conclusion(r)
	for _, g := range groupsOf(r) {
		sc := ScenarioWords{Exits: g.exits, Verdict: g.verdict}
		for _, row := range g.rows {
			sc.Streams = append(sc.Streams, StreamWords{
				Rate: row.rate, Sent: row.sent, Dropped: strings.Join(row.dropped, ", "), Share: row.share, Causes: strings.Join(row.causes, ", "), Masked: row.masked,
				Missed: row.missed, Unresolved: row.unresolved, Latency: row.latency, Outage: row.outage, Expected: row.expected,
			})
		}
		w.Scenarios = append(w.Scenarios, sc)
	}
	return w
}

// Count is n with its thousands apart: 12,345.
func Count(n int) string { return count(n) }
