package explain

// unexplained: no mechanism has the evidence that it takes.
func unexplained() mechanism {
	return mechanism{
		name: Unexplained,
		doc:  "no mechanism has the evidence that it takes",
		explains: func(c *inquiry, l *loss) (found, bool) {
			p, way := c.joined(l)
			return found{pods: some(p), way: way, detail: string(l.cause)}, true
		},
		advice: "",
	}
}
