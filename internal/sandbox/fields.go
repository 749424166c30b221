package sandbox

import (
	"maps"
	"regexp"
)

// ruleTypes are the types of rules, in the order in which Kibana names them.
func ruleTypes() []string {
	return []string{
		"eql", "query", "saved_query", "threshold", "threat_match", "machine_learning", "new_terms", "esql",
	}
}

// ruleSchemas is what a rule of each type may hold. A field that a type does not name is dropped, not refused.
func ruleSchemas() map[string]schema {
	schemas := map[string]schema{}
	for kind, own := range typeFields() {
		s := commonFields()
		maps.Copy(s, own)
		s["type"] = required(oneOf(kind))
		schemas[kind] = s
	}
	return schemas
}

var throttleForm = regexp.MustCompile(`^(no_actions|rule|[1-9]\d*[smhd])$`)

// commonFields are the fields of every rule.
func commonFields() schema {
	severity := oneOf("low", "medium", "high", "critical")
	texts := listOf(text())
	return schema{
		"name": required(nonEmpty()), "description": required(nonEmpty()),
		"risk_score": required(integerIn(0, 100)), "severity": required(severity),
		"rule_id": optional(text()), "enabled": optional(boolean()), "version": optional(integer(1)),
		"tags": optional(texts), "author": optional(texts), "references": optional(texts), "false_positives": optional(texts),
		"license": optional(text()), "note": optional(text()), "setup": optional(text()),
		"from": optional(text()), "to": optional(text()), "interval": optional(text()),
		"max_signals": optional(integer(1)), "threat": optional(listOf(threat())),
		"actions": optional(listOf(action())), "throttle": optional(matching(throttleForm)),
		"response_actions":    optional(listOf(object(schema{"action_type_id": required(oneOf(".osquery", ".endpoint")), "params": required(object(nil))}))),
		"exceptions_list":     optional(listOf(exceptionList())),
		"building_block_type": optional(text()), "rule_name_override": optional(text()),
		"timestamp_override": optional(text()), "timestamp_override_fallback_disabled": optional(boolean()),
		"risk_score_mapping": optional(listOf(object(schema{
			"field": required(text()), "operator": required(oneOf("equals")), "value": required(text()),
			"risk_score": optional(integerIn(0, 100)),
		}))),
		"severity_mapping": optional(listOf(object(schema{
			"field": required(text()), "operator": required(oneOf("equals")), "value": required(text()),
			"severity": required(severity),
		}))),
		"investigation_fields": optional(object(schema{"field_names": required(list(nonEmpty(), 1, unbounded))})),
		"related_integrations": optional(listOf(object(schema{
			"package": required(nonEmpty()), "version": required(nonEmpty()), "integration": optional(nonEmpty()),
		}))),
		"required_fields": optional(listOf(object(schema{"name": required(nonEmpty()), "type": required(nonEmpty())}))),
		"timeline_id":     optional(text()), "timeline_title": optional(text()),
		"meta": optional(object(nil)), "namespace": optional(text()), "output_index": optional(text()),
	}
}

// typeFields are the fields that only some types have.
func typeFields() map[string]schema {
	kuery := optional(oneOf("kuery", "lucene"))
	suppression := optional(suppressionBy())
	source := schema{"index": optional(listOf(text())), "data_view_id": optional(text()), "filters": optional(orNull(listOf(anything())))}
	from := func(own schema) schema {
		maps.Copy(own, source)
		return own
	}
	return map[string]schema{
		"query": from(schema{
			"query": optional(text()), "language": kuery, "saved_id": optional(text()), "alert_suppression": suppression,
		}),
		"saved_query": from(schema{
			"saved_id": required(text()), "query": optional(text()), "language": kuery, "alert_suppression": suppression,
		}),
		"eql": from(schema{
			"query": required(text()), "language": required(oneOf("eql")), "alert_suppression": suppression,
			"event_category_override": optional(text()), "timestamp_field": optional(text()), "tiebreaker_field": optional(text()),
		}),
		"esql": {
			"query": required(text()), "language": required(oneOf("esql")), "alert_suppression": suppression,
		},
		"threshold": from(schema{
			"query": required(text()), "language": kuery, "saved_id": optional(text()),
			"threshold":         required(threshold()),
			"alert_suppression": optional(object(schema{"duration": required(suppressionDuration())})),
		}),
		"new_terms": from(schema{
			"query": required(text()), "language": kuery, "alert_suppression": suppression,
			"new_terms_fields": required(list(text(), 1, 3)), "history_window_start": required(nonEmpty()),
		}),
		"threat_match": from(schema{
			"query": required(text()), "language": kuery, "saved_id": optional(text()), "alert_suppression": suppression,
			"threat_query": required(text()), "threat_index": required(listOf(text())), "threat_mapping": required(threatMapping()),
			"threat_filters": optional(listOf(anything())), "threat_language": kuery, "threat_indicator_path": optional(text()),
			"concurrent_searches": optional(integer(1)), "items_per_search": optional(integer(1)),
		}),
		"machine_learning": {
			"anomaly_threshold": required(integer(0)), "alert_suppression": suppression,
			"machine_learning_job_id": required(either(text(), list(text(), 1, unbounded))),
		},
	}
}

func threat() check {
	entry := func(inner schema) schema {
		inner["id"], inner["name"], inner["reference"] = required(text()), required(text()), required(text())
		return inner
	}
	sub := object(entry(schema{}))
	technique := object(entry(schema{"subtechnique": optional(listOf(sub))}))
	return object(schema{
		"framework": required(text()), "tactic": required(object(entry(schema{}))), "technique": optional(listOf(technique)),
	})
}

func action() check {
	return object(schema{
		"id": required(text()), "action_type_id": required(text()), "params": required(object(nil)),
		"group": optional(text()), "uuid": optional(nonEmpty()), "alerts_filter": optional(object(nil)),
		"frequency": optional(object(schema{
			"summary": required(boolean()), "throttle": required(orNull(matching(throttleForm))),
			"notifyWhen": required(oneOf("onActiveAlert", "onThrottleInterval", "onActionGroupChange")),
		})),
	})
}

func exceptionList() check {
	return object(schema{
		"id": required(nonEmpty()), "list_id": required(nonEmpty()), "namespace_type": required(oneOf("agnostic", "single")),
		"type": required(oneOf("detection", "rule_default", "endpoint", "endpoint_trusted_apps", "endpoint_trusted_devices",
			"endpoint_events", "endpoint_host_isolation_exceptions", "endpoint_blocklists")),
	})
}

func suppressionBy() check {
	return object(schema{
		"group_by": required(list(text(), 1, 3)), "duration": optional(suppressionDuration()),
		"missing_fields_strategy": optional(oneOf("suppress", "doNotSuppress")),
	})
}

func suppressionDuration() check {
	return object(schema{"value": required(integer(1)), "unit": required(oneOf("s", "m", "h"))})
}

func threshold() check {
	return object(schema{
		"field": required(either(text(), list(text(), 0, 5))), "value": required(integer(1)),
		"cardinality": optional(listOf(object(schema{"field": required(text()), "value": required(integer(0))}))),
	})
}

func threatMapping() check {
	entry := object(schema{
		"field": required(nonEmpty()), "value": required(nonEmpty()), "type": required(oneOf("mapping")), "negate": optional(boolean()),
	})
	return list(object(schema{"entries": required(listOf(entry))}), 1, unbounded)
}
