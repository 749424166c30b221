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
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
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
	// Label is the text. Where it is "", From gives it once it is wanted: most conditions are never shown.
	Label string
	From  fmt.Stringer
	Span  source.Span
}

// Text is the condition's text.
func (c Clause) Text() string {
	if c.Label == "" && c.From != nil {
		return c.From.String()
	}
	return c.Label
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
	// Null tells that the condition is neither true nor false: a language with such conditions must not negate it.
	Null bool
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

// NeverHolds gives the reason why a condition can hold for no event, or "".
func NeverHolds(n Node) string {
	switch n := n.(type) {
	case *Leaf:
		if t, ok := n.test.(never); ok {
			return t.reason
		}
	case *Constant:
		if !n.Value {
			return n.Reason
		}
	}
	return ""
}

// manyPatterns is the number of patterns from which one pass over a text beats a loop.
const manyPatterns = 8

// merge joins the equality tests on one slot into a set, many patterns on one slot into an automaton, and leaves all
// other nodes as they are.
func merge(nodes []Node) []Node {
	equal, patterns := map[int][]string{}, map[int][]*match.Wildcard{}
	for _, n := range nodes {
		switch slot, test := leafTest(n); test := test.(type) {
		case equals:
			equal[slot] = append(equal[slot], string(test))
		case fits:
			patterns[slot] = append(patterns[slot], test.pattern)
		}
	}
	var fast []Node
	for _, n := range nodes {
		slot, test := leafTest(n)
		var m merged
		switch test.(type) {
		case equals:
			m = mergeEqual(equal, slot)
		case fits:
			m = mergePatterns(patterns, slot)
		}
		switch {
		case m.drop:
		case m.test != nil:
			fast = append(fast, &Leaf{Field: n.(*Leaf).Field, slot: slot, test: m.test})
		default:
			fast = append(fast, n)
		}
	}
	return fast
}

// merged says what becomes of a leaf in a merge: it stays, another test takes its place, or it is dropped because an
// earlier leaf's test covers it.
type merged struct {
	test test
	drop bool
}

func leafTest(n Node) (slot int, t test) {
	if leaf, ok := n.(*Leaf); ok {
		return leaf.slot, leaf.test
	}
	return -1, nil
}

func mergeEqual(lists map[int][]string, slot int) merged {
	list := lists[slot]
	switch {
	case list == nil:
		return merged{drop: true}
	case len(list) == 1:
		return merged{}
	}
	set := &oneOf{texts: make(map[string]struct{}, len(list))}
	for _, text := range list {
		set.texts[text] = struct{}{}
	}
	lists[slot] = nil
	return merged{test: set}
}

func mergePatterns(lists map[int][]*match.Wildcard, slot int) merged {
	list := lists[slot]
	switch {
	case list == nil:
		return merged{drop: true}
	case len(list) < manyPatterns:
		return merged{}
	}
	lists[slot] = nil
	return merged{test: inSet{match.NewSet(list)}}
}
