package detect

import (
	"strings"
	"testing"
	"time"
)

func suppressed(body, groupBy, more string) string {
	return body + "[rule.alert_suppression]\ngroup_by = " + groupBy + "\n" + more
}

const (
	lasting = "[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'\n"
	eqlBody = "type = \"eql\"\nlanguage = \"eql\"\nquery = 'any where a == \"x\"'\nfrom = 'now-10m'\ninterval = '5m'\n"
)

// told is what alerts tell of their groups: the event, how many it counts, and the terms.
func told(r Result) string {
	return ids(r, "_", "kibana.alert.suppression.docs_count", "kibana.alert.suppression.terms.value")
}

// kibana.md 2.11: query rules group by search, all others in memory.
func TestSuppressionGroups(t *testing.T) {
	events := []string{`-3m {"_id":"1","a":"x","b":"p","_":1}`, `-2m {"_id":"2","a":"x","b":"p","_":2}`, `-1m {"_id":"3","a":"x","b":"q","_":3}`}
	array := []string{`-2m {"_id":"1","a":"x","b":["q","p"],"_":1}`, `-1m {"_id":"2","a":"x","b":"q","_":2}`}
	missing := []string{`-4m {"_id":"1","a":"x","_":1}`, `-3m {"_id":"2","a":"x","b":"p","_":2}`, `-2m {"_id":"3","a":"x","_":3}`, `-1m {"_id":"4","a":"x","b":"p","_":4}`}
	for _, c := range []struct {
		name, body string
		events     []string
		want       string
		suppressed string
	}{
		{"query: the earliest event of each group", suppressed(queryBody, "['b']", ""), events, "1/1/p 3/0/q", "2"},
		{"query: an array is in several groups", suppressed(queryBody, "['b']", ""), array, "1/0/p 1/1/q", "2"},
		{"query: a missing field is a group", suppressed(queryBody, "['b']", ""), missing, "1/1/ 2/1/p", "3 4"},
		{"query: or alerts by itself", suppressed(queryBody, "['b']", "missing_fields_strategy = 'doNotSuppress'\n"), missing, "1// 3// 2/1/p", "4"},
		{"query: one field of two is missing", suppressed(queryBody, "['b','n']", "missing_fields_strategy = 'doNotSuppress'\n"), events[:2], "1// 2//", ""},
		{"eql: the earliest event of each group", suppressed(eqlBody, "['b']", ""), events, "1/1/p 3/0/q", "2"},
		{"eql: an array is one value", suppressed(eqlBody, "['b']", ""), array, "1/0/p+q 2/0/q", ""},
		{"eql: the order of an array does not matter", suppressed(eqlBody, "['b']", ""), []string{`-2m {"_id":"1","a":"x","b":["q","p"],"_":1}`, `-1m {"_id":"2","a":"x","b":["p","q"],"_":2}`}, "1/1/p+q", "2"},
		{"eql: a missing field is a group", suppressed(eqlBody, "['b']", ""), missing, "1/1/ 2/1/p", "3 4"},
		{"eql: or alerts by itself", suppressed(eqlBody, "['b']", "missing_fields_strategy = 'doNotSuppress'\n"), missing, "1// 3// 2/1/p", "4"},
		{"esql", suppressed(esqlBody, "['b']", ""), []string{`{"_id":"1","_index":"logs-a","b":"p","_":1}`, `{"_id":"2","_index":"logs-a","b":"p","_":2}`, `{"_id":"3","_index":"logs-a","b":"q","_":3}`}, "1/1/p 3/0/q", "2"},
		{"eql: the fields together", suppressed(eqlBody, "['b','n']", ""), []string{`-2m {"_id":"1","a":"x","b":"p","n":1,"_":1}`, `-1m {"_id":"2","a":"x","b":"p","n":2,"_":2}`}, "1/0/p+1 2/0/p+2", ""},
		{"new_terms", suppressed(newTermsBody("['n']", ""), "['b']", ""), []string{`{"_id":"1","a":"x","b":"p","n":1,"_":1}`, `{"_id":"2","a":"x","b":"p","n":2,"_":2}`}, "1/1/p", "2"},
	} {
		result := stage(t, c.body).events(c.events...).run()
		wantText(t, c.name, told(result), c.want)
		wantText(t, c.name+", suppressed", strings.Join(strings.Fields(idsOf(result.Suppressed)), " "), c.suppressed)
	}
}

