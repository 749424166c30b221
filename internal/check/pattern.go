package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func queryLanguages() []rule.Language { return rule.Languages() }

// patternChecks find wildcards that do nothing, and values that others make superfluous.
func patternChecks() []*Check {
	of := func(c Check, find func(p *pass, c *Comparison)) *Check {
		if c.Languages == nil {
			c.Languages = queryLanguages()
		}
		c.query = func(p *pass, q *query) {
			q.each(func(c *Comparison, _ event, _ bool) { find(p, c) })
		}
		return &c
	}
	return []*Check{
		of(Check{
			Name: "equality-wildcard", Set: Correctness, Level: diag.Error, Languages: []rule.Language{rule.EQL, rule.ESQL},
			Reason: "==, != and in compare with whole values: * and ? are ordinary characters there",
			Avoid:  `process.name == "python*"`, Prefer: `process.name : "python*"`,
		}, equalityWildcard),
		of(Check{
			Name: "sql-wildcard", Set: Correctness, Level: diag.Error, Languages: []rule.Language{rule.EQL, rule.ESQL},
			Reason: "% is an ordinary character in like; the wildcards are * and ?",
			Avoid:  `process.command_line like "%/tmp/%"`, Prefer: `process.command_line like "*/tmp/*"`,
		}, sqlWildcard),
		of(Check{
			Name: "like-without-wildcard", Set: Style, Level: Off, Languages: []rule.Language{rule.EQL, rule.ESQL},
			Reason: "like without a wildcard is plain equality, and reads as if it searched within the value",
			Avoid:  `process.name like "cmd.exe"`, Prefer: `process.name == "cmd.exe"`,
		}, likeWithoutWildcard),
		of(Check{
			Name: "leading-wildcard", Set: Performance, Level: Off,
			Reason: "a pattern that begins with * makes Elasticsearch look at every value of the field",
			Avoid:  `process.command_line : "*mimikatz"`, Prefer: `process.name : "mimikatz*"`,
		}, leadingWildcard),
		of(Check{
			Name: "duplicate-value", Set: Suspicious, Level: diag.Warning,
			Reason: "a value that stands twice in a list was probably meant to be another one",
			Avoid:  `process.name : ("cmd.exe", "CMD.exe")`, Prefer: `process.name : ("cmd.exe", "powershell.exe")`,
		}, duplicateValue),
		of(Check{
			Name: "subsumed-value", Set: Suspicious, Level: diag.Warning,
			Reason: "a value that a pattern of the same list covers adds nothing, and hides how wide the pattern is",
			Avoid:  `process.name : ("python*", "python3")`, Prefer: `process.name : "python*"`,
		}, subsumedValue),
	}
}

// wildcardWord is a value that only makes sense with a wildcard: letters or digits beside one.
var wildcardWord = regexp.MustCompile(`[\pL\d]{2,}`)

func equalityWildcard(p *pass, c *Comparison) {
	if c.Operator != Equal {
		return
	}
	for _, v := range c.Values {
		if v.Kind != Text || !looksWild(v.Text) {
			continue
		}
		help := "use `:`, or `like` for a case-sensitive pattern"
		if p.at.language == rule.ESQL {
			help = "use LIKE"
		}
		p.report(v.At, finding{message: fmt.Sprintf("`%s` compares with the whole value, in which `*` is an ordinary character", c.Spelled), help: help})
	}
}

