package detect

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// source is the event as the alert keeps it: with the values that only the index knows, without what cannot be indexed in
// an alert or would be taken for one (Kibana: merge, then strip), and with the indicators that it matched.
func (a *Alert) source() map[string]any {
	tree, err := a.Event.Source()
	if err != nil {
		return map[string]any{} // the document was decoded once already
	}
	a.addAliases(tree)
	for key := range tree {
		if slices.Contains([]string{"kibana", "signal", "threshold_result"}, key) || strings.HasPrefix(key, "kibana.") || strings.HasPrefix(key, "signal.") {
			delete(tree, key)
		}
	}
	a.detector.strip(tree, "")
	a.enrich(tree)
	return tree
}

// addAliases adds the fields that are aliases of others, which the source does not show (Kibana: the merge strategy
// missingFields). A single value stands without an array.
func (a *Alert) addAliases(tree map[string]any) {
	for _, alias := range a.detector.aliases() {
		values := a.Event.Get(alias.Path)
		if len(values) == 0 || len(a.Event.Get(alias.Name)) > 0 {
			continue
		}
		list := make([]any, len(values))
		for i, s := range values {
			list[i] = scalarOf(s)
		}
		tree[alias.Name] = list
		if len(list) == 1 {
			tree[alias.Name] = list[0]
		}
	}
}

func scalarOf(s event.Scalar) any {
	switch s.Kind {
	case event.Number:
		return json.Number(s.Text)
	case event.Bool:
		return s.Text == "true"
	}
	return s.Text
}

// enrich appends the matched indicators to the event's own enrichments.
func (a *Alert) enrich(tree map[string]any) {
	if len(a.enrichments) == 0 {
		return
	}
	const flat = "threat.enrichments"
	list, _ := tree[flat].([]any)
	if threat, ok := tree["threat"].(map[string]any); ok {
		if own, ok := threat["enrichments"].([]any); ok {
			list = append(slices.Clone(own), list...)
		}
		threat["enrichments"] = append(list, a.enrichments...)
		return
	}
	delete(tree, flat)
	tree["threat"] = map[string]any{"enrichments": append(slices.Clone(list), a.enrichments...)}
}

// originals copies event.* and data_stream.* to where the alert keeps them, and takes the event's kind for itself.
func (a *Alert) originals(tree map[string]any) map[string]any {
	out := map[string]any{}
	for prefix, target := range map[string]string{"event": "kibana.alert.original_event.", "data_stream": "kibana.alert.original_data_stream."} {
		if object, ok := tree[prefix].(map[string]any); ok {
			for key, value := range object {
				out[target+key] = value
			}
		}
		for key, value := range tree {
			if name, ok := strings.CutPrefix(key, prefix+"."); ok {
				out[target+name] = value
			}
		}
	}
	if object, ok := tree["event"].(map[string]any); ok {
		object = maps.Clone(object)
		delete(object, "kind")
		tree["event"] = object
	}
	tree["event.kind"] = "signal"
	if a.original != "" {
		out["kibana.alert.original_time"] = a.original
	}
	return out
}

// common are the fields that every alert has.
func (a *Alert) common() map[string]any {
	at := formatTime(a.At)
	stack := a.detector.env.Project.Stack
	if stack == "" {
		stack = DefaultStack
	}
	out := map[string]any{
		timestamp: at, "kibana.alert.uuid": a.ID, "kibana.alert.start": at, "kibana.alert.last_detected": at,
		"kibana.alert.intended_timestamp": at, "kibana.alert.status": "active", "kibana.alert.workflow_status": "open",
		"kibana.alert.workflow_tags": []any{}, "kibana.alert.workflow_assignee_ids": []any{},
		"kibana.alert.url":   "/app/security/alerts/redirect/" + a.ID + "?index=.alerts-security.alerts-" + space + "&timestamp=" + at,
		"kibana.alert.depth": a.depth, "kibana.alert.ancestors": a.ancestors(),
		"kibana.alert.severity": a.Severity.String(), "kibana.alert.risk_score": a.RiskScore,
		"kibana.space_ids": []any{space}, "kibana.version": stack,
	}
	if kind := a.detector.Rule.BuildingBlockType; kind != "" {
		out["kibana.alert.building_block_type"] = kind
	}
	if g := a.group; g != nil && !g.last.IsZero() {
		out["kibana.alert.last_detected"] = formatTime(g.last)
	}
	return out
}

