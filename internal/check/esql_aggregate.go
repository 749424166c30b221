package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// esqlAggregateChecks find what counts, groups and buckets say less than they seem to.
func esqlAggregateChecks() []*Check {
	return []*Check{
		{
			Name: "esql-approximate-count", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "COUNT_DISTINCT is exact up to 3,000 values only (its default precision): a threshold near that is met too early or too late",
			Avoid:  `STATS n = COUNT_DISTINCT(user.name) | WHERE n > 5000`, Prefer: `STATS n = COUNT_DISTINCT(user.name, 40000) | WHERE n > 5000`,
			query: esqlApproximateCount,
		},
		{
			Name: "esql-count-of-condition", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "COUNT counts values, and false is one: only null is left out",
			Avoid:  `STATS n = COUNT(event.outcome == "failure")`, Prefer: `STATS n = COUNT(*) WHERE event.outcome == "failure"`,
			query: esqlCountOfCondition,
		},
		{
			Name: "esql-group-of-missing", Set: Suspicious, Level: Off, Languages: onlyESQL(),
			Reason: "events without the field that is grouped by make one group, which is null and belongs to nobody",
			Avoid:  `STATS n = COUNT(*) BY user.name`, Prefer: `WHERE user.name IS NOT NULL | STATS n = COUNT(*) BY user.name`,
			query: esqlGroupOfMissing,
		},
		{
			Name: "esql-aggregate-overlap", Set: Suspicious, Level: Off, Languages: onlyESQL(),
			Reason: "rows of an aggregation have no _id: where the look-back is longer than the interval, the same events make an alert in every run",
			Avoid:  `from = "now-60m", interval = "5m" with STATS`, Prefer: `alert_suppression, or a look-back as long as the interval`,
			query: esqlAggregateOverlap,
		},
		{
			Name: "esql-bucket-over-lookback", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "a run sees only the events of its look-back: a bucket of time that is longer is never full",
			Avoid:  `DATE_TRUNC(1 hour, @timestamp) with from = "now-9m"`, Prefer: `from = "now-2h"`,
			query: esqlBucketOverLookback,
		},
		{
			Name: "esql-unbounded-values", Set: Performance, Level: Off, Languages: onlyESQL(),
			Reason: "VALUES keeps every distinct value in memory, and in the alert: a busy group breaks the query",
			Avoid:  `VALUES(process.command_line)`, Prefer: `TOP(process.command_line, 50, "asc")`,
			query: esqlUnboundedValues,
		},
		{
			Name: "esql-limit-over-max-signals", Set: Suspicious, Level: diag.Info, Languages: onlyESQL(),
			Reason: "each row is an alert, and a run makes max_signals of them at most: the other rows are lost",
			Avoid:  `LIMIT 1000 with max_signals = 100`, Prefer: `max_signals = 1000`,
			query: esqlLimitOverMaxSignals,
		},
		{
			Name: "esql-sort-without-limit", Set: Style, Level: Off, Languages: onlyESQL(),
			Reason: "alerts have no order: a SORT matters only before a LIMIT",
			Avoid:  `SORT @timestamp`, Prefer: `SORT @timestamp | LIMIT 100`,
			query: esqlSortWithoutLimit,
		},
	}
}

// eachAggregate visits the calls that the aggregates of STATS begin with, with the name of their column.
func (q *query) eachAggregate(visit func(column string, call *esql.Call)) {
	for _, c := range esql.Commands(q.esql) {
		stats, ok := c.(*esql.Stats)
		if !ok {
			continue
		}
		for _, f := range stats.Aggregates {
			name := ""
			if f.Name != nil {
				name = f.Name.Text
			}
			if call, ok := f.Expr.(*esql.Call); ok {
				visit(name, call)
			}
		}
	}
}

// exactValues is how many distinct values COUNT_DISTINCT tells exactly.
const exactValues = 3000

func esqlApproximateCount(p *pass, q *query) {
	approximate := map[string]bool{}
	q.eachAggregate(func(column string, call *esql.Call) {
		if strings.EqualFold(call.Name, "count_distinct") && len(call.Args) == 1 {
			approximate[column] = true
		}
	})
	q.each(func(c *Comparison, _ event, _ bool) {
		if !c.Computed || !approximate[c.Field] || !c.Operator.IsRange() || len(c.Values) != 1 {
			return
		}
		if n, err := strconv.ParseFloat(c.Values[0].Text, 64); err == nil && n >= exactValues {
			p.report(c.At, finding{message: fmt.Sprintf("`%s` is an estimate where it is about %s", c.Field, c.Values[0].Text), help: "give COUNT_DISTINCT a precision of up to 40000 as a second argument"})
		}
	})
}

func esqlCountOfCondition(p *pass, q *query) {
	q.eachAggregate(func(_ string, call *esql.Call) {
		if !strings.EqualFold(call.Name, "count") || len(call.Args) != 1 {
			return
		}
		switch arg := call.Args[0].(type) {
		case *esql.Logic, *esql.Not, *esql.In, *esql.Like, *esql.IsNull:
		case *esql.Binary:
			if !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, arg.Op) {
				return
			}
		default:
			return
		}
		condition := q.slice(call.Args[0].Span())
		p.report(call.At, finding{message: "the count includes rows for which this is false", help: fmt.Sprintf("write COUNT(*) WHERE %s", abridged(condition))})
	})
}