// kibana.md 2.11: threat_match and machine_learning group in memory too.
func TestSuppressionOfOtherTypes(t *testing.T) {
	threat := stage(t, suppressed(threatBody("", "b=b"), "['b']", "")).events(`-1m {"_id":"2","a":"x","b":"p","_":2}`, `-2m {"_id":"1","a":"x","b":"p","_":1}`).indicators(`{"n":1,"b":"p"}`)
	wantText(t, "threat_match: the oldest", told(threat.run()), "1/1/p")
	ml := stage(t, suppressed(mlBody(""), "['b']", "")).anomalies(`{"job_id":"job","record_score":90,"b":"p","timestamp":2,"_":2}`, `{"job_id":"job","record_score":80,"b":"p","timestamp":1,"_":1}`)
	wantText(t, "machine_learning: the oldest", told(ml.run()), "1/1/p")
}

// kibana.md 2.11: with a duration an alert of an earlier run counts, as long as it is not older than that; without one, each
// run alerts anew, but on no event that a group has counted.
func TestSuppressionOverRuns(t *testing.T) {
	events := []string{`-2m {"_id":"1","a":"x","b":"p","_":1}`, `-1m {"_id":"2","a":"x","b":"p","_":2}`, `3m {"_id":"3","a":"x","b":"p","_":3}`, `64m {"_id":"4","a":"x","b":"p","_":4}`}
	for name, body := range map[string]string{"query": queryBody + "from = 'now-10m'\ninterval = '5m'\n", "eql": eqlBody} {
		s := stage(t, suppressed(body, "['b']", lasting)).events(events...)
		first := s.at(0)
		wantText(t, name+", first", told(first), "1/1/p")
		wantText(t, name+", start", first.Alerts[0].Get("kibana.alert.suppression.start")[0], "2026-11-22T11:58:00.000Z")
		wantText(t, name+", first end", first.Alerts[0].Get("kibana.alert.suppression.end")[0], "2026-11-22T11:59:00.000Z")
		if len(first.Alerts[0].Get("kibana.alert.instance.id")) != 1 {
			t.Errorf("%s: the group has no id", name)
		}
		second := s.at(5 * time.Minute)
		wantText(t, name+", second", told(second), "")
		wantText(t, name+", counted by the first", told(first), "1/2/p")
		wantText(t, name+", end", first.Alerts[0].Get("kibana.alert.suppression.end")[0], "2026-11-22T12:03:00.000Z")
		wantText(t, name+", last detected", first.Alerts[0].Get("kibana.alert.last_detected")[0], "2026-11-22T12:05:00.000Z")
		wantText(t, name+", after the duration", told(s.at(65*time.Minute)), "4/0/p")

		s = stage(t, suppressed(body, "['b']", "")).events(events...)
		s.at(0)
		wantText(t, name+" per run, second", told(s.at(5*time.Minute)), "3/0/p")
	}
}

// The group of events that lack a field takes none of later runs that have an empty one.
func TestMissingIsNotEmpty(t *testing.T) {
	s := stage(t, suppressed(queryBody+"from = 'now-10m'\ninterval = '5m'\n", "['b']", "")).events(
		`-1m {"_id":"1","a":"x","_":1}`, `-2m {"_id":"2","a":"x","b":"","_":2}`, `-2m {"_id":"3","a":"x","_":3}`)
	late := s.in.Events[1:]
	s.in.Events = s.in.Events[:1]
	wantText(t, "first", told(s.at(0)), "1/0/")
	s.in.Events = append(s.in.Events, late...)
	wantText(t, "an empty text is another group, a missing one is counted already", told(s.at(time.Minute)), "2/0/")
}

