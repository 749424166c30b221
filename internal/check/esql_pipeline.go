package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// esqlPipelineChecks find commands that lose rows, or leave too little of them.
func esqlPipelineChecks() []*Check {
	return []*Check{
		{
			Name: "esql-negation-drops-missing", Set: Suspicious, Level: diag.Info, Languages: onlyESQL(),
			Reason: "a negated condition on a missing field is null, and its row is dropped; in KQL and EQL it would stay",
			Avoid:  `WHERE user.name != "root"`, Prefer: `WHERE user.name != "root" OR user.name IS NULL`,
			query: esqlNegationDropsMissing,
		},
		{
			Name: "esql-scalar-on-array", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "a comparison of a field with several values is null, and its row is dropped",
			Avoid:  `WHERE process.args == "-x"`, Prefer: `WHERE MV_CONTAINS(process.args, "-x")`,
			query: esqlScalarOnArray,
		},
		{
			Name: "esql-group-by-array", Set: Suspicious, Level: diag.Info, Languages: onlyESQL(),
			Reason: "an event with several values counts in the group of each of them",
			Avoid:  `STATS n = COUNT(*) BY host.ip`, Prefer: `STATS n = COUNT(*) BY host.id`,
			query: esqlGroupByArray,
		},
		{
			Name: "esql-metadata-missing", Set: Correctness, Level: diag.Error, Languages: onlyESQL(),
			Reason: "without _id every run makes new alerts of the events that were found before, and older releases refuse the rule",
			Avoid:  `FROM logs-* | WHERE ...`, Prefer: `FROM logs-* METADATA _id, _version, _index | WHERE ...`,
			query: esqlMetadataMissing,
		},
		{
			Name: "esql-metadata-incomplete", Set: Suspicious, Level: diag.Info, Languages: onlyESQL(),
			Reason: "Kibana before 9.4 tells by _id, _version and _index together whether an event has made an alert already",
			Avoid:  `FROM logs-* METADATA _id`, Prefer: `FROM logs-* METADATA _id, _version, _index`,
			query: esqlMetadataIncomplete,
		},
		{
			Name: "esql-limit-before-filter", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "a LIMIT before a filter or an aggregation takes any rows: what is looked for may not be among them",
			Avoid:  `FROM x | LIMIT 100 | STATS n = COUNT(*)`, Prefer: `FROM x | STATS n = COUNT(*) | LIMIT 100`,
			query: esqlLimitBeforeFilter,
		},
		{
			Name: "esql-limit-too-high", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "a query gives at most 10,000 rows (esql.query.result_truncation_max_size), whatever it asks for",
			Avoid:  `LIMIT 50000`, Prefer: `LIMIT 10000`,
			query: esqlLimitTooHigh,
		},
		{
			Name: "esql-stats-without-by", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "an alert of an aggregation without groups names no host, no user, nothing to look at",
			Avoid:  `STATS n = COUNT(*) | WHERE n > 5`, Prefer: `STATS n = COUNT(*) BY host.id | WHERE n > 5`,
			query: esqlStatsWithoutBy,
		},
		{
			Name: "esql-own-time-range", Set: Suspicious, Level: diag.Info, Languages: onlyESQL(),
			Reason: "the rule's from bounds the time already: a second bound in the query hides what the rule looks back to",
			Avoid:  `WHERE @timestamp > NOW() - 10 minutes`, Prefer: `from = "now-10m"`,
			query: esqlOwnTimeRange,
		},
		{
			Name: "esql-column-prefix", Set: Policy, Level: Off, Languages: onlyESQL(),
			Reason: "a computed column named Esql.NAME is never taken for a field of the events",
			Avoid:  `EVAL total = a + b`, Prefer: `EVAL Esql.total = a + b`,
			query: esqlColumnPrefix,
		},
		{
			Name: "esql-shadowed-field", Set: Suspicious, Level: diag.Info, Languages: onlyESQL(),
			Reason: "a column with the name of a field hides it, and the alert holds what the query computed",
			Avoid:  `EVAL process.name = TO_LOWER(process.name)`, Prefer: `EVAL Esql.process_name = TO_LOWER(process.name)`,
			query: esqlShadowedField,
		},
	}
}

