package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/field"
)

// kibana.md 2.2, statement by statement.
func TestOverrides(t *testing.T) {
	severity := func(field, value, severity string) string {
		return fmt.Sprintf("[[rule.severity_mapping]]\nfield = %q\noperator = \"equals\"\nvalue = %q\nseverity = %q\n", field, value, severity)
	}
	risk := func(field string) string {
		return fmt.Sprintf("[[rule.risk_score_mapping]]\nfield = %q\noperator = \"equals\"\nvalue = \"\"\nrisk_score = 99\n", field)
	}
	for _, c := range []struct{ name, body, event, path, want string }{
		{"severity: equal", severity("k", "v", "high"), `{"k":"v"}`, "kibana.alert.severity", "high"},
		{"severity: not equal", severity("k", "v", "high"), `{"k":"V"}`, "kibana.alert.severity", "low"},
		{"severity: missing", severity("k", "v", "high"), `{}`, "kibana.alert.severity", "low"},
		{"severity: any element", severity("k", "v", "high"), `{"k":["u","v"]}`, "kibana.alert.severity", "high"},
		{"severity: the highest wins", severity("k", "v", "critical") + severity("k", "v", "medium"), `{"k":"v"}`, "kibana.alert.severity", "critical"},
		{"severity: a whole number as text", severity("k", "7", "high"), `{"k":7}`, "kibana.alert.severity", "high"},
		{"severity: however the number is written", severity("k", "7", "high"), `{"k":7.0}`, "kibana.alert.severity", "high"},
		{"severity: a fraction never", severity("k", "7.5", "high"), `{"k":7.5}`, "kibana.alert.severity", "low"},
		{"severity: a boolean never", severity("k", "true", "high"), `{"k":true}`, "kibana.alert.severity", "low"},
		{"severity: null never", severity("k", "null", "high"), `{"k":null}`, "kibana.alert.severity", "low"},
		{"severity: a number that JavaScript cannot hold", severity("k", "9007199254740993", "high"), `{"k":9007199254740993}`, "kibana.alert.severity", "low"},
		{"severity: an empty value is an empty text", severity("k", "", "high"), `{"k":""}`, "kibana.alert.severity", "high"},
		{"severity: and nothing else", severity("k", "", "high"), `{}`, "kibana.alert.severity", "low"},
		{"event.severity: floored", severity("event.severity", "47.9", "high"), `{"event":{"severity":47}}`, "kibana.alert.severity", "high"},
		{"event.severity: another number", severity("event.severity", "47.9", "high"), `{"event":{"severity":48}}`, "kibana.alert.severity", "low"},
		{"event.severity: any element", severity("event.severity", "47", "high"), `{"event":{"severity":[1,47]}}`, "kibana.alert.severity", "high"},
		{"event.severity: a text never", severity("event.severity", "47", "high"), `{"event":{"severity":"47"}}`, "kibana.alert.severity", "low"},
		{"the exact key", severity("k.l", "v", "high"), `{"k.l":"v"}`, "kibana.alert.severity", "high"},
		{"a nested path", severity("k.l", "v", "high"), `{"k":{"l":"v"}}`, "kibana.alert.severity", "high"},
		{"a mixed path is not found", severity("k.l.m", "v", "high"), `{"k":{"l.m":"v"}}`, "kibana.alert.severity", "low"},
		{"risk: a number", risk("k"), `{"k":73.5}`, "kibana.alert.risk_score", "73.5"},
		{"risk: a numeric text", risk("k"), `{"k":"42"}`, "kibana.alert.risk_score", "42"},
		{"risk: the maximum", risk("k"), `{"k":[10,"80",200,-1,"x"]}`, "kibana.alert.risk_score", "80"},
		{"risk: out of range", risk("k"), `{"k":101}`, "kibana.alert.risk_score", "21"},
		{"risk: an empty text is 0", risk("k"), `{"k":""}`, "kibana.alert.risk_score", "0"},
		{"risk: missing", risk("k"), `{}`, "kibana.alert.risk_score", "21"},
		{"risk: a text that is no number", risk("k"), `{"k":"x"}`, "kibana.alert.risk_score", "21"},
		{"risk: only the first entry", risk("k") + risk("l"), `{"l":50}`, "kibana.alert.risk_score", "21"},
		{"name: a single text", "rule_name_override = 'k'\n", `{"k":"M"}`, "kibana.alert.rule.name", "M"},
		{"name: missing", "rule_name_override = 'k'\n", `{}`, "kibana.alert.rule.name", "N"},
		{"name: an array is ignored", "rule_name_override = 'k'\n", `{"k":["M"]}`, "kibana.alert.rule.name", "N"},
		{"name: a number is ignored", "rule_name_override = 'k'\n", `{"k":1}`, "kibana.alert.rule.name", "N"},
		{"the parameters keep the rule's own", severity("k", "v", "high"), `{"k":"v"}`, "kibana.alert.rule.parameters.severity", "low"},
		{"the parameters keep the score", risk("k"), `{"k":73}`, "kibana.alert.rule.parameters.risk_score", "21"},
	} {
		a := stage(t, "type = \"query\"\nquery = '*'\n"+c.body).events(c.event).run().Alerts[0]
		wantText(t, c.name, strings.Join(a.Get(c.path), "+"), c.want)
	}
}

