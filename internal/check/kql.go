package check

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func kqlChecks() []*Check {
	return []*Check{
		{
			Name: "kql-question-mark", Scope: ScopeKQL, Level: Warning,
			Reason: "KQL has one wildcard, the star; a question mark is an ordinary character",
			Avoid:  `dns.question.name: cdn?.example.com`, Prefer: `dns.question.name: cdn*.example.com`,
			run: kqlQuestionMark,
		},
		{
			Name: "kql-escape-in-path", Scope: ScopeKQL, Level: Error,
			Reason: `in quotes \t, \r, \n and \u begin an escape, so a path with such a folder is another text`,
			Avoid:  `process.executable: "C:\temp\run.exe"`, Prefer: `process.executable: "C:\\temp\\run.exe"`,
			run: kqlEscapeInPath,
		},
		{
			Name: "kql-quoted-star", Scope: ScopeKQL, Level: Warning,
			Reason: "a star in quotes is an ordinary character and no wildcard",
			Avoid:  `process.name: "python*"`, Prefer: `process.name: python*`,
			run: kqlQuotedStar,
		},
		{
			Name: "kql-value-with-keyword", Scope: ScopeKQL, Level: Warning,
			Reason: "an unquoted value reaches over spaces: `a:x y` is one value, and a missing `or` or field makes one of two",
			Avoid:  `event.code: 4624 4625`, Prefer: `event.code: (4624 or 4625)`,
			run: kqlSpaceInValue,
		},
		{
			Name: "kql-wildcard-splits", Scope: ScopeKQL, Level: Warning,
			Reason: "outside of keyword fields a pattern with a space is searched as two patterns of which one is enough",
			Avoid:  `process.command_line: *foo bar*`, Prefer: `process.command_line: (*foo* and *bar*)`,
			run: kqlWildcardSplits,
		},
		{
			Name: "kql-mixed-and-or", Scope: ScopeKQL, Level: Info,
			Reason: "`and` binds tighter than `or`; parentheses say what was meant",
			Avoid:  `a: 1 or b: 2 and c: 3`, Prefer: `a: 1 or (b: 2 and c: 3)`,
			run: kqlMixedAndOr,
		},
		{
			Name: "kql-range-on-text", Scope: ScopeKQL, Level: Error,
			Reason: "a keyword is compared character by character in a range: \"9\" is above \"10\", and a block of addresses is a text",
			Avoid:  `event.code > 4700`, Prefer: `a field of a number type, or the values themselves`,
			run: kqlRangeOnText,
		},
		{
			Name: "kql-field-wildcard", Scope: ScopeKQL, Level: Info,
			Reason: "a star in a field's name stands for every mapped field that fits, of whatever type, and for more with each new integration",
			Avoid:  `file.hash.*: abc`, Prefer: `file.hash.sha256: abc`,
			run: kqlFieldWildcard,
		},
	}
}

// literals visits every value of the query with its field.
func (s *subject) literals(visit func(c comparison, v operand)) {
	if s.kql == nil {
		return
	}
	for _, c := range s.comparisons() {
		for _, v := range c.values {
			visit(c, v)
		}
	}
}

func kqlQuestionMark(s *subject) {
	s.literals(func(_ comparison, v operand) {
		if !v.quoted && strings.Contains(v.text, "?") {
			at := source.Span{Start: v.at.Start + strings.Index(s.text(v.at), "?")}
			at.End = at.Start + 1
			s.report(at, "`?` is no wildcard in KQL: only a value with a question mark matches", "use * for any characters; put the value in quotes if the question mark is meant")
		}
	})
}

func kqlEscapeInPath(s *subject) {
	s.literals(func(_ comparison, v operand) {
		if !v.quoted {
			return
		}
		text := s.text(v.at)
		if !strings.ContainsAny(v.text, "\t\r\n") {
			return
		}
		for i := 0; i+1 < len(text); i++ {
			if text[i] != '\\' {
				continue
			}
			if strings.IndexByte("trn", text[i+1]) >= 0 && looksLikePath(text) {
				at := source.Span{Start: v.at.Start + i, End: v.at.Start + i + 2}
				s.report(at, fmt.Sprintf("%s in quotes is %s, not a folder that begins with %s", text[i:i+2], control(text[i+1]), text[i+1:i+2]), `double the backslashes of the path: \\`+text[i+1:i+2])
			}
			i++
		}
	})
}

