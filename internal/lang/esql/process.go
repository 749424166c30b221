package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/extract"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// process checks a command over the columns in scope, and leaves in scope what the command leaves.
func (c *checker) process(s *scope, command Command) {
	c.command = command
	switch command := command.(type) {
	case *Where:
		if v := c.condition(s, command.Condition); v != nil {
			c.add(&Filter{base{Of: command}, v})
		}
	case *Eval:
		c.assign(s, command, command.Fields)
	case *Keep:
		c.keep(s, command)
	case *Drop:
		c.drop(s, command)
	case *Rename:
		c.rename(s, command)
	case *Sort:
		c.sort(s, command)
	case *Limit:
		c.limit(s, command)
	case *Stats:
		c.stats(s, command)
	case *MvExpand:
		c.expand(s, command)
	case *Dissect:
		c.dissect(s, command)
	case *Grok:
		c.grok(s, command)
	case *Dedup:
		c.spread(s)
		step := &Distinct{base: base{Of: command}}
		for _, e := range s.columns {
			step.Slots = append(step.Slots, c.slot(s, e))
		}
		c.add(step)
		c.barrier = "DEDUP"
	default:
		c.processRare(s, command)
	}
}

func (c *checker) processRare(s *scope, command Command) {
	switch command := command.(type) {
	case *Fork:
		c.fork(s, command)
	case *Enrich:
		c.enrich(s, command)
	case *LookupJoin:
		c.join(s, command)
	case *Extract:
		c.extract(s, command)
	case *Completion:
		c.value(s, command.Prompt)
		c.supplied(s, command, targetName(command.Target, "completion"), column.Keyword)
	case *Rerank:
		for _, f := range command.Fields {
			c.value(s, f.Expr)
		}
		c.supplied(s, command, targetName(command.Target, "_score"), column.Double)
	case *ChangePoint:
		c.value(s, command.Value)
		c.supplied(s, command, targetName(command.Type, "type"), column.Keyword)
		c.supplied(s, command, targetName(command.PValue, "pvalue"), column.Double)
	default:
		c.undecided(command.Keyword())
	}
}

func targetName(n *Name, otherwise string) string {
	if n == nil {
		return otherwise
	}
	return n.Text
}

// supplied brings a column into scope that only a cluster could compute.
func (c *checker) supplied(s *scope, of Command, name string, t column.Type) {
	if !c.Supplied[name] {
		c.lacksColumn(of.Keyword(), name)
	}
	out := Column{name, t, c.newSlot()}
	c.add(&Supplied{base{Of: of}, []Column{out}})
	s.put(&entry{Column: out})
}

// keep orders columns by the patterns. Where several fit a column, a name beats a pattern with asterisks, which beats
// `*`; among equals the last counts.
func (c *checker) keep(s *scope, keep *Keep) {
	type place struct{ pattern, weight int }
	places := map[*entry]place{}
	found := make([][]*entry, len(keep.Patterns))
	for i, p := range keep.Patterns {
		found[i] = c.matching(s, p)
		weight := 2
		switch {
		case p.Wildcard && p.Text == "*":
			weight = 0
		case p.Wildcard:
			weight = 1
		}
		for _, e := range found[i] {
			if before, ok := places[e]; !ok || weight >= before.weight {
				places[e] = place{i, weight}
			}
		}
	}
	kept := make([]*entry, 0, len(places))
	for i := range found {
		for _, e := range found[i] {
			if places[e].pattern == i {
				kept = append(kept, e)
				// A pattern that fits it twice keeps it once.
				places[e] = place{pattern: -1}
			}
		}
	}
	for _, e := range s.columns {
		if _, ok := places[e]; !ok && e.Slot >= 0 {
			c.dropped[e.Name] = "KEEP dropped it"
		}
	}
	s.columns, s.all = kept, false
	s.narrow(keep.Patterns)
}

// narrow leaves open, after a KEEP, only the names that a pattern with asterisks fits.
func (s *scope) narrow(list []Pattern) {
	var kept []*match.Wildcard
	for _, p := range list {
		if p.Wildcard {
			kept = append(kept, match.Glob(p.Text))
		}
	}
	s.open, s.patterns = s.open && len(kept) > 0, kept
}

