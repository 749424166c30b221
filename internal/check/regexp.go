package check

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// withRegexp are the languages that have Lucene's regular expressions.
func withRegexp() []rule.Language { return []rule.Language{rule.EQL, rule.ESQL, rule.Lucene} }

// regexpChecks find expressions that were written for another dialect: Lucene's must fit the whole value, and has operators
// that others do not have.
func regexpChecks() []*Check {
	of := func(c Check, find func(p *pass, c *Comparison, v Value)) *Check {
		c.Languages = withRegexp()
		c.query = func(p *pass, q *query) {
			q.each(func(c *Comparison, _ event, _ bool) {
				if c.Operator != Regexp {
					return
				}
				for _, v := range c.Values {
					find(p, c, v)
				}
			})
		}
		return &c
	}
	return []*Check{
		of(Check{
			Name: "regexp-anchor", Set: Correctness, Level: diag.Error,
			Reason: "an expression of Lucene always fits the whole value; ^ and $ are ordinary characters in it, and values seldom have them",
			Avoid:  `process.name regex "^power.*$"`, Prefer: `process.name regex "power.*"`,
		}, regexpAnchor),
		of(Check{
			Name: "regexp-operator", Set: Correctness, Level: diag.Error,
			Reason: "&, @, #, ~, < > and \" are operators in expressions of Lucene, and mean something else than the character",
			Avoid:  `process.command_line regex ".*0>&1.*"`, Prefer: `process.command_line regex ".*0\\>\\&1.*"`,
		}, regexpOperator),
		of(Check{
			Name: "regexp-empty-alternative", Set: Correctness, Level: diag.Error,
			Reason: "a bar without an alternative on its left is an ordinary character: what follows it fits only after a \"|\"",
			Avoid:  `x RLIKE "(a.*||b.*)"`, Prefer: `x RLIKE "(a.*|b.*)"`,
		}, regexpEmptyAlternative),
		of(Check{
			Name: "regexp-leading-quantifier", Set: Correctness, Level: diag.Error,
			Reason: "a quantifier that has nothing on its left is an ordinary character: *sh fits only a value that begins with a star",
			Avoid:  `process.command_line regex "*sh -c.*"`, Prefer: `process.command_line regex ".*sh -c.*"`,
		}, regexpLeadingQuantifier),
		of(Check{
			Name: "regexp-foreign-syntax", Set: Correctness, Level: diag.Error,
			Reason: "Lucene has no (?:...), no flags and no look-around: their characters stand for themselves",
			Avoid:  `process.name regex "(?i)cmd.*"`, Prefer: `process.name regex~ "cmd.*"`,
		}, regexpForeignSyntax),
		of(Check{
			Name: "regexp-lazy-quantifier", Set: Suspicious, Level: diag.Warning,
			Reason: "Lucene has no lazy quantifiers: the second mark of x+? makes all of it optional",
			Avoid:  `user.name regex "svc.+?-admin"`, Prefer: `user.name regex "svc.+-admin"`,
		}, regexpLazy),
		of(Check{
			Name: "regexp-bare-alternatives", Set: Suspicious, Level: diag.Warning,
			Reason: "the bar binds loosest of all: what stands before the first or after the last alternative belongs to that one alone",
			Avoid:  `x RLIKE "(.*)365|SharePoint|Teams(.*)"`, Prefer: `x RLIKE "(.*)(365|SharePoint|Teams)(.*)"`,
		}, regexpBareAlternatives),
		of(Check{
			Name: "regexp-case-range", Set: Suspicious, Level: diag.Warning,
			Reason: "a range such as [a-z] stays case-sensitive in an expression that ignores case",
			Avoid:  `file.path regex~ "[a-z]:\\\\temp\\\\.*"`, Prefer: `file.path regex~ "[a-zA-Z]:\\\\temp\\\\.*"`,
		}, regexpCaseRange),
		of(Check{
			Name: "regexp-without-need", Set: Performance, Level: Off,
			Reason: "a comparison or a wildcard says the same as an expression without operators, and is faster",
			Avoid:  `process.name regex "power.*"`, Prefer: `process.name like "power*"`,
		}, regexpWithoutNeed),
		of(Check{
			Name: "regexp-too-long", Set: Correctness, Level: diag.Error,
			Reason: "Elasticsearch refuses expressions of more than 1,000 characters (index.max_regex_length)",
			Avoid:  "one expression with hundreds of alternatives", Prefer: "a list of values, or several expressions",
		}, regexpTooLong),
	}
}

