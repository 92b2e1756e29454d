package scenarios

import (
	"slices"
	"testing"

	"zarif/report/history"
)

// The suite mechanisms provokes every mechanism but what has no cause and what is
// chance, and what it says comes with the streams.
func TestEveryMechanismIsProvoked(t *testing.T) {
	selected, err := ours(t).Select(nil, "mechanisms")
	if err != nil {
		t.Fatal(err)
	}
	var provoked []string
	for _, s := range selected {
		for _, stream := range s.Resolve(Overrides{}) {
			provoked = append(provoked, stream.Provokes)
			if (stream.Provokes == "") != (s.Provokes[stream.Name] == "") || stream.Provokes == "" && len(stream.Besides) > 0 || stream.Provokes != "" && !slices.Equal(stream.Besides, s.Besides) {
				t.Errorf("%s, %s: provokes %q, besides %v", s.Scenario.Name, stream.Name, stream.Provokes, stream.Besides)
			}
			if stream.Provokes != "" && stream.Expected != ExpectSome {
				t.Errorf("%s, %s: %q is expected of what provokes %s", s.Scenario.Name, stream.Name, stream.Expected, stream.Provokes)
			}
		}
	}
	for _, m := range history.Mechanisms() {
		if want := m != history.Unexplained && m != history.StaleEntry; slices.Contains(provoked, m) != want {
			t.Errorf("%s is provoked: %v, want %v", m, !want, want)
		}
	}
}
