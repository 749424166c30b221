package esql

import "slices"

// Walk calls visit for every expression of a query and everything below it, parents first, in the order of the text. Where visit
// gives false, it does not go deeper. Branches of FORK and subqueries are walked, too.
func Walk(q *Query, visit func(Expr) bool) {
	for _, c := range Commands(q) {
		for _, e := range Expressions(c) {
			WalkExpr(e, visit)
		}
	}
}

// Commands are all commands of a query, those of subqueries and branches right after the command that holds them.
func Commands(q *Query) []Command {
	var all []Command
	var add func(p *Pipeline)
	add = func(p *Pipeline) {
		if p == nil {
			return
		}
		for _, c := range p.Commands {
			all = append(all, c)
			switch c := c.(type) {
			case *From:
				for _, index := range c.Indices {
					add(index.Query)
				}
			case *Fork:
				for _, branch := range c.Branches {
					add(branch)
				}
			}
			for _, e := range Expressions(c) {
				WalkExpr(e, func(e Expr) bool {
					if in, ok := e.(*In); ok {
						add(in.Query)
					}
					return true
				})
			}
		}
	}
	add(q.Pipeline)
	return all
}

// Aggregating tells whether the query holds a STATS, after which rows are no longer documents; INLINE STATS is none.
func (q *Query) Aggregating() bool {
	return slices.ContainsFunc(Commands(q), func(c Command) bool {
		stats, ok := c.(*Stats)
		return ok && stats.Word == "STATS"
	})
}

// Sources are the index patterns that the query reads, those of subqueries included; exclusions keep their "-".
func (q *Query) Sources() []string {
	var all []string
	for _, c := range Commands(q) {
		if from, ok := c.(*From); ok {
			for _, index := range from.Indices {
				if index.Query == nil {
					all = append(all, index.Text)
				}
			}
		}
	}
	return all
}

// Expressions are the expressions that a command holds itself.
func Expressions(c Command) []Expr {
	switch c := c.(type) {
	case *Row:
		return ofFields(c.Fields)
	case *Where:
		return []Expr{c.Condition}
	case *Eval:
		return ofFields(c.Fields)
	case *Sort:
		all := make([]Expr, len(c.Orders))
		for i, o := range c.Orders {
			all[i] = o.Expr
		}
		return all
	case *Limit:
		return append([]Expr{c.Count}, ofFields(c.By)...)
	case *Stats:
		return append(ofFields(c.Aggregates), ofFields(c.By)...)
	case *MvExpand:
		return []Expr{c.Column}
	case *Dissect:
		return []Expr{c.Input, c.Pattern}
	case *Grok:
		return append([]Expr{c.Input}, c.Patterns...)
	case *LookupJoin:
		return c.On
	case *Completion:
		return []Expr{c.Prompt}
	case *Sample:
		return []Expr{c.Probability}
	case *Extract:
		return []Expr{c.Input}
	}
	return nil
}

func ofFields(fields []Field) []Expr {
	var all []Expr
	for _, f := range fields {
		if f.Expr != nil {
			all = append(all, f.Expr)
		}
		if f.Where != nil {
			all = append(all, f.Where)
		}
	}
	return all
}

// WalkExpr calls visit for an expression and everything below it, parents first. Where visit gives false, it does not go deeper.
func WalkExpr(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, below := range Operands(e) {
		WalkExpr(below, visit)
	}
}

// Operands are the expressions right below an expression.
func Operands(e Expr) []Expr {
	switch e := e.(type) {
	case *Call:
		return e.Args
	case *Negate:
		return []Expr{e.X}
	case *Not:
		return []Expr{e.X}
	case *Binary:
		return []Expr{e.X, e.Y}
	case *Logic:
		return e.Operands
	case *In:
		return append([]Expr{e.X}, e.List...)
	case *Like:
		return append([]Expr{e.X}, e.Patterns...)
	case *IsNull:
		return []Expr{e.X}
	case *Match:
		return []Expr{e.Field, e.Query}
	case *Cast:
		return []Expr{e.X}
	}
	return nil
}
