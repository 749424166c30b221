package esql

import (
	"fmt"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// streams are two data streams of a cluster, or of a package: "both" has two types, "num" two that Elasticsearch widens to one.
func streams(t *testing.T, head, a, b string) *field.Schema {
	t.Helper()
	c, err := field.ParseCompact("c.tsv", fmt.Sprintf("%[1]s\n# stream a logs-a-*\n# stream b logs-b-*\nboth\tkeyword\t\t%[2]s\nboth\tlong\t\t%[3]s\nnum\tinteger\t\t%[2]s\nnum\tshort\t\t%[3]s\nonce\tip\t\t%[2]s\n", head, a, b))
	if err != nil {
		t.Fatal(err)
	}
	return field.NewSchema(c.Select(nil))
}

// languages.md 3.5, 38: a field of two types is refused until it is converted; where only packages say so, check warns of it (field-of-many-types).
func TestFieldOfTwoTypes(t *testing.T) {
	const ambiguous = "Cannot use field [both] due to ambiguities being mapped as [2] incompatible types: [keyword] in [logs-a-*], [long] in [logs-b-*]"
	cluster, packages := streams(t, "# environment prod", "1", "2"), streams(t, "# package p 1.0.0", "a", "b")
	for _, c := range []struct {
		schema          *field.Schema
		query, at, want string
	}{
		{cluster, `FROM x | WHERE both == "a"`, "both", ambiguous},
		{cluster, `FROM x | STATS COUNT(*) BY both`, "both", ambiguous},
		{cluster, `FROM x | SORT both`, "both", ambiguous},
		{cluster, `FROM x | MV_EXPAND both`, "both", ambiguous},
		{cluster, `FROM x | RENAME both AS c | WHERE c == "a"`, "c", "Cannot use field [c] due to ambiguities"},
		{cluster, `FROM x | EVAL c = LENGTH(both)`, "both", ambiguous},
		{cluster, `FROM x | KEEP both`, "", ""},
		{cluster, `FROM x | WHERE both::keyword == "a"`, "", ""},
		{cluster, `FROM x | EVAL both = TO_LONG(both) | WHERE both > 1`, "", ""},
		{packages, `FROM x | WHERE both == "a" AND both::long == 1`, "", ""},
		{cluster, `FROM x | WHERE num > 1 AND once == "10.0.0.1"`, "", ""},
		{cluster.With(field.NewTable(field.Mapping{Name: "both", Type: field.Keyword})), `FROM x | WHERE both == "a"`, "", ""},
	} {
		q, problem := Parse(c.query)
		if problem != nil {
			t.Fatal(problem)
		}
		_, problems := q.Check(Options{Schema: c.schema, Functions: function.NewRegistry(function.All()), Builder: &filter.Builder{Layout: filter.NewLayout()}})
		got, at := "", ""
		if len(problems) > 0 {
			got, at = problems[0].Message, c.query[problems[0].Span.Start:problems[0].Span.End]
		}
		if len(got) < len(c.want) || got[:len(c.want)] != c.want || c.want == "" && got != "" || at != c.at {
			t.Errorf("%s: %q at %q, want %q at %q", c.query, got, at, c.want, c.at)
		}
	}
}
