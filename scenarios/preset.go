package scenarios

import (
	"time"

	"zarif/report/history"
)

// presets are the streams that a file can name without describing them.
func presets() []Stream {
	return []Stream{
		{Name: history.Fresh, Connection: history.Fresh, Work: DefaultWork},
		{Name: history.Reused, Connection: history.Reused, Work: DefaultWork},
		{Name: "slow", Connection: history.Fresh, Work: 2 * time.Second, Usual: 10},
	}
}

// defaultStreams are those of a scenario that says nothing of streams.
func defaultStreams() []Stream { return presets()[:2] }

func preset(name string) (Stream, bool) {
	for _, s := range presets() {
		if s.Name == name {
			return s, true
		}
	}
	return Stream{}, false
}

func presetNames() []string {
	var names []string
	for _, s := range presets() {
		names = append(names, s.Name)
	}
	return names
}
