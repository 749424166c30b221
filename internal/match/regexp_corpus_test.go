package match_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// Every regular expression that stands literally in an EQL or ES|QL query of a production rule compiles: it works in
// production.
func TestRegexpsOfTheCorpus(t *testing.T) {
	patterns := corpusPatterns(t)
	if len(patterns) < 100 {
		t.Fatalf("only %d patterns found", len(patterns))
	}
	begin := time.Now()
	for _, pattern := range patterns {
		for _, flags := range []match.RegexpFlags{{}, {IgnoreCase: true}} {
			if _, err := match.CompileRegexp(pattern, flags); err != nil {
				t.Errorf("%q: %v", pattern, err)
			}
		}
	}
	t.Logf("%d patterns compiled twice in %v", len(patterns), time.Since(begin))
}

// corpusPatterns gives the string literals after regex, regex~ and rlike, one or a list of them.
func corpusPatterns(tb testing.TB) []string {
	const literal = `"""(?:[^"]|"[^"]|""[^"])*"""|"(?:[^"\\]|\\.)*"`
	literals := regexp.MustCompile(`(?s)` + literal)
	operator := regexp.MustCompile(`(?is)\b(?:regex~?|rlike)\s*\(?\s*((?:(?:` + literal + `)\s*,?\s*)+)`)
	var patterns []string
	for _, file := range corpus.Rules(tb) {
		for _, list := range operator.FindAllStringSubmatch(file.Text, -1) {
			for _, text := range literals.FindAllString(list[1], -1) {
				if raw, ok := strings.CutPrefix(text, `"""`); ok {
					patterns = append(patterns, strings.TrimSuffix(raw, `"""`))
				} else {
					patterns = append(patterns, strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text[1:len(text)-1]))
				}
			}
		}
	}
	return patterns
}
