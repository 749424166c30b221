package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// edit is one kind of change that a bulk edit makes: what its value must be, and what it does to the rule, which is a copy.
type edit struct {
	value property
	apply func(b *bulk, r rule, change map[string]any) error
}

var scheduleForm = regexp.MustCompile(`^[1-9]\d*[smh]$`)

func bulkEdits() map[string]edit {
	texts := required(listOf(text()))
	names := required(object(schema{"field_names": required(list(nonEmpty(), 1, unbounded))}))
	actions := required(object(schema{"actions": required(listOf(bulkRuleAction())), "throttle": optional(matching(throttleForm))}))
	edits := map[string]edit{
		"set_timeline": {required(object(schema{"timeline_id": required(text()), "timeline_title": required(text())})), setTimeline},
		"set_schedule": {required(object(schema{
			"interval": required(matching(scheduleForm)), "lookback": required(matching(scheduleForm)),
		})), setSchedule},
		"add_rule_actions": {actions, ruleActions(true)}, "set_rule_actions": {actions, ruleActions(false)},
		"set_alert_suppression":               {required(suppressionBy()), setSuppression},
		"set_alert_suppression_for_threshold": {required(object(schema{"duration": required(suppressionDuration())})), setThresholdSuppression},
		"delete_alert_suppression":            {optional(anything()), deleteSuppression},
	}
	for verb, combine := range map[string]func(old, given []any) []any{"add": union, "delete": difference, "set": replaced} {
		edits[verb+"_tags"] = edit{texts, editTags(combine)}
		edits[verb+"_index_patterns"] = edit{texts, editIndex(combine)}
		edits[verb+"_investigation_fields"] = edit{names, editInvestigation(combine)}
	}
	return edits
}

// bulkEdit checks one change of a bulk edit.
func bulkEdit() check {
	edits := bulkEdits()
	return func(path string, v any) []string {
		change, _ := v.(map[string]any)
		kind, _ := change["type"].(string)
		e, known := edits[kind]
		if !known {
			return oneOf(sortedKeys(edits)...)(join(path, "type"), change["type"])
		}
		return schema{"value": e.value, "overwrite_data_views": optional(boolean())}.problems(path, change, false)
	}
}

func bulkRuleAction() check {
	return object(schema{
		"id": required(text()), "params": required(object(nil)), "group": optional(text()),
		"alerts_filter": optional(object(nil)), "frequency": optional(object(nil)),
	})
}

// unmodified tells that a change left the rule as it was. Kibana skips such a rule, but only for changes of tags, index
// patterns and investigation fields; the others count as a change each time.
var unmodified = bulkFailure{message: "RULE_NOT_MODIFIED"}

// edit makes all changes to a rule, or none when one of them cannot be made.
func (b *bulk) edit(r rule) {
	edits := bulkEdits()
	changed := maps.Clone(r)
	touched := false
	for _, change := range objects(b.body["edit"]) {
		switch err := edits[change["type"].(string)].apply(b, changed, change); {
		case err == nil:
			touched = true
		case err.Error() != unmodified.message:
			b.fail(r, err)
			return
		}
	}
	if !touched {
		b.skip(r, unmodified.message)
		return
	}
	b.done(&b.updated, func() rule { return b.keep(r, changed) })
}

// keep stores an edited rule. Kibana: the revision rises, and the version too unless the rule is Elastic's.
func (b *bulk) keep(old, changed rule) rule {
	changed["revision"] = next(old["revision"])
	if changed["immutable"] == true {
		changed["rule_source"] = customised(old, changed)
	} else {
		changed["version"] = next(old["version"])
	}
	changed["updated_at"], changed["updated_by"] = b.server.now(), b.server.options.User
	b.space.rules.replace(old, changed)
	return changed
}

func next(n any) json.Number {
	i, _ := n.(json.Number).Int64()
	return number(i + 1)
}

func editTags(combine func(old, given []any) []any) func(*bulk, rule, map[string]any) error {
	return func(_ *bulk, r rule, change map[string]any) error {
		return putList(r, "tags", combine(asItems(r["tags"]), asItems(change["value"])))
	}
}

func editIndex(combine func(old, given []any) []any) func(*bulk, rule, map[string]any) error {
	refuse := func(code, what string) error {
		return bulkFailure{status: http.StatusInternalServerError, code: code,
			message: "Mutated params invalid: " + what + " rule doesn't have index patterns"}
	}
	return func(_ *bulk, r rule, change map[string]any) error {
		switch r["type"] {
		case "machine_learning":
			return refuse("MACHINE_LEARNING_INDEX_PATTERN", "Machine learning")
		case "esql":
			return refuse("ESQL_INDEX_PATTERN", "ES|QL")
		}
		if r["data_view_id"] != nil {
			if change["overwrite_data_views"] != true {
				return unmodified
			}
			delete(r, "data_view_id")
		}
		patterns := combine(asItems(r["index"]), asItems(change["value"]))
		if len(patterns) == 0 {
			return bulkFailure{status: http.StatusInternalServerError, message: "Mutated params invalid: Index patterns can't be empty"}
		}
		return putList(r, "index", patterns)
	}
}

