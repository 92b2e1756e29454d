package gate

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the page shows of a file of budgets is one, and the table of metrics is that
// of the code.
func TestThePageIsRight(t *testing.T) {
	page, err := os.ReadFile("../../docs/gate.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) == 0 {
		t.Fatal("no file of budgets in it")
	}
	for _, b := range blocks {
		if _, err := Decode("docs/gate.md", b[1]); err != nil {
			t.Error(err)
		}
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 7 {
			rows[strings.Trim(cells[1], " `")] = line
		}
	}
	limits := strings.Join(limitable(), " ") + " "
	for _, m := range Metrics() {
		cells := strings.Split(rows[m.Name], "|")
		if len(cells) != 7 {
			t.Errorf("%s has no row", m.Name)
			continue
		}
		of := map[bool]string{true: " trial ", false: " stream "}[m.Trial]
		_, compared := DefaultTolerances()[m.Name]
		limited := strings.Contains(limits, m.Name+" ")
		if cells[2] != of || compared == (cells[4] == " if asked for ") || limited == (cells[5] == " ") {
			t.Errorf("%s: of a stream %v, compared %v, limited %v; the page says %s", m.Name, !m.Trial, compared, limited, rows[m.Name])
		}
	}
}
