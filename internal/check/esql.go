package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

func onlyESQL() []rule.Language { return []rule.Language{rule.ESQL} }

// capture is a named part of a pattern: %{name} of DISSECT, %{WORD:name} and (?<name>...) of GROK.
var capture = regexp.MustCompile(`%\{[A-Z0-9_]+:([\w.@-]+)|%\{[+?*&]?([\w.@-]+)|\(\?<([\w.@-]+)>`)

// esqlChecks find what ES|QL evaluates in another way than it looks.
func esqlChecks() []*Check {
	of := func(c Check, visit func(p *pass, e esql.Expr)) *Check {
		c.Languages = onlyESQL()
		c.query = func(p *pass, q *query) {
			esql.Walk(q.esql, func(e esql.Expr) bool {
				visit(p, e)
				return true
			})
		}
		return &c
	}
	return []*Check{
		of(Check{
			Name: "esql-equals-null", Set: Correctness, Level: diag.Error,
			Reason: "a comparison with null is null, and a row for which a condition is null is dropped",
			Avoid:  `WHERE user.name == null`, Prefer: `WHERE user.name IS NULL`,
		}, esqlEqualsNull),
		of(Check{
			Name: "esql-null-in-list", Set: Correctness, Level: diag.Error,
			Reason: "NOT IN with a null in its list keeps no row, and IN none that is not in it",
			Avoid:  `WHERE x NOT IN ("a", null)`, Prefer: `WHERE x != "a" AND x IS NOT NULL`,
		}, esqlNullInList),
		of(Check{
			Name: "esql-case-mismatch", Set: Correctness, Level: diag.Error,
			Reason: "a text in lower case never equals one with capitals",
			Avoid:  `WHERE TO_LOWER(process.name) == "Cmd.exe"`, Prefer: `WHERE TO_LOWER(process.name) == "cmd.exe"`,
		}, esqlCaseMismatch),
		of(Check{
			Name: "esql-date-pattern", Set: Correctness, Level: diag.Error,
			Reason: "in Java's date patterns YYYY is the year of the week, DD the day of the year, and mm minutes",
			Avoid:  `DATE_FORMAT("YYYY-mm-DD", @timestamp)`, Prefer: `DATE_FORMAT("yyyy-MM-dd", @timestamp)`,
		}, esqlDatePattern),
		of(Check{
			Name: "esql-integer-division", Set: Suspicious, Level: diag.Warning,
			Reason: "a whole number divided by a whole number is a whole number: a ratio of counts is mostly 0",
			Avoid:  `EVAL ratio = failed / total`, Prefer: `EVAL ratio = failed * 1.0 / total`,
		}, esqlIntegerDivision),
		of(Check{
			Name: "esql-order-of-values", Set: Suspicious, Level: diag.Info,
			Reason: "the order of VALUES() and of a stored field's values is not defined",
			Avoid:  `MV_FIRST(VALUES(user.name))`, Prefer: `MIN(user.name)`,
		}, esqlOrderOfValues),
	}
}

func esqlEqualsNull(p *pass, e esql.Expr) {
	b, ok := e.(*esql.Binary)
	if !ok || b.Op != "==" && b.Op != "!=" {
		return
	}
	for _, side := range []esql.Expr{b.X, b.Y} {
		if lit, ok := side.(*esql.Literal); ok && lit.Value.IsNull(0) {
			form := map[string]string{"==": "IS NULL", "!=": "IS NOT NULL"}[b.Op]
			f := finding{message: fmt.Sprintf("`%s null` is null for every row, and keeps none", b.Op), help: "write " + form}
			if side == b.Y {
				f.fix = []diag.Edit{{Span: b.At, Text: p.at.slice(b.X.Span()) + " " + form}}
			}
			p.report(b.At, f)
		}
	}
}

func esqlNullInList(p *pass, e esql.Expr) {
	in, ok := e.(*esql.In)
	if !ok {
		return
	}
	for _, item := range in.List {
		if lit, ok := item.(*esql.Literal); ok && lit.Value.IsNull(0) {
			p.report(lit.At, finding{message: "with a null in the list, the condition is null where it is not true", help: "remove it, and use IS NULL"})
		}
	}
}

// folding is the function that an expression ends in, when it makes a text of one case.
func folding(e esql.Expr) (lower, upper bool) {
	call, ok := e.(*esql.Call)
	if !ok {
		return false, false
	}
	return strings.EqualFold(call.Name, "to_lower"), strings.EqualFold(call.Name, "to_upper")
}

