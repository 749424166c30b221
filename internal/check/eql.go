package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

func onlyEQL() []rule.Language { return []rule.Language{rule.EQL} }

// eqlChecks find what is particular to EQL's conditions.
func eqlChecks() []*Check {
	return []*Check{
		{
			Name: "eql-redundant-any", Set: Style, Level: diag.Warning, Languages: onlyEQL(),
			Reason: "any where event.category == ... says what the category in front of where is for",
			Avoid:  `any where event.category == "process" and process.name == "x"`, Prefer: `process where process.name == "x"`,
			query: eqlRedundantAny,
		},
		{
			Name: "eql-pipe", Set: Suspicious, Level: diag.Warning, Languages: onlyEQL(),
			Reason: "the detection engine takes the newest max_signals results by itself; a pipe throws away what would have been alerts",
			Avoid:  `process where true | tail 1`, Prefer: `process where true`,
			query: eqlPipe,
		},
		{
			Name: "eql-case-sensitive-path", Set: Suspicious, Level: diag.Warning, Languages: onlyEQL(),
			Reason: "like heeds case, and Windows does not: another spelling of the same path is not found",
			Avoid:  `process.executable like "C:\\Windows\\*"`, Prefer: `process.executable like~ "C:\\Windows\\*"`,
			query: eqlCaseSensitivePath,
		},
		{
			Name: "eql-negation-keeps-missing", Set: Suspicious, Level: Off, Languages: onlyEQL(),
			Reason: "!= holds where the field is missing, too",
			Avoid:  `process.parent.name != "sshd"`, Prefer: `process.parent.name != null and process.parent.name != "sshd"`,
			query: eqlNegationKeepsMissing,
		},
		{
			Name: "eql-function-on-array", Set: Suspicious, Level: diag.Warning, Languages: onlyEQL(),
			Reason: "a function of a field with several values holds when it does for any one of them",
			Avoid:  `length(host.ip) > 1`, Prefer: `a function of a field that has one value`,
			query: eqlFunctionOnArray,
		},
	}
}

func eqlRedundantAny(p *pass, q *query) {
	for _, e := range q.events {
		if e.category != "" {
			continue
		}
		for _, c := range conjuncts(e.condition) {
			if t := c.Test; t != nil && t.Operator == Equal && t.Spelled == "==" && t.Field == "event.category" && len(t.Values) == 1 {
				p.report(t.At, finding{message: "the category can stand in front of `where`", help: fmt.Sprintf("write `%s where ...`", t.Values[0].Text)})
			}
		}
	}
}

// conjuncts are the conditions that must all hold.
func conjuncts(c *Condition) []*Condition {
	if c.Kind != AllOf {
		return []*Condition{c}
	}
	var all []*Condition
	for _, part := range c.Parts {
		all = append(all, conjuncts(part)...)
	}
	return all
}

func eqlPipe(p *pass, q *query) {
	for _, pipe := range q.eql.Pipes {
		p.report(pipe.At, finding{message: fmt.Sprintf("`%s` takes results away from the alerts", pipe.Name), help: "remove it; max_signals bounds the alerts of a run"})
	}
}

// eqlCaseSensitivePath finds case-sensitive patterns of Windows paths: those that hold a backslash.
func eqlCaseSensitivePath(p *pass, q *query) {
	q.each(func(c *Comparison, e event, _ bool) {
		if c.Operator != Like || c.IgnoreCase {
			return
		}
		if os := valuesOf(conjuncts(e.condition), "host.os.type"); os != nil && !slices.Contains(os, "windows") {
			return
		}
		for _, v := range c.Values {
			if strings.Contains(v.Text, `\`) && hasLetter(v.Text) || windowsFile.MatchString(v.Text) {
				p.report(v.At, finding{message: "`like` heeds case, and this looks like a file of Windows, which does not", help: "write `like~` or `:`"})
				return
			}
		}
	})
}

// windowsFile is the name of a file as only Windows has it, in part a pattern.
var windowsFile = regexp.MustCompile(`(?i)\.(exe|dll|sys|ps1|bat|cmd|vbs|msi|lnk)\*?$`)

func hasLetter(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}

func eqlNegationKeepsMissing(p *pass, q *query) {
	for _, e := range q.events {
		all := conjuncts(e.condition)
		for _, c := range all {
			if c.Kind != NotOf || c.Parts[0].Test == nil || c.Parts[0].Test.Spelled != "!=" {
				continue
			}
			t := c.Parts[0].Test
			guarded := slices.ContainsFunc(all, func(other *Condition) bool { return other.Test != nil && other.Test.Field == t.Field })
			if !guarded {
				p.report(c.At, finding{message: fmt.Sprintf("this holds for events without `%s`, too", t.Field), help: fmt.Sprintf("add `%s != null and` if they are not meant", t.Field)})
			}
		}
	}
}

func eqlFunctionOnArray(p *pass, q *query) {
	q.eachExpr(func(e eql.Expr) {
		call, ok := e.(*eql.Call)
		if !ok || !slices.Contains([]string{"length", "string", "substring", "indexof", "concat"}, strings.ToLower(call.Name)) {
			return
		}
		for _, arg := range call.Args {
			f, ok := arg.(*eql.Field)
			if !ok {
				continue
			}
			if q.several(f.Name) {
				p.report(call.At, finding{message: fmt.Sprintf("`%s` may have several values, and %s is computed for each of them", f.Name, call.Name), help: "the condition holds if it does for any one value"})
			}
		}
	})
}

// eachExpr visits every expression of an EQL query.
func (q *query) eachExpr(visit func(eql.Expr)) {
	walk := func(e eql.Expr) {
		if e != nil {
			eql.Walk(e, func(e eql.Expr) bool { visit(e); return true })
		}
	}
	if q.eql.Filter != nil {
		walk(q.eql.Filter.Where)
	}
	for _, s := range q.eql.Steps {
		walk(s.Filter.Where)
	}
	if q.eql.Until != nil {
		walk(q.eql.Until.Filter.Where)
	}
}
