package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// defaultLimit is the number of rows that a query gives when it sets no limit, and maxLimit the most that it can ask for.
const (
	defaultLimit = 1000
	maxLimit     = 10_000
)

// Options is what a query is checked for.
type Options struct {
	// Schema knows the fields of the indices that the query reads.
	Schema *field.Schema
	// Functions are the functions that there are.
	Functions *function.Registry
	// Env is what functions know of the world.
	Env *function.Environment
	// Builder makes the conditions of full-text functions.
	Builder *filter.Builder
	// AssumeMapped takes a field that the schema does not know for one that is mapped and has no value, instead of
	// refusing the query: for rules whose integration's fields are not at hand. Columns that the query computes are
	// always known.
	AssumeMapped bool
	// Tables are the lookup indices and enrich policies, by name.
	Tables map[string]*Table
	// Fields are the fields that the result has when the query keeps all, sorted by name; nil takes all of the schema's.
	Fields func() []field.Mapping
	// Supplied are the columns whose values the fixture gives, because only a cluster could compute them.
	Supplied map[string]bool
}

// Check resolves names and types through the pipeline. The problems are what Elasticsearch would refuse, in its words;
// the plan is nil when there is an error among them.
func (q *Query) Check(o Options) (*Plan, []*diag.Problem) {
	c := &checker{Options: o, plan: &Plan{Query: q}, dropped: map[string]string{}}
	c.settings(q.Settings)
	s := c.pipeline(q.Pipeline)
	if s == nil || diag.AnyError(c.problems) {
		return nil, c.problems
	}
	c.finish(s)
	if diag.AnyError(c.problems) {
		return nil, c.problems
	}
	return c.plan, c.problems
}

// checker walks through the commands. A failure does not stop it: what failed is null from there on.
type checker struct {
	Options
	plan     *Plan
	steps    []Step
	problems []*diag.Problem
	// dropped says for names that left the scope by which command they did.
	dropped map[string]string
	// barrier is the last command after which full-text functions may not stand, or "".
	barrier string
	// command is the one that is being checked; aggregating tells that its aggregates are.
	command     Command
	aggregating bool
	// within is the aggregate whose arguments are being resolved.
	within *Call
}

func (c *checker) fail(at source.Span, name, message, help string) {
	c.problems = append(c.problems, &diag.Problem{Name: name, Severity: diag.Error, Span: at, Message: message, Help: help})
}

func (c *checker) newSlot() int {
	c.plan.Slots++
	return c.plan.Slots - 1
}

// undecided notes what cannot be evaluated; the first counts.
func (c *checker) undecided(name string) {
	if c.plan.Undecided == "" {
		c.plan.Undecided = name + " cannot be evaluated offline"
	}
}

// lacks notes that a command needs a table that nobody gave.
func (c *checker) lacks(keyword, table string) {
	if c.plan.Undecided == "" {
		c.undecided(keyword + " " + table)
		c.plan.Undecided += fmt.Sprintf(": its rows are not given, neither by lookup.%s of a fixture nor by --lookup %s=FILE", table, table)
	}
}

// lacksColumn notes that a command needs a column that nobody gave.
func (c *checker) lacksColumn(keyword, name string) {
	if c.plan.Undecided == "" {
		c.undecided(keyword)
		c.plan.Undecided += fmt.Sprintf(": supplied.%s of a fixture does not give its column", name)
	}
}

func (c *checker) settings(settings []Setting) {
	for _, s := range settings {
		text := ""
		if lit, ok := s.Value.(*Literal); ok && lit.Value.Count(0) == 1 && lit.Value.Type() == column.Keyword {
			text = strings.ToLower(lit.Value.Text(0))
		}
		switch strings.ToLower(s.Name) {
		case "unmapped_fields":
			switch text {
			case "nullify", "load":
				c.AssumeMapped = true
			case "fail", "default":
				c.AssumeMapped = false
			default:
				c.fail(s.Value.Span(), "esql-semantics", fmt.Sprintf("Invalid setting value for unmapped_fields: %s", s.Value), `there are "fail", "nullify" and "load"`)
			}
		case "time_zone":
			c.zone(s)
		}
	}
}

// pipeline checks the commands from the first, and gives the scope at the end; nil when nothing can be said of it.
func (c *checker) pipeline(p *Pipeline) *scope {
	var s *scope
	switch first := p.Commands[0].(type) {
	case *From:
		s = c.from(first)
	case *Row:
		s = c.row(first)
	case *Opaque:
		c.undecided(first.Word)
		s = c.unknownScope()
	}
	for _, command := range p.Commands[1:] {
		c.process(s, command)
	}
	return s
}

// unknownScope is the scope of a source of which nothing is known.
func (c *checker) unknownScope() *scope {
	load := &Load{}
	c.add(load)
	return &scope{fields: map[string]*entry{}, hidden: map[string]bool{}, open: true, load: load}
}

func (c *checker) add(s Step) { c.steps = append(c.steps, s) }

func (c *checker) from(from *From) *scope {
	c.command = from
	if from.Word == "TS" {
		c.undecided("TS")
	}
	load := &Load{base: base{Of: from}}
	s := &scope{all: true, fields: map[string]*entry{}, hidden: map[string]bool{}, open: c.AssumeMapped, load: load}
	for _, index := range from.Indices {
		if index.Query != nil {
			return c.union(from)
		}
		load.Indices = append(load.Indices, index.Text)
	}
	c.add(load)
	for _, name := range from.Metadata {
		kind, ok := metadataType(name.Text)
		if !ok {
			c.fail(name.At, "esql-semantics", fmt.Sprintf("unresolved metadata fields: [?%s]", name.Text), diag.DidYouMean(name.Text, metadataNames()))
			continue
		}
		f := &LoadField{As: kind, Slot: c.newSlot(), Metadata: name.Text}
		load.Fields = append(load.Fields, f)
		s.put(&entry{Column: Column{name.Text, kind, f.Slot}, search: true})
		if name.Text == "_score" {
			c.undecided("_score")
		}
	}
	return s
}