func regexpAnchor(p *pass, _ *Comparison, v Value) {
	marks, _ := scanRegexp(v.Text)
	for _, m := range marks {
		atStart := m.c == '^' && m.first
		atEnd := m.c == '$' && (m.at == len(v.Text)-1 || strings.IndexByte("|)", v.Text[m.at+1]) >= 0)
		if atStart || atEnd {
			span := p.inside(v, m.at, m.at+1)
			f := finding{message: fmt.Sprintf("`%c` is an ordinary character here, and no anchor", m.c), help: "remove it: the expression fits the whole value anyway"}
			if m.top && span.Len() == 1 {
				f.fix = []diag.Edit{{Span: span}}
			}
			p.report(span, f)
		}
	}
}

// interval is Lucene's <1-100>, written on purpose.
var interval = regexp.MustCompile(`^<\d+-\d+>`)

func regexpOperator(p *pass, c *Comparison, v Value) {
	marks, _ := scanRegexp(v.Text)
	skip := -1
	for _, m := range marks {
		meaning := map[byte]string{
			'&': "both sides must fit the same text", '@': "any text", '#': "no text at all", '<': "the beginning of a numeric interval", '>': "the end of a numeric interval",
			'~': "every text but those of what follows", '"': "a text in quotes",
		}[m.c]
		switch {
		case meaning == "", m.at <= skip:
			continue
		case m.c == '<' && interval.MatchString(v.Text[m.at:]):
			skip = m.at + strings.IndexByte(v.Text[m.at:], '>')
			continue
		case m.c == '>' || m.c == '~' && strings.HasPrefix(v.Text[m.at+1:], "("):
			// A ">" without "<" is read as itself, and "~(" is written on purpose.
			continue
		case m.c == '~' && p.at.language == rule.ESQL:
			continue
		}
		p.report(p.inside(v, m.at, m.at+1), finding{
			message: fmt.Sprintf("`%c` is an operator of Lucene's expressions and means %s", m.c, meaning),
			help:    fmt.Sprintf("write `%s` for the character itself", escaped(c, m.c)),
		})
	}
}

