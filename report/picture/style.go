package picture

import (
	"fmt"
	"strings"
)

// A rule is how the shapes of a class look. Colours are given as such and not by
// variables, which not every program that draws SVG knows; the dark ones are in a
// rule of their own, which such a program leaves out.
type rule struct {
	class string
	// properties are those of the rule that colours, with %s for the colour.
	properties  string
	light, dark string
}

// Colours that more than one rule has.
const (
	paperLight, paperDark = "#ffffff", "#0d1117"
	inkLight, inkDark     = "#1b1f24", "#e6edf3"
	softLight, softDark   = "#59636e", "#9aa5b1"
	lineLight, lineDark   = "#d1d9e0", "#3a434d"
	blueLight, blueDark   = "#0072b2", "#56b4e9"
	redLight, redDark     = "#d55e00", "#ff8a3d"
)

var rules = []rule{
	{"sheet, .ground", "fill: %s", paperLight, paperDark},
	{"band", "fill: %s", "#f1f4f7", "#171d25"},
	{"text", "fill: %s", inkLight, inkDark},
	{"soft", "fill: %s", softLight, softDark},
	{"ink", "fill: %s", inkLight, inkDark},
	{"faint", "fill: %s", lineLight, lineDark},
	{"grid", "stroke: %s; fill: none", lineLight, lineDark},
	{"edge", "stroke: %s; fill: none", softLight, softDark},
	{"mark", "stroke: %s; stroke-width: 1.6px; fill: none", inkLight, inkDark},

	// What became of hits.
	{"ok", "fill: %s", "#b9c4cf", "#4b5866"},
	{"dropped", "fill: %s", redLight, redDark},
	{"masked", "fill: %s", blueLight, blueDark},
	{"unresolved", "fill: %s", inkLight, inkDark},
	{"shadow", "fill: %s; fill-opacity: .18", redLight, redDark},

	// A pod's life.
	{"serving", "fill: %s", "#7cc5b5", "#2a7868"},
	{"deleted", "fill: %s", "#f6d58a", "#7a5c12"},
	{"ending", "fill: %s", "#c98500", "#e69f00"},
	{"endpoint", "stroke: %s; stroke-width: 3px; fill: none", blueLight, blueDark},

	// How much of a stream was lost.
	{"none", "fill: %s", "#e3eef7", "#16293a"},
	{"some", "fill: %s", "#fbe3d2", "#3d2412"},
	{"many", "fill: %s", "#f4bd96", "#6b3a16"},
	{"most", "fill: %s", "#e8935a", "#97501a"},
}

const shapes = `text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; }
.small { font-size: 10.5px; } .title { font-size: 15px; font-weight: 600; } .strong { font-weight: 600; }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.starting { fill: url(#hatch-starting); } .draining { fill: url(#hatch-draining); } .missed { fill: url(#hatch-missed); } .open { fill: url(#hatch-open); }
`

// style is the style sheet of every picture.
func style() string {
	var light, dark strings.Builder
	for _, r := range rules {
		selector := "." + r.class
		if r.class == "text" {
			selector = "text"
		}
		fmt.Fprintf(&light, "%s { "+r.properties+"; }\n", selector, r.light)
		fmt.Fprintf(&dark, "%s { "+r.properties+"; }\n", selector, r.dark)
	}
	return "\n" + shapes + light.String() + "@media (prefers-color-scheme: dark) {\n" + dark.String() + "}\n"
}

// hatches are fills that can be told apart without colour.
var hatches = []struct {
	id, ground, line string
	width            float64
}{
	{"hatch-starting", "ground", "faint", 2},
	{"hatch-missed", "ground", "ink", 1.5},
	{"hatch-open", "ground", "faint", 2},
	{"hatch-draining", "deleted", "ending", 3},
}