func metadataNames() []string {
	return []string{"_id", "_index", "_version", "_source", "_score", "_ignored", "_index_mode", "_size", "_tier", "_slice", "_tsid"}
}

func metadataType(name string) (column.Type, bool) {
	switch name {
	case "_id", "_index", "_ignored", "_index_mode", "_tier", "_tsid":
		return column.Keyword, true
	case "_version":
		return column.Long, true
	case "_source":
		return column.Source, true
	case "_score":
		return column.Double, true
	case "_size", "_slice":
		return column.Integer, true
	}
	return column.Null, false
}

// row makes one row. A field sees those before it.
func (c *checker) row(row *Row) *scope {
	c.command = row
	c.add(&Rows{base{Of: row}})
	s := &scope{fields: map[string]*entry{}, hidden: map[string]bool{}}
	c.assign(s, row, row.Fields)
	return s
}

// assign computes fields one after the other into scope.
func (c *checker) assign(s *scope, of Command, fields []Field) {
	for _, f := range fields {
		v := c.value(s, f.Expr)
		c.put(s, of, c.fieldName(f), v)
	}
}

// put fills a new slot with a value and brings it into scope. What is only another name for a column shares its slot.
func (c *checker) put(s *scope, of Command, name string, v Value) {
	if ref, ok := v.(*Ref); ok {
		s.put(&entry{Column: Column{name, ref.As, ref.Slot}})
		return
	}
	slot := c.newSlot()
	c.add(&Compute{base{Of: of}, slot, v})
	s.put(&entry{Column: Column{name, v.Type(), slot}})
}

// fieldName is the name of a field: the one that it was given, or else its text.
func (c *checker) fieldName(f Field) string {
	switch e := f.Expr.(type) {
	case *Name:
		if f.Name == nil {
			return e.Text
		}
	}
	if f.Name != nil {
		return f.Name.Text
	}
	return c.text(f.At)
}

// text is what stands at a place of the query.
func (c *checker) text(at source.Span) string { return c.plan.Query.Text[at.Start:at.End] }

// union reads several sources, some of them subqueries, and gives the columns of all.
func (c *checker) union(from *From) *scope {
	outer := c.steps
	var branches []Branch
	var scopes []*scope
	plain := &From{Head: from.Head, Metadata: from.Metadata}
	run := func(p *Pipeline) {
		c.steps = nil
		branch := c.pipeline(p)
		c.spread(branch)
		branches, scopes = append(branches, Branch{Steps: c.steps}), append(scopes, branch)
	}
	for _, index := range from.Indices {
		if index.Query == nil {
			plain.Indices = append(plain.Indices, index)
		}
	}
	if len(plain.Indices) > 0 {
		run(&Pipeline{Commands: []Command{plain}})
	}
	for _, index := range from.Indices {
		if index.Query != nil {
			run(index.Query)
		}
	}
	c.steps, c.barrier = outer, "subquery"
	return c.merge(from, from.At, branches, scopes)
}

// merge makes one scope of those of several branches. A column that a branch lacks is null there.
func (c *checker) merge(of Command, at source.Span, branches []Branch, scopes []*scope) *scope {
	step := &Union{base: base{Of: of}, Branches: branches}
	s := &scope{fields: map[string]*entry{}, hidden: map[string]bool{}}
	for i, branch := range scopes {
		for _, e := range branch.columns {
			known, ok := s.get(e.Name)
			if !ok {
				known = &entry{Column: Column{e.Name, e.Type, c.newSlot()}}
				s.put(known)
				step.Output = append(step.Output, known.Column)
				for b := range step.Branches {
					step.Branches[b].From = append(step.Branches[b].From, -1)
				}
			}
			k := slices.IndexFunc(step.Output, func(o Column) bool { return o.Name == e.Name })
			if known.Type == column.Null {
				known.Type, step.Output[k].Type = e.Type, e.Type
			}
			if e.Type != known.Type && e.Type != column.Null {
				c.fail(at, "esql-type", fmt.Sprintf("Column [%s] has conflicting data types in FORK branches: [%s] and [%s]", e.Name, known.Type.Word(), e.Type.Word()), "convert it in one of the branches")
			}
			step.Branches[i].From[k] = c.slot(branch, e)
		}
		s.open = s.open || branch.open
	}
	s.load = &Load{}
	c.add(step)
	return s
}

func (s *scope) get(name string) (*entry, bool) {
	for _, e := range s.columns {
		if e.Name == name {
			return e, true
		}
	}
	return nil, false
}

// finish adds the limit that Elasticsearch adds, and notes the output.
func (c *checker) finish(s *scope) {
	c.spread(s)
	// Elasticsearch: with a LIMIT anywhere the result is cut at the most it gives, without one at the default.
	limit := defaultLimit
	if slices.ContainsFunc(c.steps, func(s Step) bool { cut, ok := s.(*Cut); return ok && len(cut.By) == 0 }) {
		limit = maxLimit
	}
	c.add(&Cut{Count: limit})
	var slots []int
	for _, e := range s.columns {
		e.Slot = c.slot(s, e)
		c.plan.Output = append(c.plan.Output, e.Column)
		slots = append(slots, e.Slot)
	}
	needs(c.steps, slots, func(int) {})
	c.plan.Steps = c.steps
}