func esqlCaseMismatch(p *pass, e esql.Expr) {
	var constants []esql.Expr
	var folded esql.Expr
	isPattern := false
	switch e := e.(type) {
	case *esql.Binary:
		if e.Op != "==" {
			return
		}
		folded, constants = e.X, []esql.Expr{e.Y}
	case *esql.In:
		folded, constants = e.X, e.List
	case *esql.Like:
		folded, constants, isPattern = e.X, e.Patterns, e.Regexp
	default:
		return
	}
	lower, upper := folding(folded)
	for _, c := range constants {
		text, ok := textOf(c)
		if isPattern {
			text = withoutClasses(text)
		}
		switch {
		case !ok:
		case lower && strings.ToLower(text) != text:
			p.report(c.Span(), finding{message: "a text in lower case never equals this", help: "write it in lower case"})
		case upper && strings.ToUpper(text) != text:
			p.report(c.Span(), finding{message: "a text in capitals never equals this", help: "write it in capitals"})
		}
	}
}

// withoutClasses is an expression without escapes and character classes, in which letters mean something else or are one of many.
func withoutClasses(pattern string) string { return classOrEscape.ReplaceAllString(pattern, "") }

var classOrEscape = regexp.MustCompile(`\\.|\[[^\]]*\]`)

func esqlDatePattern(p *pass, e esql.Expr) {
	call, ok := e.(*esql.Call)
	if !ok || len(call.Args) == 0 || !strings.EqualFold(call.Name, "date_format") && !strings.EqualFold(call.Name, "date_parse") {
		return
	}
	text, ok := textOf(call.Args[0])
	if !ok {
		return
	}
	wrong := ""
	switch {
	case strings.Contains(text, "YY"):
		wrong = "`YYYY` is the year of the week"
	case strings.Contains(text, "DD"):
		wrong = "`DD` is the day of the year"
	case minutesForMonths.MatchString(text):
		wrong = "`mm` are minutes"
	}
	if wrong != "" {
		p.report(call.Args[0].Span(), finding{message: wrong + " here", help: "write yyyy-MM-dd for a day"})
	}
}

// minutesForMonths are minutes beside a year or a day.
var minutesForMonths = regexp.MustCompile(`[yY][-/.]?mm|mm[-/.]?[dD]`)

// esqlIntegerDivision finds a division of two counts. A column is one when its name is that of an aggregate that counts.
func esqlIntegerDivision(p *pass, e esql.Expr) {
	b, ok := e.(*esql.Binary)
	if !ok || b.Op != "/" {
		return
	}
	counts := p.at.counts()
	whole := func(e esql.Expr) bool {
		switch e := e.(type) {
		case *esql.Name:
			return counts[e.Text]
		case *esql.Call:
			return isCount(e)
		}
		return false
	}
	if whole(b.X) && whole(b.Y) {
		p.report(b.At, finding{message: "both are whole numbers, and so is the quotient", help: fmt.Sprintf("write %s * 1.0 / %s", p.at.slice(b.X.Span()), p.at.slice(b.Y.Span()))})
	}
}

func isCount(e esql.Expr) bool {
	call, ok := e.(*esql.Call)
	return ok && (strings.EqualFold(call.Name, "count") || strings.EqualFold(call.Name, "count_distinct"))
}

// counts are the columns that hold counts.
func (q *query) counts() map[string]bool {
	names := map[string]bool{}
	for _, c := range esql.Commands(q.esql) {
		if stats, ok := c.(*esql.Stats); ok {
			for _, f := range stats.Aggregates {
				if f.Name != nil && isCount(f.Expr) {
					names[f.Name.Text] = true
				}
			}
		}
	}
	return names
}

func esqlOrderOfValues(p *pass, e esql.Expr) {
	call, ok := e.(*esql.Call)
	if !ok || len(call.Args) == 0 || !slices.Contains([]string{"mv_first", "mv_last", "mv_slice"}, strings.ToLower(call.Name)) {
		return
	}
	if n, ok := call.Args[0].(*esql.Name); ok && p.at.several(n.Text) && !strings.EqualFold(call.Name, "mv_slice") {
		p.report(call.At, finding{message: fmt.Sprintf("the order of the values of `%s` is not kept", n.Text), help: "use MV_MIN or MV_MAX, or MV_SORT first"})
	}
	if inner, ok := call.Args[0].(*esql.Call); ok && strings.EqualFold(inner.Name, "values") {
		p.report(call.At, finding{message: fmt.Sprintf("the order of VALUES() is not defined, and %s takes what stands at a place", strings.ToUpper(call.Name)), help: "use MIN, MAX or TOP, or MV_SORT first"})
	}
}
