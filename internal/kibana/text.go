package kibana

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown bounds how many characters of a text from the server are shown.
const maxShown = 2000

// Printable is a text that came from elsewhere in a form that is safe to show on a terminal: control characters, line
// breaks, characters that change the direction of writing and bytes that are no UTF-8 are escaped as in a Go string.
func Printable(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if unprintable(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.Quote(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// shorten cuts a text to maxShown characters and says that it did.
func shorten(text string) string {
	if utf8.RuneCountInString(text) <= maxShown {
		return text
	}
	return string([]rune(text)[:maxShown]) + "..."
}

// scrubber takes secrets out of texts. The zero value leaves texts as they are.
type scrubber struct{ secrets []string }

func newScrubber(secrets ...string) scrubber {
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	// The longest first: a secret may hold another one.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return scrubber{secrets: secrets}
}

// scrub is the text with each secret replaced.
func (s scrubber) scrub(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return text
}

// show is the text as it may stand in an error: without secrets, short, printable.
func (s scrubber) show(text string) string { return Printable(shorten(s.scrub(text))) }
