package tomltext

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// decode gives the values of the nodes. Strings and tables, of which rules are made, come from the scanner's places; numbers and
// dates beyond a plain decimal number are judged by the decoder, so that there is one verdict on what a date is. FuzzParse holds
// the whole tree against the decoder's.
func decode(root *Node) (map[string]any, diag.Diagnostic, bool) {
	b := treeBuilder{text: root.doc.File.Text(), doc: root.doc}
	b.collect(root)
	if !b.judge() {
		return nil, b.fail, false
	}
	return b.table(root), diag.Diagnostic{}, true
}

// treeBuilder makes values of nodes.
type treeBuilder struct {
	text string
	doc  *Document
	// hard are the nodes whose values the decoder gives, in the order of a walk, and values what it gave.
	hard   []*Node
	values []any
	fail   diag.Diagnostic
}

func (b *treeBuilder) raw(n *Node) string { return b.text[n.Value.Start:n.Value.End] }

func (b *treeBuilder) collect(n *Node) {
	switch n.Kind {
	case Table, Array:
		for _, child := range n.Children {
			b.collect(child)
		}
	case Integer, Float, Datetime:
		if n.Kind != Integer || !plainNumber(b.raw(n)) {
			b.hard = append(b.hard, n)
		}
	}
}

// plainNumber tells whether a number is decimal digits alone, so few that it is in range.
func plainNumber(raw string) bool {
	if len(raw) > 18 || raw[0] == '0' && len(raw) > 1 {
		return false
	}
	for i := range len(raw) {
		if !isDigit(raw[i]) {
			return false
		}
	}
	return true
}

// judge lets the decoder give the values of the hard nodes. What may fail are single values, such as a number out of range or a
// date that does not exist.
func (b *treeBuilder) judge() bool {
	if len(b.hard) == 0 {
		return true
	}
	var list strings.Builder
	list.WriteString("v = [\n")
	for _, n := range b.hard {
		list.WriteString(b.raw(n) + ",\n")
	}
	values, err := decoded(list.String() + "]\n")
	if err == nil {
		b.values, _ = values.([]any)
		return true
	}
	from := 0
	if parse, ok := errors.AsType[toml.ParseError](err); ok {
		from = max(0, min(parse.Position.Line-2, len(b.hard)-1))
	}
	for _, n := range b.hard[from:] {
		if _, err := decoded(lone + b.raw(n)); err != nil {
			b.fail = b.failure(n, err)
			return false
		}
	}
	b.fail = b.failure(b.hard[from], err)
	return false
}

// lone is what stands before a value that is decoded alone.
const lone = "v = "

// decoded gives the value of v in a text.
func decoded(text string) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the value cannot be decoded: %v", r)
		}
	}()
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		return nil, err
	}
	return tree["v"], nil
}

// failure is the decoder's verdict on one node.
func (b *treeBuilder) failure(n *Node, err error) diag.Diagnostic {
	d := diag.Diagnostic{Name: Syntax, Severity: diag.Error, Message: err.Error(), Subject: b.doc.Place(n.Value)}
	parse, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return d
	}
	d.Message, d.Help = plainMessage(parse.Message), parse.Usage
	start := max(n.Value.Start, min(n.Value.Start+parse.Position.Start-len(lone), n.Value.End))
	d.Subject.Span = source.Span{Start: start, End: min(start+max(parse.Position.Len, 1), len(b.text))}
	return d
}

// plainMessage brings a message of the decoder into the form of the others: lower case, no full stop.
func plainMessage(message string) string {
	message = strings.TrimSuffix(message, ".")
	if message == "" {
		return "the value cannot be decoded"
	}
	return strings.ToLower(message[:1]) + message[1:]
}

func (b *treeBuilder) table(n *Node) map[string]any {
	table := make(map[string]any, len(n.Children))
	for _, child := range n.Children {
		table[child.Name] = b.value(child)
	}
	return table
}

// value is called for the nodes in the order in which collect saw them.
func (b *treeBuilder) value(n *Node) any {
	switch n.Kind {
	case Table:
		return b.table(n)
	case Array:
		return b.array(n)
	case String:
		return newLiteral(b.text, n.Value).decode()
	case Bool:
		return b.text[n.Value.Start] == 't'
	case Integer:
		if raw := b.raw(n); plainNumber(raw) {
			number, _ := strconv.ParseInt(raw, 10, 64)
			return number
		}
	}
	value := b.values[0]
	b.values = b.values[1:]
	return value
}

func (b *treeBuilder) array(n *Node) any {
	if n.origin == fromHeaders {
		tables := make([]map[string]any, len(n.Children))
		for i, child := range n.Children {
			tables[i] = b.table(child)
		}
		return tables
	}
	items := make([]any, len(n.Children))
	for i, child := range n.Children {
		items[i] = b.value(child)
	}
	return items
}
