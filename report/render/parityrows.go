package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zarif/report"
	"zarif/report/parity"
)

// parityColumns are those of every parity table. Each stream has two rows, one per
// cluster.
var parityColumns = []column{
	left("scenario"), left("stream"), left("on"), left("verdicts"), right("dropped"), right("%"), left("causes"),
	right("outage"), left("exits"), right("last new connection"), left("parity"),
}

// howToReadParity is the line under every parity table.
const howToReadParity = "How to read it: all but the verdicts is of conclusive trials; outage = the longest time without a success; exits = exit code, time from deletion to exit, pods; " +
	"last new connection = from endpointNotReady to the last one to that pod, median and longest; parity: verdicts alike, the main cause the same, drop rates within a factor of 3."

// A parityRow is one line of the table as texts, by column. Several items of one
// cell are in lines of their own.
type parityRow struct {
	cells []string
	state state // of the last cell
}

// parityRows are the table: for each stream one row of a and one of b. What is of a
// whole scenario stands in the rows of its first stream.
func parityRows(t parity.Table) (rows []parityRow) {
	add := func(of parity.Agreement, cells ...string) { rows = append(rows, parityRow{cells, parityState(of)}) }
	for _, s := range t.Scenarios {
		name, a, b := clean(s.Name), trialCells(s.A), trialCells(s.B)
		if len(s.Streams) == 0 {
			add(s.Agreement, name, "–", t.A.Name, a[0], "–", "–", "–", "–", a[1], a[2], string(s.Agreement))
			add(s.Agreement, "", "", t.B.Name, b[0], "–", "–", "–", "–", b[1], b[2], "")
		}
		for _, st := range s.Streams {
			da, db := dropCells(st.A), dropCells(st.B)
			add(st.Agreement, name, clean(st.Name), t.A.Name, a[0], da[0], da[1], da[2], da[3], a[1], a[2], string(st.Agreement))
			add(st.Agreement, "", "", t.B.Name, b[0], db[0], db[1], db[2], db[3], b[1], b[2], "")
			name, a, b = "", [3]string{}, [3]string{}
		}
	}
	return rows
}

func parityState(a parity.Agreement) state {
	switch a {
	case parity.Agree:
		return good
	case parity.Differ:
		return bad
	}
	return open
}

// dropCells are drops, rate, causes and outage.
func dropCells(d parity.Drops) [4]string {
	causes, outage := strings.Join(listCauses(d.Causes), ",\n"), "–"
	if d.Outage > 0 {
		outage = span(d.Outage)
	}
	if causes == "" {
		causes = "–"
	}
	return [4]string{fmt.Sprintf("%s of %s", count(d.Dropped), count(d.Sent)), strings.TrimSuffix(share(d.Dropped, d.Sent), " %"), causes, outage}
}

// trialCells are verdicts, exits, and last new connections.
func trialCells(t parity.Trials) [3]string {
	verdicts, exits, last := []string{}, []string{}, "–"
	for _, v := range []report.Verdict{report.Pass, report.Fail, report.Inconclusive} {
		if n := t.Verdicts[v]; n > 0 {
			verdicts = append(verdicts, fmt.Sprintf("%d %s", n, v))
		}
	}
	for _, e := range t.Exits {
		exits = append(exits, exitLine{code: e.Code, timed: e.Timed, min: e.Min.Seconds(), max: e.Max.Seconds(), pods: e.Pods}.String())
	}
	if n := len(t.LastConnections); n > 0 {
		last = seconds(t.LastConnections[n/2]) + " / " + seconds(t.LastConnections[n-1]) + " s"
	}
	return [3]string{orDash(verdicts), orDash(exits), last}
}

func orDash(items []string) string {
	if len(items) == 0 {
		return "–"
	}
	return strings.Join(items, ",\n")
}

// seconds is d to the hundredth: delays of clusters are of that size.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) }

// parityWhy are all reasons that something does not agree, in the order of the rows.
func parityWhy(t parity.Table) (all []string) {
	for _, s := range t.Scenarios {
		for _, reason := range s.Reasons {
			all = append(all, clean(fmt.Sprintf("%s, %s: %s", s.Name, s.Agreement, reason)))
		}
		for _, st := range s.Streams {
			for _, reason := range st.Reasons {
				all = append(all, clean(fmt.Sprintf("%s, stream %s, %s: %s", s.Name, st.Name, st.Agreement, reason)))
			}
		}
	}
	return all
}

// parityConclusion counts the scenarios.
func parityConclusion(t parity.Table) (string, state) {
	counts := map[parity.Agreement]int{}
	for _, s := range t.Scenarios {
		counts[s.Agreement]++
	}
	var parts []string
	for _, of := range []parity.Agreement{parity.Agree, parity.Differ, parity.Inconclusive} {
		if n := counts[of]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, of))
		}
	}
	if len(parts) == 0 {
		return "No scenario to compare.", open
	}
	text := fmt.Sprintf("%s and %s, %s: %s.", t.A.Name, t.B.Name, plural(len(t.Scenarios), "scenario"), strings.Join(parts, ", "))
	return text, parityState(t.Agreement)
}

// paritySides say what the two clusters are.
func paritySides(t parity.Table) (lines []string) {
	for _, c := range []parity.Cluster{t.A, t.B} {
		if c.Type == "" {
			continue // nothing was measured there
		}
		facts := []string{"Kubernetes " + c.Kubernetes, "CNI " + c.CNI, "kube-proxy " + c.ProxyMode}
		facts = slices.DeleteFunc(facts, func(fact string) bool { return strings.HasSuffix(fact, " ") })
		if n := len(c.Nodes); n > 0 {
			facts = append(facts, plural(n, "node"))
		}
		if c.Modelled {
			facts = append(facts, "a model of Kubernetes on this machine")
		}
		lines = append(lines, clean(strings.Join(append([]string{fmt.Sprintf("%s: cluster %s (%s)", c.Name, c.ClusterInfo.Name, c.Type)}, facts...), ", ")))
	}
	return lines
}
