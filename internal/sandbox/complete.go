package sandbox

import (
	"maps"
	"slices"
)

// complete makes of a checked body the content that is stored: without fields that the type does not have, with
// Kibana's defaults, and in Kibana's normal form. It changes no value that the body shares with a stored rule.
func (s *Server) complete(body map[string]any) rule {
	kind := body["type"].(string)
	r := defaults(kind)
	for name := range s.schemas[kind] {
		if v, ok := body[name]; ok {
			r[name] = v
		}
	}
	s.normaliseActions(r)
	r["required_fields"] = mapItems(r["required_fields"], func(item map[string]any) {
		name, _ := item["name"].(string)
		fieldType, _ := item["type"].(string)
		item["ecs"] = s.options.IsECS(name, fieldType)
	})
	normaliseType(kind, r)
	return r
}

// defaults is what Kibana fills in when a rule of a type omits it.
func defaults(kind string) rule {
	r := rule{
		"enabled": false, "interval": "5m", "from": "now-6m", "to": "now",
		"max_signals": number(100), "version": number(1), "setup": "", "output_index": "",
	}
	for _, name := range []string{
		"actions", "tags", "threat", "references", "author", "false_positives", "exceptions_list",
		"related_integrations", "required_fields", "risk_score_mapping", "severity_mapping",
	} {
		r[name] = []any{}
	}
	switch kind {
	case "query":
		r["query"], r["language"] = "", "kuery"
	case "saved_query", "threshold", "new_terms":
		r["language"] = "kuery"
	case "threat_match":
		r["language"], r["threat_indicator_path"] = "kuery", "threat.indicator"
	}
	return r
}

func normaliseType(kind string, r rule) {
	switch kind {
	case "threshold":
		t := maps.Clone(r["threshold"].(map[string]any))
		t["field"] = asList(t["field"])
		r["threshold"] = t
		if suppression, ok := r["alert_suppression"].(map[string]any); ok {
			r["alert_suppression"] = map[string]any{"duration": suppression["duration"]}
		}
	case "machine_learning":
		r["machine_learning_job_id"] = asList(r["machine_learning_job_id"])
	}
}

// asList makes a list of a text: of one element, or of none when it is empty.
func asList(v any) any {
	switch v {
	case "":
		return []any{}
	}
	if _, ok := v.(string); ok {
		return []any{v}
	}
	return v
}

// normaliseActions gives each action its uuid, its group and its own frequency. A throttle of the whole rule becomes the
// frequency of the actions that have none, and is not stored.
func (s *Server) normaliseActions(r rule) {
	throttle, _ := r["throttle"].(string)
	delete(r, "throttle")
	r["actions"] = mapItems(r["actions"], func(action map[string]any) {
		for name, otherwise := range map[string]any{"group": "default", "frequency": frequency(throttle)} {
			if _, ok := action[name]; !ok {
				action[name] = otherwise
			}
		}
		if _, ok := action["uuid"]; !ok {
			action["uuid"] = s.options.NewID()
		}
	})
}

func frequency(throttle string) map[string]any {
	switch throttle {
	case "", "rule", "no_actions":
		return map[string]any{"summary": true, "notifyWhen": "onActiveAlert", "throttle": nil}
	}
	return map[string]any{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": throttle}
}

// mapItems gives a copy of a list of objects, each of them a copy that change may change.
func mapItems(v any, change func(map[string]any)) any {
	items, _ := v.([]any)
	items = slices.Clone(items)
	for i, item := range items {
		if o, ok := item.(map[string]any); ok {
			o = maps.Clone(o)
			change(o)
			items[i] = o
		}
	}
	return items
}
