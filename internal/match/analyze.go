package match

import (
	"strings"
	"unicode"
)

// Token is one searchable piece of a text. Position counts tokens from 0; phrases need neighbouring positions.
type Token struct {
	Text     string
	Position int
}

// Analyzer turns a text into the tokens that Elasticsearch would index for it. A nil Analyzer is not usable.
type Analyzer func(text string) []Token

// AnalyzerNames are the names that AnalyzerByName knows, sorted.
func AnalyzerNames() []string {
	return []string{"keyword", "lowercase", "powershell_script_analyzer", "simple", "standard", "whitespace"}
}

// AnalyzerByName gives an analyzer by the name that a mapping uses; "" is "standard", the default for text fields.
// "powershell_script_analyzer" is the one of Elastic's Windows integration: it splits on everything that is neither
// a word character nor "-", and lower-cases.
func AnalyzerByName(name string) (Analyzer, bool) {
	switch name {
	case "", "standard":
		return Standard, true
	case "simple":
		return splitBy(unicode.IsLetter, true), true
	case "whitespace":
		return splitBy(func(r rune) bool { return !unicode.IsSpace(r) }, false), true
	case "keyword":
		return func(text string) []Token { return []Token{{Text: text}} }, true
	case "lowercase":
		return func(text string) []Token { return []Token{{Text: strings.ToLower(text)}} }, true
	case "powershell_script_analyzer":
		return splitBy(func(r rune) bool { return r == '-' || isWordCharacter(r) }, true), true
	}
	return nil, false
}

// isWordCharacter is \w of java.util.regex without flags: ASCII only.
func isWordCharacter(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func splitBy(keep func(rune) bool, lower bool) Analyzer {
	return func(text string) []Token {
		if lower {
			text = strings.ToLower(text)
		}
		var tokens []Token
		for i, word := range strings.FieldsFunc(text, func(r rune) bool { return !keep(r) }) {
			tokens = append(tokens, Token{Text: word, Position: i})
		}
		return tokens
	}
}