// matching gives the columns that a pattern of KEEP or DROP names.
func (c *checker) matching(s *scope, p Pattern) []*entry {
	switch {
	case p.Param:
		c.fail(p.At, "esql-semantics", fmt.Sprintf("Unknown query parameter [%s]", strings.TrimLeft(p.Text, "?")), "")
		return nil
	case p.Wildcard && p.Text == "*":
		c.spread(s)
		return s.columns
	case p.Wildcard:
		found := c.fitting(s, p.Text)
		if len(found) == 0 && !s.open {
			c.fail(p.At, "esql-unknown-column", fmt.Sprintf("No matches found for pattern [%s]", p.Text), "")
		}
		return found
	}
	if e, ok := c.find(s, p.Text); ok {
		return []*entry{e}
	}
	c.unknown(s, p.Text, p.Place)
	return nil
}

func (c *checker) drop(s *scope, drop *Drop) {
	for _, p := range drop.Patterns {
		for _, e := range slices.Clone(c.matching(s, p)) {
			s.remove(e.Name)
			c.dropped[e.Name] = "DROP dropped it"
		}
	}
}

func (c *checker) rename(s *scope, rename *Rename) {
	c.spread(s)
	for _, pair := range rename.Pairs {
		if pair.Old.Wildcard || pair.New.Wildcard {
			c.fail(pair.At, "esql-semantics", fmt.Sprintf("Using wildcards [*] in RENAME is not allowed [%s]", c.text(pair.At)), "")
			continue
		}
		e, ok := c.find(s, pair.Old.Text)
		if !ok {
			c.unknown(s, pair.Old.Text, pair.Old.Place)
			continue
		}
		if pair.Old.Text == pair.New.Text {
			continue
		}
		renamed := &entry{}
		*renamed = *e
		renamed.Column = Column{pair.New.Text, e.Type, c.slot(s, e)}
		s.columns = slices.DeleteFunc(s.columns, func(x *entry) bool { return x.Name == renamed.Name })
		if k := slices.Index(s.columns, e); k >= 0 {
			s.columns[k] = renamed
		} else {
			s.columns = append(s.columns, renamed)
		}
		s.hidden[e.Name] = true
		c.dropped[e.Name] = fmt.Sprintf("RENAME has made [%s] of it", renamed.Name)
	}
}

func (c *checker) sort(s *scope, sort *Sort) {
	step := &Arrange{base: base{Of: sort}}
	for _, o := range sort.Orders {
		v := c.value(s, o.Expr)
		if t := v.Type(); t == column.GeoPoint || t == column.GeoShape || t == column.Source {
			c.fail(o.Expr.Span(), "esql-type", "cannot sort on "+t.Word(), "")
		}
		// ASC has nulls last, DESC first (Elasticsearch).
		key := SortKey{Value: v, Descending: o.Descending, NullsFirst: o.Descending}
		if o.NullsFirst != nil {
			key.NullsFirst = *o.NullsFirst
		}
		step.Keys = append(step.Keys, key)
	}
	c.add(step)
}

func (c *checker) limit(s *scope, limit *Limit) {
	lit, ok := limit.Count.(*Literal)
	if !ok || lit.Value.Type() != column.Integer || lit.Value.Count(0) != 1 || lit.Value.Int(0) < 0 {
		c.fail(limit.Count.Span(), "esql-semantics", fmt.Sprintf("Invalid value for LIMIT [%s], expecting a non negative integer", limit.Count), "")
		return
	}
	step := &Cut{base: base{Of: limit}, Count: int(lit.Value.Int(0))}
	for _, f := range limit.By {
		step.By = append(step.By, c.value(s, f.Expr))
	}
	c.add(step)
	c.barrier = "LIMIT"
}

func (c *checker) expand(s *scope, expand *MvExpand) {
	e, ok := c.column(s, expand.Column)
	if !ok {
		return
	}
	if !c.usable(e, expand.Column) {
		return
	}
	step := &Expand{base{Of: expand}, c.slot(s, e), c.newSlot()}
	c.add(step)
	// The column keeps its place.
	expanded := &entry{Column: Column{e.Name, e.Type, step.To}, mapping: e.mapping}
	if k := slices.Index(s.columns, e); k >= 0 {
		s.columns[k] = expanded
	} else {
		s.fields[e.Name] = expanded
	}
	c.plan.Expanded = append(c.plan.Expanded, step.To)
	c.barrier = "MV_EXPAND"
}

