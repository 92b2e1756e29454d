package report

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"zarif/report/history"
)

// TestSumsHold: whatever a history holds, sane or not, the sums hold and nothing
// panics.
func TestSumsHold(t *testing.T) {
	for seed := range uint64(400) {
		records := randomHistory(rand.New(rand.NewPCG(seed, 1)))
		trial, err := Analyse(each(records))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkSums(t, trial)
		if l := trial.Ledger; l != nil && (l.Matched < 0 || l.ClientOnly < 0 || l.ServerOnly < 0) {
			t.Errorf("a ledger below zero: %+v", *l)
		}
		if (trial.Verdict == Pass) != (len(trial.Reasons) == 0) || trial.AsExpected && trial.Verdict == Inconclusive {
			t.Errorf("verdict %s, as expected %v, reasons %q", trial.Verdict, trial.AsExpected, trial.Reasons)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// randomHistory is one in which anything may be missing, doubled or absurd.
func randomHistory(rng *rand.Rand) []history.Record {
	streams := 1 + rng.IntN(3)
	meta := &history.Meta{Started: epoch, Disruption: []string{"none", "rollout"}[rng.IntN(2)], LogsHits: rng.IntN(4) > 0}
	for i := range streams {
		meta.Streams = append(meta.Streams, history.Stream{
			ID: uint8(i), Name: string(rune('a' + i)), Source: []string{history.SourceAgent, history.SourceHarness}[rng.IntN(2)],
			Rate: float64(rng.IntN(20)), Budget: rng.IntN(5), Faults: []string{"reset", "eof"}, FaultEvery: uint64(rng.IntN(4)),
			Expected: []string{"", ExpectNone, ExpectSome, ExpectAny}[rng.IntN(4)],
		})
	}
	records := []history.Record{{Meta: meta}, {Clock: &history.Clock{Source: history.SourceAgent, Epoch: epoch.Add(time.Duration(rng.IntN(5)) * time.Second)}}}
	causes := append(history.Causes(), history.OK, history.OK, history.OK, history.OK, history.OK, history.OK, history.Unresolved, history.Missed, "", "gremlins")
	pods := []string{"", "p", "q", "r"}
	at := func() history.Micros { return history.Micros(rng.IntN(40)) * sec }
	for range rng.IntN(400) {
		stream, seq := uint8(rng.IntN(streams+1)), uint64(rng.IntN(200))
		if rng.IntN(200) == 0 {
			seq = rng.Uint64()
		}
		switch pod := pods[rng.IntN(len(pods))]; rng.IntN(4) {
		case 0, 1:
			h := &history.Hit{Stream: stream, Seq: seq, At: history.Micros(seq%200) * sec / 5, Cause: causes[rng.IntN(len(causes))], Pod: pod, Tries: uint8(rng.IntN(3)), Conn: uint32(rng.IntN(9))}
			h.Sent = h.At + history.Micros(rng.IntN(3))*1000
			h.Done = h.Sent + history.Micros(rng.IntN(2000))*1000
			if rng.IntN(8) == 0 {
				h.Lost = []history.Attempt{{Cause: history.Reset}}
			}
			records = append(records, history.Record{Hit: h})
		case 2:
			id := history.HitID(stream, seq)
			if rng.IntN(30) == 0 {
				id = "noise"
			}
			records = append(records, history.Record{Served: &history.Served{Hit: id, Pod: pod, Start: at(), Done: at(), Status: uint16(rng.IntN(600))}})
		default:
			records = append(records, history.Record{Conn: &history.Conn{ID: uint32(rng.IntN(9)), Stream: stream, Dial: at(), Open: at(), Pod: pod}})
		}
	}
	for i, name := range []string{history.WindowWarmup, history.WindowBaseline, history.WindowDisruption, history.WindowRecovery, history.WindowDrained} {
		if rng.IntN(6) > 0 {
			records = append(records, history.Record{Event: &history.Event{T: history.Micros(i)*9*sec + at()/40, Source: history.SourceHarness, Type: history.EventWindow, Attrs: map[string]string{"name": name}}})
		}
	}
	kinds := []string{
		history.EventPodCreated, history.EventPodReady, history.EventPodDeleted, history.EventPodGone, history.EventContainerExited, history.EventContainerStarted,
		history.EventAct, history.EventComplete, history.EventProcessGone, history.EventAppExit, history.EventLogEnd, history.EventLogGap, history.EventEndpointNotReady,
	}
	for range rng.IntN(40) {
		e := &history.Event{T: at(), Precision: history.Micros(rng.IntN(2)) * sec, Source: []string{history.SourceAPI, history.SourcePods}[rng.IntN(2)], Type: kinds[rng.IntN(len(kinds))], Pod: pods[rng.IntN(len(pods))]}
		e.Attrs = map[string]string{"exitCode": "137", "restarts": "1", "grace": "x", "seen": "12", "complete": "true", "code": "0"}
		records = append(records, history.Record{Event: e})
	}
	for _, source := range []string{history.SourceHarness, history.SourceAgent} {
		if rng.IntN(3) > 0 {
			records = append(records, history.Record{End: &history.End{Source: source, Records: uint64(rng.IntN(500)), Streams: []history.StreamEnd{{Stream: uint8(rng.IntN(4)), Scheduled: uint64(rng.IntN(250))}}}})
		}
	}
	rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	return records
}

// FuzzAnalyse: no bytes make the analysis panic or its sums wrong.
func FuzzAnalyse(f *testing.F) {
	s := newStory()
	s.hits, s.conns, s.served = s.hits[:20], s.conns[:20], s.served[:20]
	for _, records := range [][]history.Record{s.records(), randomHistory(rand.New(rand.NewPCG(1, 1)))[:20]} {
		var lines bytes.Buffer
		enc := json.NewEncoder(&lines)
		for i := range records {
			if err := enc.Encode(&records[i]); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(lines.Bytes())
	}
	f.Add([]byte(`{"meta":{"streams":[{"rate":1e-300}]}}` + "\n" + `{"h":{"s":0,"n":5,"a":9223372036854775807,"d":-9223372036854775808,"r":"ok"}}` + "\n"))
	f.Add([]byte(`{"meta":{"streams":[{"rate":-5,"faults":["x"],"faultEvery":18446744073709551615}]}}` + "\n" + `{"end":{"s":"agent","n":1,"streams":[{"s":0,"n":18446744073709551615}]}}` + "\n"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		trial, err := Analyse(history.ReadLines(bytes.NewReader(lines)))
		if err != nil {
			return
		}
		checkSums(t, trial)
	})
}
