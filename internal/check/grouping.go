package check

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// groupingChecks look at the fields by which a rule groups events: those of thresholds, new terms and suppression.
func groupingChecks() []*Check {
	return []*Check{
		{
			Name: "grouping-by-array", Set: Suspicious, Level: diag.Info,
			Reason: "an event with several values of a field counts in the group, or as the new term, of each of them",
			Avoid:  `threshold.field = ["host.ip"]`, Prefer: `threshold.field = ["host.id"]`,
			rule: groupingByArray,
		},
		{
			Name: "grouping-by-unique-field", Set: Suspicious, Level: diag.Warning,
			Reason: "a field that no two events share makes a group of each event: nothing is ever counted, and every term is new",
			Avoid:  `threshold.field = ["event.id"]`, Prefer: `threshold.field = ["user.id"]`,
			rule: groupingByUnique,
		},
		{
			Name: "suppression-field-dropped", Set: Correctness, Level: diag.Error, Languages: onlyESQL(),
			Reason: "alerts are suppressed by columns of the result: one that the query does not give is missing in every row",
			Avoid:  `| KEEP user.name with alert_suppression.group_by = ["host.id"]`, Prefer: `| KEEP user.name, host.id`,
			query: suppressionFieldDropped,
		},
	}
}

// eachGrouping visits the fields by which the rule groups, with the place of each.
func (p *pass) eachGrouping(visit func(name string, path ...string)) {
	if s := p.Rule.AlertSuppression; s != nil {
		for i, name := range s.GroupBy {
			visit(name, "rule", "alert_suppression", "group_by", strconv.Itoa(i))
		}
	}
	if t := p.Rule.Threshold; t != nil && t.Field != nil && !t.Field.Single {
		for i, name := range t.Field.Values {
			visit(name, "rule", "threshold", "field", strconv.Itoa(i))
		}
	}
	if n := p.Rule.NewTerms; n != nil {
		for i, name := range n.Value {
			visit(name, p.newTerm(i)...)
		}
	}
}

func groupingByArray(p *pass) {
	if p.Environment.Schema == nil || p.Rule.Type == rule.TypeESQL {
		return
	}
	schema := &query{schema: p.Environment.Schema}
	p.eachGrouping(func(name string, path ...string) {
		if schema.several(name) {
			p.reportAt(finding{message: fmt.Sprintf("an event may have several values of `%s`", name), help: "group by a field that has one value"}, path...)
		}
	})
}

// uniqueFields are fields that tell single events apart.
func uniqueFields() []string {
	return []string{"@timestamp", "_id", "event.id", "event.hash", "event.sequence", "event.created", "event.ingested", "kibana.alert.uuid"}
}

func groupingByUnique(p *pass) {
	p.eachGrouping(func(name string, path ...string) {
		if slices.Contains(uniqueFields(), name) {
			p.reportAt(finding{message: fmt.Sprintf("nearly every event has a `%s` of its own", name), help: "group by what events share"}, path...)
		}
	})
}

// columns are those that a query gives: patterns of names. all tells that those of the indices are among them.
type columns struct {
	all   bool
	names []string
}

// output are the columns that an ES|QL query gives, as far as its own text tells.
func output(q *esql.Query) columns {
	out := columns{all: true}
	for _, c := range q.Pipeline.Commands {
		switch c := c.(type) {
		case *esql.Keep:
			kept := columns{}
			for _, pattern := range c.Patterns {
				kept.names = append(kept.names, pattern.Text)
			}
			out = kept
		case *esql.Stats:
			if c.Keyword() == "STATS" {
				out = columns{names: groupNames(c)}
			}
		case *esql.Fork, *esql.Enrich, *esql.LookupJoin, *esql.Opaque, *esql.Extract, *esql.Completion:
			return columns{all: true}
		}
		out.names = append(out.names, columnsOf(c)...)
	}
	return out
}

// groupNames are the groups of a STATS that have no name of their own.
func groupNames(c *esql.Stats) []string {
	var names []string
	for _, f := range c.By {
		if n, ok := f.Expr.(*esql.Name); ok && f.Name == nil {
			names = append(names, n.Text)
		}
	}
	return names
}

func suppressionFieldDropped(p *pass, q *query) {
	s := p.Rule.AlertSuppression
	if s == nil || p.Rule.Type != rule.TypeESQL {
		return
	}
	out := output(q.esql)
	if out.all {
		return
	}
	for i, name := range s.GroupBy {
		if !slices.ContainsFunc(out.names, func(pattern string) bool { return pattern == name || match.Glob(pattern).Match(name) }) {
			p.reportAt(finding{message: fmt.Sprintf("the query gives no column `%s`", name), help: "keep it, or group by it"}, "rule", "alert_suppression", "group_by", strconv.Itoa(i))
		}
	}
}
