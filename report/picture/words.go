package picture

import (
	"fmt"
	"strconv"
)

// grouped is n with its thousands apart: 12,345.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// percent is part of all. It is 0 only for none and 100 only for all.
func percent(part, all int) string {
	share := 100 * float64(part) / float64(max(all, 1))
	switch {
	case part == all:
		return "100 %"
	case part > 0 && share < 0.01:
		return "<0.01 %"
	case share > 99.9:
		return ">99.9 %"
	case share < 10:
		return fmt.Sprintf("%.2f %%", share)
	}
	return fmt.Sprintf("%.1f %%", share)
}

// between is "3–5", or "5" where both are.
func between(low, high int) string {
	if low == high {
		return grouped(high)
	}
	return grouped(low) + "–" + grouped(high)
}

// How wide a letter is, in pixels: a picture does not know its reader's fonts, so
// that these are more than most need.
const (
	letter      = 7.0
	smallLetter = 5.9
)

// shortened is text of at most n letters.
func shortened(text string, n int) string {
	letters := []rune(clean(text))
	if len(letters) <= n || n < 2 {
		return string(letters)
	}
	return string(letters[:n-1]) + "…"
}
