package check

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

func regexpChecks() []*Check {
	return []*Check{
		{
			Name: "regexp-anchor", Scope: ScopeQueries, Level: Error,
			Reason: "Lucene's regular expressions fit whole values; ^ and $ are ordinary characters there",
			Avoid:  `process.name regex "^cmd.*$"`, Prefer: `process.name regex "cmd.*"`,
			run: func(s *subject) { s.regexps(regexpAnchor) },
		},
		{
			Name: "regexp-group-syntax", Scope: ScopeQueries, Level: Error,
			Reason: "Lucene's regular expressions have no (?: ) and (?i): a question mark behind a parenthesis is an ordinary character",
			Avoid:  `file.name regex "(?i)evil"`, Prefer: `file.name regex~ "evil"`,
			run: func(s *subject) { s.regexps(regexpGroup) },
		},
		{
			Name: "regexp-operator", Scope: ScopeQueries, Level: Error,
			Reason: `in Lucene's regular expressions & is intersection, @ any text, # nothing, ~ complement and <1-9> a range of numbers`,
			Avoid:  `process.command_line regex ".*>& /dev/tcp.*"`, Prefer: `process.command_line regex ".*>\\& /dev/tcp.*"`,
			run: func(s *subject) { s.regexps(regexpOperator) },
		},
		{
			Name: "regexp-empty-alternative", Scope: ScopeQueries, Level: Error,
			Reason: "a bar that finds nothing on its left is an ordinary character in Lucene's regular expressions",
			Avoid:  `f regex "(a||b)"`, Prefer: `f regex "(a|b)"`,
			run: func(s *subject) { s.regexps(regexpEmptyAlternative) },
		},
		{
			Name: "regexp-leading-quantifier", Scope: ScopeQueries, Level: Error,
			Reason: "a star, plus or question mark at the start repeats nothing and is an ordinary character",
			Avoid:  `process.command_line regex "*sh -c.*"`, Prefer: `process.command_line regex ".*sh -c.*"`,
			run: func(s *subject) { s.regexps(regexpLeadingQuantifier) },
		},
		{
			Name: "regexp-range-case", Scope: ScopeEQL, Level: Warning,
			Reason: "regex~ does not regard case in letters, but does in ranges of letters",
			Avoid:  `file.name regex~ "[a-z]+\\.exe"`, Prefer: `file.name regex~ "[a-zA-Z]+\\.exe"`,
			run: func(s *subject) { s.regexps(regexpRangeCase) },
		},
	}
}

// pattern is a regular expression of the query, as its characters stand there.
type pattern struct {
	comparison
	operand
	// text is the expression; place tells where its bytes stand in the query.
	text  string
	place func(from, to int) source.Span
}

// regexps visits every regular expression of the query.
func (s *subject) regexps(visit func(*subject, pattern)) {
	for _, c := range s.comparisons() {
		if !c.regexp {
			continue
		}
		for _, v := range c.values {
			visit(s, s.pattern(c, v))
		}
	}
}

func (s *subject) pattern(c comparison, v operand) pattern {
	raw := s.text(v.at)
	quotes := 1
	if strings.HasPrefix(raw, `"""`) {
		quotes = 3
	}
	offsets := literalOffsets(raw, quotes)
	return pattern{comparison: c, operand: v, text: v.text, place: func(from, to int) source.Span {
		if to >= len(offsets) || len(offsets) != len(v.text)+1 {
			return v.at
		}
		return source.Span{Start: v.at.Start + offsets[from], End: v.at.Start + offsets[to]}
	}}
}

// literalOffsets tells for each byte of a string's content where it stands in the literal.
func literalOffsets(raw string, quotes int) []int {
	var offsets []int
	end := len(raw) - quotes
	for i := quotes; i < end; {
		offsets = append(offsets, i)
		if quotes == 1 && raw[i] == '\\' {
			i++
		}
		i++
	}
	return append(offsets, end)
}