// kibana.md 2.11: a threshold rule only looks for an earlier alert of the group.
func TestSuppressionOfThreshold(t *testing.T) {
	body := thresholdBody("['b']", 2, "interval = '5m'") + "[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'\n"
	s := stage(t, body).events(`-2m {"a":"x","b":"p"}`, `-1m {"a":"x","b":"p"}`, `2m {"a":"x","b":"p"}`, `3m {"a":"x","b":"p"}`)
	first := s.at(0)
	wantText(t, "first", ids(first, "b", "kibana.alert.suppression.docs_count", "kibana.alert.suppression.terms.field"), "p/0/b")
	wantText(t, "second", ids(s.at(5*time.Minute)), "")
	wantText(t, "counted", ids(first, "kibana.alert.suppression.docs_count"), "1")
}

// kibana.md 2.11: a run looks at five times max_signals of alerts and suppressed events.
func TestSuppressionLimits(t *testing.T) {
	var events []string
	for range 12 {
		events = append(events, `{"a":"x","b":"p"}`)
	}
	result := stage(t, "max_signals = 2\n"+suppressed(newTermsBody("['n']", ""), "['b']", "")).events(
		`{"a":"x","b":"p","n":[1,2,3,4,5,6,7,8,9,10,11,12]}`).run()
	if len(result.Alerts) != 1 || len(result.Suppressed) != 9 || len(result.Capped) != 2 || len(result.Warnings) != 1 {
		t.Errorf("%d alerts, %d suppressed, %d capped, %v", len(result.Alerts), len(result.Suppressed), len(result.Capped), result.Warnings)
	}
	rows := stage(t, "max_signals = 2\n"+suppressed(esqlBody, "['b']", "")).events(
		`{"_id":"1","_index":"logs-a","b":"p"}`, `{"_id":"2","_index":"logs-a","b":"p"}`, `{"_id":"3","_index":"logs-a","b":"p"}`).run()
	if len(rows.Alerts) != 1 || len(rows.Suppressed) != 1 || len(rows.Capped) != 1 || len(rows.Warnings) != 1 {
		t.Errorf("esql looks at max_signals rows: %d alerts, %d suppressed, %d capped, %v", len(rows.Alerts), len(rows.Suppressed), len(rows.Capped), rows.Warnings)
	}
	result = stage(t, "max_signals = 1\n"+suppressed(queryBody, "['b']", "")).events(append(events, `{"a":"x","b":"q"}`)...).run()
	if len(result.Alerts) != 1 || len(result.Suppressed) != 11 || len(result.Capped) != 1 {
		t.Errorf("query: %d alerts, %d suppressed, %d capped", len(result.Alerts), len(result.Suppressed), len(result.Capped))
	}
}

const sequenceBody = "type = \"eql\"\nlanguage = \"eql\"\nquery = 'sequence by b [any where n == 1] [any where n == 2]'\n"

