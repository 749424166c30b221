package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

func esqlRule(t *testing.T, query, more string) *Detector {
	t.Helper()
	r := parseRule(t, "[rule]\ntype = \"esql\"\nlanguage = \"esql\"\nname = \"N\"\nseverity = \"low\"\nrisk_score = 21\nrule_id = \"id\"\nquery = '''"+query+"'''\n"+more)
	d, problems := Compile(r, Environment{Schema: corpusSchema(t, parse(t, signIns+"\n{\"n\":1,\"port\":1}")), Now: time.Unix(0, 0), AnyTime: true})
	if d == nil {
		t.Fatal(problems)
	}
	return d
}

const signIns = `{"_id":"1","_source":{"user":{"name":"ann"},"event":{"action":"fail"},"source.ip":"10.0.0.1"}}
{"_id":"2","_source":{"user":{"name":"ann"},"event":{"action":"fail"},"source.ip":"10.0.0.2"}}
{"_id":"3","_source":{"user":{"name":"bob"},"event":{"action":"fail"}}}
{"_id":"4","_source":{"user":{"name":"bob"},"event":{"action":"ok"}}}`

// kibana.md 2.6.
func TestESQLRules(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  []string // of each alert: events, then fields
	}{
		"a row for each group": {
			`from logs-* | where event.action == "fail" | stats Esql.count = count(*) by user.name | where Esql.count >= 2`,
			[]string{"0 event(s) user.name=[ann] Esql.count=[2] event.action=[]"},
		},
		"with _id the document is the source": {
			`from logs-* metadata _id, _index | where event.action == "ok" | eval Esql.who = to_upper(user.name) | keep _id, Esql.*`,
			[]string{"1 event(s) user.name=[bob] Esql.count=[] event.action=[ok] Esql.who=[BOB]"},
		},
		"without _id it is the row": {
			`from logs-* | where event.action == "ok" | keep user.name`,
			[]string{"0 event(s) user.name=[bob] Esql.count=[] event.action=[]"},
		},
		"a column covers the field of the document": {
			`from logs-* metadata _id | where event.action == "ok" | eval user.name = "x"`,
			[]string{"1 event(s) user.name=[x] Esql.count=[] event.action=[ok]"},
		},
		"inline stats does not aggregate": {
			`from logs-* metadata _id | inline stats Esql.count = count(*) by user.name | where event.action == "ok" | keep _id, Esql.count`,
			[]string{"1 event(s) user.name=[bob] Esql.count=[2] event.action=[ok]"},
		},
		"the rule's own LIMIT bounds the rows": {
			`from logs-* metadata _id | sort _id desc | limit 1`,
			[]string{"1 event(s) user.name=[bob] Esql.count=[] event.action=[ok]"},
		},
		"columns without a value are dropped": {
			`from logs-* | where event.action == "ok" | eval Esql.who = source.ip | keep user.name, Esql.who`,
			[]string{"0 event(s) user.name=[bob] Esql.count=[] event.action=[]"},
		},
		"a keyword in a text is no STATS": {
			`from logs-* metadata _id | where event.action == "ok" | eval Esql.who = " | stats "`,
			[]string{"1 event(s) user.name=[bob] Esql.count=[] event.action=[ok] Esql.who=[ | stats ]"},
		},
		"no rows": {`from logs-* | where event.action == "none"`, nil},
	} {
		result := esqlRule(t, c.query, "").Run(Input{Events: parse(t, signIns)}, nil)
		var got []string
		for _, a := range result.Alerts {
			text := fmt.Sprintf("%d event(s)", len(a.Events))
			for _, path := range []string{"user.name", "Esql.count", "event.action", "Esql.who"} {
				if values := a.Get(path); path != "Esql.who" || values != nil {
					text += fmt.Sprintf(" %s=%v", path, values)
				}
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", name, got, c.want)
		}
	}
}