func editInvestigation(combine func(old, given []any) []any) func(*bulk, rule, map[string]any) error {
	return func(_ *bulk, r rule, change map[string]any) error {
		old, _ := r["investigation_fields"].(map[string]any)
		given, _ := change["value"].(map[string]any)
		names := combine(asItems(old["field_names"]), asItems(given["field_names"]))
		if sameItems(asItems(old["field_names"]), names) {
			return unmodified
		}
		if len(names) == 0 {
			delete(r, "investigation_fields")
			return nil
		}
		r["investigation_fields"] = map[string]any{"field_names": names}
		return nil
	}
}

func setTimeline(_ *bulk, r rule, change map[string]any) error {
	value := change["value"].(map[string]any)
	r["timeline_id"], r["timeline_title"] = value["timeline_id"], value["timeline_title"]
	return nil
}

// setSchedule sets the interval, and from so that the rule looks back over it and over the extra time.
func setSchedule(_ *bulk, r rule, change map[string]any) error {
	value := change["value"].(map[string]any)
	interval, _ := duration(value["interval"])
	lookback, _ := duration(value["lookback"])
	r["interval"], r["to"] = value["interval"], "now"
	r["from"] = fmt.Sprintf("now-%ds", (interval+lookback)/time.Second)
	r["meta"] = map[string]any{"from": value["lookback"]}
	return nil
}

func ruleActions(add bool) func(*bulk, rule, map[string]any) error {
	return func(b *bulk, r rule, change map[string]any) error {
		value := change["value"].(map[string]any)
		if missing := b.space.missingConnectors(value["actions"]); len(missing) > 0 {
			return bulkFailure{status: http.StatusBadRequest, message: noConnector(missing[0])}
		}
		given := mapItems(value["actions"], func(action map[string]any) {
			action["action_type_id"] = b.space.connectors.byID(action["id"].(string))["connector_type_id"]
		})
		made := rule{"actions": given, "throttle": value["throttle"]}
		b.server.normaliseActions(made)
		if add {
			r["actions"] = append(slices.Clone(asItems(r["actions"])), asItems(made["actions"])...)
		} else {
			r["actions"] = made["actions"]
		}
		return nil
	}
}

func setSuppression(_ *bulk, r rule, change map[string]any) error {
	if r["type"] == "threshold" {
		return bulkFailure{status: http.StatusInternalServerError, code: "THRESHOLD_RULE_TYPE_IN_SUPPRESSION",
			message: "Threshold rule doesn't support this action. Use 'set_alert_suppression_for_threshold' action instead"}
	}
	r["alert_suppression"] = change["value"]
	return nil
}

func setThresholdSuppression(_ *bulk, r rule, change map[string]any) error {
	if r["type"] != "threshold" {
		return bulkFailure{status: http.StatusInternalServerError, code: "UNSUPPORTED_RULE_IN_SUPPRESSION_FOR_THRESHOLD",
			message: fmt.Sprintf("%s rule type doesn't support this action. Use 'set_alert_suppression' action instead", r["type"])}
	}
	r["alert_suppression"] = change["value"]
	return nil
}

func deleteSuppression(_ *bulk, r rule, _ map[string]any) error {
	delete(r, "alert_suppression")
	return nil
}

func putList(r rule, name string, items []any) error {
	if sameItems(asItems(r[name]), items) {
		return unmodified
	}
	r[name] = items
	return nil
}

func asItems(v any) []any {
	items, _ := v.([]any)
	return items
}

func sameItems(a, b []any) bool { return slices.Equal(a, b) }

func union(old, given []any) []any {
	all := append([]any{}, old...)
	for _, item := range given {
		if !slices.Contains(all, item) {
			all = append(all, item)
		}
	}
	return all
}

func difference(old, given []any) []any {
	return slices.DeleteFunc(append([]any{}, old...), func(item any) bool { return slices.Contains(given, item) })
}

func replaced(_, given []any) []any { return union(nil, given) }

// noConnector is what Kibana says of an action whose connector is not there.
func noConnector(id string) string {
	return fmt.Sprintf("Failed to load action %s (404): Saved object [action/%s] not found", id, id)
}