// looksLikePath tells whether a quoted value holds a Windows path: a backslash before something that is no escape.
func looksLikePath(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '\\' {
			if strings.IndexByte(`trnu"`, text[i+1]) < 0 || i > 0 && text[i-1] == ':' {
				return true
			}
			i++
		}
	}
	return false
}

func control(letter byte) string {
	switch letter {
	case 't':
		return "a tab"
	case 'r':
		return "a carriage return"
	}
	return "a line feed"
}

func kqlQuotedStar(s *subject) {
	s.literals(func(_ comparison, v operand) {
		// A lone star in quotes is meant: access rules and policies hold it.
		if v.quoted && strings.Contains(v.text, "*") && v.text != "*" && strings.Contains(strings.TrimPrefix(v.text, anyHost), "*") {
			s.report(v.at, "the star stands in quotes, where it is no wildcard", "take the quotes away, and escape spaces and \\ ( ) : < > \" { } with a backslash")
		}
	})
}

func kqlSpaceInValue(s *subject) {
	s.literals(func(c comparison, v operand) {
		text := s.text(v.at)
		if v.quoted || c.operator != ":" || !strings.Contains(strings.TrimSpace(text), " ") || strings.Contains(v.text, "*") || strings.Contains(text, `\ `) {
			return
		}
		s.report(v.at, fmt.Sprintf("`%s` is one value with a space in it", text), "put it in quotes if that is meant, or join two values with `or` in parentheses")
	})
}

func kqlWildcardSplits(s *subject) {
	s.literals(func(c comparison, v operand) {
		if v.quoted || !strings.Contains(v.text, "*") || !strings.ContainsAny(v.text, " \t") {
			return
		}
		m, ok := s.schema.Lookup(c.field)
		if ok && m.Type != field.Keyword {
			s.report(v.at, fmt.Sprintf("%s is of type %s: this is searched as several patterns, and one of them is enough", c.field, m.Type), "write a pattern for each word and join them with `and`")
		}
	})
}

func kqlMixedAndOr(s *subject) {
	if s.kql == nil || s.kql.Root == nil {
		return
	}
	kql.Walk(s.kql.Root, func(n kql.Node) bool {
		or, ok := n.(*kql.Or)
		if !ok {
			return true
		}
		for _, part := range or.Parts {
			if and, ok := part.(*kql.And); ok && !s.parenthesised(and.At) {
				s.report(and.At, "`and` and `or` stand side by side without parentheses: `and` binds tighter", "put this part in parentheses, or the `or`, whichever is meant")
			}
		}
		return true
	})
}

// parenthesised tells whether a part of the query stands in parentheses of its own.
func (s *subject) parenthesised(at source.Span) bool {
	text := s.view.Text()
	if at.Len() > 0 && text[at.Start] == '(' && text[at.End-1] == ')' && balanced(text[at.Start+1:at.End-1]) {
		return true
	}
	before := strings.TrimRight(text[:at.Start], " \t\r\n")
	after := strings.TrimLeft(text[at.End:], " \t\r\n")
	return strings.HasSuffix(before, "(") && strings.HasPrefix(after, ")")
}

// balanced tells whether no parenthesis of a text closes one before it.
func balanced(text string) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
			if depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}

func kqlRangeOnText(s *subject) {
	if s.kql == nil {
		return
	}
	for _, c := range s.comparisons() {
		if c.operator == ":" || len(c.values) != 1 {
			continue
		}
		m, ok := s.schema.Lookup(c.field)
		if ok && m.Type.IsKeyword() && m.Type != field.Version && isNumber(c.values[0].text) {
			s.report(c.at, fmt.Sprintf("%s is of type %s: `%s` compares characters, not numbers", c.field, m.Type, c.operator), "list the values, or ask a field of a number type")
		}
	}
}

func isNumber(text string) bool {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return text != "" && text != "." && text != "-"
}

func kqlFieldWildcard(s *subject) {
	if s.kql == nil {
		return
	}
	for _, c := range s.comparisons() {
		if strings.Contains(c.field, "*") && c.field != "*" {
			s.report(c.fieldAt, fmt.Sprintf("%s stands for all fields that fit, of any type", c.field), "name the fields that are meant")
		}
	}
}
