package tomltext

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// slabSize is the number of nodes that are allocated at once.
const slabSize = 64

// newNode makes a child of a table or an array.
func (s *scanner) newNode(parent *Node, part keyPart) (*Node, bool) {
	s.nodes++
	switch {
	case parent.depth >= MaxDepth:
		return nil, s.tooLarge(part, fmt.Sprintf("the file is nested more than %d levels deep", MaxDepth))
	case s.nodes > MaxNodes:
		return nil, s.tooLarge(part, fmt.Sprintf("the file has more than %d keys and values", MaxNodes))
	}
	if len(s.slab) == cap(s.slab) {
		s.slab = make([]Node, 0, slabSize)
	}
	s.slab = append(s.slab, Node{Name: part.name, Key: part.span, doc: s.doc, depth: parent.depth + 1})
	node := &s.slab[len(s.slab)-1]
	parent.add(node)
	return node, true
}

func (s *scanner) tooLarge(part keyPart, message string) bool {
	s.failAt(part.span, message, "")
	s.fail.Name = TooLarge
	return false
}

// newTable makes a child table that has no value of its own.
func (s *scanner) newTable(parent *Node, part keyPart, from origin, value source.Span) (*Node, bool) {
	node, ok := s.newNode(parent, part)
	if ok {
		node.Kind, node.origin, node.Value, node.section = Table, from, value, s.section
	}
	return node, ok
}

// openTable makes the table of a header, whose key was just read, the current one.
func (s *scanner) openTable(array bool, header source.Span) bool {
	s.opened++
	s.section = s.opened
	parent := s.root
	last := len(s.parts) - 1
	for _, part := range s.parts[:last] {
		next, ok := s.enter(parent, part)
		if !ok {
			return false
		}
		parent = next
	}
	node, ok := s.headerTable(parent, s.parts[last], array, header)
	s.table = node
	return ok
}

// enter gives the table that a part of a header other than the last stands for.
func (s *scanner) enter(parent *Node, part keyPart) (*Node, bool) {
	node := parent.lookup(part.name)
	switch {
	case node == nil:
		return s.newTable(parent, part, fromImplicit, part.span)
	case node.origin == fromHeaders:
		return node.Children[len(node.Children)-1], true
	case node.origin == fromValue:
		return nil, s.duplicate(part, node)
	}
	return node, true
}

func (s *scanner) headerTable(parent *Node, part keyPart, array bool, header source.Span) (*Node, bool) {
	node := parent.lookup(part.name)
	switch {
	case array && node == nil:
		list, ok := s.newNode(parent, part)
		if !ok {
			return nil, false
		}
		list.Kind, list.origin, list.Value = Array, fromHeaders, header
		return s.headerItem(list, part, header)
	case array && node.origin == fromHeaders:
		return s.headerItem(node, part, header)
	case !array && node == nil:
		return s.newTable(parent, part, fromHeader, header)
	case !array && node.origin == fromImplicit:
		node.origin, node.Key, node.Value, node.section = fromHeader, part.span, header, s.section
		return node, true
	}
	return nil, s.duplicate(part, node)
}

func (s *scanner) headerItem(list *Node, part keyPart, header source.Span) (*Node, bool) {
	return s.newTable(list, keyPart{span: part.span}, fromHeader, header)
}

// define makes the node of a key, which was just read, in a table. Dotted keys make the tables that they name;
// only keys of the same section may add to these.
func (s *scanner) define(table *Node) (*Node, bool) {
	last := len(s.parts) - 1
	for _, part := range s.parts[:last] {
		node := table.lookup(part.name)
		ok := true
		switch {
		case node == nil:
			node, ok = s.newTable(table, part, fromDotted, part.span)
		case node.origin == fromImplicit:
			node.origin, node.section = fromDotted, s.section
		case node.origin != fromDotted || node.section != s.section:
			ok = s.duplicate(part, node)
		}
		if !ok {
			return nil, false
		}
		table = node
	}
	part := s.parts[last]
	if node := table.lookup(part.name); node != nil {
		return nil, s.duplicate(part, node)
	}
	return s.newNode(table, part)
}

func (s *scanner) duplicate(part keyPart, first *Node) bool {
	s.failAt(part.span, "`"+part.name+"` is defined twice", "remove one of the two, or give it another name")
	s.fail.Related = []diag.Related{{Place: s.doc.Place(first.Key), Message: "first defined here"}}
	return false
}
