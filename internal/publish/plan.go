package publish

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Desired is a rule as the repository wants it.
type Desired struct {
	// RuleID identifies the rule across spaces; Name is what people call it.
	RuleID, Name string
	// Source is the file that the rule comes from, as it is shown.
	Source string
	// Body is the rule as Kibana's API takes it. It is not changed. Its rule_id may be left out.
	Body map[string]any
}

// Action is what a plan does with a rule.
type Action string

// The actions.
const (
	// Create makes a rule that is not there.
	Create Action = "create"
	// Update replaces a rule that differs.
	Update Action = "update"
	// None leaves a rule that is as desired.
	None Action = "none"
	// Refuse does nothing because what to do is not clear; the change's Reason tells why.
	Refuse Action = "refuse"
)

// FieldChange is a field in which a rule differs.
type FieldChange struct {
	// Path names the field, with dots for fields of objects: "threshold.value". Lists are compared whole.
	Path string `json:"path"`
	// Before is the value in Kibana and After the desired one, both in normal form; nil is none.
	Before any `json:"before"`
	After  any `json:"after"`
}

// Change is what a plan does with one rule.
type Change struct {
	Action Action `json:"action"`
	RuleID string `json:"rule_id"`
	Name   string `json:"name"`
	Source string `json:"source"`
	// Fields are the differences that an update removes, sorted by path; empty for other actions.
	Fields []FieldChange `json:"fields,omitempty"`
	// Reason tells why a rule is refused.
	Reason string `json:"reason,omitempty"`
	// Body is what a create or update sends.
	Body map[string]any `json:"-"`
	// Revision is the revision of the rule that an update was planned for, as Kibana wrote it.
	Revision string `json:"-"`
}

// Plan is what has to be done to reach the desired state.
type Plan struct {
	// Changes holds one change for each desired rule, sorted by source and rule_id.
	Changes []Change `json:"changes"`
}

// Count is the number of changes with an action.
func (p Plan) Count(a Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Empty tells whether there is nothing to do and nothing was refused.
func (p Plan) Empty() bool { return p.Count(None) == len(p.Changes) }

// Make compares the desired rules with the actual ones, as [Read] gives them, and tells what to do. Actual rules that
// nobody desires are left alone. It changes neither argument.
func Make(desired []Desired, actual []map[string]any) Plan {
	there := map[string][]map[string]any{}
	for _, rule := range actual {
		id, _ := rule["rule_id"].(string)
		there[id] = append(there[id], rule)
	}
	sources := map[string][]string{}
	for _, d := range desired {
		sources[d.RuleID] = append(sources[d.RuleID], d.Source)
	}
	changes := make([]Change, 0, len(desired))
	for _, d := range desired {
		changes = append(changes, plan(d, there[d.RuleID], sources[d.RuleID]))
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.RuleID, b.RuleID))
	})
	return Plan{Changes: changes}
}

// plan decides about one rule, given the rules in Kibana with its rule_id and the files that claim it.
func plan(d Desired, there []map[string]any, sources []string) Change {
	c := Change{RuleID: d.RuleID, Name: d.Name, Source: d.Source}
	if c.Reason = refusal(d, len(there), sources); c.Reason != "" {
		c.Action = Refuse
		return c
	}
	c.Body = sendable(d)
	if len(there) == 0 {
		c.Action = Create
		return c
	}
	stored := there[0]
	c.Fields = differences(stored, completed(c.Body, stored))
	if len(c.Fields) == 0 {
		c.Action, c.Body = None, nil
		return c
	}
	c.Action, c.Revision = Update, revision(stored)
	return c
}

// refusal tells why a rule cannot be planned, or "".
func refusal(d Desired, there int, sources []string) string {
	id, stated := d.Body["rule_id"]
	switch {
	case d.RuleID == "":
		return "the rule has no rule_id, so kibana would make a new one each time"
	case stated && id != d.RuleID:
		return fmt.Sprintf("the rule is listed as %q but its body says rule_id %q", d.RuleID, fmt.Sprint(id))
	case len(sources) > 1:
		others := slices.Sorted(slices.Values(sources))
		return fmt.Sprintf("the rule_id is used by several files: %s", strings.Join(others, ", "))
	case there > 1:
		return fmt.Sprintf("kibana has %d rules with this rule_id; delete all but one there", there)
	}
	return ""
}

// sendable is the body as it is sent: with its rule_id, without nulls (which Kibana refuses) and without what only Kibana
// sets.
func sendable(d Desired) map[string]any {
	body := maps.Clone(d.Body)
	if body == nil {
		body = map[string]any{}
	}
	maps.DeleteFunc(body, func(name string, v any) bool { return v == nil || serverSet(name) })
	body["rule_id"] = d.RuleID
	return body
}

// completed is a body with those stored fields that stay as they are when the body does not state them.
func completed(body, stored map[string]any) map[string]any {
	body = maps.Clone(body)
	for _, name := range []string{"enabled", "version", "actions", "exceptions_list"} {
		v, there := stored[name]
		if _, stated := body[name]; there && !stated {
			body[name] = v
		}
	}
	return body
}

// replacement is what an update sends for a body: completed, but without enabled and version, which Kibana keeps by
// itself. Sending those back could undo a change made meanwhile.
func replacement(body, stored map[string]any) map[string]any {
	full := completed(body, stored)
	for _, name := range []string{"enabled", "version"} {
		if _, stated := body[name]; !stated {
			delete(full, name)
		}
	}
	return full
}

// revision is the revision of a stored rule, as text; "" when it has none.
func revision(stored map[string]any) string {
	if v, ok := stored["revision"]; ok {
		return fmt.Sprint(tidy(v, false))
	}
	return ""
}
