package scenarios

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every example of the documentation loads, and every field is in it.
func TestDocs(t *testing.T) {
	const path = "../docs/scenarios.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(examples) < 2 {
		t.Fatalf("%d examples in %s", len(examples), path)
	}
	for i, example := range examples {
		file := write(t, t.TempDir(), "example.yaml", example[1])
		c := ours(t, file)
		if own := c.own(); len(own) == 0 {
			t.Errorf("example %d defines no scenario", i+1)
		}
	}
	faults := ""
	for _, probe := range []string{"zz: 1", "scenarios: [{zz: 1, streams: [{zz: 1}]}]", "suites: [{zz: 1, scenarios: [{zz: 1}, {zz: 1, slow: true}]}]"} {
		_, err := load(testKnown(), nil, []source{{"f", []byte(probe)}}, nil)
		faults += err.Error() + "\n"
	}
	lists := regexp.MustCompile(`unknown field; want (.*)`).FindAllStringSubmatch(faults, -1)
	if len(lists) != 6 {
		t.Fatalf("%d kinds of mappings, want 6:\n%s", len(lists), faults)
	}
	for _, l := range lists {
		for field := range strings.SplitSeq(strings.ReplaceAll(l[1], " or ", ", "), ", ") {
			if !strings.Contains(string(text), "`"+field+"`") && !strings.Contains(string(text), "\n"+field+":") {
				t.Errorf("the field %s is not in %s", field, path)
			}
		}
	}
}