// kibana.md 2.12: the source is copied, stripped of what an alert cannot hold, and its event.* kept apart.
func TestAlertSource(t *testing.T) {
	for _, c := range []struct{ name, event, path, want string }{
		{"a plain field", `{"process":{"name":"p"}}`, "process.name", "p"},
		{"a field that nobody knows", `{"mine":{"x":1}}`, "mine.x", "1"},
		{"kibana is dropped", `{"kibana":{"x":1}}`, "kibana.x", ""}, {"signal is dropped", `{"signal":{"x":1}}`, "signal.x", ""},
		{"threshold_result is dropped", `{"threshold_result":{"count":1}}`, "threshold_result.count", ""},
		{"an address", `{"source":{"ip":"10.0.0.1"}}`, "source.ip", "10.0.0.1"}, {"no address", `{"source":{"ip":"unknown"}}`, "source.ip", ""},
		{"an array keeps what fits", `{"source":{"ip":["unknown","10.0.0.1"]}}`, "source.ip", "10.0.0.1"},
		{"a date", `{"event":{"created":"2026-01-01"}}`, "event.created", "2026-01-01"}, {"no date", `{"event":{"created":"soon"}}`, "event.created", ""},
		{"a number", `{"process":{"pid":"7"}}`, "process.pid", "7"}, {"no number", `{"process":{"pid":"x"}}`, "process.pid", ""},
		{"a boolean as text", `{"process":{"interactive":"true"}}`, "process.interactive", "true"}, {"no boolean", `{"process":{"interactive":"yes"}}`, "process.interactive", ""},
		{"an object where a value belongs", `{"process":{"name":{"x":1}}}`, "process.name.x", ""},
		{"a value where an object belongs", `{"process":"p"}`, "process", ""},
		{"event.* is kept as original_event", `{"event":{"action":"a","kind":"event"}}`, "kibana.alert.original_event.action", "a"},
		{"its kind too", `{"event":{"action":"a","kind":"event"}}`, "kibana.alert.original_event.kind", "event"},
		{"dotted keys too", `{"event.action":"a"}`, "kibana.alert.original_event.action", "a"},
		{"data_stream.*", `{"data_stream":{"dataset":"d"}}`, "kibana.alert.original_data_stream.dataset", "d"},
		{"the kind becomes signal", `{"event":{"kind":"event"}}`, "event.kind", "signal"}, {"also without one", `{}`, "event.kind", "signal"},
		{"the time of the source", `{"@timestamp":"2020-01-01T00:00:00.000Z"}`, "kibana.alert.original_time", "2020-01-01T00:00:00.000Z"},
		{"as an ISO date", `{"@timestamp":1577836800000}`, "kibana.alert.original_time", "2020-01-01T00:00:00.000Z"},
		{"no time", `{}`, "kibana.alert.original_time", ""},
		{"the time of the run", `{"@timestamp":"2020-01-01T00:00:00.000Z"}`, "@timestamp", "2026-11-22T12:00:00.000Z"},
		{"an alias", `{"target":"v"}`, "other", "v"},
	} {
		s := stage(t, "type = \"query\"\nquery = '*'\n").events(c.event)
		table := field.NewTable(field.Mapping{Name: "other", Path: "target", Type: field.Keyword}, field.Mapping{Name: "target", Type: field.Keyword})
		s.env.Schema = s.env.Schema.With(table)
		wantText(t, c.name, strings.Join(s.run().Alerts[0].Get(c.path), "+"), c.want)
	}
}

