package detect

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/schemas"
)

// parseECS reads the table of ECS once for all tests.
var parseECS = sync.OnceValues(func() (*field.Table, error) { return field.ParseECS(schemas.ECS(), "") })

func ecs(t testing.TB) *field.Table {
	t.Helper()
	table, err := parseECS()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// scene is a rule with what it reads.
type scene struct {
	t       testing.TB
	rule    string
	env     Environment
	in      Input
	state   *State
	results []Result
}

// stage makes a scene: the body of a rule's table, with ECS and a few fields more. Events of any time are searched until
// a run is given a time.
func stage(t testing.TB, body string) *scene {
	t.Helper()
	table, bad := field.FromMap(map[string]any{"a": "keyword", "b": "keyword", "n": "long", "t": "text", "x.ip": "ip"}, "test")
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return &scene{t: t, rule: "[rule]\nname = \"N\"\nrule_id = \"id\"\nseverity = \"low\"\nrisk_score = 21\n" + body,
		env: Environment{Schema: field.NewSchema(table, ecs(t)), Now: now, AnyTime: true}, state: NewState()}
}

// docs reads events. One that begins with an offset such as "-5m " takes place then.
func docs(t testing.TB, lines ...string) []*event.Document {
	t.Helper()
	var list []*event.Document
	for _, line := range lines {
		if offset, body, ok := strings.Cut(line, " {"); ok && !strings.HasPrefix(line, "{") {
			d, err := time.ParseDuration(offset)
			if err != nil {
				t.Fatal(err)
			}
			line = fmt.Sprintf(`{"@timestamp":%q,%s`, formatTime(now.Add(d)), body)
		}
		list = append(list, parse(t, line)...)
	}
	return list
}

func (s *scene) events(lines ...string) *scene {
	s.in.Events = append(s.in.Events, docs(s.t, lines...)...)
	return s
}

func (s *scene) history(lines ...string) *scene {
	s.in.History = append(s.in.History, docs(s.t, lines...)...)
	return s
}

func (s *scene) indicators(lines ...string) *scene {
	s.in.Indicators = append(s.in.Indicators, docs(s.t, lines...)...)
	return s
}

func (s *scene) anomalies(lines ...string) *scene {
	s.in.Anomalies = append(s.in.Anomalies, docs(s.t, lines...)...)
	return s
}

// detector compiles the scene's rule.
func (s *scene) detector() *Detector {
	s.t.Helper()
	d, problems := Compile(parseRule(s.t, s.rule), s.env)
	if d == nil {
		s.t.Fatal(problems)
	}
	if d.Undecided != "" {
		s.t.Fatal(d.Undecided)
	}
	return d
}

// run runs the rule once more.
func (s *scene) run() Result {
	s.t.Helper()
	result := s.detector().Run(s.in, s.state)
	s.results = append(s.results, result)
	return result
}

// at runs the rule at an offset from now, with its window.
func (s *scene) at(offset time.Duration) Result {
	s.env.Now, s.env.AnyTime = now.Add(offset), false
	return s.run()
}

// ids are the ids of the events of a result's alerts, or what fields of the alerts hold.
func ids(result Result, fields ...string) string {
	var list []string
	for _, a := range result.Alerts {
		var parts []string
		for _, f := range fields {
			parts = append(parts, strings.Join(a.Get(f), "+"))
		}
		if len(fields) == 0 {
			parts = append(parts, a.Event.ID)
		}
		list = append(list, strings.Join(parts, "/"))
	}
	return strings.Join(list, " ")
}

func idsOf(list []*event.Document) string {
	var names []string
	for _, d := range list {
		names = append(names, d.ID)
	}
	return strings.Join(names, " ")
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

const queryBody = "type = \"query\"\nquery = 'a: x'\n"

// kibana.md 2.1: an alert is written once, however often runs see its event.
func TestRunsDoNotRepeatAlerts(t *testing.T) {
	s := stage(t, queryBody+"from = 'now-10m'\ninterval = '5m'\n").events(`-1m {"_id":"1","a":"x"}`, `4m {"_id":"2","a":"x"}`)
	wantText(t, "first", ids(s.at(0)), "1")
	second := s.at(5 * time.Minute)
	wantText(t, "second", ids(second), "2")
	wantText(t, "known", idsOf(second.Known), "1")
}

// kibana.md 2.1: equal events are equal alerts; the second of two equal documents without an id is another document.
func TestAlertIDs(t *testing.T) {
	first, again := stage(t, queryBody).events(`{"a":"x"}`, `{"a":"x"}`).run(), stage(t, queryBody).events(`{"a":"x"}`, `{"a":"x"}`).run()
	if len(first.Alerts) != 2 || first.Alerts[0].ID != again.Alerts[0].ID || first.Alerts[1].ID != again.Alerts[1].ID || first.Alerts[0].ID == first.Alerts[1].ID {
		t.Errorf("ids %v and %v", first.Alerts, again.Alerts)
	}
	other := stage(t, strings.Replace(queryBody, "'a: x'", "'a: x '", 1)).events(`{"_id":"1","_index":"i","a":"x"}`)
	one := stage(t, queryBody).events(`{"_id":"1","_index":"i","a":"x","b":"more"}`)
	if other.run().Alerts[0].ID != one.run().Alerts[0].ID {
		t.Error("one document of one rule has two ids")
	}
	moved := stage(t, queryBody).events(`{"_id":"1","_index":"j","a":"x"}`).run().Alerts[0].ID
	if moved == one.results[0].Alerts[0].ID {
		t.Error("documents of two indices have one id")
	}
}

// kibana.md 2.1: missed runs are made up for by up to four windows, the oldest first, each with its own max_signals; what
// is left is an error.
func TestGaps(t *testing.T) {
	body := queryBody + "from = 'now-5m'\ninterval = '5m'\nmax_signals = 1\n"
	for _, c := range []struct {
		name   string
		after  time.Duration
		alerts string
		errors int
	}{
		{"no gap", 5 * time.Minute, "c", 0}, {"a short gap is one window", 6 * time.Minute, "c", 0},
		{"one missed run", 10 * time.Minute, "c d", 0}, {"four missed runs", 25 * time.Minute, "c d e f g", 0},
		{"five missed runs", 30 * time.Minute, "d e f g h", 1},
	} {
		s := stage(t, body).events(`-1m {"_id":"z","a":"y"}`, `2m {"_id":"c","a":"x"}`, `7m {"_id":"d","a":"x"}`, `12m {"_id":"e","a":"x"}`,
			`17m {"_id":"f","a":"x"}`, `22m {"_id":"g","a":"x"}`, `27m {"_id":"h","a":"x"}`)
		s.at(0)
		result := s.at(c.after)
		wantText(t, c.name, ids(result), c.alerts)
		if len(result.Errors) != c.errors {
			t.Errorf("%s: errors %v", c.name, result.Errors)
		}
	}
}

// kibana.md 2.1: a document that is an alert of this rule, or comes from one, never alerts again; another rule's does.
func TestLoopGuard(t *testing.T) {
	own := stage(t, queryBody).detector().ruleUUID()
	for _, c := range []struct {
		name, doc string
		want      int
	}{
		{"an event", `{"a":"x"}`, 1},
		{"another rule's alert", `{"a":"x","kibana.alert.rule.uuid":"other","kibana.alert.rule.rule_id":"o","kibana.alert.depth":1}`, 1},
		{"its own, by uuid", `{"a":"x","kibana.alert.rule.uuid":"` + own + `","kibana.alert.depth":1}`, 0},
		{"its own, by rule_id", `{"a":"x","kibana.alert.rule.rule_id":"id","kibana.alert.depth":1}`, 0},
		{"one that comes from it", `{"a":"x","kibana.alert.rule.uuid":"other","kibana.alert.depth":2,"kibana.alert.ancestors":[{"id":"1","type":"signal","rule":"` + own + `","depth":1}]}`, 0},
	} {
		result := stage(t, queryBody).events(c.doc).run()
		if len(result.Alerts) != c.want || len(result.Own) != 1-c.want {
			t.Errorf("%s: %d alerts, %d its own", c.name, len(result.Alerts), len(result.Own))
		}
	}
}

// kibana.md 2.1: no rule writes more than 1,000 alerts in a run, whatever its max_signals say.
func TestMaxSignalsIsCapped(t *testing.T) {
	for _, c := range []struct{ maxSignals, alerts, warnings int }{{1000, 1000, 1}, {1001, 1000, 2}, {5000, 1000, 2}, {999, 999, 1}} {
		s := stage(t, fmt.Sprintf("max_signals = %d\n", c.maxSignals)+queryBody)
		for i := range 1002 {
			s.in.Events = append(s.in.Events, parse(t, fmt.Sprintf(`{"_id":"%d","a":"x"}`, i))...)
		}
		if result := s.run(); len(result.Alerts) != c.alerts || len(result.Warnings) != c.warnings {
			t.Errorf("max_signals %d: %d alerts, warnings %v", c.maxSignals, len(result.Alerts), result.Warnings)
		}
	}
}

// kibana.md 2.1: what is noted before the search: that no index matches, and that none has the field of the override.
func TestWarningsBeforeTheSearch(t *testing.T) {
	const noIndex, noField = "no event is of an index that the rule searches: logs-*, -logs-b", "no index has the field x.when, which timestamp_override names"
	index := "index = ['logs-*', '-logs-b']\n"
	for _, c := range []struct{ name, body, doc, want string }{
		{"an index of the rule", index + queryBody, `{"_index":"logs-a","a":"y"}`, ""},
		{"another one", index + queryBody, `{"_index":"metrics","a":"x"}`, noIndex},
		{"an excluded one", index + queryBody, `{"_index":"logs-b","a":"x"}`, noIndex},
		{"an event that names none", index + queryBody, `{"a":"y"}`, ""},
		{"a known field of the override", "timestamp_override = 'event.ingested'\n" + queryBody, `{"a":"x"}`, ""},
		{"an unknown one", "timestamp_override = 'x.when'\n" + queryBody, `{"a":"x"}`, noField},
		{"an esql rule searches what it names", "type = \"esql\"\nlanguage = \"esql\"\nquery = 'from logs-*, -logs-b'\n", `{"_index":"metrics","a":"x"}`, noIndex},
	} {
		s := stage(t, c.body).events(c.doc)
		wantText(t, c.name, strings.Join(s.run().Warnings, "; "), c.want)
		d := s.detector()
		all := d.Replay(SearchAll([]*Detector{d}, s.in.Events)[0], s.in, []time.Time{now})[0]
		wantText(t, c.name+", among many rules", strings.Join(all.Warnings, "; "), c.want)
	}
}

// kibana.md 2.1: by which time events are grouped and ordered: that of the override, and @timestamp where it is missing.
func TestOverrideIsTheTimeOfAll(t *testing.T) {
	override := "timestamp_override = 'event.ingested'\n"
	threshold := stage(t, override+thresholdBody("['b']", 2, "")).events(
		`-9m {"a":"x","b":"p","event.ingested":"2026-11-22T11:59:00Z"}`, `-2m {"a":"x","b":"p"}`)
	for path, want := range map[string]string{
		"kibana.alert.original_time": "2026-11-22T11:59:00.000Z", "kibana.alert.threshold_result.from": "2026-11-22T11:58:00.000Z",
	} {
		wantText(t, "threshold, "+path, ids(threshold.at(0), path), want)
		threshold.state = NewState()
	}
	terms := stage(t, override+newTermsBody("['b']", "")).events(
		`-2h {"_id":"1","a":"x","b":"p","event.ingested":"2026-11-22T11:59:00Z"}`, `-1m {"_id":"2","a":"x","b":"q","event.ingested":"2026-11-22T10:00:00Z"}`,
		`-2m {"_id":"3","a":"x","b":"r"}`)
	wantText(t, "new_terms", ids(terms.at(0)), "1 3")
	oldest := stage(t, override+"max_signals = 1\n"+queryBody).events(`-3m {"_id":"1","a":"x","event.ingested":"2026-11-22T11:59:30Z"}`, `-2m {"_id":"2","a":"x"}`)
	wantText(t, "query", ids(oldest.at(0)), "2")
}

// kibana.md 2.1: what makes two alerts of different runs the same.
func TestAlertIdentity(t *testing.T) {
	event := `-1m {"_id":"1","_index":"logs-a","a":"x","b":["p","q"],"n":1}`
	window := "from = 'now-10m'\ninterval = '5m'\n"
	esql := func(query string) string {
		return "type = \"esql\"\nlanguage = \"esql\"\nquery = '" + query + "'\n" + window
	}
	for _, c := range []struct {
		name, body string
		again      int
	}{
		{"query: the document", queryBody + window, 0},
		{"eql: the document", eqlBody, 0},
		{"new_terms: document and terms", newTermsBody("['b']", "interval = '5m'"), 0},
		{"threat_match: the document", threatBody(window, "a=a"), 0},
		{"esql with _id: the document", esql("from logs-* metadata _id"), 0},
		{"esql without: the number of the row", esql("from logs-* | keep a"), 1},
		{"esql that aggregates: the number of the row", esql("from logs-* | stats c = count(*)"), 1},
		{"query with suppression: the group and its time", suppressed(queryBody+window, "['n']", ""), 0},
	} {
		s := stage(t, c.body).events(event).indicators(`{"n":1,"a":"x"}`)
		first := s.at(0)
		if len(first.Alerts) == 0 {
			t.Errorf("%s: no alert", c.name)
			continue
		}
		if again := s.at(time.Minute); len(again.Alerts) != c.again {
			t.Errorf("%s: %d alerts in the second run, want %d", c.name, len(again.Alerts), c.again)
		}
	}
	ids := map[string]bool{}
	two := stage(t, newTermsBody("['b']", "")).events(event).at(0).Alerts
	expanded := stage(t, esql("from logs-* metadata _id | mv_expand b | keep _id, b")).events(event).at(0).Alerts
	for _, a := range append(two, expanded...) {
		ids[a.ID] = true
	}
	if len(ids) != 4 {
		t.Errorf("two terms and two expanded values of one document: %d ids, want 4", len(ids))
	}
	counted := stage(t, thresholdBody("['b']", 1, "")).events(event)
	a, b := counted.at(0).Alerts[0], stage(t, thresholdBody("['b']", 1, "")).events(event).at(time.Minute).Alerts[0]
	if again := stage(t, thresholdBody("['b']", 1, "")).events(event).at(0).Alerts[0]; a.ID == b.ID || again.ID != a.ID {
		t.Errorf("threshold: the id follows from the run's start: %s, %s, %s", a.ID, b.ID, again.ID)
	}
}

// kibana.md 2.1: the alerts of a sequence have one identity: that of all its events.
func TestSequenceIdentity(t *testing.T) {
	body := sequenceBody + "from = 'now-10m'\ninterval = '5m'\n"
	s := stage(t, body).events(`-3m {"_id":"1","b":"p","n":1}`, `-2m {"_id":"2","b":"p","n":2}`)
	first := s.at(0)
	if again := s.at(5 * time.Minute); len(first.Alerts) != 1 || len(again.Alerts) != 0 || len(again.Known) != 2 {
		t.Errorf("%d and %d alerts", len(first.Alerts), len(again.Alerts))
	}
	other := stage(t, body).events(`-3m {"_id":"1","b":"p","n":1}`, `-2m {"_id":"3","b":"p","n":2}`).at(0).Alerts[0]
	a := first.Alerts[0]
	if a.ID == other.ID || a.Blocks[0].ID == other.Blocks[0].ID || a.Blocks[0].ID == a.Blocks[1].ID {
		t.Error("sequences of other events, or two blocks, have one id")
	}
}

// kibana.md 2.1: which events survive max_signals, and 2.5: eql warns as soon as the number is reached.
func TestSurvivors(t *testing.T) {
	events := []string{`-3m {"_id":"c","_index":"i","a":"x","b":"3"}`, `-1m {"_id":"a","a":"x","b":"1"}`, `-4m {"_id":"d","a":"x","b":"4"}`, `-2m {"_id":"b","a":"x","b":"2"}`}
	for _, c := range []struct{ name, body, want string }{
		{"query: the oldest", queryBody, "d c"}, {"eql: the newest, in order of time", "type = \"eql\"\nlanguage = \"eql\"\nquery = 'any where a == \"x\"'\n", "b a"},
		{"new_terms: by key", "type = \"new_terms\"\nquery = 'a: x'\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['b']\n", "a b"},
		{"threat_match: the newest", "type = \"threat_match\"\nquery = 'a: x'\nthreat_query = '*:*'\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'a'\ntype = 'mapping'\nvalue = 'a'\n", "a b"},
	} {
		body := strings.Replace(c.body, "type =", "max_signals = 2\ntype =", 1)
		s := stage(t, body).events(events...).indicators(`{"a":"x"}`)
		result := s.run()
		wantText(t, c.name, ids(result), c.want)
		if len(result.Capped) != 2 || len(result.Warnings) != 1 {
			t.Errorf("%s: capped %s, warnings %v", c.name, idsOf(result.Capped), result.Warnings)
		}
	}
	for body, want := range map[string]int{queryBody: 0, "type = \"eql\"\nlanguage = \"eql\"\nquery = 'any where a == \"x\"'\n": 1} {
		result := stage(t, "max_signals = 4\n"+body).events(events...).run()
		if len(result.Warnings) != want || len(result.Alerts) != 4 {
			t.Errorf("%q with exactly max_signals: %v", body, result.Warnings)
		}
	}
}

// kibana.md 2.1: a data view wins over index, and saved queries are those of the project.
func TestProject(t *testing.T) {
	project := Project{DataViews: map[string][]string{"v": {"logs-b*"}}, SavedQueries: map[string]SavedQuery{
		"q": {Query: "a: x", Language: rule.KQL}, "lucene": {Query: "a:/x+/", Language: rule.Lucene},
		"filtered": {Query: "a: x", Language: rule.KQL, Filters: []map[string]any{{"query": map[string]any{"term": map[string]any{"b": "p"}}}}},
	}}
	own := "[[rule.filters]]\n[rule.filters.query.term]\nb = 'q'\n"
	for _, c := range []struct{ name, body, doc, want, undecided string }{
		{"in the data view", "data_view_id = 'v'\nindex = ['logs-a']\n" + queryBody, `{"_id":"1","_index":"logs-b","a":"x"}`, "1", ""},
		{"in the index only", "data_view_id = 'v'\nindex = ['logs-a']\n" + queryBody, `{"_id":"1","_index":"logs-a","a":"x"}`, "", ""},
		{"an unknown data view", "data_view_id = 'w'\n" + queryBody, `{"_id":"1","a":"x"}`, "", `the rule searches the data view "w"`},
		{"a saved query", "type = 'saved_query'\nsaved_id = 'q'\nquery = 'a: z'\n", `{"_id":"1","a":"x"}`, "1", ""},
		{"its language", "type = 'saved_query'\nsaved_id = 'lucene'\n", `{"_id":"1","a":"xx"}`, "1", ""},
		{"its filters", "type = 'saved_query'\nsaved_id = 'filtered'\n", `{"_id":"1","a":"x","b":"p"}`, "1", ""},
		{"which hold back", "type = 'saved_query'\nsaved_id = 'filtered'\n", `{"_id":"1","a":"x","b":"q"}`, "", ""},
		{"and not the rule's own", "type = 'saved_query'\nsaved_id = 'q'\n" + own, `{"_id":"1","a":"x","b":"p"}`, "1", ""},
		{"its absence falls back to the rule's own", "type = 'saved_query'\nsaved_id = 'p'\nquery = 'a: z'\n", `{"_id":"1","a":"z"}`, "1", ""},
		{"no query at all", "type = 'saved_query'\nsaved_id = 'p'\n", `{"_id":"1","a":"z"}`, "", `the rule runs the saved query "p"`},
	} {
		s := stage(t, c.body).events(c.doc)
		s.env.Project = project
		d, problems := Compile(parseRule(t, s.rule), s.env)
		if d == nil {
			t.Fatal(problems)
		}
		if !strings.HasPrefix(d.Undecided, c.undecided) || c.undecided == "" && d.Undecided != "" {
			t.Errorf("%s: undecided %q, want %q", c.name, d.Undecided, c.undecided)
		}
		if d.Undecided == "" {
			wantText(t, c.name, ids(d.Run(s.in, nil)), c.want)
		}
	}
}

// Each event ends its way at one phase.
func TestFates(t *testing.T) {
	body := "max_signals = 2\nindex = ['logs-*']\nfrom = 'now-10m'\n" + suppressed(queryBody, "['b']", "") + "[[rule.filters]]\n[rule.filters.meta]\nnegate = true\n[rule.filters.query.term]\nn = 9\n"
	s := stage(t, body).except("I", is("x.ip", "10.0.0.1")).events(
		`-9m {"_index":"metrics","a":"x"}`, `-11m {"_index":"logs-a","a":"x"}`, `-9m {"_index":"logs-a","a":"x","n":9}`, `-9m {"_index":"logs-a","a":"y"}`,
		`-9m {"_index":"logs-a","a":"x","x.ip":"10.0.0.1"}`, `-9m {"_index":"logs-a","a":"x","b":"p"}`, `-8m {"_index":"logs-a","a":"x","b":"p"}`,
		`-7m {"_index":"logs-a","a":"x","b":"q"}`, `-6m {"_index":"logs-a","a":"x","b":"r"}`)
	s.at(0)
	got := s.detector().Fates(s.in, s.results)
	wantText(t, "query", strings.Join(got, " "), "index window filters query exceptions alert suppression alert max_signals")

	own := stage(t, queryBody).events(`{"a":"x","kibana.alert.rule.rule_id":"id"}`, `{"a":"x"}`)
	own.run()
	wantText(t, "loop guard", strings.Join(own.detector().Fates(own.in, own.results), ", "), "own alerts, alert")
	short := stage(t, thresholdBody("['b']", 2, "")).events(`{"a":"x","b":"p"}`, `{"a":"x","b":"q"}`, `{"a":"x","b":"q"}`)
	short.run()
	wantText(t, "a threshold that is not reached", strings.Join(short.detector().Fates(short.in, short.results), ", "), "rule type, alert, alert")
	ml := stage(t, mlBody("")).anomalies(`{"job_id":"job","record_score":90}`, `{"job_id":"job","record_score":1}`)
	ml.run()
	wantText(t, "anomalies", strings.Join(ml.detector().Fates(ml.in, ml.results), ", "), "alert, query")
}

// Dates in a query count from the run's own time.
func TestAtRecompilesDates(t *testing.T) {
	s := stage(t, "type = \"query\"\nquery = 'a: x and event.created >= now-1h'\n").events(`{"_id":"1","a":"x","event.created":"2026-11-22T11:30:00Z"}`)
	d := s.detector()
	wantText(t, "now", ids(d.Run(s.in, nil)), "1")
	wantText(t, "an hour later", ids(d.At(now.Add(time.Hour)).Run(s.in, nil)), "")
}