// kibana.md 2.5: N events of a sequence are N building blocks and a shell, whose source is what all agree in.
func TestSequenceAlerts(t *testing.T) {
	body := sequenceBody + "rule_name_override = 'b'\n[[rule.severity_mapping]]\nfield = 'b'\noperator = 'equals'\nvalue = 'p'\nseverity = 'high'\n" +
		"[[rule.risk_score_mapping]]\nfield = 'n'\noperator = 'equals'\nvalue = ''\n"
	a := stage(t, body).events(`-2m {"_id":"1","_index":"i","b":"p","n":1,"c":["u","v"],"event.kind":"event"}`, `-1m {"_id":"2","_index":"i","b":"p","n":2,"c":"v","event.kind":"event"}`).run().Alerts
	if len(a) != 1 || len(a[0].Blocks) != 2 {
		t.Fatalf("%+v", a)
	}
	shell, second := a[0], a[0].Blocks[1]
	for path, want := range map[string]string{
		"b": "p", "c": "v", "n": "", "kibana.alert.depth": "2", "kibana.alert.group.id": shell.ID, "kibana.alert.group.index": "",
		"kibana.alert.building_block_type": "", "kibana.alert.ancestors.id": "1+" + shell.Blocks[0].ID + "+2+" + second.ID, "kibana.alert.rule.name": "N",
		"kibana.alert.severity": "low", "kibana.alert.risk_score": "21", "kibana.alert.uuid": shell.ID, "kibana.alert.original_time": "2026-11-22T12:00:00.000Z", "kibana.alert.original_event.kind": "event",
	} {
		wantText(t, "shell, "+path, strings.Join(shell.Get(path), "+"), want)
	}
	for path, want := range map[string]string{
		"n": "2", "kibana.alert.depth": "1", "kibana.alert.group.id": shell.ID, "kibana.alert.group.index": "1",
		"kibana.alert.building_block_type": "default", "kibana.alert.ancestors.id": "2", "kibana.alert.rule.name": "N", "kibana.alert.severity": "low", "kibana.alert.risk_score": "21",
	} {
		wantText(t, "block, "+path, strings.Join(second.Get(path), "+"), want)
	}
}

// kibana.md 2.5: an event query's alerts take the rule's overrides.
func TestEQLEventAlerts(t *testing.T) {
	result := stage(t, eqlBody+"rule_name_override = 'b'\n").events(`-1m {"_id":"1","a":"x","b":"p"}`).run()
	wantText(t, "name", ids(result, "kibana.alert.rule.name", "kibana.alert.group.id"), "p/")
}

// kibana.md 2.5: a sample's events are building blocks with a shell too; an event that has to be missing leaves no number out.
func TestShells(t *testing.T) {
	eql := "type = \"eql\"\nlanguage = \"eql\"\nquery = "
	for _, c := range []struct{ name, body, blocks string }{
		{"sample", eql + "'sample by b [any where n == 1] [any where n == 2]'\n", "1/0 2/1"},
		{"a missing event", eql + "'sequence by b with maxspan=1h [any where n == 1] ![any where n == 9] [any where n == 2]'\n", "1/0 2/1"},
	} {
		alerts := stage(t, c.body).events(`-2m {"_id":"1","b":"p","n":1}`, `-1m {"_id":"2","b":"p","n":2}`).run().Alerts
		if len(alerts) != 1 {
			t.Errorf("%s: %d alerts", c.name, len(alerts))
			continue
		}
		var blocks []string
		for _, b := range alerts[0].Documents()[1:] {
			blocks = append(blocks, b.Event.ID+"/"+strings.Join(b.Get("kibana.alert.group.index"), ""))
		}
		wantText(t, c.name, strings.Join(blocks, " "), c.blocks)
		wantText(t, c.name+", depth", strings.Join(alerts[0].Get("kibana.alert.depth"), ""), "2")
	}
}

// kibana.md 2.5: the window is that of timestamp_override, the order of events that of timestamp_field.
func TestEQLTimes(t *testing.T) {
	events := []string{
		`{"_id":"1","b":"p","n":1,"@timestamp":"2026-11-22T11:58:00Z","event.created":"2026-11-22T11:59:00Z","event.ingested":"2026-11-22T11:59:30Z"}`,
		`{"_id":"2","b":"p","n":2,"@timestamp":"2026-11-22T11:59:00Z","event.created":"2026-11-22T11:58:00Z","event.ingested":"2026-11-22T11:59:30Z"}`,
	}
	for _, c := range []struct {
		name, more string
		want       int
	}{
		{"by @timestamp", "", 1}, {"by timestamp_field", "timestamp_field = 'event.created'\n", 0},
		{"the override moves the window", "timestamp_override = 'event.ingested'\nfrom = 'now-45s'\n", 1},
		{"and not the order", "timestamp_override = 'event.ingested'\ntimestamp_field = 'event.created'\nfrom = 'now-45s'\n", 0},
		{"without the override the window is empty", "from = 'now-45s'\n", 0},
	} {
		if n := len(stage(t, sequenceBody+c.more).events(events...).at(0).Alerts); n != c.want {
			t.Errorf("%s: %d alerts, want %d", c.name, n, c.want)
		}
	}
}