// looksWild tells whether a value was written as a pattern: it begins or ends with a star and holds a word. A share is written
// \\*\NAME in the events of Windows, and a lone star stands for itself.
func looksWild(text string) bool {
	trimmed := strings.Trim(text, "*")
	return trimmed != text && !strings.Contains(trimmed, " ") && wildcardWord.MatchString(text) && !strings.HasPrefix(text, `\\*\`)
}

// variable is a name between percent signs, as Windows writes variables, or a byte of a URL.
var variable = regexp.MustCompile(`(?i)%[a-z_][a-z0-9_() ]*%|%[0-9a-f]{2}|%[a-z]\b|%%`)

func sqlWildcard(p *pass, c *Comparison) {
	if c.Operator != Like && c.Operator != Match {
		return
	}
	for _, v := range c.Values {
		rest := variable.ReplaceAllString(v.Text, "")
		if strings.HasPrefix(rest, "%") || strings.HasSuffix(rest, "%") && !strings.HasSuffix(rest, "*%") && v.Wildcard == nil {
			p.report(v.At, finding{message: fmt.Sprintf("`%%` is an ordinary character in `%s`", c.Spelled), help: "write * for any text and ? for one character"})
		}
	}
}

func likeWithoutWildcard(p *pass, c *Comparison) {
	if c.Operator != Like {
		return
	}
	for _, v := range c.Values {
		if v.Wildcard != nil {
			return
		}
	}
	if len(c.Values) > 0 {
		p.report(c.At, finding{message: fmt.Sprintf("no value of this `%s` has a wildcard", c.Spelled), help: "use ==, in, or : for equality that ignores case"})
	}
}

func leadingWildcard(p *pass, c *Comparison) {
	for _, v := range c.Values {
		if v.Wildcard != nil && strings.HasPrefix(v.Wildcard.String(), "*") {
			p.report(v.At, finding{message: fmt.Sprintf("the pattern of `%s` begins with `*`", c.Field), help: "search a field that holds the end alone, such as file.extension or process.name, or one of type wildcard"})
			return
		}
	}
}

func duplicateValue(p *pass, c *Comparison) {
	if len(c.Values) < 2 {
		return
	}
	seen := make(map[string]int, len(c.Values))
	for i, v := range c.Values {
		key := string(rune('0'+v.Kind)) + v.Text
		if c.IgnoreCase {
			key = match.Fold(key)
		}
		if v.Wildcard != nil {
			key = "*" + key
		}
		first, ok := seen[key]
		if !ok {
			seen[key] = i
			continue
		}
		f := finding{message: fmt.Sprintf("`%s` stands twice in this list", p.at.slice(v.At))}
		if c.Values[first].Text != v.Text {
			f.message += fmt.Sprintf(": `%s` ignores case", c.Spelled)
		}
		if cut, ok := p.at.cutItem(c.Values, i); ok {
			f.fix = []diag.Edit{{Span: cut}}
		}
		p.report(v.At, f)
	}
}

// cutItem is what to delete so that an item and the comma or "or" before it go: nothing else stands between two items.
func (q *query) cutItem(values []Value, i int) (source.Span, bool) {
	if i == 0 {
		return source.Span{}, false
	}
	before, item := values[i-1].At, values[i].At
	between := strings.TrimSpace(q.text[before.End:item.Start])
	if between != "," && !strings.EqualFold(between, "or") {
		return source.Span{}, false
	}
	return source.Span{Start: before.End, End: item.End}, true
}

// maxCovering bounds the work of one list.
const maxCovering = 1 << 20

func subsumedValue(p *pass, c *Comparison) {
	var patterns []Value
	for _, v := range c.Values {
		if v.Wildcard != nil {
			patterns = append(patterns, v)
		}
	}
	if len(patterns) == 0 || len(c.Values) < 2 || len(patterns)*len(c.Values) > maxCovering {
		return
	}
	folded := make([]*match.Wildcard, len(patterns))
	for i, pattern := range patterns {
		folded[i] = pattern.Wildcard
		if c.IgnoreCase {
			folded[i] = pattern.Wildcard.Fold()
		}
	}
	for i, v := range c.Values {
		for j, pattern := range patterns {
			if v.At == pattern.At || !covers(folded[j], c, v) || c.equalText(v.Text, pattern.Text) {
				continue
			}
			f := finding{message: fmt.Sprintf("`%s` is covered by `%s` of the same list", p.at.slice(v.At), p.at.slice(pattern.At))}
			if cut, ok := p.at.cutItem(c.Values, i); ok {
				f.fix = []diag.Edit{{Span: cut}}
			}
			p.report(v.At, f)
			break
		}
	}
}

// covers tells whether every text that a value stands for fits a pattern. A pattern's own text fits only where its stars meet
// stars, which a text without stars and question marks stands in for.
func covers(wildcard *match.Wildcard, c *Comparison, v Value) bool {
	text := v.Text
	if c.IgnoreCase {
		text = match.Fold(text)
	}
	if v.Wildcard == nil {
		return wildcard.Match(text)
	}
	// Two stand-ins of different length that no pattern names: only a run of the covering pattern fits both.
	for _, standIn := range []string{"\x00", "\x00\x01\x00"} {
		one := strings.NewReplacer("*", standIn, "?", "\x00").Replace(text)
		if !wildcard.Match(one) {
			return false
		}
	}
	return wildcard.Match(strings.NewReplacer("*", "", "?", "\x00").Replace(text))
}
