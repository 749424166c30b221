package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// replaceEntry puts another technique in the place of a revoked one. It gives nil where that takes a person: when the other one
// belongs elsewhere, stands there already, or when something stands below the revoked one.
func (p *pass) replaceEntry(t threat, next *attack.Entry) []diag.Edit {
	if next.Kind == attack.Tactic || t.entry.Kind == attack.Tactic || p.namesNear(t, next.ID) || p.has(t, "subtechnique") {
		return nil
	}
	parent, _ := p.Attack.Lookup(next.Parent())
	switch {
	case next.Kind == attack.Subtechnique && t.entry.Kind == attack.Subtechnique && next.Parent() == t.above:
		return p.rewrite(t, next)
	case next.Kind == attack.Technique && t.entry.Kind == attack.Technique && slices.Contains(next.Tactics, t.above):
		return p.rewrite(t, next)
	case next.Kind == attack.Subtechnique && t.entry.Kind == attack.Technique && parent != nil && slices.Contains(parent.Tactics, t.above) && !p.namesNear(t, parent.ID):
		return p.rewriteBelow(t, parent, next)
	}
	return nil
}

// namesNear tells whether the same tactic of the rule names an id already.
func (p *pass) namesNear(t threat, id string) bool {
	near := false
	p.threats(func(_ *pass, other threat) {
		near = near || other.id == id && len(other.path) > 2 && other.path[2] == t.path[2]
	})
	return near
}

func (p *pass) has(t threat, key string) bool {
	doc := p.Rule.Doc()
	if doc == nil {
		return false
	}
	_, ok := doc.Find(t.at(key)...)
	return ok
}

// rewrite changes id, name and address to those of another entry.
func (p *pass) rewrite(t threat, to *attack.Entry) []diag.Edit {
	edits := p.setText(t, "id", to.ID)
	if edits == nil {
		return nil
	}
	for _, field := range [][2]string{{"name", to.Name}, {"reference", to.URL()}} {
		if !p.has(t, field[0]) {
			continue
		}
		more := p.setText(t, field[0], field[1])
		if more == nil {
			return nil
		}
		edits = append(edits, more...)
	}
	return edits
}

// rewriteBelow changes an entry to the parent of a subtechnique, and adds that below it.
func (p *pass) rewriteBelow(t threat, parent, sub *attack.Entry) []diag.Edit {
	edits := p.rewrite(t, parent)
	if edits == nil {
		return nil
	}
	text := p.Rule.Doc().File.Text()
	node, ok := p.Rule.Doc().Find(t.path...)
	if !ok || !strings.HasPrefix(text[node.Value.Start:], "[[") {
		return nil // An inline table, or one that a dotted key makes.
	}
	last := node.Value.End
	for _, child := range node.Children {
		last = max(last, child.Value.End)
	}
	end := len(text)
	if i := strings.IndexByte(text[last:], '\n'); i >= 0 {
		end = last + i
	}
	added := fmt.Sprintf("\n[[rule.threat.technique.subtechnique]]\nid = %q\nname = %q\nreference = %q", sub.ID, sub.Name, sub.URL())
	return append(edits, diag.Edit{Span: source.Span{Start: end, End: end}, Text: added})
}

// setText changes a text of the rule, quotes included; nil when it is not a plain one.
func (p *pass) setText(t threat, key, value string) []diag.Edit {
	doc := p.Rule.Doc()
	if doc == nil || strings.ContainsAny(value, "\"\\") || strings.ContainsFunc(value, unicode.IsControl) {
		return nil
	}
	node, ok := doc.Find(t.at(key)...)
	if !ok || node.Kind != tomltext.String {
		return nil
	}
	return []diag.Edit{{Span: node.Value, Text: `"` + value + `"`}}
}