// kibana.md 2.5: what the source of a shell keeps of two events.
func TestIntersection(t *testing.T) {
	for _, c := range []struct{ name, one, other, want string }{
		{"equal scalars", `{"k":"v"}`, `{"k":"v"}`, `{"k":"v"}`}, {"other scalars", `{"k":"v"}`, `{"k":"w"}`, `{}`},
		{"one is missing", `{"k":"v"}`, `{"l":"v"}`, `{}`}, {"level by level", `{"k":{"l":1,"m":2}}`, `{"k":{"l":1,"m":3}}`, `{"k":{"l":1}}`},
		{"objects that agree in nothing", `{"k":{"l":1}}`, `{"k":{"l":2}}`, `{}`},
		{"the common items of arrays", `{"k":[1,2,3]}`, `{"k":[3,2]}`, `{"k":[2,3]}`}, {"none in common", `{"k":[1]}`, `{"k":[2]}`, `{"k":[]}`},
		{"a scalar beside an array", `{"k":1}`, `{"k":[2,1]}`, `{"k":[1]}`}, {"an object beside a scalar", `{"k":{"l":1}}`, `{"k":1}`, `{}`},
		{"number and text", `{"k":1}`, `{"k":"1"}`, `{}`},
	} {
		wantText(t, c.name, common(parse(t, c.one, c.other)).JSON(), c.want)
	}
}

// kibana.md 2.5: a sequence with an alert of the rule itself is skipped as a whole; only the shell counts to max_signals.
func TestSequenceLimits(t *testing.T) {
	result := stage(t, sequenceBody).events(`-2m {"b":"p","n":1,"kibana.alert.rule.rule_id":"id"}`, `-1m {"b":"p","n":2}`).run()
	if len(result.Alerts) != 0 || len(result.Own) != 2 {
		t.Errorf("with its own alert: %d alerts, %d own", len(result.Alerts), len(result.Own))
	}
	pairs := []string{`-6m {"_id":"1","b":"p","n":1}`, `-5m {"_id":"2","b":"p","n":2}`, `-4m {"_id":"3","b":"q","n":1}`, `-3m {"_id":"4","b":"q","n":2}`}
	result = stage(t, "max_signals = 2\n"+sequenceBody).events(pairs...).run()
	if len(result.Alerts) != 2 {
		t.Errorf("%d shells, want 2", len(result.Alerts))
	}
	// With suppression the cap is on documents, shells and blocks together.
	result = stage(t, "max_signals = 4\n"+suppressed(sequenceBody, "['b']", "")).events(pairs...).run()
	if len(result.Alerts) != 2 || len(result.Alerts[0].Blocks) != 2 || len(result.Alerts[1].Blocks) != 0 || len(result.Warnings) != 1 {
		t.Errorf("suppressed: %d alerts, warnings %v", len(result.Alerts), result.Warnings)
	}
	result = stage(t, "max_signals = 4\n"+suppressed(sequenceBody, "['a']", "missing_fields_strategy = 'doNotSuppress'\n")).events(pairs...).run()
	if len(result.Alerts) != 2 || len(result.Alerts[1].Blocks) != 0 || len(result.Warnings) != 1 {
		t.Errorf("not suppressed: %d alerts, warnings %v", len(result.Alerts), result.Warnings)
	}
	// The group is that of the shell.
	result = stage(t, suppressed(sequenceBody, "['a']", "")).events(`-6m {"a":"k","b":"p","n":1}`, `-5m {"a":"k","b":"p","n":2}`, `-4m {"a":"k","b":"q","n":1}`, `-3m {"a":"k","b":"q","n":2}`).run()
	wantText(t, "shells of one group", ids(result, "b", "kibana.alert.suppression.docs_count"), "p/1")
}