// kibana.md 2.6: from 9.4 on a query that does not aggregate has the ids of its documents.
func TestESQLDocumentIDs(t *testing.T) {
	for _, c := range []struct {
		stack, query string
		want         int
	}{
		{"9.4", `from logs-* | where event.action == "ok" | keep user.name`, 1}, {"10.0.1", `from logs-* | where event.action == "ok"`, 1},
		{"9.3.9", `from logs-* | where event.action == "ok" | keep user.name`, 0}, {"", `from logs-* | where event.action == "ok"`, 0},
		{"9.4", `from logs-* metadata _index | where event.action == "ok" | keep user.*`, 1},
		{"9.4", `from logs-* | where event.action == "ok" | drop _id`, 0}, {"9.4", `from logs-* | where event.action == "ok" | rename user.name as _id`, 0},
		{"9.4", `from logs-* | where event.action == "ok" | stats c = count(*)`, 0},
	} {
		s := stage(t, "type = \"esql\"\nlanguage = \"esql\"\nquery = '''"+c.query+"'''\n").events(strings.Split(signIns, "\n")...)
		s.env.Project.Stack = c.stack
		alerts := s.run().Alerts
		if len(alerts) != 1 || len(alerts[0].Events) != c.want {
			t.Errorf("%s on %s: %d alerts, %+v", c.query, c.stack, len(alerts), alerts)
		}
	}
}

func TestESQLAlertsAgain(t *testing.T) {
	docs := parse(t, signIns)
	state := NewState()
	single := esqlRule(t, `from logs-* metadata _id | where event.action == "fail"`, "")
	if first, again := single.Run(Input{Events: docs}, state), single.Run(Input{Events: docs}, state); len(first.Alerts) != 3 || len(again.Alerts) != 0 || len(again.Known) != 3 {
		t.Errorf("documents: %d and %d alerts", len(first.Alerts), len(again.Alerts))
	}
	state = NewState()
	groups := esqlRule(t, `from logs-* | stats c = count(*) by user.name`, "")
	first := groups.Run(Input{Events: docs}, state)
	again := groups.At(time.Unix(60, 0)).Run(Input{Events: docs}, state)
	if len(first.Alerts) != 2 || len(again.Alerts) != 2 {
		t.Errorf("groups: %d and %d alerts", len(first.Alerts), len(again.Alerts))
	}
}

func TestESQLMaxSignals(t *testing.T) {
	result := esqlRule(t, `from logs-* metadata _id | sort _id desc`, "max_signals = 2\n").Run(Input{Events: parse(t, signIns)}, nil)
	if len(result.Alerts) != 2 || result.Alerts[0].Events[0].ID != "4" || len(result.Capped) != 2 || len(result.Warnings) != 1 {
		t.Errorf("%d alerts, %d capped, warnings %q", len(result.Alerts), len(result.Capped), result.Warnings)
	}
}

func TestESQLIndices(t *testing.T) {
	docs := parse(t, "{\"_index\":\"logs-a\",\"_source\":{\"n\":1}}\n{\"_index\":\"metrics-a\",\"_source\":{\"n\":2}}\n{\"_index\":\"logs-b\",\"_source\":{\"n\":3}}")
	result := esqlRule(t, `from logs-*, -logs-b metadata _id | keep _id, n`, "").Run(Input{Events: docs}, nil)
	if len(result.Alerts) != 1 || result.Alerts[0].Events[0] != docs[0] {
		t.Errorf("%d alerts", len(result.Alerts))
	}
}

func TestESQLErrorsStandInTheFile(t *testing.T) {
	r := parseRule(t, "[rule]\ntype = \"esql\"\nquery = '''\nfrom logs-*\n| where user.name = 1\n'''\n")
	if _, problems := Compile(r, Environment{Schema: corpusSchema(t, nil)}); len(problems) != 1 || !strings.Contains(problems[0].Error(), ":5:19: error: expected `|` or the end of the query, found `=`") {
		t.Errorf("%v", problems)
	}
}

