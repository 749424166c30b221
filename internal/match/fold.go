package match

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold brings a text to the one form that all texts equal to it without regard to case share: two texts differ in case
// only exactly when their folds are equal. It folds code point by code point, as Elasticsearch's case-insensitive
// queries do (Unicode simple folding): "K", "k" and the Kelvin sign fold to "k", but "ß" stays and is not "ss".
// ASCII letters become lower case. A text that is folded already is given back as it is, without allocation; bytes
// that are no UTF-8 stay as they are.
func Fold(text string) string {
	at, ascii := foldStart(text)
	if at < 0 {
		return text
	}
	if ascii {
		return foldASCII(text, at)
	}
	var b strings.Builder
	b.Grow(len(text)) // the fold of a code point is never longer than the code point
	b.WriteString(text[:at])
	for i := at; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if folded := foldRune(r); folded == r {
			b.WriteString(text[i : i+size])
		} else {
			b.WriteRune(folded)
		}
		i += size
	}
	return b.String()
}

// Fold is the same pattern with folded literals: it fits the fold of a text exactly when w fits the text without
// regard to case.
func (w *Wildcard) Fold() *Wildcard { return w.Map(Fold) }

// foldStart gives where the first code point stands that folding changes, or -1; ascii tells that only ASCII follows.
func foldStart(text string) (at int, ascii bool) {
	at = -1
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf {
			if at < 0 {
				at = foldStartUnicode(text, i)
			}
			return at, false
		} else if at < 0 && 'A' <= c && c <= 'Z' {
			at = i
		}
	}
	return at, true
}

func foldStartUnicode(text string, from int) int {
	for i, r := range text[from:] {
		if foldRune(r) != r {
			return from + i
		}
	}
	return -1
}

// foldASCII lower-cases an ASCII text from a place on.
func foldASCII(text string, from int) string {
	var b strings.Builder
	b.Grow(len(text))
	b.WriteString(text[:from])
	for i := from; i < len(text); i++ {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// foldRune gives the one code point that stands for all that differ from r in case only: the lowest of them, but the
// lower-case letter where that is ASCII.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	lowest := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		lowest = min(lowest, other)
	}
	if 'A' <= lowest && lowest <= 'Z' {
		return lowest + 'a' - 'A'
	}
	return lowest
}
