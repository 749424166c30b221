package publish

import (
	"encoding/json"
	"maps"
)

// serverSet tells whether Kibana alone sets a field of a rule.
func serverSet(name string) bool {
	switch name {
	case "id", "immutable", "rule_source", "created_at", "created_by", "updated_at", "updated_by", "revision",
		"execution_summary", "outcome", "alias_target_id", "alias_purpose":
		return true
	}
	return false
}

// ours tells whether a field is one that rules are known to have. A field of a newer Kibana that no rule file can state
// would be a difference that no publishing removes, so only these and what a file states are compared.
func ours(name string) bool {
	switch name {
	case "name", "description", "type", "risk_score", "severity", "rule_id", "enabled", "version", "tags", "author",
		"references", "false_positives", "license", "note", "setup", "from", "to", "interval", "max_signals", "threat",
		"actions", "response_actions", "exceptions_list", "building_block_type", "rule_name_override",
		"timestamp_override", "timestamp_override_fallback_disabled", "risk_score_mapping", "severity_mapping",
		"investigation_fields", "related_integrations", "required_fields", "timeline_id", "timeline_title", "meta",
		"namespace", "output_index":
		return true
	case "index", "data_view_id", "filters", "query", "language", "saved_id", "alert_suppression",
		"event_category_override", "timestamp_field", "tiebreaker_field", "threshold", "new_terms_fields",
		"history_window_start", "threat_query", "threat_index", "threat_mapping", "threat_filters", "threat_language",
		"threat_indicator_path", "concurrent_searches", "items_per_search", "anomaly_threshold",
		"machine_learning_job_id":
		return true
	}
	return false
}

// normalOf is the form in which objects of a kind are compared.
func normalOf(kind Kind, object map[string]any) map[string]any {
	switch kind {
	case Rule:
		return normal(object)
	case Timeline:
		return normalTimeline(object)
	}
	return normalException(object)
}

// normal is the form in which rules are compared. It shares no part that it changes with its argument. A field without a
// value, be it missing, null or an empty list, is missing.
func normal(rule map[string]any) map[string]any {
	n := map[string]any{}
	for name, v := range rule {
		if serverSet(name) {
			continue
		}
		if v = tidy(v, opaque(name)); !blank(v) {
			n[name] = v
		}
	}
	kind, _ := n["type"].(string)
	normalActions(n)
	normalType(n, kind)
	fillDefaults(n, kind)
	if fields, ok := n["required_fields"]; ok {
		n["required_fields"] = eachObject(fields, func(o map[string]any) { delete(o, "ecs") })
	}
	if lists, ok := n["exceptions_list"]; ok {
		// Kibana: a list is found by list_id, namespace_type and type; its id is another one in each space.
		n["exceptions_list"] = eachObject(lists, func(o map[string]any) { delete(o, "id") })
	}
	return n
}

// normalException is normal for exception lists, their items and value lists.
func normalException(object map[string]any) map[string]any {
	n := map[string]any{}
	for name, v := range object {
		switch name {
		case "id", "_version", "created_at", "created_by", "updated_at", "updated_by", "tie_breaker_id", "immutable", "version",
			"serializer", "deserializer", "@timestamp":
			continue
		}
		if v = tidy(v, opaque(name)); !blank(v) {
			n[name] = v
		}
	}
	if comments, ok := n["comments"]; ok {
		n["comments"] = eachObject(comments, func(o map[string]any) {
			maps.DeleteFunc(o, func(name string, _ any) bool { return name != "comment" })
		})
	}
	return n
}

// fillDefaults fills in what Kibana fills in. Lists are not among it: an empty one is as good as none here.
func fillDefaults(n map[string]any, kind string) {
	setDefault(n, map[string]any{
		"enabled": false, "interval": "5m", "from": "now-6m", "to": "now",
		"max_signals": json.Number("100"), "version": json.Number("1"), "setup": "", "output_index": "",
	})
	switch kind {
	case "query":
		setDefault(n, map[string]any{"query": "", "language": "kuery"})
	case "saved_query", "threshold", "new_terms":
		setDefault(n, map[string]any{"language": "kuery"})
	case "threat_match":
		setDefault(n, map[string]any{"language": "kuery", "threat_indicator_path": "threat.indicator"})
	}
	if suppression, ok := n["alert_suppression"].(map[string]any); ok && kind != "threshold" {
		setDefault(suppression, map[string]any{"missing_fields_strategy": "suppress"})
	}
}

// normalType writes a single threshold field or job id as a list, and leaves the suppression of a threshold rule the
// only field it has.
func normalType(n map[string]any, kind string) {
	switch kind {
	case "threshold":
		if threshold, ok := n["threshold"].(map[string]any); ok {
			asList(threshold, "field")
		}
		if suppression, ok := n["alert_suppression"].(map[string]any); ok {
			maps.DeleteFunc(suppression, func(name string, _ any) bool { return name != "duration" })
		}
	case "machine_learning":
		asList(n, "machine_learning_job_id")
	}
}

// asList makes a list of a text; an empty text is an empty list, and so nothing.
func asList(o map[string]any, name string) {
	switch v := o[name].(type) {
	case string:
		o[name] = []any{v}
		if v == "" {
			delete(o, name)
		}
	}
}

// normalActions leaves out the uuid that Kibana makes up, and writes out the group and the frequency that an action has
// when it states none. A throttle of the whole rule is such a frequency, and nothing else.
func normalActions(n map[string]any) {
	throttle, _ := n["throttle"].(string)
	delete(n, "throttle")
	if actions, ok := n["actions"]; ok {
		n["actions"] = eachObject(actions, func(action map[string]any) {
			delete(action, "uuid")
			setDefault(action, map[string]any{"group": "default", "frequency": frequency(throttle)})
		})
	}
}

// frequency is that of an action in a rule with this throttle.
func frequency(throttle string) map[string]any {
	switch throttle {
	case "", "rule", "no_actions":
		return map[string]any{"summary": true, "notifyWhen": "onActiveAlert"}
	}
	return map[string]any{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": throttle}
}

func setDefault(o, defaults map[string]any) {
	for name, v := range defaults {
		if _, ok := o[name]; !ok {
			o[name] = v
		}
	}
}

// eachObject changes the objects in a list, in place: the list is one that tidy made.
func eachObject(list any, change func(map[string]any)) any {
	items, _ := list.([]any)
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			change(o)
		}
	}
	return list
}
