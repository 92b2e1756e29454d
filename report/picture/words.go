package picture

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
