package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// comment is a remark "tocsin: ignore NAME -- reason" in a rule's file: behind "#" in the TOML, or behind "//" in a query.
type comment struct {
	name, reason string
	nameAt       source.Span
	// covers is what the remark is about.
	covers source.Span
	used   bool
}

func remark() *regexp.Regexp {
	return regexp.MustCompile(`(#|//)[ \t]*tocsin:[ \t]*ignore[ \t]+([^\s]+)(?:[ \t]+--[ \t]*([^\r\n]*))?`)
}

// Silence takes out of the findings of one file those that a remark in the file allows. A remark without a reason, one
// that allows nothing, and one for an unknown check are findings themselves.
func Silence(doc *tomltext.Document, found diag.List) diag.List {
	if !strings.Contains(doc.File.Text(), "tocsin:") {
		return found
	}
	comments, problems := comments(doc)
	kept := slices.DeleteFunc(slices.Clone(found), func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(comments, func(c *comment) bool { return c.allows(d) })
	})
	for _, c := range comments {
		if !c.used {
			problems = append(problems, diag.Diagnostic{
				Name: "unused-ignore", Severity: diag.Warning, Message: fmt.Sprintf("there is no finding of %s to ignore here", c.name),
				Help: "remove the comment", Subject: doc.Place(c.nameAt),
			})
		}
	}
	return append(kept, problems...)
}

// allows tells whether the remark is about a finding.
func (c *comment) allows(d diag.Diagnostic) bool {
	at := d.Subject.Span
	if d.Name != c.name || d.Severity == diag.Error && isBuiltIn(d.Name) || at.Start < c.covers.Start || at.Start >= c.covers.End {
		return false
	}
	c.used = true
	return true
}

func isBuiltIn(name string) bool {
	c, ok := ByName(name)
	return !ok || c.BuiltIn()
}

// comments reads the remarks of a file.
func comments(doc *tomltext.Document) ([]*comment, diag.List) {
	var list []*comment
	var problems diag.List
	text := doc.File.Text()
	values := leaves(doc.Root)
	for _, m := range remark().FindAllStringSubmatchIndex(text, -1) {
		c := &comment{name: text[m[4]:m[5]], nameAt: source.Span{Start: m[4], End: m[5]}}
		if m[6] >= 0 {
			c.reason = strings.TrimSpace(text[m[6]:m[7]])
		}
		inside := around(values, m[0])
		inQuery := text[m[2]:m[3]] == "//"
		if inQuery != (inside != nil) {
			continue // a "#" in a string, or a "//" outside of any, is no comment
		}
		if inQuery {
			c.covers = lineOf(text, m[0])
		} else {
			c.covers = below(doc, values, text, m[0])
		}
		if p := c.wrong(doc); p != nil {
			problems = append(problems, *p)
			continue
		}
		list = append(list, c)
	}
	return list, problems
}

// wrong tells what is wrong with the remark itself.
func (c *comment) wrong(doc *tomltext.Document) *diag.Diagnostic {
	_, known := ByName(c.name)
	switch {
	case !known:
		return &diag.Diagnostic{
			Name: "unknown-check", Severity: diag.Error, Message: fmt.Sprintf("there is no check %q", c.name),
			Help: orElse(diag.DidYouMean(c.name, Names()), "tocsin check --list tells all"), Subject: doc.Place(c.nameAt),
		}
	case c.reason == "":
		return &diag.Diagnostic{
			Name: "ignore-without-reason", Severity: diag.Warning, Message: fmt.Sprintf("nothing says why %s is ignored here", c.name),
			Help: fmt.Sprintf("write the reason: tocsin: ignore %s -- because ...", c.name), Subject: doc.Place(c.nameAt),
		}
	}
	return nil
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// leaves are the values that are no tables, in the order of the text.
func leaves(n *tomltext.Node) []*tomltext.Node {
	if n.Kind != tomltext.Table && n.Kind != tomltext.Array {
		return []*tomltext.Node{n}
	}
	var list []*tomltext.Node
	for _, child := range n.Children {
		list = append(list, leaves(child)...)
	}
	slices.SortFunc(list, func(a, b *tomltext.Node) int { return a.Value.Start - b.Value.Start })
	return list
}

// around is the value that an offset lies in, or nil.
func around(values []*tomltext.Node, at int) *tomltext.Node {
	for _, v := range values {
		if v.Value.Start <= at && at < v.Value.End {
			return v
		}
	}
	return nil
}

// lineOf is the line that a remark in a query is about: its own, or the next when nothing else stands on its own.
func lineOf(text string, at int) source.Span {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	if strings.TrimSpace(text[start:at]) == "" {
		if next := strings.IndexByte(text[at:], '\n'); next >= 0 {
			start = at + next + 1
		}
	}
	end := strings.IndexByte(text[start:], '\n')
	if end < 0 {
		return source.Span{Start: start, End: len(text)}
	}
	return source.Span{Start: start, End: start + end}
}

// below is what a remark in the TOML is about: the value that begins on its line, else the one that follows, with all its
// items.
func below(doc *tomltext.Document, values []*tomltext.Node, text string, at int) source.Span {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	for _, v := range values {
		if v.Value.End > start && v.Value.Start < at {
			return entryOf(doc.Root, v)
		}
	}
	for _, v := range values {
		if v.Value.Start > at {
			return entryOf(doc.Root, v)
		}
	}
	return source.Span{}
}

// entryOf is the whole entry of a table that a value belongs to: an array with all its items.
func entryOf(root *tomltext.Node, leaf *tomltext.Node) source.Span {
	for _, child := range root.Children {
		switch {
		case child == leaf:
			return child.Value
		case child.Kind == tomltext.Array && child.Value.Start <= leaf.Value.Start && leaf.Value.End <= child.Value.End:
			return child.Value
		case child.Kind == tomltext.Table || child.Kind == tomltext.Array:
			if span := entryOf(child, leaf); span.Len() > 0 {
				return span
			}
		}
	}
	return source.Span{}
}
