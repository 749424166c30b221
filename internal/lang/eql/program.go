package eql

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// Program is a compiled query. It is immutable and safe for concurrent use.
type Program struct {
	// Kind is what the query looks for.
	Kind Kind

	query  *Query
	layout *filter.Layout
	// condition is that of an event query.
	condition filter.Node
	// steps are those of a sequence or sample, runs written out.
	steps      []step
	until      *step
	timestamp  string
	tiebreaker string
}

// step is one event of a sequence.
type step struct {
	condition filter.Node
	keys      keyReader
	missing   bool
	source    *Step
}

// Result is what a query found in some events.
type Result struct {
	// Events are the places of the matching events in the list that was searched, in order of time.
	Events []int
	// Sequences are the sequences or samples.
	Sequences []Match
}

// Match is a sequence or sample: the place of each step's event in the list that was searched, -1 for an event that
// had to be missing.
type Match struct{ Events []int }

// program compiles every part of a query.
func (c *compiler) program(q *Query) *Program {
	p := &Program{Kind: q.Kind, query: q, layout: c.Builder.Layout, timestamp: c.TimestampField, tiebreaker: c.TiebreakerField}
	if q.Kind == Events {
		p.condition = c.filter(q.Filter)
		return p
	}
	for _, s := range q.Steps {
		one := c.step(q, s)
		for range s.Runs {
			p.steps = append(p.steps, one)
		}
	}
	if q.Until != nil {
		one := c.step(q, q.Until)
		p.until = &one
	}
	c.checkKeyTypes(p)
	return p
}

func (c *compiler) step(q *Query, s *Step) step {
	keys := append(slices.Clone(q.Keys), s.Keys...)
	return step{condition: c.filter(s.Filter), keys: c.keyReader(keys), missing: s.Missing, source: s}
}

// Condition is the condition of an event query; nil for sequences and samples.
func (p *Program) Condition() filter.Node { return p.condition }

// Steps are the conditions of the steps of a sequence or sample, runs written out.
func (p *Program) Steps() []filter.Node {
	nodes := make([]filter.Node, len(p.steps))
	for i, s := range p.steps {
		nodes[i] = s.condition
	}
	return nodes
}

// Need is an event that a sequence or sample must have.
type Need struct {
	Condition filter.Node
	// Keys are the fields by which it is joined to the others.
	Keys []string
}

// Needs are the events that must occur, in order.
func (p *Program) Needs() []Need {
	var needs []Need
	for _, s := range p.steps {
		if s.missing {
			continue
		}
		need := Need{Condition: s.condition}
		for _, key := range append(slices.Clone(p.query.Keys), s.source.Keys...) {
			if f, ok := key.(*Field); ok {
				need.Keys = append(need.Keys, f.Name)
			}
		}
		needs = append(needs, need)
	}
	return needs
}

// Conditions are those that an event must satisfy one of to matter to a sequence or sample: of its steps, and of until.
func (p *Program) Conditions() []filter.Node {
	nodes := p.Steps()
	if p.until != nil {
		nodes = append(nodes, p.until.condition)
	}
	return nodes
}

// Run searches events and gives what the query finds, in order of time, after its pipes.
func (p *Program) Run(docs []*event.Document) Result {
	order := p.inOrder(docs)
	switch p.Kind {
	case Sequence:
		return Result{Sequences: piped(p.query.Pipes, p.sequences(docs, order, nil))}
	case Sample:
		return Result{Sequences: p.samples(docs, order)}
	}
	var found []int
	record := &filter.Record{}
	for _, o := range order {
		p.layout.BindTo(record, docs[o.index])
		if p.condition.Match(record) {
			found = append(found, o.index)
		}
	}
	return Result{Events: piped(p.query.Pipes, found)}
}

func piped[T any](pipes []Pipe, list []T) []T {
	for _, pipe := range pipes {
		n := min(pipe.Count, len(list))
		if pipe.Name == "head" {
			list = list[:n]
		} else {
			list = list[len(list)-n:]
		}
	}
	return list
}

// ordinal is an event's place in time.
type ordinal struct {
	index      int
	at         int64 // nanoseconds since 1970
	tie        string
	hasTie     bool
	tieNumber  float64
	tieNumeric bool
}

// inOrder sorts events by time, then by tiebreaker (events without one last), then by their order in the list.
func (p *Program) inOrder(docs []*event.Document) []ordinal {
	order := make([]ordinal, len(docs))
	sorted := true
	for i, doc := range docs {
		order[i] = p.ordinalOf(i, doc)
		sorted = sorted && (i == 0 || compareOrdinals(order[i-1], order[i]) <= 0)
	}
	if !sorted {
		slices.SortStableFunc(order, compareOrdinals)
	}
	return order
}

func (p *Program) ordinalOf(i int, doc *event.Document) ordinal {
	o := ordinal{index: i}
	if at, err := datemath.Parse(doc.First(p.timestamp), time.Time{}, datemath.Down); err == nil {
		o.at = at.UnixNano()
	}
	if p.tiebreaker == "" {
		return o
	}
	if values := doc.Get(p.tiebreaker); len(values) > 0 {
		o.tie, o.hasTie = values[0].Text, true
		o.tieNumber, o.tieNumeric = number(values[0])
	}
	return o
}

func compareOrdinals(a, b ordinal) int {
	if a.at != b.at {
		return cmp.Compare(a.at, b.at)
	}
	switch {
	case a.hasTie != b.hasTie:
		if a.hasTie {
			return -1
		}
		return 1
	case a.tieNumeric && b.tieNumeric:
		return cmp.Compare(a.tieNumber, b.tieNumber)
	}
	return cmp.Compare(a.tie, b.tie)
}
