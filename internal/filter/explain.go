package filter

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
)

// Op is what a step of a trace does with the steps below it.
type Op uint8

// The kinds of steps.
const (
	OpAnd Op = iota
	OpOr
	OpNot
	OpNested
	OpField
	OpConstant
	// OpScript is a condition that computes with values of fields.
	OpScript
	// OpAtLeast is a list of conditions of which a number must hold.
	OpAtLeast
)

var opNames = [...]string{OpAnd: "and", OpOr: "or", OpNot: "not", OpNested: "nested", OpField: "field", OpConstant: "constant", OpScript: "script", OpAtLeast: "at_least"}

// String is the step's name in machine-readable output.
func (o Op) String() string { return opNames[o] }

// Reason says why a condition on a field is false.
type Reason uint8

// The reasons, from the field's absence to a plain difference.
const (
	// NoReason is for conditions that hold.
	NoReason Reason = iota
	// Missing: the event has no value of the field.
	Missing
	// Unmapped: nothing declares the field and no event has it.
	Unmapped
	// Malformed: the event has a value, but the field's type cannot hold it, so it is not searchable.
	Malformed
	// Impossible: no value of the field's type can satisfy the condition.
	Impossible
	// DiffersInCase: a value fits if case is not regarded.
	DiffersInCase
	// Differs: no value fits.
	Differs
)

var reasonNames = [...]string{
	NoReason: "", Missing: "missing", Unmapped: "unmapped", Malformed: "malformed", Impossible: "impossible", DiffersInCase: "case", Differs: "differs",
}

// String is the reason's name in machine-readable output.
func (r Reason) String() string { return reasonNames[r] }

// Trace is what one condition made of one event, with the conditions inside it.
type Trace struct {
	Op      Op
	Clause  Clause
	Matched bool
	// Field and Type are set for OpField; Type is the field's type for people.
	Field string
	Type  field.Type
	// Values are the event's values of the field as JSON, in the order of the document.
	Values []string
	Reason Reason
	// Detail completes the reason in words; may be empty.
	Detail   string
	Children []*Trace
}

// Explain evaluates every condition of a tree, also those that Match would skip, and tells each one's verdict. The
// verdicts come from Match itself, so they cannot differ from those of a run.
func Explain(n Node, r *Record) *Trace {
	t := &Trace{Clause: n.Clause(), Matched: n.Match(r)}
	t.Clause.Label = t.Clause.Text()
	switch n := n.(type) {
	case *And:
		t.Op, t.Children = OpAnd, explainAll(n.Nodes, r)
	case *Or:
		t.Op, t.Children = OpOr, explainAll(n.Nodes, r)
	case *Not:
		t.Op, t.Children = OpNot, []*Trace{Explain(n.Node, r)}
	case *Nested:
		t.Op, t.Field = OpNested, n.Path
		t.explainNested(n, r)
	case *Leaf:
		t.Op, t.Field, t.Type = OpField, n.Field.Name, n.Field.Type
		t.explainLeaf(n, r)
	case *AtLeast:
		t.Op, t.Children = OpAtLeast, explainAll(n.Nodes, r)
	case *IDs:
		t.Op, t.Values = OpScript, []string{"_id = " + r.Event.ID}
		if !t.Matched {
			t.Reason = Differs
		}
	case *Script:
		t.Op = OpScript
		t.explainScript(n, r)
	case *Constant:
		t.Op = OpConstant
		if !t.Matched {
			t.Reason, t.Detail = Unmapped, n.Reason
		}
	}
	return t
}

func explainAll(nodes []Node, r *Record) []*Trace {
	traces := make([]*Trace, len(nodes))
	for i, n := range nodes {
		traces[i] = Explain(n, r)
	}
	return traces
}

func (t *Trace) explainNested(n *Nested, r *Record) {
	objects := r.nested[n.scope]
	if len(objects) == 0 {
		t.Reason = Missing
	}
	for i, object := range objects {
		inner := Explain(n.Inner, object)
		inner.Clause.Label = fmt.Sprintf("%s[%d]: %s", n.Path, i, inner.Clause.Label)
		t.Children = append(t.Children, inner)
	}
}

func (t *Trace) explainLeaf(n *Leaf, r *Record) {
	t.Values = documentValues(n.Field, r)
	if !t.Matched {
		t.Reason, t.Detail = n.whyNot(r, len(t.Values))
	}
}

// explainScript shows the values of every field that the script reads, with the field's name before them.
func (t *Trace) explainScript(n *Script, r *Record) {
	for _, m := range n.Fields {
		values := documentValues(m, r)
		if len(values) == 0 && !t.Matched {
			t.Reason, t.Detail = Missing, m.Name
		}
		t.Values = append(t.Values, m.Name+" = "+strings.Join(values, ", "))
	}
	if !t.Matched && t.Reason == NoReason {
		t.Reason = Differs
	}
}

// documentValues are the values as the document has them, not as they are indexed.
func documentValues(m field.Mapping, r *Record) []string {
	var values []string
	below := takesBelow(m)
	for _, leaf := range r.Event.Leaves() {
		if leaf.Path == m.Path || below && strings.HasPrefix(leaf.Path, m.Path+".") {
			for _, scalar := range leaf.Values {
				values = append(values, scalar.JSON())
			}
		}
	}
	return values
}

func (n *Leaf) whyNot(r *Record, seen int) (Reason, string) {
	if impossible, ok := n.test.(never); ok {
		return Impossible, impossible.reason
	}
	values := r.values[n.slot]
	switch {
	case seen == 0:
		return Missing, ""
	case len(values) == 0:
		return Malformed, n.whyMalformed()
	}
	if test, ok := n.test.(folder); ok && n.Field.Type.IsKeyword() && test.folded().holds(lowered(values)) {
		return DiffersInCase, ""
	}
	return Differs, ""
}

func (n *Leaf) whyMalformed() string {
	if n.Field.Type.IsKeyword() && n.Field.IgnoreAbove > 0 {
		return fmt.Sprintf("a value above %d characters is not indexed", n.Field.IgnoreAbove)
	}
	return fmt.Sprintf("a field of type %s cannot hold it", n.Field.Type)
}

func lowered(values []Value) []Value {
	low := make([]Value, len(values))
	for i, v := range values {
		low[i] = Value{Text: strings.ToLower(v.Text), Bits: v.Bits}
	}
	return low
}