// input is the text that GROK and DISSECT take apart.
func (c *checker) input(s *scope, e Expr, command string) Value {
	v := c.value(s, e)
	if t := v.Type(); !t.IsString() && t != column.Null {
		c.fail(e.Span(), "esql-type", fmt.Sprintf("%s only supports KEYWORD or TEXT values, found expression [%s] type [%s]", command, e, strings.ToUpper(t.Word())), "convert it with TO_STRING")
	}
	return v
}

func (c *checker) dissect(s *scope, d *Dissect) {
	separator := ""
	for _, o := range d.Options {
		if !strings.EqualFold(o.Name, "append_separator") {
			c.fail(o.At, "esql-semantics", fmt.Sprintf("Invalid option for dissect: [%s]", o.Name), "there is append_separator")
			continue
		}
		separator, _ = constantText(o.Value)
	}
	step := &TakeApart{base: base{Of: d}, Input: c.input(s, d.Input, "Dissect")}
	pattern, ok := constantText(d.Pattern)
	if !ok {
		return
	}
	compiled, err := extract.CompileDissect(pattern, separator)
	if err != nil {
		c.fail(d.Pattern.Span(), "esql-pattern", capital(err.Error()), "")
		return
	}
	step.Dissect = compiled
	for _, name := range compiled.Names() {
		step.Outputs = append(step.Outputs, Column{name, column.Keyword, c.newSlot()})
	}
	c.outputs(s, step, step.Outputs)
}

func (c *checker) grok(s *scope, g *Grok) {
	step := &TakeApart{base: base{Of: g}, Input: c.input(s, g.Input, "Grok")}
	var texts []string
	at := g.Patterns[0].Span()
	for _, p := range g.Patterns {
		text, _ := constantText(p)
		texts = append(texts, text)
		at = at.Cover(p.Span())
	}
	compiled, err := extract.CompileGrok(texts...)
	if err != nil {
		c.fail(at, "esql-pattern", capital(err.Error()), "")
		return
	}
	step.Grok = compiled
	for _, f := range compiled.Fields() {
		step.Outputs = append(step.Outputs, Column{f.Name, grokType(f.Kind), c.newSlot()})
	}
	c.outputs(s, step, step.Outputs)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func grokType(k extract.Kind) column.Type {
	switch k {
	case extract.Int:
		return column.Integer
	case extract.Long:
		return column.Long
	case extract.Float, extract.Double:
		return column.Double
	case extract.Boolean:
		return column.Boolean
	}
	return column.Keyword
}

// outputs adds a step and brings its columns into scope.
func (c *checker) outputs(s *scope, step Step, columns []Column) {
	c.add(step)
	for _, col := range columns {
		s.put(&entry{Column: col})
	}
}

func constantText(e Expr) (string, bool) {
	lit, ok := e.(*Literal)
	if !ok || lit.Value.Count(0) != 1 || lit.Value.Type() != column.Keyword {
		return "", false
	}
	return lit.Value.Text(0), true
}

// fork runs branches over the same rows. The column _fork says which branch a row comes from.
func (c *checker) fork(s *scope, fork *Fork) {
	if len(fork.Branches) < 2 || len(fork.Branches) > 8 {
		c.fail(fork.At, "esql-semantics", "Fork supports between 2 and 8 branches, got: "+fmt.Sprint(len(fork.Branches)), "")
	}
	outer, barrier := c.steps, c.barrier
	var branches []Branch
	var scopes []*scope
	for i, b := range fork.Branches {
		c.steps, c.barrier = nil, barrier
		branch := s.branch()
		for _, command := range b.Commands {
			c.process(branch, command)
		}
		c.put(branch, fork, "_fork", &Constant{valueOf{column.Keyword, nil}, column.OfTexts(column.Keyword, []string{fmt.Sprintf("fork%d", i+1)})})
		c.spread(branch)
		branches, scopes = append(branches, Branch{Steps: c.steps}), append(scopes, branch)
	}
	c.steps, c.barrier = outer, "FORK"
	*s = *c.merge(fork, fork.At, branches, scopes)
}
