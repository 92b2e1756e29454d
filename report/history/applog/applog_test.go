package applog

import (
	"reflect"
	"strings"
	"testing"
)

func code(n int) *int { return &n }

func TestLinesHaveTheDocumentedForm(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       Line
	}{
		{"start", `{"n":1,"t":1700000000000000,"e":"start","pid":1}`, Line{N: 1, T: 17e14, E: Start, PID: 1}},
		{"ready", `{"n":2,"t":1700000000000001,"e":"ready","addr":"0.0.0.0:8080"}`, Line{N: 2, T: 17e14 + 1, E: Ready, Addr: "0.0.0.0:8080"}},
		{"request start", `{"n":3,"t":1700000000000002,"e":"hit","hit":"0-7"}`, Line{N: 3, T: 17e14 + 2, E: RequestStart, Hit: "0-7"}},
		{"request end", `{"n":9,"t":1700000000000003,"e":"end","hit":"0-7","of":3,"status":200}`, Line{N: 9, T: 17e14 + 3, E: RequestEnd, Hit: "0-7", Of: 3, Status: 200}},
		{"fault", `{"n":9,"t":1700000000000003,"e":"end","hit":"0-7","of":3,"fault":"reset","gone":true}`, Line{N: 9, T: 17e14 + 3, E: RequestEnd, Hit: "0-7", Of: 3, Fault: "reset", Gone: true}},
		{"signal", `{"n":10,"t":1700000000000004,"e":"signal","signal":"SIGTERM"}`, Line{N: 10, T: 17e14 + 4, E: Signal, Signal: "SIGTERM"}},
		{"exit 0 keeps its code", `{"n":11,"t":1700000000000005,"e":"exit","code":0}`, Line{N: 11, T: 17e14 + 5, E: Exit, Code: code(0)}},
		{"exit without a code", `{"n":12,"t":1700000000000006,"e":"exit"}`, Line{N: 12, T: 17e14 + 6, E: Exit}},
		{"one of several writers", `{"n":3,"w":"17","t":1700000000000002,"e":"hit","hit":"0-7"}`, Line{N: 3, W: "17", T: 17e14 + 2, E: RequestStart, Hit: "0-7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.line.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.text+"\n" {
				t.Errorf("wrote %s\n want %s", got, c.text)
			}
			back, err := Parse(got)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, c.line) {
				t.Errorf("read %+v, want %+v", back, c.line)
			}
		})
	}
}

func TestParseRefusesWhatIsNoLine(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"empty", "", "EOF"},
		{"a panic", "panic: runtime error: index out of range", "invalid character"},
		{"cut", `{"n":3,"t":1700000000000002,"e":"hi`, "unexpected EOF"},
		{"two in one", `{"n":1,"t":1,"e":"start"}{"n":2,"t":1,"e":"ready"}`, "more than one"},
		{"without a number", `{"t":1700000000000002,"e":"start"}`, "n is missing"},
		{"without a time", `{"n":1,"e":"start"}`, "t is missing"},
		{"unknown event", `{"n":1,"t":1,"e":"boot"}`, `unknown event "boot"`},
		{"unknown field", `{"n":1,"t":1,"e":"start","x":1}`, "unknown field"},
		{"request without a hit", `{"n":1,"t":1,"e":"hit"}`, "hit is missing"},
		{"end of nothing", `{"n":2,"t":1,"e":"end","hit":"0-1"}`, "earlier line"},
		{"end of a later line", `{"n":2,"t":1,"e":"end","hit":"0-1","of":2}`, "earlier line"},
		{"a writer's name too long", `{"n":2,"w":"` + strings.Repeat("7", MaxWriter+1) + `","t":1,"e":"start"}`, "at most 32"},
		{"a writer's name with a space", `{"n":2,"w":"7 8","t":1,"e":"start"}`, "letters, digits"},
		{"a writer that is a number", `{"n":2,"w":7,"t":1,"e":"start"}`, "cannot unmarshal"},
		{"another program's json", `{"level":"info","msg":"hello"}`, "unknown field"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := Parse([]byte(c.text))
			if err == nil {
				t.Fatalf("read %+v", l)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %q does not say %q", err, c.says)
			}
		})
	}
}

func TestTheLongestLineFits(t *testing.T) {
	l := Line{N: 1<<64 - 1, W: strings.Repeat("w", MaxWriter), T: 1<<63 - 1, E: RequestEnd, Hit: strings.Repeat("\x01", MaxHit), Of: 1<<64 - 2, Status: 999, Fault: "half-header", Gone: true}
	b, err := l.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > MaxLine {
		t.Errorf("%d bytes, over the %d that are promised", len(b), MaxLine)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"n":9,"t":1700000000000003,"e":"end","hit":"0-7","of":3,"status":200}`))
	f.Add([]byte(`{"n":1,"w":"17","t":1700000000000003,"e":"exit"}`))
	f.Add([]byte(`{"n":11,"t":1700000000000005,"e":"exit","code":0}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := Parse(in)
		if err != nil {
			return
		}
		out, err := l.Append(nil)
		if err != nil {
			t.Fatalf("%q was read but cannot be written: %v", in, err)
		}
		back, err := Parse(out)
		if err != nil || !reflect.DeepEqual(back, l) {
			t.Fatalf("%q became %+v, then %+v (%v)", in, l, back, err)
		}
	})
}
