// Package tomltext reads a TOML text and keeps where each key and value of it stands.
//
// A scanner of this package finds the places, the strings, and what is wrong with the text's structure; it stops texts that
// are too large or too deeply nested. What a number or a date is worth, BurntSushi/toml decides. It is also the measure
// for everything else: the fuzz test holds each tree of values against the one that it decodes.
//
// Begin with [Parse]. [Document.Find] gives the [Node] at a path; [Node.View] lets a place inside a string, such
// as a query, be told as a place of the file.
package tomltext

import (
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// The limits of a text. A rule has a few kilobytes and is nested six levels deep.
const (
	MaxSize  = 8 << 20
	MaxDepth = 100
	// MaxNodes is the number of keys and values: each takes far more room than it is long.
	MaxNodes = 1 << 18
	// MaxParts is the number of parts of a dotted key or a header.
	MaxParts = 32
)

// The names of the findings.
const (
	// TooLarge is a text of more than MaxSize bytes or MaxNodes values, nested more than MaxDepth levels deep, or with a key of
	// more than MaxParts parts.
	TooLarge = "toml-limit"
	// NotText is a text that is not UTF-8, or holds NUL bytes.
	NotText = "not-text"
	// Syntax is everything that the TOML specification does not allow, keys defined twice included.
	Syntax = "toml-syntax"
)

// Document is a TOML text that was read. It is immutable and safe for concurrent use.
type Document struct {
	File *source.File
	// Tree holds the values, of the types that BurntSushi/toml decodes to: map[string]any for tables, []map[string]any for
	// arrays of tables, []any for other arrays, string, int64, float64, bool, and time.Time for the four kinds of
	// dates and times.
	Tree map[string]any
	// Root is the table that holds everything.
	Root *Node
}

// Parse reads a file. The document is nil when the text is no TOML; the findings then say why, and where.
// A byte order mark at the start is accepted, and so is TOML 1.1, of which a warning tells.
func Parse(file *source.File) (*Document, diag.List) {
	if d, bad := checkText(file); bad {
		return nil, diag.List{d}
	}
	doc := &Document{File: file}
	scan := newScanner(doc)
	if !scan.document() {
		return nil, diag.List{scan.diagnostic()}
	}
	tree, d, ok := decode(scan.root)
	if !ok {
		return nil, diag.List{d}
	}
	doc.Tree, doc.Root = tree, scan.root
	return doc, scan.told
}

// Find gives the node at a path of keys; an item of an array is named by its index, counted from "0".
func (d *Document) Find(path ...string) (*Node, bool) {
	node := d.Root
	for _, name := range path {
		next, ok := node.Child(name)
		if !ok {
			return nil, false
		}
		node = next
	}
	return node, true
}

// Nearest gives the node at the longest prefix of a path that exists, and the length of that prefix.
func (d *Document) Nearest(path ...string) (*Node, int) {
	node := d.Root
	for i, name := range path {
		next, ok := node.Child(name)
		if !ok {
			return node, i
		}
		node = next
	}
	return node, len(path)
}

// Place gives a span of the document as a place for a diagnostic.
func (d *Document) Place(span source.Span) diag.Place {
	return diag.Place{File: d.File, Span: span}
}

// Child gives the entry of a table by its name, or the item of an array by its index.
func (n *Node) Child(name string) (*Node, bool) {
	switch n.Kind {
	case Table:
		child := n.lookup(name)
		return child, child != nil
	case Array:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(n.Children) {
			return nil, false
		}
		return n.Children[i], true
	}
	return nil, false
}

// KeyPlace is the place of the key at a path, or of what is closest around it.
func (d *Document) KeyPlace(path ...string) diag.Place {
	return d.closest(path, func(n *Node) source.Span { return n.Key })
}

// ValuePlace is the place of the value at a path, or of what is closest around it.
func (d *Document) ValuePlace(path ...string) diag.Place {
	return d.closest(path, func(n *Node) source.Span { return n.Value })
}

func (d *Document) closest(path []string, span func(*Node) source.Span) diag.Place {
	node, depth := d.Nearest(path...)
	switch {
	case depth == 0:
		return d.Place(diag.NoSpan)
	case depth < len(path):
		return d.Place(node.Value)
	}
	return d.Place(span(node))
}
