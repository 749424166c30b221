package sandbox_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// five makes rules a, b, c, d, e, created in this order.
func five(t *testing.T) peer {
	t.Helper()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := start(t, sandbox.Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	for _, r := range []object{
		{"rule_id": "a", "name": "Zebra crossing", "risk_score": 21, "tags": []any{"Linux", "a b"}},
		{"rule_id": "b", "name": "apple pie", "risk_score": 5, "enabled": true, "tags": []any{"Windows"}},
		{"rule_id": "c", "name": "Mango", "risk_score": 100, "severity": "high"},
		{"rule_id": "d", "name": "Mango tree", "risk_score": 47, "type": "eql", "query": "any where true", "language": "eql"},
		{"rule_id": `e "x" \`, "name": "Banana", "risk_score": 47, "tags": []any{"Linux"}},
	} {
		p.must("POST", rulesPath, with(minimal("query"), r))
	}
	p.must("PATCH", rulesPath, object{"rule_id": "a", "note": "changed last"})
	return p
}

// ids is the first letter of the rule_id of each rule found.
func ids(body object) string {
	var b strings.Builder
	data, _ := body["data"].([]any)
	for _, r := range data {
		b.WriteString(r.(object)["rule_id"].(string)[:1])
	}
	return b.String()
}

func TestFind(t *testing.T) {
	rows := []struct{ query, want string }{
		{"", "abcde page 1 of 20, 5 in all"},
		{"page=2&per_page=2", "cd page 2 of 2, 5 in all"},
		{"page=3&per_page=2", "e page 3 of 2, 5 in all"},
		{"page=4&per_page=2", " page 4 of 2, 5 in all"},
		{"per_page=0", " page 1 of 0, 5 in all"},
		{"page=10&per_page=1000", " page 10 of 1000, 5 in all"},
		{"page=11&per_page=1000", "400"},
		{"page=1&per_page=10001", "400"},
		{"page=9223372036854775807&per_page=2", "400"},
		{"page=0", "400"}, {"page=x", "400"}, {"per_page=-1", "400"},
		{"sort_field=name&sort_order=asc", "ecdab"},
		{"sort_field=risk_score&sort_order=asc", "badec"},
		{"sort_field=riskScore&sort_order=desc", "cdeab"},
		{"sort_field=created_at&sort_order=desc", "edcba"},
		{"sort_field=updatedAt&sort_order=asc", "bcdea"},
		{"sort_field=enabled&sort_order=desc", "bacde"},
		{"sort_field=severity&sort_order=asc", "cabde"},
		{"sort_field=execution_summary.last_execution.date&sort_order=asc", "abcde"},
		{"sort_field=name", "400"}, {"sort_order=asc", "400"},
		{"sort_field=name&sort_order=up", "400"}, {"sort_field=note&sort_order=asc", "400"},
	}
	p := five(t)
	for _, row := range rows {
		a := p.send("GET", rulesPath+"/_find?"+row.query, nil)
		got := fmt.Sprint(a.status)
		if a.status == 200 {
			got = fmt.Sprintf("%s page %v of %v, %v in all", ids(a.body), a.body["page"], a.body["perPage"], a.body["total"])
		}

		if !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %s, want %s", row.query, got, row.want)
		}
	}
}

func TestFilter(t *testing.T) {
	const at = "alert.attributes."
	rows := []struct{ filter, want string }{
		{at + `params.ruleId: "a"`, "a"},
		{at + `params.ruleId: a`, "a"},
		{at + `params.ruleId: "e \"x\" \\"`, "e"},
		{at + `params.ruleId: "A"`, ""},
		{at + `params.ruleId: ("a" or "c" OR d)`, "acd"},
		{at + `params.ruleId: (not a)`, "bcde"},
		{at + `params.ruleId: *`, "abcde"},
		{at + `params.ruleId: "*"`, ""},
		{at + `params.type: eql`, "d"},
		{at + `params.type: e*`, "d"},
		{at + `params.type: E*`, ""},
		{at + `params.immutable: false`, "abcde"},
		{at + `params.ruleSource.type: "internal"`, "abcde"},
		{at + `params.riskScore: 47`, "de"},
		{at + `enabled: true`, "b"},
		{"not " + at + `enabled: true`, "acde"},
		{at + `tags: "Linux"`, "ae"},
		{at + `tags: "a b"`, "a"},
		{at + `tags: a`, ""},
		{at + `tags: (Linux and "a b")`, "a"},
		{at + `name: mango`, "cd"},
		{at + `name: "Mango Tree"`, "d"},
		{at + `name: "tree mango"`, ""},
		{at + `name: mang`, ""},
		{at + `name: MANG*`, "cd"},
		{at + `tags: Linux and ` + at + `params.ruleId: a or ` + at + `enabled: true`, "ab"},
		{at + `tags: Linux and (` + at + `params.ruleId: a or ` + at + `enabled: true)`, "a"},
		{"not not " + at + `enabled: true`, "b"},
		{"  ", "abcde"},
		{`name: mango`, "400"}, {at + `colour: red`, "400"}, {at + `enabled`, "400"}, {at + `enabled:`, "400"},
		{"(" + at + `enabled: true`, "400"}, {at + `enabled: true)`, "400"}, {at + `enabled: "true`, "400"},
		{strings.Repeat("(", 9000) + at + `enabled: true` + strings.Repeat(")", 9000), "400"},
		{strings.Repeat("(", 200) + at + `enabled: true` + strings.Repeat(")", 200), "b"},
		{"and", "400"}, {at + `enabled: true true`, "400"}, {at + `params.riskScore > 5`, "400"},
	}
	p := five(t)
	for _, row := range rows {
		a := p.send("GET", rulesPath+"/_find?filter="+url.QueryEscape(row.filter), nil)
		got := ids(a.body)
		if a.status != 200 {
			got = fmt.Sprint(a.status)
		}
		if got != row.want {
			t.Errorf("%s: %q, want %q (%s)", row.filter, got, row.want, a.message())
		}
	}
}
