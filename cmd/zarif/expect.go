package main

// An expecting display can be told during a run how many trials it comes to.
type expecting interface {
	expect(total int)
}

func (l *lines) expect(total int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.total = total
}

func (b *bars) expect(total int) {
	b.mu.Lock()
	b.pace.total = total
	b.mu.Unlock()
	b.total.SetTotal(int64(total), false)
}
