package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// The findings about comments that silence others.
const (
	badIgnore    = "ignore-comment"
	unusedIgnore = "unused-ignore"
	mark         = "tocsin: ignore"
)

// comments are the checks of the comments themselves.
func comments() []*Check {
	return []*Check{
		{
			Name: badIgnore, Set: Correctness, Level: diag.Error,
			Reason: "a comment that silences a finding names a check that exists, and says why",
			Avoid:  "# tocsin: ignore kql-questionmark", Prefer: "# tocsin: ignore kql-question-mark -- the API writes it literally",
		},
		{
			Name: unusedIgnore, Set: Suspicious, Level: diag.Warning,
			Reason: "a comment that silences nothing hides the next finding, and tells the reader of a fault that is gone",
		},
	}
}

// comment is one "# tocsin: ignore NAME, NAME -- reason" of a file, or its form within an EQL or ES|QL query, after "//".
type comment struct {
	// at is the comment itself, scope what it speaks of; all is set for one at the top of a file, which speaks of everything.
	at    source.Span
	scope []source.Span
	all   bool
	// inQuery tells that it stands within a query.
	inQuery bool
	reason  string
	names   []name
}

type name struct {
	text string
	at   source.Span
	used bool
}

// Settle gives the findings of one file the levels of the suite, takes out those that are off and those that a comment silences,
// and adds what is wrong with the comments. The document is nil for a file that could not be read.
func (s *Suite) Settle(doc *tomltext.Document, list diag.List) diag.List {
	var ignores []*comment
	if doc != nil {
		ignores = findComments(doc)
	}
	var kept diag.List
	for _, d := range list {
		if c, ok := s.known[d.Name]; ok && !c.Fixed() {
			d.Severity = s.levels[d.Name]
			if d.Severity == Off || silenced(ignores, d) {
				continue
			}
		}
		kept = append(kept, d)
	}
	for _, c := range ignores {
		kept = append(kept, s.judge(doc, c)...)
	}
	kept.Sort()
	return kept
}

func silenced(ignores []*comment, d diag.Diagnostic) bool {
	found := false
	for _, c := range ignores {
		for i := range c.names {
			if c.names[i].text == d.Name && c.covers(d.Subject) {
				c.names[i].used, found = true, true
			}
		}
	}
	return found
}

// covers tells whether the comment speaks of a place. A place without a span is a whole file.
func (c *comment) covers(p diag.Place) bool {
	if c.all {
		return true
	}
	return p.HasSpan() && slices.ContainsFunc(c.scope, func(s source.Span) bool { return s.Start <= p.Span.Start && p.Span.Start < s.End })
}

// judge reports what is wrong with a comment.
func (s *Suite) judge(doc *tomltext.Document, c *comment) diag.List {
	var list diag.List
	add := func(check string, at source.Span, message, help string, fix []diag.Edit) {
		if level := s.levels[check]; level != Off {
			list = append(list, diag.Diagnostic{Name: check, Severity: level, Message: message, Help: help, Subject: doc.Place(at), Fix: fix})
		}
	}
	if len(c.names) == 0 {
		add(badIgnore, c.at, "the comment names no check", "write # tocsin: ignore NAME -- reason", nil)
	}
	for _, n := range c.names {
		known, ok := s.known[n.text]
		switch {
		case !ok:
			add(badIgnore, n.at, fmt.Sprintf("there is no check `%s`", n.text), s.suggestion(n.text), nil)
		case known.Fixed():
			add(badIgnore, n.at, fmt.Sprintf("`%s` cannot be silenced: what it finds, Kibana refuses", n.text), "", nil)
		case !n.used && s.levels[n.text] != Off:
			add(unusedIgnore, n.at, fmt.Sprintf("`%s` finds nothing here", n.text), "remove the comment", c.removal(doc.File.Text()))
		}
	}
	if c.reason == "" && len(c.names) > 0 {
		add(badIgnore, c.at, "the comment does not say why", "add -- and the reason", nil)
	}
	return list
}

// removal deletes a comment that names one check: with its line when it stands alone.
func (c *comment) removal(text string) []diag.Edit {
	if len(c.names) != 1 {
		return nil
	}
	span := c.at
	start := strings.LastIndexByte(text[:span.Start], '\n') + 1
	if strings.TrimSpace(text[start:span.Start]) == "" && span.End < len(text) {
		return []diag.Edit{{Span: source.Span{Start: start, End: span.End + 1}}}
	}
	for span.Start > start && (text[span.Start-1] == ' ' || text[span.Start-1] == '\t') {
		span.Start--
	}
	return []diag.Edit{{Span: span}}
}

