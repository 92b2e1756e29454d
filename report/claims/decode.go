package claims

import (
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"zarif/document"
	"zarif/report/history"
)

// Decode reads one claim's file. Its error is document.Faults, with every one there
// is: "x.yaml:7: true[0].dropped: "few" is no answer; want none or some".
func Decode(file string, text []byte) (Claim, error) {
	var faults document.Faults
	c := Claim{File: file}
	if root, ok := document.Open(file, text, "a claim", &faults); ok {
		root.Take(document.Table{
			"claim":    number(&c.Number, 1),
			"sentence": words(&c.Sentence),
			"note":     words(&c.Note),
			"source": func(p document.Place) {
				p.Take(document.Table{"letter": words(&c.Source.Letter), "title": words(&c.Source.Title)}, "letter", "title")
			},
			"true": checks(&c.True),
			"half": func(p document.Place) {
				for _, item := range p.Some(wantList) {
					var h Half
					item.Take(document.Table{"under": words(&h.Under), "when": checks(&h.When)}, "under", "when")
					c.Half = append(c.Half, h)
				}
			},
		}, "claim", "sentence", "source", "true")
	}
	return c, faults.Err(file)
}

const wantList = "a list with one entry or more"

// words reads text, which may go over several lines.
func words(into *string) func(document.Place) {
	return func(p document.Place) {
		if p.Word("text", into) {
			*into = strings.Join(strings.Fields(*into), " ")
		}
	}
}

func number(into *int, least int) func(document.Place) {
	return func(p document.Place) { p.Integer(least, math.MaxInt32, "", into) }
}

// patterns reads one, or a list of them, of <fixture>.<disruption>.
func patterns(into *[]string) func(document.Place) {
	return func(p document.Place) {
		all := []document.Place{p}
		if p.Node.Kind == yaml.SequenceNode {
			all = p.Some(wantList)
		}
		for _, one := range all {
			var pattern string
			if one.Pattern(&pattern) && !strings.Contains(pattern, ".") {
				one.Fault(document.Quote(pattern)+" names no disruption", "<fixture>.<disruption>, such as go-exit.rollout")
			}
			*into = append(*into, pattern)
		}
	}
}

func duration(into *time.Duration) func(document.Place) {
	return func(p document.Place) {
		p.Duration("a duration above 0 with its unit, such as 9s", 1, math.MaxInt64, into)
	}
}

// checks reads a list of them.
func checks(into *[]Check) func(document.Place) {
	return func(p document.Place) {
		for _, item := range p.Some(wantList) {
			if c, ok := check(item); ok {
				*into = append(*into, c)
			}
		}
	}
}

func check(p document.Place) (Check, bool) {
	before := p.Faults()
	c := Check{Line: p.Node.Line}
	known := document.Table{
		"of": patterns(&c.Of), "edge": func(p document.Place) { p.Pattern(&c.Edge) }, "stream": words(&c.Stream),
		"with": words(&c.With), "deletions": number(&c.Deletions, 1),
		"for":    func(p document.Place) { p.Choice("number of scenarios", &c.For, forAll, forMost, forSome) },
		"exited": func(p document.Place) { c.Exited = new(int); number(c.Exited, 0)(p) },
	}
	for _, f := range facts {
		known[f.name] = func(p document.Place) {
			if c.Fact != "" {
				p.Fault("the check has the fact "+c.Fact+" already", "one fact in a check")
			}
			c.Fact = f.name
			c.reads(f, p)
		}
	}
	p.Take(known, "of")
	if p.Faults() == before {
		c.fits(p)
	}
	return c, p.Faults() == before
}

// fits reports what of a check does not go together.
func (c Check) fits(p document.Place) {
	switch f, ok := factNamed(c.Fact); {
	case !ok:
		p.Fault("there is no fact", "one of "+strings.Join(Facts(), ", "))
	case f.stream != nil && c.Stream == "":
		p.Fault(f.name+" is a fact about a stream", "stream beside it")
	case f.stream == nil && c.Stream != "":
		p.Fault(f.name+" is a fact about pods", "no stream beside it")
	case f.stream != nil && (c.Exited != nil || c.With != "" || c.Deletions > 0):
		p.Fault(f.name+" is a fact about a stream", "no exited, with or deletions beside it")
	}
}

// reads takes over what a fact is compared with.
func (c *Check) reads(f fact, p document.Place) {
	switch f.form {
	case formWord:
		p.Choice("answer", &c.Word, f.words...)
	case formCode:
		number(&c.Code, 0)(p)
	case formRange:
		before := p.Faults()
		p.Take(document.Table{"atLeast": duration(&c.AtLeast), "atMost": duration(&c.AtMost)})
		if p.Faults() == before && (c.AtLeast == 0 && c.AtMost == 0 || c.AtMost != 0 && c.AtMost < c.AtLeast) {
			p.Fault("this is no range", "atLeast or atMost, or both, the larger last")
		}
	case formCauses:
		for _, item := range p.Some(wantList) {
			var cause string
			if item.Choice("cause of a drop", &cause, causes()...) {
				c.Causes = append(c.Causes, cause)
			}
		}
	}
}

func causes() (names []string) {
	for _, c := range history.Causes() {
		names = append(names, string(c))
	}
	return names
}