// guarded are the fields that some condition of the query asks to be there.
func (q *query) guarded() map[string]bool {
	names := map[string]bool{}
	for _, e := range q.events {
		for _, c := range conjuncts(e.condition) {
			if c.Kind == Single && !e.computed {
				names[c.Test.Field] = true
			}
		}
	}
	return names
}

func esqlGroupOfMissing(p *pass, q *query) {
	guarded := q.guarded()
	for _, c := range esql.Commands(q.esql) {
		stats, ok := c.(*esql.Stats)
		if !ok {
			continue
		}
		for _, f := range stats.By {
			if n, ok := f.Expr.(*esql.Name); ok && !guarded[n.Text] {
				p.report(n.At, finding{message: fmt.Sprintf("events without `%s` make a group, too", n.Text), help: fmt.Sprintf("ask for %s IS NOT NULL before", n.Text)})
				guarded[n.Text] = true
			}
		}
	}
}

func esqlAggregateOverlap(p *pass, q *query) {
	back, interval, ok := lookBack(p.Rule)
	if !ok || p.Rule.Type != rule.TypeESQL || !q.esql.Aggregating() || p.Rule.AlertSuppression != nil || back <= interval {
		return
	}
	for _, c := range q.esql.Pipeline.Commands {
		if c.Keyword() == "STATS" {
			p.report(keywordOf(c), finding{
				message: fmt.Sprintf("a run every %s looks back %s, and tells of the same groups again", short(interval), short(back)), help: "add `alert_suppression`, or make the two equal",
			})
			return
		}
	}
}

// keywordOf is the word that a command begins with.
func keywordOf(c esql.Command) source.Span {
	at := c.Span()
	return source.Span{Start: at.Start, End: min(at.Start+len(c.Keyword()), at.End)}
}

// timespan is a length of time as ES|QL writes it.
var timespan = regexp.MustCompile(`^(\d+)\s*([a-zA-Z]+)$`)

// spanUnits are the units of ES|QL's timespans that have a fixed length.
func spanUnits() map[string]time.Duration {
	units := map[string]time.Duration{}
	for names, d := range map[string]time.Duration{
		"s sec second": time.Second, "m min minute": time.Minute, "h hour": time.Hour, "d day": 24 * time.Hour, "w week": 7 * 24 * time.Hour,
	} {
		for _, name := range strings.Fields(names) {
			units[name], units[name+"s"] = d, d
		}
	}
	return units
}

func parseTimespan(text string) (time.Duration, bool) {
	m := timespan.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	unit, ok := spanUnits()[strings.ToLower(m[2])]
	return time.Duration(n) * unit, ok && err == nil
}

func esqlBucketOverLookback(p *pass, q *query) {
	back, _, ok := lookBack(p.Rule)
	if !ok || p.Rule.Type != rule.TypeESQL {
		return
	}
	esql.Walk(q.esql, func(e esql.Expr) bool {
		call, isCall := e.(*esql.Call)
		if !isCall || len(call.Args) != 2 {
			return true
		}
		at := map[string]int{"date_trunc": 0, "bucket": 1, "tbucket": 0}
		i, buckets := at[strings.ToLower(call.Name)]
		if !buckets {
			return true
		}
		if span, ok := parseTimespan(q.slice(call.Args[i].Span())); ok && span > back {
			p.report(call.Args[i].Span(), finding{message: fmt.Sprintf("the bucket lasts %s, and a run looks back %s", short(span), short(back)), help: fmt.Sprintf("set `from` to now-%s or earlier", short(2*span))})
		}
		return true
	})
}

func esqlUnboundedValues(p *pass, q *query) {
	q.eachAggregate(func(_ string, call *esql.Call) {
		if strings.EqualFold(call.Name, "values") && len(call.Args) == 1 {
			p.report(call.At, finding{message: fmt.Sprintf("every distinct value of `%s` is kept", abridged(q.slice(call.Args[0].Span()))), help: "use TOP, or COUNT_DISTINCT"})
		}
	})
}

func esqlLimitOverMaxSignals(p *pass, q *query) {
	if p.Rule.Type != rule.TypeESQL {
		return
	}
	last, ok := q.esql.Pipeline.Commands[len(q.esql.Pipeline.Commands)-1].(*esql.Limit)
	if !ok {
		return
	}
	signals := p.Rule.MaxSignalsOrDefault()
	if n, err := strconv.Atoi(last.Count.String()); err == nil && n > signals && n <= maxRows {
		p.report(last.Count.Span(), finding{message: fmt.Sprintf("%d rows are asked for, and a run makes %d alerts at most", n, signals), help: "raise `max_signals`, or lower the limit"})
	}
}

func esqlSortWithoutLimit(p *pass, q *query) {
	commands := q.esql.Pipeline.Commands
	for i, c := range commands {
		if c.Keyword() != "SORT" {
			continue
		}
		// What depends on the order of rows may follow.
		if !slices.ContainsFunc(commands[i+1:], func(c esql.Command) bool {
			return c.Keyword() != "KEEP" && c.Keyword() != "DROP" && c.Keyword() != "RENAME" && c.Keyword() != "EVAL"
		}) {
			p.report(keywordOf(c), finding{message: "nothing depends on this order", help: "remove it"})
		}
	}
}