// An event is explained by the conditions that it comes to, and the rule by what each command made of the rows.
func TestESQLExplained(t *testing.T) {
	d := esqlRule(t, `from logs-* | where event.action == "fail" and source.ip is not null | stats Esql.count = count(*) by user.name | where Esql.count > 2`, "")
	docs := parse(t, signIns)
	for i, want := range []bool{true, true, false, false} {
		e := d.Explain(docs[i])
		if e.Matched != want || len(e.Query.Children) != 2 {
			t.Errorf("event %d: matched %v, %+v", i, e.Matched, e.Query)
		}
	}
	missing := esqlRule(t, `from logs-* | where not source.ip == "10.0.0.1"`, "").Explain(docs[3])
	if missing.Matched || missing.Query.Reason.String() != "impossible" || missing.Query.Children[0].Reason.String() != "missing" {
		t.Errorf("a missing field: %+v", missing.Query)
	}
	multi := esqlRule(t, `from logs-* | mv_expand source.ip | where source.ip == "10.0.0.2" | where user.name == "ann"`, "")
	if e := multi.Explain(parse(t, `{"source.ip":["10.0.0.1","10.0.0.2"],"user.name":"ann"}`)[0]); !e.Matched || len(e.Query.Children) != 2 || len(e.Query.Children[0].Children) != 2 {
		t.Errorf("one of two rows: %+v", e)
	}
	kql := esqlRule(t, `from logs-* | where kql("user.name: ann and event.action: ok")`, "").Explain(docs[0])
	if len(kql.Query.Children) != 1 || len(kql.Query.Children[0].Children) != 2 {
		t.Fatalf("a query of KQL within: %+v", kql.Query)
	}
	if parts := kql.Query.Children[0].Children; kql.Matched || !parts[0].Matched || parts[1].Matched || parts[1].Values[0] != `"fail"` {
		t.Errorf("a query of KQL within: %+v and %+v", parts[0], parts[1])
	}
	if e := d.Explain(docs[0]); e.Until != "STATS" || missing.Until != "" {
		t.Errorf("comes to %q, %q", e.Until, missing.Until)
	}
}

// What each command makes of the rows, and what a WHERE says of groups.
func TestESQLAttempts(t *testing.T) {
	for name, c := range map[string]struct{ query, want string }{
		"a threshold": {
			`from logs-* | where event.action == "fail" and source.ip is not null | stats Esql.count = count(*) by user.name | where Esql.count > 2`,
			`4 rows             FROM logs-*
2 rows, 2 dropped  WHERE event.action == "fail" AND source.ip IS NOT NULL
1 row              STATS Esql.count = count(*) BY user.name
0 rows, 1 dropped  WHERE Esql.count > 2
    ✗ user.name = ann
        ` + "`Esql.count > 2` is false, saw 2",
		},
		"groups that stay, and a sum that is null": {
			`from logs-* | stats c = count(*), p = max(port) by user.name | where c >= 2 and (p > 1 or not c == 2)`,
			`4 rows            FROM logs-*
2 rows            STATS c = count(*), p = max(port) BY user.name
1 row, 1 dropped  WHERE c >= 2 AND (p > 1 OR NOT c == 2)
    ✗ user.name = ann
        ` + "`p > 1` is null: there is no p" + `
        ` + "`not c == 2` is false: `c == 2` is true, saw 2" + `
    ✓ user.name = bob
        ` + "`c >= 2` is true, saw 2" + `
        ` + "`p > 1` is true, saw 7",
		},
		"groups of which nothing is asked": {
			`from logs-* | stats Esql.count = count(*), values(source.ip) by user.name | limit 1`,
			`4 rows  FROM logs-*
2 rows  STATS Esql.count = count(*), values(source.ip) BY user.name
    user.name = ann
        Esql.count = 2, values(source.ip) = [10.0.0.1, 10.0.0.2]
    user.name = bob
        Esql.count = 2, values(source.ip) = null
1 row   LIMIT 1`,
		},
		"nothing is left": {
			`from logs-* | where user.name == "eve" | eval x = 1 | stats c = count(*) by user.name | where c > 1`,
			`4 rows             FROM logs-*
0 rows, 4 dropped  WHERE user.name == "eve"
                   no row is left for what follows`,
		},
		"a count of nothing is a row": {
			`from logs-* | where user.name == "eve" | stats c = count(*) | where c > 1`,
			`4 rows             FROM logs-*
0 rows, 4 dropped  WHERE user.name == "eve"
1 row              STATS c = count(*)
0 rows, 1 dropped  WHERE c > 1
    ✗ the only row
        ` + "`c > 1` is false, saw 0",
		},
		"events beside others, and two columns": {
			`from logs-* metadata _id | inline stats c = count(*) by user.name | where c > port`,
			`4 rows             FROM logs-* METADATA _id
4 rows             INLINE STATS c = count(*) BY user.name
0 rows, 4 dropped  WHERE c > port
    ✗ event 1
        ` + "`c > port` is null: there is no port" + `
    ✗ event 2
        ` + "`c > port` is null: there is no port" + `
    ✗ event 3
        ` + "`c > port` is false, saw c = 2, port = 7" + `
    ✗ event 4
        ` + "`c > port` is null: there is no port",
		},
	} {
		docs := parse(t, strings.Replace(signIns, `"name":"bob"}`, `"name":"bob"},"port":7`, 1))
		lines, warnings := esqlRule(t, c.query, "").Attempts(docs)
		if got := strings.Join(lines, "\n"); got != c.want || len(warnings) > 0 {
			t.Errorf("%s: got\n%s\nwant\n%s\nwarnings %q", name, got, c.want, warnings)
		}
	}
}

