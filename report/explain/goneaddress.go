package explain

import "zarif/report/history"

// goneAddress: packets to an address that no pod has any more meet no answer.
func goneAddress() mechanism {
	return mechanism{
		name: GoneAddress,
		doc:  "the connection was led to the address of a pod that was gone, where nobody answers",
		explains: func(c *inquiry, l *loss) (found, bool) {
			if l.cause == history.ResponseTimeout && !l.fresh && !l.through && len(l.lines) == 0 {
				p, way := c.joined(l)
				return found{pods: some(p), way: way}, p != nil && p.exitedBy(l.from, l.u)
			}
			if l.cause != history.ConnectTimeout && l.cause != history.Unreachable {
				return found{}, false
			}
			suspects, way := c.refusing(l)
			return c.ended(l, suspects, way)
		},
		advice: stayAdvice,
	}
}

// ended are those of the suspects that had ended when the connection was dialled;
// false: there is none. One that merely did not listen would have refused it.
func (c *inquiry) ended(l *loss, suspects []*pod, way string) (f found, ok bool) {
	f.way = way
	for _, p := range suspects {
		if p.exitedBy(l.from, l.u) {
			f.pods = append(f.pods, p)
		}
	}
	return f, len(f.pods) > 0
}

const stayAdvice = "let pods go on serving for some seconds after they were deleted (a preStop sleep, or a delay before the listener is closed), until the proxies have forgotten them"
