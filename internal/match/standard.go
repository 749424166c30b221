package match

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTokenLength is the standard tokenizer's max_token_length: longer words are cut into pieces of this many
// characters.
const maxTokenLength = 255

// Standard is Elasticsearch's default analyzer: words by the Unicode text segmentation rules (UAX #29), lower-cased,
// without stop words.
func Standard(text string) []Token {
	var tokens []Token
	emit := func(word string) {
		for word != "" {
			cut := cutAfter(word, maxTokenLength)
			tokens = append(tokens, Token{Text: strings.ToLower(word[:cut]), Position: len(tokens)})
			word = word[cut:]
		}
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		class := classOf(r)
		switch class {
		case letter, digit, connector, katakana:
			end := wordEnd(text, i)
			if class != connector || hasWord(text[i:end]) {
				emit(text[i:end])
			}
			i = end
		case ideograph:
			emit(text[i : i+size])
			i += size
		default:
			i += size
		}
	}
	return tokens
}

// wordClass is the part of the Unicode Word_Break property that the segmentation below needs.
type wordClass uint8

const (
	other wordClass = iota
	letter
	digit
	connector // "_" and its like: joins words and may start them
	midLetter // between letters: : ·
	midNumber // between digits: , ;
	midBoth   // between letters or between digits: . '
	katakana
	ideograph // Han and Hiragana: one token a character
	extend    // combining marks and joiners: belong to what they follow
)

func classOf(r rune) wordClass {
	switch {
	case r < utf8.RuneSelf:
		return asciiClass(r)
	case unicode.Is(unicode.Katakana, r):
		return katakana
	case unicode.In(r, unicode.Han, unicode.Hiragana):
		return ideograph
	case unicode.In(r, unicode.M, unicode.Cf):
		return extend
	case unicode.IsLetter(r), unicode.Is(unicode.Nl, r):
		return letter
	case unicode.Is(unicode.Nd, r):
		return digit
	case unicode.Is(unicode.Pc, r):
		return connector
	}
	return punctuationClass(r)
}

func asciiClass(r rune) wordClass {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return letter
	case r >= '0' && r <= '9':
		return digit
	case r == '_':
		return connector
	case r == ':':
		return midLetter
	case r == ',', r == ';':
		return midNumber
	case r == '.', r == '\'':
		return midBoth
	}
	return other
}

func punctuationClass(r rune) wordClass {
	switch r {
	case '\u00b7', '\u0387', '\u055f', '\u05f4', '\u2027', '\ufe13', '\ufe55', '\uff1a':
		return midLetter
	case '\u037e', '\u0589', '\u060c', '\u060d', '\u066c', '\u07f8', '\u2044', '\ufe10', '\ufe14', '\uff0c', '\uff1b':
		return midNumber
	case '\u2018', '\u2019', '\u2024', '\ufe52', '\uff07', '\uff0e':
		return midBoth
	}
	return other
}

// wordEnd follows UAX #29 rules WB5 to WB13b from the word character at start.
func wordEnd(text string, start int) int {
	r, size := utf8.DecodeRuneInString(text[start:])
	last, end := classOf(r), start+size
	for end < len(text) {
		r, size = utf8.DecodeRuneInString(text[end:])
		class := classOf(r)
		switch {
		case class == extend:
			end += size
			continue
		case joins(last, class):
			last, end = class, end+size
			continue
		}
		if !bridges(last, class) {
			return end
		}
		next, nextSize := nextClass(text, end+size)
		if next != last {
			return end
		}
		last, end = next, end+size+nextSize
	}
	return end
}

func joins(a, b wordClass) bool {
	word := func(c wordClass) bool { return c == letter || c == digit || c == connector }
	if a == katakana || b == katakana {
		return a == b || a == connector || b == connector
	}
	return word(a) && word(b)
}

// bridges tells whether punctuation may stand inside a word, when the same class of character follows it.
func bridges(before, punctuation wordClass) bool {
	switch before {
	case letter:
		return punctuation == midLetter || punctuation == midBoth
	case digit:
		return punctuation == midNumber || punctuation == midBoth
	}
	return false
}

func nextClass(text string, at int) (wordClass, int) {
	skipped := 0
	for at+skipped < len(text) {
		r, size := utf8.DecodeRuneInString(text[at+skipped:])
		class := classOf(r)
		if class != extend {
			return class, skipped + size
		}
		skipped += size
	}
	return other, 0
}

func hasWord(text string) bool {
	for _, r := range text {
		if c := classOf(r); c == letter || c == digit || c == katakana {
			return true
		}
	}
	return false
}

// cutAfter gives the byte offset after at most n characters.
func cutAfter(text string, n int) int {
	if len(text) <= n {
		return len(text)
	}
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}