// findComments finds the comments of a file, in the order of the text.
func findComments(doc *tomltext.Document) []*comment {
	text := doc.File.Text()
	if !strings.Contains(text, mark) {
		return nil
	}
	leaves := leavesOf(doc)
	var found []*comment
	for from := 0; ; {
		i := strings.Index(text[from:], mark)
		if i < 0 {
			return found
		}
		i += from
		from = i + len(mark)
		if c, ok := newComment(text, i, leaves); ok {
			found = append(found, c)
		}
	}
}

// leavesOf are the keys and values of a file that are no tables, by place.
func leavesOf(doc *tomltext.Document) []*tomltext.Node {
	var all []*tomltext.Node
	var walk func(n *tomltext.Node)
	walk = func(n *tomltext.Node) {
		if n.Kind != tomltext.Table {
			all = append(all, n)
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(doc.Root)
	slices.SortFunc(all, func(a, b *tomltext.Node) int { return cmp.Compare(a.Value.Start, b.Value.Start) })
	return all
}

func newComment(text string, at int, leaves []*tomltext.Node) (*comment, bool) {
	line := lineAround(text, at)
	opening := strings.TrimRight(text[line.Start:at], " \t")
	c := &comment{inQuery: insideString(at, leaves)}
	width := 1
	if c.inQuery {
		width = 2
	}
	switch {
	case c.inQuery && !strings.HasSuffix(opening, "//"), !c.inQuery && !strings.HasSuffix(opening, "#"):
		return nil, false
	}
	c.at = source.Span{Start: line.Start + len(opening) - width, End: line.End}
	c.read(text, at+len(mark))
	alone := strings.TrimSpace(text[line.Start:c.at.Start]) == ""
	target := line
	if alone {
		target = nextLine(text, line, c.inQuery)
	}
	c.scope = []source.Span{target}
	if c.inQuery {
		return c, true
	}
	c.all = alone && (len(leaves) == 0 || at < leaves[0].Key.Start) && strings.TrimSpace(withoutComments(text[:line.Start])) == ""
	for _, n := range leaves {
		begins := n.Key.Start >= target.Start && n.Key.Start < target.End
		ends := !alone && n.Kind == tomltext.String && n.Value.End > target.Start && n.Value.Start < target.End
		if begins || ends {
			c.scope = append(c.scope, source.Span{Start: n.Key.Start, End: n.Value.End})
		}
	}
	return c, true
}

// read reads names and reason.
func (c *comment) read(text string, at int) {
	rest := strings.TrimRight(text[at:c.at.End], " \t\r")
	c.at.End = at + len(rest)
	list, reason, _ := strings.Cut(rest, "--")
	c.reason = strings.TrimSpace(reason)
	for i := 0; i < len(list); {
		if strings.IndexByte(" \t,", list[i]) >= 0 {
			i++
			continue
		}
		end := i
		for end < len(list) && strings.IndexByte(" \t,", list[end]) < 0 {
			end++
		}
		c.names = append(c.names, name{text: list[i:end], at: source.Span{Start: at + i, End: at + end}})
		i = end
	}
}

func insideString(at int, leaves []*tomltext.Node) bool {
	return slices.ContainsFunc(leaves, func(n *tomltext.Node) bool {
		return n.Kind == tomltext.String && n.Value.Start <= at && at < n.Value.End
	})
}

func lineAround(text string, at int) source.Span {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	end := strings.IndexByte(text[at:], '\n')
	if end < 0 {
		return source.Span{Start: start, End: len(text)}
	}
	return source.Span{Start: start, End: at + end}
}

// nextLine is the next line that is no comment and not blank.
func nextLine(text string, line source.Span, inQuery bool) source.Span {
	prefix := "#"
	if inQuery {
		prefix = "//"
	}
	for line.End < len(text) {
		line = lineAround(text, line.End+1)
		if content := strings.TrimSpace(text[line.Start:line.End]); content != "" && !strings.HasPrefix(content, prefix) {
			return line
		}
	}
	return line
}

func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}
