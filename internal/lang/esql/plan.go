package esql

import (
	"math/bits"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/extract"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// Plan is a checked query: what to compute, with every name resolved to a slot and every expression typed.
//
// Rows go from step to step. A slot is a column's place in a batch for the whole query; KEEP, DROP and RENAME only change
// which slots have which names, so they need no step.
type Plan struct {
	Query *Query
	Steps []Step
	// Output are the columns of the result, in order.
	Output []Column
	// Slots is the number of slots.
	Slots int
	// Undecided says what in the query cannot be evaluated without a cluster; "" when all of it can.
	Undecided string
	// Aggregating tells of a STATS (INLINE STATS is none): its rows are no longer documents.
	Aggregating bool
	// Expanded are the slots that MV_EXPAND made, which are still in the result.
	Expanded []int
}

// Column is a column with the slot that holds it.
type Column struct {
	Name string
	Type column.Type
	Slot int
}

// Step is one thing to do with the rows.
type Step interface {
	// Command is what the step was written as; nil for the LIMIT that Elasticsearch adds.
	Command() Command
	// Live are the slots that are needed after the step.
	Live() []int
	setLive([]int)
	// reads are the slots that the step needs, writes those that it makes.
	reads(add func(slot int))
	writes(add func(slot int))
}

// base is what every step has.
type base struct {
	Of   Command
	live []int
}

// Command is what the step was written as.
func (b *base) Command() Command { return b.Of }

// Live are the slots that are needed after the step.
func (b *base) Live() []int { return b.live }

func (b *base) setLive(slots []int) { b.live = slots }

// LoadField is a field that is read from the documents into a slot.
type LoadField struct {
	field.Mapping
	As   column.Type
	Slot int
	// Metadata is "_id", "_index", "_version" or another metadata field; then Mapping is empty.
	Metadata string
}

// The steps.
type (
	// Load reads the documents of indices.
	Load struct {
		base
		Indices []string
		// Fields are those that the query needs.
		Fields []*LoadField
	}
	// Rows makes one row of constants; Computes follow.
	Rows struct{ base }
	// Union reads the rows of several pipelines, one after the other.
	Union struct {
		base
		Branches []Branch
		Output   []Column
	}
	// Filter keeps the rows for which the condition is true.
	Filter struct {
		base
		Condition Value
	}
	// Compute fills a slot.
	Compute struct {
		base
		Slot  int
		Value Value
	}
	// Arrange sorts.
	Arrange struct {
		base
		Keys []SortKey
	}
	// Cut keeps the first rows, for each combination of the keys when there are any.
	Cut struct {
		base
		Count int
		By    []Value
	}
	// Aggregate groups rows and computes aggregates; Inline keeps the rows and adds to them what their group gave.
	Aggregate struct {
		base
		Inline     bool
		Keys       []Assignment
		Aggregates []AggregateCall
	}
	// Expand makes a row of each value of a slot.
	Expand struct {
		base
		From, To int
	}
	// TakeApart fills slots from a text: GROK and DISSECT.
	TakeApart struct {
		base
		Input Value
		// One of the two is set. Outputs are their fields, in order.
		Grok    *extract.Grok
		Dissect *extract.Dissect
		Outputs []Column
	}
	// Parts fills slots from a URL or a domain. Outputs are columns of keyword, and of integer for the port.
	Parts struct {
		base
		Input   Value
		Outputs []Part
		// Split gives the parts of a text by name.
		Split func(text string) (map[string]string, error)
	}
	// Join adds columns of a table to each row; rows that fit several rows of the table are repeated, except with Merge,
	// which puts all values of a column into one row, as ENRICH does.
	Join struct {
		base
		Table   *Table
		On      []JoinKey
		Outputs []JoinColumn
		Merge   bool
	}
	// Distinct drops rows that were there before.
	Distinct struct {
		base
		Slots []int
	}
	// Supplied fills slots whose values only a cluster knows, from what the fixture supplies.
	Supplied struct {
		base
		Outputs []Column
	}
)

// Branch is one pipeline of a Union: its steps, and for each output column the slot in which it ends, or -1 for null.
type Branch struct {
	Steps []Step
	From  []int
}

// SortKey is one criterion of SORT.
type SortKey struct {
	Value      Value
	Descending bool
	NullsFirst bool
}

// Assignment is a value that goes to a slot.
type Assignment struct {
	Column
	Value Value
}

// AggregateCall is one call of an aggregate function.
type AggregateCall struct {
	Slot     int
	Function *function.Function
	Site     *function.Site
	Args     []Value
	Type     column.Type
	// Where is the condition on rows, or nil.
	Where Value
	Of    Expr
}

// Part is one output of URI_PARTS or REGISTERED_DOMAIN.
type Part struct {
	Column
	Part string
}

// JoinKey is a condition of a join: the left value must equal the table's column.
type JoinKey struct {
	Left  Value
	Right int
	Op    string
}

// JoinColumn is a column of a table that goes to a slot.
type JoinColumn struct {
	Column
	From int
}

// Table is a lookup index or enrich policy.
type Table struct {
	Name    string
	Columns []Column
	// Rows has a column for each of Columns, in the same order.
	Rows *column.Batch
}

// Value is an expression with its type resolved.
type Value interface {
	Type() column.Type
	// Of is what the value was written as.
	Of() Expr
}

// valueOf is what every value has.
type valueOf struct {
	As     column.Type
	Source Expr
}

// Type is the value's type.
func (v *valueOf) Type() column.Type { return v.As }

// Of is what the value was written as.
func (v *valueOf) Of() Expr { return v.Source }

// The values.
type (
	// Ref is the value of a slot. Field is the mapped field that it is, or "".
	Ref struct {
		valueOf
		Slot  int
		Name  string
		Field string
	}
	// Constant is the same for all rows: a column of one row.
	Constant struct {
		valueOf
		Value *column.Column
	}
	// Apply is a call of a scalar function.
	Apply struct {
		valueOf
		Function *function.Function
		Site     *function.Site
		Args     []Value
	}
	// Search is a call of a full-text function, or the operator `:`.
	Search struct {
		valueOf
		Function *function.Function
		Node     filter.Node
	}
	// Arithmetic is + - * / % of two numbers of the type of the result, or of a date and a timespan.
	Arithmetic struct {
		valueOf
		Op   string
		X, Y Value
	}
	// Negative is a number or timespan with a minus.
	Negative struct {
		valueOf
		X Value
	}
	// Comparison compares two values of one type.
	Comparison struct {
		valueOf
		Op   string
		X, Y Value
	}
	// Junction is AND or OR.
	Junction struct {
		valueOf
		Or       bool
		Operands []Value
	}
	// Negation is NOT.
	Negation struct {
		valueOf
		X Value
	}
	// NullTest is IS NULL.
	NullTest struct {
		valueOf
		X   Value
		Not bool
	}
	// Membership is IN.
	Membership struct {
		valueOf
		X    Value
		List []Value
	}
	// Among is IN with a subquery: the steps end with a column in a slot, and the value must be one of its values.
	Among struct {
		valueOf
		X     Value
		Steps []Step
		Slot  int
	}
	// Fits is LIKE or RLIKE.
	Fits struct {
		valueOf
		X Value
		// Match tells whether a text fits one of the patterns.
		Match func(text string) bool
	}
	// Widen converts a value to a wider type: a number, a date to date_nanos.
	Widen struct {
		valueOf
		X Value
	}
)

// Children are the values that a value is computed from.
func Children(v Value) []Value {
	switch v := v.(type) {
	case *Apply:
		return v.Args
	case *Arithmetic:
		return []Value{v.X, v.Y}
	case *Negative:
		return []Value{v.X}
	case *Comparison:
		return []Value{v.X, v.Y}
	case *Junction:
		return v.Operands
	case *Negation:
		return []Value{v.X}
	case *NullTest:
		return []Value{v.X}
	case *Membership:
		return append([]Value{v.X}, v.List...)
	case *Among:
		return []Value{v.X}
	case *Fits:
		return []Value{v.X}
	case *Widen:
		return []Value{v.X}
	}
	return nil
}

// slotsOf adds the slots that a value reads.
func slotsOf(v Value, add func(int)) {
	if ref, ok := v.(*Ref); ok {
		add(ref.Slot)
	}
	for _, child := range Children(v) {
		slotsOf(child, add)
	}
}

func (s *Load) reads(func(int)) {}

func (s *Load) writes(add func(int)) {
	for _, f := range s.Fields {
		add(f.Slot)
	}
}

func (s *Rows) reads(func(int))  {}
func (s *Rows) writes(func(int)) {}

func (s *Union) reads(add func(int)) {
	for _, b := range s.Branches {
		needs(b.Steps, b.From, add)
	}
}

func (s *Union) writes(add func(int)) { addColumns(s.Output, add) }

func addColumns(columns []Column, add func(int)) {
	for _, c := range columns {
		add(c.Slot)
	}
}

func (s *Filter) reads(add func(int)) { slotsOf(s.Condition, add) }
func (s *Filter) writes(func(int))    {}

func (s *Compute) reads(add func(int))  { slotsOf(s.Value, add) }
func (s *Compute) writes(add func(int)) { add(s.Slot) }

func (s *Arrange) reads(add func(int)) {
	for _, k := range s.Keys {
		slotsOf(k.Value, add)
	}
}
func (s *Arrange) writes(func(int)) {}

func (s *Cut) reads(add func(int)) {
	for _, v := range s.By {
		slotsOf(v, add)
	}
}
func (s *Cut) writes(func(int)) {}

func (s *Aggregate) reads(add func(int)) {
	for _, k := range s.Keys {
		slotsOf(k.Value, add)
	}
	for _, a := range s.Aggregates {
		for _, arg := range a.Args {
			slotsOf(arg, add)
		}
		if a.Where != nil {
			slotsOf(a.Where, add)
		}
	}
}

func (s *Aggregate) writes(add func(int)) {
	for _, k := range s.Keys {
		add(k.Slot)
	}
	for _, a := range s.Aggregates {
		add(a.Slot)
	}
}

func (s *Expand) reads(add func(int))  { add(s.From) }
func (s *Expand) writes(add func(int)) { add(s.To) }

func (s *TakeApart) reads(add func(int))  { slotsOf(s.Input, add) }
func (s *TakeApart) writes(add func(int)) { addColumns(s.Outputs, add) }

func (s *Parts) reads(add func(int)) { slotsOf(s.Input, add) }
func (s *Parts) writes(add func(int)) {
	for _, p := range s.Outputs {
		add(p.Slot)
	}
}

func (s *Join) reads(add func(int)) {
	for _, k := range s.On {
		slotsOf(k.Left, add)
	}
}

func (s *Join) writes(add func(int)) {
	for _, c := range s.Outputs {
		add(c.Slot)
	}
}

func (s *Distinct) reads(add func(int)) {
	for _, slot := range s.Slots {
		add(slot)
	}
}
func (s *Distinct) writes(func(int)) {}

func (s *Supplied) reads(func(int))      {}
func (s *Supplied) writes(add func(int)) { addColumns(s.Outputs, add) }

// needs sets, from the last step to the first, which slots are live after each, and gives those needed before all.
func needs(steps []Step, after []int, add func(int)) {
	live := slotSet{}
	for _, slot := range after {
		if slot >= 0 {
			live.add(slot)
		}
	}
	for i := len(steps) - 1; i >= 0; i-- {
		steps[i].setLive(live.list())
		if a, ok := steps[i].(*Aggregate); ok && !a.Inline {
			live = slotSet{}
		}
		steps[i].writes(live.remove)
		steps[i].reads(live.add)
	}
	for _, slot := range live.list() {
		add(slot)
	}
}

// slotSet is a set of slots.
type slotSet struct{ bits []uint64 }

func (s *slotSet) add(slot int) {
	for len(s.bits) <= slot>>6 {
		s.bits = append(s.bits, 0)
	}
	s.bits[slot>>6] |= 1 << (slot & 63)
}

func (s *slotSet) remove(slot int) {
	if slot>>6 < len(s.bits) {
		s.bits[slot>>6] &^= 1 << (slot & 63)
	}
}

// list gives the slots in ascending order.
func (s *slotSet) list() []int {
	size := 0
	for _, word := range s.bits {
		size += bits.OnesCount64(word)
	}
	list := make([]int, 0, size)
	for i, word := range s.bits {
		for ; word != 0; word &= word - 1 {
			list = append(list, i<<6+bits.TrailingZeros64(word))
		}
	}
	return list
}

// SlotsOf are the slots that a value reads, sorted.
func SlotsOf(v Value) []int {
	var slots []int
	slotsOf(v, func(slot int) { slots = append(slots, slot) })
	slices.Sort(slots)
	return slices.Compact(slots)
}