// ancestors are the documents that the alert comes from; those of a shell are its building blocks, each behind its own.
func (a *Alert) ancestors() []any {
	list, parents := []any{}, a.parents
	if a.Blocks != nil {
		parents = nil
	}
	for _, b := range a.Blocks {
		if b != nil {
			parents = append(parents, b.parents...)
			parents = append(parents, ancestor{id: b.ID, kind: "signal", rule: a.detector.ruleUUID(), depth: b.depth})
		}
	}
	for _, p := range parents {
		one := map[string]any{"id": p.id, "type": p.kind, "index": p.index, "depth": p.depth}
		if p.rule != "" {
			one["rule"] = p.rule
		}
		list = append(list, one)
	}
	return list
}

// ruleFields are what the alert tells of its rule. Its parameters are the rule as it is published, with the severity and the
// risk score that no override has changed.
func (a *Alert) ruleFields() map[string]any {
	d, r := a.detector, a.detector.Rule
	parameters := r.EncodeAPI()
	parameters["rule_id"], parameters["from"], parameters["to"] = r.RuleID, r.FromOrDefault(), r.ToOrDefault()
	parameters["max_signals"], parameters["severity"], parameters["risk_score"] = r.MaxSignalsOrDefault(), r.Severity.String(), r.RiskScore
	out := map[string]any{
		"uuid": d.ruleUUID(), "rule_id": r.RuleID, "name": a.Name, "type": r.Type.String(), "rule_type_id": typeID(r.Type),
		"category": typeName(r.Type), "consumer": "siem", "producer": "siem", "revision": r.Revision, "version": max(r.Version, 1),
		"enabled": r.Enabled == nil || *r.Enabled, "description": r.Description, "interval": r.IntervalOrDefault(),
		"from": r.FromOrDefault(), "to": r.ToOrDefault(), "max_signals": r.MaxSignalsOrDefault(), "immutable": false,
		"severity": parameters["severity"], "risk_score": parameters["risk_score"],
		"indices": items(d.indexParameter()), "parameters": parameters,
		"execution.uuid":      uuid("run", d.ruleUUID(), formatTime(a.At)),
		"execution.timestamp": formatTime(a.At), "execution.type": "scheduled",
		"created_at": created(r.Metadata.CreationDate, a.At), "updated_at": created(r.Metadata.UpdatedDate, a.At),
		"created_by": author(r.Author), "updated_by": author(r.Author),
	}
	for _, key := range []string{
		"tags", "threat", "author", "actions", "exceptions_list", "false_positives", "references", "severity_mapping", "risk_score_mapping",
	} {
		if out[key] = parameters[key]; out[key] == nil {
			out[key] = []any{}
		}
	}
	for _, key := range []string{"license", "note", "rule_name_override", "timestamp_override", "timeline_id", "timeline_title", "building_block_type"} {
		if value, ok := parameters[key]; ok {
			out[key] = value
		}
	}
	fields := make(map[string]any, len(out))
	for key, value := range out {
		fields["kibana.alert.rule."+key] = value
	}
	return fields
}

func items(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

func whole(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// indexParameter are the patterns that an alert names: none when the query names them itself (Kibana).
func (d *Detector) indexParameter() []string {
	if d.Rule.Type == rule.TypeESQL {
		return nil
	}
	return d.env.Project.Indices(d.Rule)
}