// each visits the characters of an expression that are neither escaped, nor in a class, nor in quotes.
func (p pattern) each(visit func(i int, c byte)) {
	class, quoted := false, false
	for i := 0; i < len(p.text); i++ {
		c := p.text[i]
		switch {
		case quoted:
			quoted = c != '"'
		case c == '\\':
			i++
		case class:
			class = c != ']' || i > 0 && p.text[i-1] == '['
		case c == '"':
			quoted = true
		case c == '[':
			class = true
		default:
			visit(i, c)
		}
	}
}

func regexpAnchor(s *subject, p pattern) {
	p.each(func(i int, c byte) {
		if c == '^' && (i == 0 || p.text[i-1] == '(' || p.text[i-1] == '|') || c == '$' && (i == len(p.text)-1 || strings.IndexByte("|)", p.text[i+1]) >= 0) {
			s.report(p.place(i, i+1), fmt.Sprintf("`%c` is an ordinary character here: the expression fits whole values anyway", c), "leave it out")
		}
	})
}

func regexpGroup(s *subject, p pattern) {
	p.each(func(i int, c byte) {
		if c == '(' && i+1 < len(p.text) && p.text[i+1] == '?' {
			end := min(i+3, len(p.text))
			s.report(p.place(i, end), fmt.Sprintf("`%s` begins no special group: the question mark is an ordinary character here", p.text[i:end]), "use plain parentheses, and regex~ not to regard case")
		}
	})
}

func regexpOperator(s *subject, p pattern) {
	p.each(func(i int, c byte) {
		means := map[byte]string{'&': "the intersection of two expressions", '@': "any text", '#': "nothing at all", '~': "everything but what follows"}[c]
		if means != "" {
			s.report(p.place(i, i+1), fmt.Sprintf("`%c` stands for %s", c, means), fmt.Sprintf(`write \%c, or [%c], for the character itself`, c, c))
		}
	})
}

func regexpEmptyAlternative(s *subject, p pattern) {
	p.each(func(i int, c byte) {
		if c == '|' && (i == 0 || p.text[i-1] == '(' || p.text[i-1] == '|' && (i < 2 || p.text[i-2] != '\\')) {
			s.report(p.place(i, i+1), "this bar has nothing on its left, and is an ordinary character", "remove it, or write ()? for an empty alternative")
		}
	})
}

func regexpLeadingQuantifier(s *subject, p pattern) {
	p.each(func(i int, c byte) {
		if strings.IndexByte("*+?", c) >= 0 && (i == 0 || p.text[i-1] == '|' && (i < 2 || p.text[i-2] != '\\')) {
			s.report(p.place(i, i+1), fmt.Sprintf("`%c` repeats nothing here, and is an ordinary character", c), "write .* for any text")
		}
	})
}

func regexpRangeCase(s *subject, p pattern) {
	if p.operator != "regex~" {
		return
	}
	for i := 0; i+2 < len(p.text); i++ {
		low, high := p.text[i], p.text[i+2]
		if p.text[i+1] != '-' || low >= high || !isLetter(low) || !isLetter(high) || lower(low) != lower(high) || !inClass(p.text, i) {
			continue
		}
		if strings.Contains(p.text, swapCase(p.text[i:i+3])) {
			continue
		}
		s.report(p.place(i, i+3), fmt.Sprintf("the range %s regards case although regex~ does not", p.text[i:i+3]), "add the range of the other case: "+p.text[i:i+3]+swapCase(p.text[i:i+3]))
	}
}

func inClass(text string, at int) bool {
	open := strings.LastIndexByte(text[:at], '[')
	return open >= 0 && !strings.Contains(text[open:at], "]")
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func lower(c byte) bool { return c >= 'a' && c <= 'z' }

func swapCase(text string) string {
	if strings.ToUpper(text) == text {
		return strings.ToLower(text)
	}
	return strings.ToUpper(text)
}