func esqlNegationDropsMissing(p *pass, q *query) {
	for _, e := range q.events {
		if e.computed {
			continue
		}
		guarded := map[string]bool{}
		e.condition.each(false, func(c *Comparison, _ bool) {
			if c.Operator == Exists {
				guarded[c.Field] = true
			}
		})
		for _, part := range conjuncts(e.condition) {
			if part.Kind != NotOf || part.Parts[0].Test == nil {
				continue
			}
			if t := part.Parts[0].Test; t.Operator != Exists && !t.Computed && !guarded[t.Field] {
				p.report(part.At, finding{message: fmt.Sprintf("rows without `%s` are dropped here", t.Field), help: fmt.Sprintf("add OR %s IS NULL if they are meant", t.Field)})
			}
		}
	}
}

func esqlScalarOnArray(p *pass, q *query) {
	expanded := map[string]bool{}
	for _, c := range esql.Commands(q.esql) {
		if expand, ok := c.(*esql.MvExpand); ok {
			expanded[expand.Column.Text] = true
		}
	}
	told := map[string]bool{}
	q.each(func(c *Comparison, _ event, _ bool) {
		if c.Computed || c.Operator == Exists || expanded[c.Field] || told[c.Field] || !q.several(c.Field) {
			return
		}
		told[c.Field] = true
		p.report(c.At, finding{message: fmt.Sprintf("`%s` may have several values, and then this is null", c.Field), help: "use MV_CONTAINS, KQL(...) or MV_EXPAND"})
	})
}

func esqlGroupByArray(p *pass, q *query) {
	for _, c := range esql.Commands(q.esql) {
		stats, ok := c.(*esql.Stats)
		if !ok {
			continue
		}
		for _, f := range stats.By {
			n, ok := f.Expr.(*esql.Name)
			if !ok {
				continue
			}
			if q.several(n.Text) {
				p.report(n.At, finding{message: fmt.Sprintf("an event with several values of `%s` counts in several groups", n.Text), help: "group by a field that has one value"})
			}
		}
	}
}

// esqlMetadataMissing asks for _id where every row is an event, and that no command takes it away.
func esqlMetadataMissing(p *pass, q *query) {
	if p.Rule.Type != rule.TypeESQL || q.esql.Aggregating() {
		return
	}
	from, ok := q.esql.Pipeline.Commands[0].(*esql.From)
	if !ok {
		return
	}
	if !slices.ContainsFunc(from.Metadata, func(n *esql.Name) bool { return n.Text == "_id" }) {
		p.report(from.At, finding{message: "the rows are events, and `_id` does not tell them apart", help: "add METADATA _id, _version, _index"})
		return
	}
	for _, c := range q.esql.Pipeline.Commands {
		switch c := c.(type) {
		case *esql.Keep:
			if !slices.ContainsFunc(c.Patterns, holdsID) {
				p.report(c.At, finding{message: "this KEEP takes `_id` away", help: "add _id, _version, _index"})
			}
		case *esql.Drop:
			for _, pattern := range c.Patterns {
				if holdsID(pattern) {
					p.report(pattern.At, finding{message: "this takes `_id` away", help: "keep _id"})
				}
			}
		}
	}
}

func esqlMetadataIncomplete(p *pass, q *query) {
	from, ok := q.esql.Pipeline.Commands[0].(*esql.From)
	if !ok || p.Rule.Type != rule.TypeESQL || q.esql.Aggregating() {
		return
	}
	has := func(name string) bool {
		return slices.ContainsFunc(from.Metadata, func(n *esql.Name) bool { return n.Text == name })
	}
	var missing []string
	for _, name := range []string{"_version", "_index"} {
		if !has(name) {
			missing = append(missing, name)
		}
	}
	if has("_id") && len(missing) > 0 {
		last := from.Metadata[len(from.Metadata)-1]
		p.report(from.Metadata[0].At.Cover(last.At), finding{
			message: "the metadata lacks " + strings.Join(missing, " and "), help: "add them", fix: []diag.Edit{{Span: source.Span{Start: last.At.End, End: last.At.End}, Text: ", " + strings.Join(missing, ", ")}},
		})
	}
}

