package filter

import "slices"

// AtLeast holds if a number of its nodes do.
type AtLeast struct {
	Nodes  []Node
	Count  int
	Source Clause
}

// Match tells whether enough nodes match.
func (n *AtLeast) Match(r *Record) bool {
	left := n.Count
	for _, child := range n.Nodes {
		if child.Match(r) {
			if left--; left <= 0 {
				return true
			}
		}
	}
	return left <= 0
}

// Clause is what the condition was written as.
func (n *AtLeast) Clause() Clause { return n.Source }

// IDs holds for events of certain ids.
type IDs struct {
	list   []string
	Source Clause
}

// NewIDs makes a condition on the events' ids.
func NewIDs(ids []string, source Clause) *IDs { return &IDs{slices.Clone(ids), source} }

// Match tells whether the event's id is among them.
func (n *IDs) Match(r *Record) bool { return r.Event.ID != "" && slices.Contains(n.list, r.Event.ID) }

// Clause is what the condition was written as.
func (n *IDs) Clause() Clause { return n.Source }
