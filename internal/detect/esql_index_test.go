package detect

import (
	"slices"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// The fields of an ES|QL rule are those of the indices that its query reads.
func TestIndicesOfAQuery(t *testing.T) {
	project := Project{DataViews: map[string][]string{"v": {"view-*"}}}
	for query, want := range map[string][]string{
		`FROM logs-a.*, -logs-a.b-*, eu:logs-c.* METADATA _id | WHERE x == 1`:      {"logs-a.*", "-logs-a.b-*", "eu:logs-c.*"},
		`FROM (FROM logs-a-* | KEEP x), logs-b-*, (FROM (FROM logs-c-*) | DROP x)`: {"logs-b-*", "logs-a-*", "logs-c-*"},
		`ROW x = 1`:       nil,
		`FROM logs-* |`:   nil,
		`FROM "a-*", b-*`: {"a-*", "b-*"},
	} {
		r := &rule.Rule{Type: rule.TypeESQL, Query: query, Index: []string{"other-*"}, DataViewID: "v"}
		if got := project.Indices(r); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if got := project.Indices(&rule.Rule{Type: rule.TypeQuery, Query: "FROM a", Index: []string{"other-*"}}); !slices.Equal(got, []string{"other-*"}) {
		t.Errorf("another type: %q", got)
	}
}