// Every esql rule of the corpus runs over the events or says what keeps it from that.
func TestCorpusESQLRunsOverEvents(t *testing.T) {
	docs := corpusEvents(t)[:3000]
	schema := corpusSchema(t, docs)
	rules, undecided := 0, 0
	for _, r := range corpusRules(t) {
		if r.Type != rule.TypeESQL {
			continue
		}
		d, problems := Compile(r, Environment{Schema: schema, Now: time.Unix(0, 0), AnyTime: true})
		if d == nil {
			t.Errorf("%v", problems)
			continue
		}
		rules++
		if d.Undecided != "" {
			undecided++
			continue
		}
		for _, a := range d.Run(Input{Events: docs}, nil).Alerts {
			if a.Event == nil || a.ID == "" {
				t.Errorf("%s: an alert of the wrong form", r.Name)
			}
		}
	}
	t.Logf("%d rules, %d of them undecided", rules, undecided)
	if rules < 140 || undecided > 10 {
		t.Errorf("%d rules, %d undecided", rules, undecided)
	}
}

// Rows are grouped by the values of their columns, whether a command computed them or a text holds them.
func TestESQLSuppression(t *testing.T) {
	for query, want := range map[string]string{
		`from logs-* | stats Esql.count = count(*) by event.action, user.name | keep Esql.count`: "[1 2] of 3",
		`from logs-* | eval Esql.count = length(user.name) | keep Esql.count`:                    "[3] of 4",
		`from logs-* | eval Esql.count = to_upper(user.name) | keep Esql.count`:                  "[ANN BOB] of 4",
		`from logs-* | stats n = count(*) by user.name`:                                          "[] of 2",
	} {
		result := esqlRule(t, query, "[rule.alert_suppression]\ngroup_by = [\"Esql.count\"]\n").Run(Input{Events: parse(t, signIns)}, nil)
		var values []string
		rows := 0
		for _, a := range result.Alerts {
			values = append(values, a.Get("Esql.count")...)
			counted, _ := a.Document()["kibana.alert.suppression.docs_count"].(int)
			rows += 1 + counted
		}
		slices.Sort(values)
		if got := fmt.Sprintf("%v of %d", values, rows); got != want {
			t.Errorf("%s: alerts for %s, want %s", query, got, want)
		}
	}
}

// The fields of a rule come from the catalogs of the indices that its query reads.
func TestESQLIndicesOfTheProject(t *testing.T) {
	for query, want := range map[string]string{
		"from logs-a, logs-b-* metadata _id | limit 1": "[logs-a logs-b-*]",
		"from (from logs-a | limit 1), logs-b":         "[logs-b logs-a]",
		"from logs-a | where":                          "[]",
		"row a = 1":                                    "[]",
	} {
		r := &rule.Rule{Type: rule.TypeESQL, Query: query, Index: []string{"other"}}
		if got := fmt.Sprint(Project{}.Indices(r)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
