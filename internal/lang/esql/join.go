package esql

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// table finds a lookup index or enrich policy; when nobody gave it the query cannot be evaluated, and its columns may
// have any name.
func (c *checker) table(s *scope, command Command, name string) (*Table, bool) {
	t, ok := c.Tables[name]
	if !ok {
		c.lacks(command.Keyword(), name)
		s.open = true
	}
	return t, ok
}

// find gives the number of a table's column.
func (t *Table) find(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

func (c *checker) enrich(s *scope, enrich *Enrich) {
	_, policy := splitMode(enrich.Policy)
	t, ok := c.table(s, enrich, policy)
	if !ok {
		for _, pair := range enrich.With {
			s.put(&entry{Column: Column{pair.New.Text, column.Null, c.nullSlot(enrich)}})
		}
		return
	}
	on, at := t.Columns[0].Name, enrich.PolicyAt
	if enrich.On != nil {
		on, at = enrich.On.Text, enrich.On.At
	}
	left, ok := c.find(s, on)
	if !ok {
		c.unknown(s, on, Place{at})
		return
	}
	// The policy's own match field is the table's column of that name, else its first.
	right := max(t.find(on), 0)
	step := &Join{base: base{Of: enrich}, Table: t, Merge: true}
	step.On = []JoinKey{{Left: c.ref(s, left, nil), Right: right, Op: "=="}}
	pairs := enrich.With
	if len(pairs) == 0 {
		for i, col := range t.Columns {
			if i != right {
				pairs = append(pairs, Renaming{Old: Pattern{Text: col.Name}, New: Pattern{Text: col.Name}})
			}
		}
	}
	for _, pair := range pairs {
		k := t.find(pair.Old.Text)
		if k < 0 {
			c.fail(pair.At, "esql-unknown-column", fmt.Sprintf("Enrich field [%s] not found in enrich policy [%s]", pair.Old.Text, policy), diag.DidYouMean(pair.Old.Text, t.names()))
			continue
		}
		step.Outputs = append(step.Outputs, JoinColumn{Column{pair.New.Text, t.Columns[k].Type, c.newSlot()}, k})
	}
	c.joined(s, step)
}

func (t *Table) names() []string {
	names := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		names[i] = col.Name
	}
	return names
}

// splitMode cuts _coordinator: and the like off the name of a policy.
func splitMode(policy string) (mode, name string) {
	for i := range len(policy) {
		if policy[i] == ':' {
			return policy[:i], policy[i+1:]
		}
	}
	return "", policy
}

func (c *checker) nullSlot(of Command) int {
	slot := c.newSlot()
	c.add(&Compute{base{Of: of}, slot, c.null(nil)})
	return slot
}

// joined adds a join and brings its columns into scope.
func (c *checker) joined(s *scope, step *Join) {
	c.add(step)
	for _, out := range step.Outputs {
		s.put(&entry{Column: out.Column})
	}
}

// join is a left join with a lookup index: on columns of the same name, or on comparisons of a column of the rows with
// one of the index.
func (c *checker) join(s *scope, join *LookupJoin) {
	t, ok := c.table(s, join, join.Index)
	if !ok {
		return
	}
	step := &Join{base: base{Of: join}, Table: t}
	keys := map[string]bool{}
	for _, e := range join.On {
		c.joinKey(s, t, step, e, keys)
	}
	for k, col := range t.Columns {
		if !keys[col.Name] {
			step.Outputs = append(step.Outputs, JoinColumn{Column{col.Name, col.Type, c.newSlot()}, k})
		}
	}
	c.joined(s, step)
	c.barrier = "LOOKUP JOIN"
}

func (c *checker) joinKey(s *scope, t *Table, step *Join, e Expr, keys map[string]bool) {
	switch e := e.(type) {
	case *Name:
		left, ok := c.column(s, e)
		right := t.find(e.Text)
		if right < 0 {
			c.fail(e.At, "esql-unknown-column", fmt.Sprintf("Unknown column [%s] in right side of join", e.Text), diag.DidYouMean(e.Text, t.names()))
			return
		}
		if !ok {
			return
		}
		if kind := t.Columns[right].Type; !comparable(left.Type, kind) {
			c.fail(e.At, "esql-type", fmt.Sprintf("JOIN left field [%s] of type [%s] is incompatible with right field [%s] of type [%s]", e.Text, left.Type.Word(), e.Text, kind.Word()), "")
			return
		}
		keys[e.Text] = true
		step.On = append(step.On, JoinKey{Left: c.ref(s, left, e), Right: right, Op: "=="})
		return
	case *Logic:
		if !e.Or {
			for _, operand := range e.Operands {
				c.joinKey(s, t, step, operand, keys)
			}
			return
		}
	case *Binary:
		if c.joinComparison(s, t, step, e) {
			return
		}
	}
	c.fail(e.Span(), "esql-semantics", fmt.Sprintf("JOIN ON clause must be a comma separated list of fields or a single expression, found [%s]", e), "write ON field, or ON left == right")
}

// joinComparison reads a comparison of a column of the rows with one of the table, in either order.
func (c *checker) joinComparison(s *scope, t *Table, step *Join, b *Binary) bool {
	x, okX := b.X.(*Name)
	y, okY := b.Y.(*Name)
	mirrored := map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
	op, isComparison := b.Op, slices.Contains(slices.Collect(maps.Keys(mirrored)), b.Op)
	if !okX || !okY || !isComparison {
		return false
	}
	right := t.find(y.Text)
	if _, known := c.find(s, x.Text); right < 0 || !known {
		x, y, op = y, x, mirrored[op]
		right = t.find(y.Text)
	}
	left, known := c.find(s, x.Text)
	if right < 0 || !known {
		c.unknown(s, y.Text, y.Place)
		return true
	}
	step.On = append(step.On, JoinKey{Left: c.ref(s, left, x), Right: right, Op: op})
	return true
}

// comparable tells whether values of two types can be equal.
func comparable(a, b column.Type) bool {
	return a == b || a == column.Null || b == column.Null || a.IsString() && b.IsString() || a.IsNumber() && b.IsNumber() || a.IsDate() && b.IsDate()
}