func holdsID(p esql.Pattern) bool {
	return p.Text == "_id" || p.Wildcard && (p.Text == "*" || p.Text == "_*" || p.Text == "_i*")
}

func esqlLimitBeforeFilter(p *pass, q *query) {
	var limit *esql.Limit
	sorted := false
	for _, c := range q.esql.Pipeline.Commands {
		switch c := c.(type) {
		case *esql.Sort:
			sorted = true
		case *esql.Limit:
			if limit == nil && !sorted {
				limit = c
			}
		case *esql.Where, *esql.Stats:
			if limit != nil {
				p.report(limit.At, finding{message: fmt.Sprintf("`%s` works on any rows that this leaves", c.Keyword()), help: "move the LIMIT to the end, or sort before it"})
				return
			}
		}
	}
}

// maxRows is Elasticsearch's bound of a result.
const maxRows = 10_000

func esqlLimitTooHigh(p *pass, q *query) {
	for _, c := range esql.Commands(q.esql) {
		limit, ok := c.(*esql.Limit)
		if !ok {
			continue
		}
		if n, err := strconv.Atoi(limit.Count.String()); err == nil && n > maxRows {
			p.report(limit.Count.Span(), finding{message: fmt.Sprintf("%d rows are asked for, and Elasticsearch gives at most %d", n, maxRows), help: "aggregate, or filter more"})
		}
	}
}

func esqlStatsWithoutBy(p *pass, q *query) {
	var last *esql.Stats
	for _, c := range q.esql.Pipeline.Commands {
		if stats, ok := c.(*esql.Stats); ok && stats.Keyword() == "STATS" {
			last = stats
		}
	}
	if last == nil || len(last.By) > 0 {
		return
	}
	for _, f := range last.Aggregates {
		if call, ok := f.Expr.(*esql.Call); ok && slices.Contains([]string{"values", "top", "first", "last"}, strings.ToLower(call.Name)) {
			return
		}
	}
	p.report(last.At, finding{message: "the alert will name nothing but numbers", help: "add BY, or keep what it is about with VALUES(...)"})
}

func esqlOwnTimeRange(p *pass, q *query) {
	esql.Walk(q.esql, func(e esql.Expr) bool {
		b, ok := e.(*esql.Binary)
		if !ok || b.Op != ">" && b.Op != ">=" {
			return true
		}
		n, isName := b.X.(*esql.Name)
		if isName && n.Text == "@timestamp" && strings.Contains(strings.ToLower(q.slice(b.Y.Span())), "now()") {
			p.report(b.At, finding{message: "the rule's own time range applies as well", help: "remove it, and set `from`"})
		}
		return true
	})
}

func esqlColumnPrefix(p *pass, q *query) {
	for _, c := range esql.Commands(q.esql) {
		for _, f := range computed(c) {
			if f.Name != nil && !strings.HasPrefix(f.Name.Text, "Esql.") && !strings.HasPrefix(f.Name.Text, "Esql_priv.") {
				p.report(f.Name.At, finding{message: fmt.Sprintf("the column `%s` looks like a field of the events", f.Name.Text), help: "begin its name with Esql."})
			}
		}
	}
}

// computed are the columns that EVAL and the aggregates of STATS make.
func computed(c esql.Command) []esql.Field {
	switch c := c.(type) {
	case *esql.Eval:
		return c.Fields
	case *esql.Stats:
		return c.Aggregates
	}
	return nil
}

func esqlShadowedField(p *pass, q *query) {
	for _, c := range esql.Commands(q.esql) {
		for _, f := range computed(c) {
			if f.Name == nil {
				continue
			}
			if _, known := q.schema.Lookup(f.Name.Text); known {
				p.report(f.Name.At, finding{message: fmt.Sprintf("this hides the field `%s`", f.Name.Text), help: "give the column another name"})
			}
		}
	}
}