// kibana.md 2.12: what is always set.
func TestAlertAlwaysHas(t *testing.T) {
	body := queryBody + `building_block_type = "default"
author = ["A"]
description = "D"
tags = ["T"]
references = ["https://example.test"]
version = 3
index = ["logs-*"]
interval = "10m"
note = "how to"
timeline_id = "tl"
`
	document := stage(t, body).events(`{"_id":"1","_index":"logs-x","a":"x"}`).run().Alerts[0].Document()
	for key, want := range map[string]string{
		"kibana.alert.status": "active", "kibana.alert.workflow_status": "open", "kibana.alert.workflow_tags": "[]", "kibana.alert.workflow_assignee_ids": "[]",
		"kibana.alert.depth": "1", "kibana.alert.ancestors": "[map[depth:0 id:1 index:logs-x type:event]]", "kibana.alert.severity": "low", "kibana.alert.risk_score": "21",
		"kibana.alert.building_block_type": "default", "kibana.space_ids": "[default]", "kibana.version": "9.2.0",
		"kibana.alert.reason":       "event created low alert N.",
		"kibana.alert.rule.rule_id": "id", "kibana.alert.rule.name": "N", "kibana.alert.rule.type": "query", "kibana.alert.rule.category": "Custom Query Rule",
		"kibana.alert.rule.consumer": "siem", "kibana.alert.rule.producer": "siem", "kibana.alert.rule.rule_type_id": "siem.queryRule",
		"kibana.alert.rule.revision": "0", "kibana.alert.rule.version": "3", "kibana.alert.rule.tags": "[T]", "kibana.alert.rule.threat": "[]",
		"kibana.alert.rule.author": "[A]", "kibana.alert.rule.description": "D", "kibana.alert.rule.enabled": "true", "kibana.alert.rule.from": "now-6m",
		"kibana.alert.rule.to": "now", "kibana.alert.rule.interval": "10m", "kibana.alert.rule.indices": "[logs-*]", "kibana.alert.rule.actions": "[]",
		"kibana.alert.rule.exceptions_list": "[]", "kibana.alert.rule.false_positives": "[]", "kibana.alert.rule.references": "[https://example.test]",
		"kibana.alert.rule.note": "how to", "kibana.alert.rule.max_signals": "100", "kibana.alert.rule.immutable": "false",
		"kibana.alert.rule.severity": "low", "kibana.alert.rule.risk_score": "21", "kibana.alert.rule.building_block_type": "default",
		"kibana.alert.rule.severity_mapping": "[]", "kibana.alert.rule.risk_score_mapping": "[]", "kibana.alert.rule.timeline_id": "tl",
		"kibana.alert.rule.created_by": "A", "kibana.alert.rule.execution.type": "scheduled",
	} {
		if got, ok := document[key]; !ok || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", key, got, want)
		}
	}
	for _, key := range []string{
		"kibana.alert.uuid", "kibana.alert.start", "kibana.alert.last_detected", "kibana.alert.url", "kibana.alert.intended_timestamp", "kibana.alert.rule.uuid",
		"kibana.alert.rule.created_at", "kibana.alert.rule.updated_at", "kibana.alert.rule.updated_by", "kibana.alert.rule.parameters",
		"kibana.alert.rule.execution.uuid", "kibana.alert.rule.execution.timestamp",
	} {
		if document[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
}

// kibana.md 2.12: the sentence that tells what an alert is about.
func TestReason(t *testing.T) {
	for event, want := range map[string]string{
		`{}`: "event created low alert N.",
		`{"event.category":["process","network"],"process":{"name":"p","parent":{"name":"q"}},"file.name":"f","source":{"ip":"10.0.0.1","port":1},"destination":{"ip":"10.0.0.2"},"user.name":"u","host.name":"h"}`: "process, network event with process p, parent process q, file f, source 10.0.0.1:1, destination 10.0.0.2 by u on h created low alert N.",
		`{"process.name":["p","q"],"file.name":"-","user.name":"-"}`:            "event with process p, q, created low alert N.",
		`{"source":{"ip":"10.0.0.1"},"host.name":"h"}`:                          "event with source 10.0.0.1 on h created low alert N.",
		`{"destination":{"ip":"10.0.0.1","port":443},"user.name":["u","root"]}`: "event with destination 10.0.0.1:443, by u, root created low alert N.",
		`{"user.name":"u"}`: "event by u created low alert N.",
	} {
		wantText(t, event, stage(t, "type = \"query\"\nquery = '*'\n").events(event).run().Alerts[0].Get("kibana.alert.reason")[0], want)
	}
}

// An alert on an alert is one level deeper, and its ancestors are all before it.
func TestAncestors(t *testing.T) {
	a := stage(t, queryBody).events(`{"_id":"s","a":"x","kibana.alert.depth":1,"kibana.alert.rule.uuid":"o","kibana.alert.ancestors":[{"id":"e","type":"event","index":"i","depth":0}]}`).run().Alerts[0]
	for path, want := range map[string]string{
		"kibana.alert.depth": "2", "kibana.alert.ancestors.id": "e+s", "kibana.alert.ancestors.type": "event+signal", "kibana.alert.ancestors.depth": "0+1", "kibana.alert.ancestors.rule": "o",
	} {
		wantText(t, path, strings.Join(a.Get(path), "+"), want)
	}
}
