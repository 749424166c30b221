package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

func TestCrossChecks(t *testing.T) {
	list := func(id, kind string) object {
		return object{"id": id, "list_id": id, "type": kind, "namespace_type": "single"}
	}
	entry := func(field, value string, negate bool) object {
		return object{"field": field, "type": "mapping", "value": value, "negate": negate}
	}
	mapping := func(entries ...any) object {
		return object{"threat_mapping": []any{object{"entries": append([]any{}, entries...)}}}
	}
	counted := func(field any, by string) object {
		return object{"threshold": object{"field": field, "value": 1, "cardinality": []any{object{"field": by, "value": 2}}}}
	}
	rows := []struct {
		name, kind string
		changes    object
		want       string
	}{
		{"timeline without title", "query", object{"timeline_id": "a"}, "timeline_title"},
		{"title without timeline", "query", object{"timeline_title": "a"}, "timeline_id"},
		{"timeline with title", "query", object{"timeline_id": "a", "timeline_title": "b"}, ""},
		{"searches without items", "threat_match", object{"concurrent_searches": 1}, "items_per_search"},
		{"items without searches", "threat_match", object{"items_per_search": 1}, "concurrent_searches"},
		{"searches with items", "threat_match", object{"concurrent_searches": 1, "items_per_search": 9}, ""},
		{"cardinality of the group field", "threshold", counted("a", "a"), "cardinality"},
		{"cardinality of one of the group fields", "threshold", counted([]any{"b", "a"}, "a"), "cardinality"},
		{"cardinality of another field", "threshold", counted([]any{"b", "a"}, "c"), ""},
		{"only negated entries", "threat_match", mapping(entry("a", "b", true)), "not negated"},
		{"no entries", "threat_match", mapping(), "not negated"},
		{"an entry and its negation", "threat_match", mapping(entry("a", "b", false), entry("a", "b", true)), "both negated"},
		{"an entry and another's negation", "threat_match", mapping(entry("a", "b", false), entry("a", "c", true)), ""},
		{"two default lists", "query", object{"exceptions_list": []any{list("a", "rule_default"), list("b", "rule_default")}}, "rule_default"},
		{"a default list and a shared one", "query", object{"exceptions_list": []any{list("a", "rule_default"), list("b", "detection")}}, ""},
		{"history from the window's start", "new_terms", object{"history_window_start": "now-6m"}, "history_window_start"},
		{"history from before it", "new_terms", object{"history_window_start": "now-7m"}, ""},
		{"history in other units", "new_terms", object{"history_window_start": "now-1d", "from": "now-25h"}, "history_window_start"},
		{"rounded history", "new_terms", object{"history_window_start": "now/d"}, ""},
		{"a gap", "query", object{"interval": "10m", "from": "now-9m"}, "interval"},
		{"no gap", "query", object{"interval": "9m", "from": "now-9m"}, ""},
		{"a gap because of to", "query", object{"interval": "5m", "from": "now-9m", "to": "now-5m"}, "interval"},
		{"from in several steps", "query", object{"interval": "1h", "from": "now-30m-30m"}, ""},
		{"a number that no schedule has", "query", object{"interval": "5m", "from": "now-99999999999999999999y"}, ""},
	}
	p := start(t, sandbox.Options{RefuseGaps: true})
	for i, row := range rows {
		a := p.send("POST", rulesPath, with(with(minimal(row.kind), object{"rule_id": fmt.Sprint(i)}), row.changes))
		_, isList := a.body["message"].([]any)
		switch {
		case row.want == "" && a.status != 200:
			t.Errorf("%s: %d %s", row.name, a.status, a.message())
		case row.want != "" && (a.status != 400 || !isList || !strings.Contains(a.message(), row.want)):
			t.Errorf("%s: %d %s, want a list about %q", row.name, a.status, a.message(), row.want)
		}
	}
}

func TestOlderKibanasAllowGaps(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.must("POST", rulesPath, with(minimal("query"), object{"interval": "10m", "from": "now-9m"}))
}

func TestChangesAreCrossChecked(t *testing.T) {
	p := start(t, sandbox.Options{RefuseGaps: true})
	p.must("POST", rulesPath, minimal("query"))
	// A patch is judged by the rule that it makes, not by itself.
	if a := p.send("PATCH", rulesPath, object{"rule_id": "r", "interval": "1h"}); a.status != 400 {
		t.Errorf("a patch that opens a gap: %d", a.status)
	}
	if a := p.send("PUT", rulesPath, with(minimal("query"), object{"timeline_id": "a"})); a.status != 400 {
		t.Errorf("an update with half a timeline: %d", a.status)
	}
	p.must("PATCH", rulesPath, object{"rule_id": "r", "interval": "1h", "from": "now-1h"})
}
