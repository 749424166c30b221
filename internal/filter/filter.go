// Package filter is search logic: the two-valued tree of conditions that KQL, Lucene, Query DSL, exceptions and EQL
// conditions compile to.
//
// A condition on a field holds if any value of the field satisfies it; a negation holds if none does, so also when
// the field is missing. What a condition means depends on the field's type: [Builder] knows that for each
// Elasticsearch query (term, match, range ...). Conditions read the values of a [Record], which a [Layout] makes of an
// event: each field that some condition names has a slot, and its values are read once, in the form in which
// Elasticsearch would have indexed them.
//
// Nodes are immutable and safe for concurrent use. Matching allocates nothing.
package filter

import (
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Node is a condition on a record.
type Node interface {
	// Match tells whether the record satisfies the condition.
	Match(r *Record) bool
	// Clause is what the condition was written as.
	Clause() Clause
}

// Clause is the place of a condition in the query: its text, as people should see it, and its span there.
type Clause struct {
	Label string
	Span  source.Span
}

// And holds if every node does. An empty And holds.
type And struct {
	Nodes  []Node
	Source Clause
}

// Match tells whether every node matches.
func (n *And) Match(r *Record) bool {
	for _, child := range n.Nodes {
		if !child.Match(r) {
			return false
		}
	}
	return true
}

// Clause is what the condition was written as.
func (n *And) Clause() Clause { return n.Source }

// Or holds if a node does. An empty Or does not. Make it with NewOr.
type Or struct {
	Nodes  []Node
	Source Clause
	// fast are the nodes with equality tests on one field merged into one look-up each.
	fast []Node
}

// NewOr makes an Or. Many values for one field cost no more than one.
func NewOr(nodes []Node, source Clause) *Or {
	return &Or{Nodes: nodes, Source: source, fast: merge(nodes)}
}

// Match tells whether a node matches.
func (n *Or) Match(r *Record) bool {
	for _, child := range n.fast {
		if child.Match(r) {
			return true
		}
	}
	return false
}

// Clause is what the condition was written as.
func (n *Or) Clause() Clause { return n.Source }

// Not holds if its node does not.
type Not struct {
	Node   Node
	Source Clause
}

// Match tells whether the node does not match.
func (n *Not) Match(r *Record) bool { return !n.Node.Match(r) }

// Clause is what the condition was written as.
func (n *Not) Clause() Clause { return n.Source }

// Constant holds always or never, whatever the record.
type Constant struct {
	Value  bool
	Source Clause
	// Reason says why it can never hold; empty for a condition that is meant to hold always.
	Reason string
}

// Match gives the constant.
func (n *Constant) Match(*Record) bool { return n.Value }

// Clause is what the condition was written as.
func (n *Constant) Clause() Clause { return n.Source }

// Leaf is a condition on the values of one field.
type Leaf struct {
	Field  field.Mapping
	Source Clause
	slot   int
	test   test
}

// Match tells whether a value of the field satisfies the condition.
func (n *Leaf) Match(r *Record) bool { return n.test.holds(r.values[n.slot]) }

// Clause is what the condition was written as.
func (n *Leaf) Clause() Clause { return n.Source }

// Nested holds if one of the objects at a nested field satisfies the inner condition by itself.
type Nested struct {
	Path   string
	Inner  Node
	Source Clause
	scope  int
}

// Match tells whether an object matches.
func (n *Nested) Match(r *Record) bool {
	for _, object := range r.nested[n.scope] {
		if n.Inner.Match(object) {
			return true
		}
	}
	return false
}

// Clause is what the condition was written as.
func (n *Nested) Clause() Clause { return n.Source }

// merge joins the equality tests on one slot into a set and leaves all other nodes as they are.
func merge(nodes []Node) []Node {
	sets := map[int]*oneOf{}
	counts := map[int]int{}
	for _, n := range nodes {
		if leaf, ok := n.(*Leaf); ok {
			if _, ok := leaf.test.(equals); ok {
				counts[leaf.slot]++
			}
		}
	}
	var fast []Node
	for _, n := range nodes {
		leaf, isLeaf := n.(*Leaf)
		if !isLeaf || counts[leaf.slot] < 2 {
			fast = append(fast, n)
			continue
		}
		want, ok := leaf.test.(equals)
		if !ok {
			fast = append(fast, n)
			continue
		}
		set := sets[leaf.slot]
		if set == nil {
			set = &oneOf{texts: map[string]struct{}{}}
			sets[leaf.slot] = set
			fast = append(fast, &Leaf{Field: leaf.Field, slot: leaf.slot, test: set})
		}
		set.texts[string(want)] = struct{}{}
	}
	return fast
}
