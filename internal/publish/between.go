package publish

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// ReadNamed gives the rules of a space with the names of connectors in place of their ids, which are others in each space; with
// the ids when the caller may not read connectors.
func ReadNamed(ctx context.Context, client Client) (State, error) {
	s, err := Read(ctx, client, Scope{})
	if err != nil || !slices.ContainsFunc(s.Rules, func(rule map[string]any) bool { return len(actions(rule)) > 0 }) {
		return s, err
	}
	found, err := client.Connectors(ctx)
	if kibana.HasStatus(err, http.StatusForbidden) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the connectors in kibana: %w", err)
	}
	names := map[any]any{}
	for _, connector := range found {
		names[connector["id"]] = connector["name"]
	}
	for i, rule := range s.Rules {
		list := actions(rule)
		if len(list) == 0 {
			continue
		}
		s.Rules[i] = maps.Clone(rule)
		s.Rules[i]["actions"] = eachObject(list, func(action map[string]any) {
			if name, known := names[action["id"]]; known {
				action["id"] = name
			}
		})
	}
	return s, nil
}

// Between tells what would have to be done in one space to reach the rules of another, sorted by name: a create for a rule that
// only the second has, a delete for one that only the first has, an update for one that differs. Versions are no difference:
// each space counts its own.
func Between(from, to State) []Change {
	before, after := byRuleID(from.Rules), byRuleID(to.Rules)
	var changes []Change
	for id, rule := range after {
		name, _ := rule["name"].(string)
		c := Change{Action: Create, Kind: Rule, ID: id, Name: name}
		if old, both := before[id]; both {
			c.Action, c.Fields = Update, slices.DeleteFunc(differences(Rule, old, rule), func(f FieldChange) bool { return f.Path == "version" })
			if len(c.Fields) == 0 {
				continue
			}
		}
		changes = append(changes, c)
	}
	for id, rule := range before {
		if _, both := after[id]; !both {
			name, _ := rule["name"].(string)
			changes = append(changes, Change{Action: Delete, Kind: Rule, ID: id, Name: name})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return changes
}

func byRuleID(rules []map[string]any) map[string]map[string]any {
	byID := make(map[string]map[string]any, len(rules))
	for _, rule := range rules {
		id, _ := rule["rule_id"].(string)
		byID[id] = rule
	}
	return byID
}
