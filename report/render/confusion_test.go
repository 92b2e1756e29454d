package render

import (
	"bytes"
	"strings"
	"testing"

	"zarif/report/explain"
)

func confused() explain.Confusion {
	return explain.Confusion{
		Mechanisms: []string{"idle-race", "gone-address", "late-endpoint", "unexplained"}, Lost: 1022, Provoked: 1000, Beside: 14, Outside: 4, Unsaid: 4,
		Rows: []explain.ConfusionRow{
			{Provokes: "gone-address", Besides: []string{"late-endpoint"}, Scenario: "s", Stream: "fresh", Trials: 2, Missing: 1, Open: 1, Lost: 1018, Outside: 4,
				Found: map[string]int{"gone-address": 1000, "late-endpoint": 14, "unexplained": 4}},
			{Scenario: "s", Stream: "a|b", Trials: 2, Lost: 4, Found: map[string]int{"idle-race": 4}},
		},
	}
}

// The same in every form: what was provoked, what came beside it, what nobody said.
func TestConfusion(t *testing.T) {
	shown := func(width int) string {
		var out bytes.Buffer
		if err := Confusion(&out, confused(), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	var markdown bytes.Buffer
	if err := ConfusionMarkdown(&markdown, confused()); err != nil {
		t.Fatal(err)
	}
	const conclusion = "1,022 hits lost: 1,000 by what was provoked, 14 by what was said to come beside it, 4 by anything else, 4 where nobody said what; " +
		"what was provoked lost none in 1 trial."
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"wide":     {shown(160), []string{"gone-address s fresh 2, 1 without, 1 inconclusive [1,000] 14 4!", "– s a|b 2 4?"}},
		"narrow":   {shown(60), []string{"s, fresh: gone-address, trials 2, 1 without, 1 inconclusive found: gone-address [1,000], late-endpoint 14, unexplained 4!", "found: idle-race 4?"}},
		"markdown": {markdown.String(), []string{"| provoked | scenario | stream | trials | idle-race |", "| **[1,000]** | 14 | 4! |", `| a\|b | 2 | 4? |`}},
	} {
		text := strings.Join(strings.Fields(test.text), " ")
		for _, want := range append(test.want, conclusion) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, test.text)
			}
		}
	}
	for line := range strings.Lines(shown(60)) {
		if len([]rune(strings.TrimRight(line, "\n"))) > 60 {
			t.Errorf("too wide: %q", line)
		}
	}
	var nothing bytes.Buffer
	if err := Confusion(&nothing, explain.Confusion{}, Options{}); err != nil || nothing.String() != "No hit was lost, and none was provoked to be.\n" {
		t.Errorf("of nothing it says %q (%v)", nothing.String(), err)
	}
}