// escaped is a character of an expression without its meaning, as it is written in an ordinary string of the language.
func escaped(c *Comparison, char byte) string {
	if c.Spelled == ":" {
		return `\` + string(char)
	}
	return `\\` + string(char)
}

func regexpEmptyAlternative(p *pass, _ *Comparison, v Value) {
	marks, _ := scanRegexp(v.Text)
	for _, m := range marks {
		if m.c != '|' || !m.first {
			continue
		}
		span := p.inside(v, m.at, m.at+1)
		f := finding{message: "this `|` has no alternative on its left, and is an ordinary character", help: `remove it, or write ()|... for "nothing, or"`}
		if m.at > 0 && v.Text[m.at-1] == '|' && span.Len() == 1 {
			f.fix = []diag.Edit{{Span: span}}
		}
		p.report(span, f)
	}
}

func regexpLeadingQuantifier(p *pass, _ *Comparison, v Value) {
	marks, _ := scanRegexp(v.Text)
	for _, m := range marks {
		if !m.first || strings.IndexByte("*+?", m.c) < 0 || strings.HasPrefix(v.Text[m.at:], "?:") || foreign.MatchString("("+v.Text[m.at:]) {
			continue
		}
		p.report(p.inside(v, m.at, m.at+1), finding{
			message: fmt.Sprintf("`%c` has nothing on its left to repeat, and is an ordinary character", m.c),
			help:    "write .* for any text",
		})
	}
}

// foreign is the beginning of a group in the syntax of other dialects.
var foreign = regexp.MustCompile(`^\(\?(:|[a-zA-Z-]+[):]|=|!|<[=!]|<[a-zA-Z]|P<|>)`)

func regexpForeignSyntax(p *pass, _ *Comparison, v Value) {
	marks, _ := scanRegexp(v.Text)
	for _, m := range marks {
		if m.c != '(' {
			continue
		}
		found := foreign.FindString(v.Text[m.at:])
		if found == "" {
			continue
		}
		help := "write (...): every group is one that is not kept"
		switch {
		case strings.Contains(found, "i"):
			help = "use the operator that ignores case, or list both cases of a letter: [aA]"
		case !strings.HasPrefix(found, "(?:"):
			help = "say it with several conditions"
		}
		p.report(p.inside(v, m.at, m.at+len(found)), finding{message: fmt.Sprintf("Lucene's expressions have no `%s`: its characters stand for themselves", found), help: help})
	}
}

func regexpLazy(p *pass, _ *Comparison, v Value) {
	marks, _ := scanRegexp(v.Text)
	for _, m := range marks {
		if m.c == '?' && m.repeated {
			p.report(p.inside(v, m.at, m.at+1), finding{message: "this `?` makes what is before it optional, and not lazy", help: "remove it: whether a repetition is lazy makes no difference here"})
		}
	}
}

func regexpBareAlternatives(p *pass, _ *Comparison, v Value) {
	branches := topAlternatives(v.Text)
	if len(branches) < 2 {
		return
	}
	opens, closes := isAny(branches[0], true), isAny(branches[len(branches)-1], false)
	if !opens && !closes {
		return
	}
	for i, b := range branches {
		lacksStart := opens && !isAny(b, true)
		lacksEnd := closes && !isAny(b, false)
		if i > 0 && lacksStart || i < len(branches)-1 && lacksEnd {
			p.report(v.At, finding{
				message: fmt.Sprintf("the alternative `%s` must be the whole value, unlike the first or the last one", b),
				help:    "put the alternatives in parentheses: .*(a|b).*",
			})
			return
		}
	}
}

// topAlternatives splits an expression at the bars outside of parentheses.
func topAlternatives(pattern string) []string {
	marks, _ := scanRegexp(pattern)
	var branches []string
	start := 0
	for _, m := range marks {
		if m.c == '|' && m.top {
			branches = append(branches, pattern[start:m.at])
			start = m.at + 1
		}
	}
	return append(branches, pattern[start:])
}

// isAny tells whether a branch begins, or ends, with what fits any text.
func isAny(branch string, start bool) bool {
	for _, text := range []string{".*", "(.*)", ".+", "(.+)", "@"} {
		if start && strings.HasPrefix(branch, text) || !start && strings.HasSuffix(branch, text) {
			return true
		}
	}
	return false
}

var letterRange = regexp.MustCompile(`([a-z]-[a-z])|([A-Z]-[A-Z])`)

func regexpCaseRange(p *pass, c *Comparison, v Value) {
	if !c.IgnoreCase {
		return
	}
	_, classes := scanRegexp(v.Text)
	for _, class := range classes {
		lower, upper := false, false
		for _, m := range letterRange.FindAllStringSubmatch(class, -1) {
			lower, upper = lower || m[1] != "", upper || m[2] != ""
		}
		if lower == upper || strings.HasPrefix(class, "^") {
			continue
		}
		at := strings.Index(v.Text, "["+class)
		p.report(p.inside(v, at, at+len(class)+2), finding{
			message: fmt.Sprintf("the range in `[%s]` stays case-sensitive, although `%s` ignores case", class, c.Spelled),
			help:    "write both: [a-zA-Z]",
		})
		return
	}
}

func regexpWithoutNeed(p *pass, _ *Comparison, v Value) {
	body := strings.TrimSuffix(strings.TrimPrefix(v.Text, ".*"), ".*")
	if strings.ContainsAny(body, `.\[]()|*+?{}&@#~<>"`) || body == "" {
		return
	}
	if body == v.Text {
		p.report(v.At, finding{message: "the expression has no operator", help: "compare with =="})
		return
	}
	p.report(v.At, finding{message: "the expression says no more than a wildcard", help: "use like with `*`"})
}

// maxRegexp is index.max_regex_length.
const maxRegexp = 1000

func regexpTooLong(p *pass, _ *Comparison, v Value) {
	if n := utf8.RuneCountInString(v.Text); n > maxRegexp {
		p.report(v.At, finding{message: fmt.Sprintf("the expression has %d characters, and Elasticsearch takes at most %d", n, maxRegexp), help: "split it into several conditions joined by or"})
	}
}
