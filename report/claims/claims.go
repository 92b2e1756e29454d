// Package claims owns what is said about graceful shutdown and how it is settled:
// one file per claim, with the condition that measurements must meet. It evaluates
// conditions over analysed trials; it runs nothing, knows of no cluster, and says
// "not measured" rather than guess.
package claims

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"
)

//go:embed files/*.yaml
var files embed.FS

// A Claim is one sentence that people say, and what decides about it.
type Claim struct {
	Number   int    // of the list, from 1
	Sentence string // in our own words
	Source   Source
	Note     string // what a reader should know beside the answer; may be empty
	// True are the checks that must all hold for the claim to be true.
	True []Check
	// Half are tried in their order where it is not.
	Half []Half
	File string // where it was read from
}

// A Source is who says it.
type Source struct {
	Letter string // of the list of sources
	Title  string
}

// A Half makes a claim half true: under a condition, which is named.
type Half struct {
	Under string // the condition, as a clause: "on new connections"
	When  []Check
}

// A Check is one comparison with what trials showed.
type Check struct {
	Of     []string // patterns (path.Match) of <fixture>.<disruption>
	For    string   // of how many scenarios that Of names it must hold: all, most (nine in ten) or some (one); empty: all
	Edge   string   // pattern of the proxy in front of it; empty: none was
	Stream string   // of facts about a stream
	Exited *int     // only pods that exited with this code; nil: all
	With   string   // of facts about pods: only trials that have this stream; empty: all
	// Deletions is how many pods must have been asked to end, in all that Of names
	// together, before the check can hold; 0: no number is asked for.
	Deletions int

	Fact string // one of Facts
	// What is compared with; which one is set is the fact's matter.
	Word            string
	Causes          []string
	Code            int
	AtLeast, AtMost time.Duration // 0: no bound
	Line            int           // in the claim's file
}

// Load reads the claims that are part of the binary, by number. Its error joins
// every fault in every file, each with file, line and field.
func Load() ([]Claim, error) { return load(files) }

func load(from fs.FS) ([]Claim, error) {
	names, err := fs.Glob(from, "files/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Claim
	var faults []error
	first := map[int]string{}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		c, err := Decode(path.Base(name), text)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if other, taken := first[c.Number]; taken {
			faults = append(faults, fmt.Errorf("%s: claim: %d is the claim of %s; want a number of its own", c.File, c.Number, other))
		}
		first[c.Number] = c.File
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Claim) int { return cmp.Compare(a.Number, b.Number) })
	return all, errors.Join(faults...)
}

// checks are all of a claim's.
func (c Claim) checks() []Check {
	all := slices.Clone(c.True)
	for _, h := range c.Half {
		all = append(all, h.When...)
	}
	return all
}

// A Need is what a claim must have measured.
type Need struct{ Of, Edge, Stream string } // one pattern as in Check; an empty Stream: any

// Needs are what claims must have measured, each once.
func Needs(all []Claim) (needs []Need) {
	for _, c := range all {
		for _, check := range c.checks() {
			for _, of := range check.Of {
				if n := (Need{of, check.Edge, cmp.Or(check.Stream, check.With)}); !slices.Contains(needs, n) {
					needs = append(needs, n)
				}
			}
		}
	}
	return needs
}
