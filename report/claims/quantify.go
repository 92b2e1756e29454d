package claims

// Of how many scenarios a check must hold.
const (
	forAll  = "all"
	forMost = "most" // nine in ten, at least
	forSome = "some" // one, at least
)

// quantified is whether a check holds that does for some scenarios, does not for
// others, and is open for the rest: unknown where what is open could decide.
func quantified(of string, held, against, open int) truth {
	enough := func(held, against int) bool {
		switch of {
		case forSome:
			return held > 0
		case forMost:
			return held >= 9*against && held > 0
		}
		return against == 0
	}
	switch {
	case enough(held, against+open):
		return yes
	case enough(held+open, against):
		return unknown
	}
	return no
}
