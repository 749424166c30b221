package esql

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// stats checks STATS and INLINE STATS. An aggregate field is an expression over calls of aggregate functions: the calls
// become columns of the aggregation, and the expression is computed from them afterwards.
func (c *checker) stats(s *scope, stats *Stats) {
	inline := stats.Word == "INLINE STATS"
	step := &Aggregate{base: base{Of: stats}, Inline: inline}
	inner := &aggregator{checker: c, step: step, input: s, keys: map[string]*entry{}}
	var keys []*entry
	for _, f := range stats.By {
		keys = append(keys, inner.key(f))
	}
	type result struct {
		name  string
		value Value
	}
	var results []result
	for _, f := range stats.Aggregates {
		inner.where = nil
		if f.Where != nil {
			c.aggregating = true
			inner.where = c.condition(s, f.Where)
			c.aggregating = false
		}
		results = append(results, result{c.fieldName(f), inner.value(f.Expr)})
	}
	c.add(step)
	out := s
	if !inline {
		c.plan.Aggregating = true
		for _, e := range slices.Concat(s.columns, slices.Collect(maps.Values(s.fields))) {
			c.dropped[e.Name] = "after STATS there are only its aggregates and groups"
		}
		out = &scope{fields: map[string]*entry{}, hidden: map[string]bool{}, load: &Load{}}
		c.barrier = "STATS"
	}
	for _, r := range results {
		c.put(out, stats, r.name, r.value)
	}
	// A group beats an aggregate of the same name, and stands after all of them (Elasticsearch).
	for _, e := range keys {
		out.put(e)
	}
	if !inline {
		*s = *out
	}
}

// aggregator resolves the expressions of one STATS.
type aggregator struct {
	*checker
	step  *Aggregate
	input *scope
	// keys are the groups, by name and by the text of their expression.
	keys  map[string]*entry
	where Value
}

// key resolves one group.
func (a *aggregator) key(f Field) *entry {
	v := a.checker.value(a.input, f.Expr)
	if t := v.Type(); t.IsTimespan() || t == column.Source {
		a.fail(f.At, "esql-type", fmt.Sprintf("cannot group by on [%s] type for grouping [%s]", t.Word(), a.text(f.At)), "")
	}
	e := &entry{Column: Column{a.fieldName(f), v.Type(), a.newSlot()}}
	a.step.Keys = append(a.step.Keys, Assignment{e.Column, v})
	a.keys[e.Name] = e
	a.keys[a.text(f.Expr.Span())] = e
	return e
}

// value resolves an expression over aggregates and groups.
func (a *aggregator) value(e Expr) Value {
	switch e := e.(type) {
	case *Name:
		if key, ok := a.keys[e.Text]; ok {
			return &Ref{valueOf: valueOf{key.Type, e}, Slot: key.Slot, Name: key.Name}
		}
		if _, ok := a.column(a.input, e); ok {
			a.fail(e.At, "esql-semantics", fmt.Sprintf("column [%s] must appear in the STATS BY clause or be used in an aggregate function", e.Text), "")
		}
		return a.null(e)
	case *Call:
		f, ok := a.Functions.Lookup(e.Name)
		if ok && f.Kind == function.Aggregate {
			return a.aggregate(f, e)
		}
		if key, ok := a.keys[a.text(e.At)]; ok {
			return &Ref{valueOf: valueOf{key.Type, e}, Slot: key.Slot, Name: key.Name}
		}
	}
	// Everything else is resolved by the checker, with the aggregates in it as columns of a scope of their own.
	s := &scope{fields: map[string]*entry{}, hidden: map[string]bool{}, load: &Load{}}
	return a.checker.value(s, a.replace(e, s))
}

// replace puts a name in the place of every aggregate and group in an expression.
func (a *aggregator) replace(e Expr, s *scope) Expr {
	switch e := e.(type) {
	case *Name:
		return a.stand(e, e.At.Start, s)
	case *Call:
		f, ok := a.Functions.Lookup(e.Name)
		if !ok {
			a.unknownFunction(e)
			return &Literal{Place{e.At}, column.Nulls(column.Null, 1)}
		}
		if _, isKey := a.keys[a.text(e.At)]; isKey || f.Kind == function.Aggregate {
			return a.stand(e, e.At.Start, s)
		}
		out := *e
		out.Args = a.replaceAll(e.Args, s)
		return &out
	case *Binary:
		return &Binary{e.Place, e.Op, a.replace(e.X, s), a.replace(e.Y, s)}
	case *Negate:
		return &Negate{e.Place, a.replace(e.X, s)}
	case *Not:
		return &Not{e.Place, a.replace(e.X, s)}
	case *Logic:
		return &Logic{e.Place, e.Or, a.replaceAll(e.Operands, s)}
	case *Cast:
		return &Cast{e.Place, a.replace(e.X, s), e.Type, e.TypeAt}
	case *IsNull:
		return &IsNull{e.Place, a.replace(e.X, s), e.Not}
	case *In:
		return &In{e.Place, a.replace(e.X, s), e.Not, a.replaceAll(e.List, s), e.Query}
	case *Like:
		out := *e
		out.X = a.replace(e.X, s)
		return &out
	}
	return e
}

func (a *aggregator) replaceAll(list []Expr, s *scope) []Expr {
	out := make([]Expr, len(list))
	for i, e := range list {
		out[i] = a.replace(e, s)
	}
	return out
}

// stand brings the value of an aggregate or group into a scope under a name that no column has.
func (a *aggregator) stand(e Expr, at int, s *scope) Expr {
	v := a.value(e)
	name := &Name{Place: Place{e.Span()}, Text: fmt.Sprintf("\x00%d", at)}
	slot := -1
	if ref, ok := v.(*Ref); ok {
		slot = ref.Slot
	}
	if slot < 0 {
		return &Literal{Place{e.Span()}, column.Nulls(column.Null, 1)}
	}
	s.columns = append(s.columns, &entry{Column: Column{name.Text, v.Type(), slot}})
	return name
}

// aggregate resolves a call of an aggregate function to the slot that it fills.
func (a *aggregator) aggregate(f *function.Function, e *Call) Value {
	a.within, a.aggregating = e, true
	values, args := a.arguments(a.input, f, e.Args)
	a.within, a.aggregating = nil, false
	t, err := f.Check(a.text(e.At), args)
	if err != nil {
		a.callError(e, e.Args, err)
		return a.null(e)
	}
	slot := a.newSlot()
	values, args = a.implied(a.input, f, e, values, args)
	site := &function.Site{Args: args, Type: t, Env: a.env(), Options: optionsOf(e.Options)}
	if f.Undecided != "" {
		a.undecided(f.Name)
		return &Constant{valueOf{t, e}, column.Nulls(t, 1)}
	}
	if err := compiles(f, site); err != nil {
		a.callError(e, e.Args, err)
		return a.null(e)
	}
	a.step.Aggregates = append(a.step.Aggregates, AggregateCall{Slot: slot, Function: f, Site: site, Args: values, Type: t, Where: a.where, Of: e})
	return &Ref{valueOf: valueOf{t, e}, Slot: slot, Name: a.text(e.At)}
}
