package export

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// query is what a rule's query tells about the data that it needs.
type query struct {
	// fields are the names of the fields, as the peer spells them, sorted, each once.
	fields []string
	// datasets are the values that the query asks of event.dataset or data_stream.dataset, sorted, each once.
	datasets []string
	// problem says why nothing is known.
	problem string
}

// collector gathers what a query names.
type collector struct {
	fields, datasets map[string]bool
	// text is the query's.
	text string
}

func (c collector) field(name string) {
	if name != "" {
		c.fields[name] = true
	}
}

func isDataset(field string) bool { return field == "event.dataset" || field == "data_stream.dataset" }

// readQuery reads the query in its own language. The fields of ES|QL are left out in Compat: the peer asks a running stack for
// the columns of the result.
func readQuery(r *rule.Rule, env Environment) query {
	c := collector{fields: map[string]bool{}, datasets: map[string]bool{}}
	problem := ""
	switch {
	case r.Type == rule.TypeMachineLearning:
	case r.LanguageOrDefault() == rule.KQL:
		problem = c.kql(r.Query)
	case r.LanguageOrDefault() == rule.EQL:
		problem = c.eql(r.Query)
	case r.LanguageOrDefault() == rule.ESQL:
		c.esql(r.Query)
		if env.ECS != nil && !env.Compat {
			problem = c.esqlFields(r.Query, env)
		}
	}
	return query{fields: sorted(c.fields), datasets: sorted(c.datasets), problem: problem}
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

func (c collector) kql(text string) string {
	q, problem := kql.Parse(text)
	if problem != nil {
		return "the query does not parse: " + problem.Message
	}
	kql.Walk(q.Root, func(n kql.Node) bool {
		switch n := n.(type) {
		case *kql.Is:
			c.field(n.Field.Text())
			if isDataset(n.Field.Text()) {
				kql.Walk(n.Value, func(value kql.Node) bool {
					if l, ok := value.(*kql.Literal); ok && !l.HasWildcard() {
						c.datasets[l.Text()] = true
					}
					return true
				})
			}
			return false
		case *kql.Range:
			c.field(n.Field.Text())
		case *kql.Nested:
			c.field(n.Field.Text())
		}
		return true
	})
	return ""
}

func (c collector) eql(text string) string {
	q, problem := eql.Parse(text)
	if problem != nil {
		return "the query does not parse: " + problem.Message
	}
	c.text = text
	c.expressions(q.Keys...)
	c.filter(q.Filter)
	for _, step := range append(slices.Clone(q.Steps), q.Until) {
		if step != nil {
			c.expressions(step.Keys...)
			c.filter(step.Filter)
		}
	}
	return ""
}

func (c collector) filter(f *eql.Filter) {
	if f != nil {
		c.expressions(f.Where)
	}
}

func (c collector) expressions(list ...eql.Expr) {
	for _, e := range list {
		eql.Walk(e, func(e eql.Expr) bool {
			switch e := e.(type) {
			case *eql.Field:
				c.field(c.spelling(e))
			case *eql.Compare:
				if e.Operator == "==" {
					c.eqlDataset(e.Left, e.Right)
				}
			case *eql.OneOf:
				if e.Operator == "in" {
					c.eqlDataset(e.Value, e.List...)
				}
			}
			return true
		})
	}
}

// spelling is a field's name as it is written, quotes included, but without the mark of an optional field.
func (c collector) spelling(f *eql.Field) string {
	written := strings.TrimPrefix(c.text[f.At.Start:f.At.End], "?")
	if strings.HasPrefix(written, "`") {
		return written
	}
	return f.Name
}

func (c collector) eqlDataset(field eql.Expr, values ...eql.Expr) {
	f, ok := field.(*eql.Field)
	if !ok || !isDataset(f.Name) {
		return
	}
	for _, v := range values {
		if l, ok := v.(*eql.Literal); ok {
			if text, ok := l.Value.(string); ok {
				c.datasets[text] = true
			}
		}
	}
}

// The comparisons of ES|QL that name datasets, and the values in them.
var (
	esqlComparison = regexp.MustCompile(`(?i)\b(?:event|data_stream)\.dataset\s*(?:==\s*("[^"]*")|in\s*\(([^)]*)\))`)
	esqlText       = regexp.MustCompile(`"([^"]*)"`)
)

func (c collector) esql(text string) {
	for _, m := range esqlComparison.FindAllStringSubmatch(text, -1) {
		for _, value := range esqlText.FindAllStringSubmatch(m[1]+m[2], -1) {
			if strings.Count(value[1], ".") == 1 {
				c.datasets[value[1]] = true
			}
		}
	}
}
