package local

import (
	"testing"
	"time"
)

func TestBackOffGrowsAndIsForgiven(t *testing.T) {
	short, long := time.Second, forgivenFor+time.Second
	var b backOff
	for i, c := range []struct {
		ran  time.Duration
		want time.Duration
	}{
		{short, 0}, {short, 10 * time.Second}, {short, 20 * time.Second}, {short, 40 * time.Second},
		{short, 80 * time.Second}, {short, 160 * time.Second}, {short, 5 * time.Minute}, {short, 5 * time.Minute},
		{forgivenFor, 5 * time.Minute}, {long, 0}, {short, 10 * time.Second}, {long, 0},
	} {
		b.ran(c.ran)
		if got := b.next(); got != c.want {
			t.Errorf("after run %d, of %s: waits %s, want %s", i, c.ran, got, c.want)
		}
	}
}
