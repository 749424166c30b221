package publish

import (
	"context"
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// State is what a space holds, each object as Kibana's API gives it.
type State struct {
	Rules []map[string]any
}

// Read gives what the client's space holds, for [Make]. It needs one request for each 1,000 rules.
func Read(ctx context.Context, client Client) (State, error) {
	rules, err := client.FindRules(ctx, kibana.FindOptions{})
	if err != nil {
		return State{}, fmt.Errorf("reading the rules in kibana: %w", err)
	}
	return State{Rules: rules}, nil
}

// index finds the objects by kind and id.
func (s State) index() map[place][]map[string]any {
	there := make(map[place][]map[string]any, len(s.Rules))
	for _, rule := range s.Rules {
		id, _ := rule["rule_id"].(string)
		there[place{Rule, id}] = append(there[place{Rule, id}], rule)
	}
	return there
}

// used are the list_ids of the exception lists that rules refer to.
func (s State) used() map[string]bool {
	used := map[string]bool{}
	for _, rule := range s.Rules {
		references, _ := rule["exceptions_list"].([]any)
		for _, reference := range references {
			object, _ := reference.(map[string]any)
			id, _ := object["list_id"].(string)
			used[id] = true
		}
	}
	return used
}

// Moved tells which changes of a plan no longer fit to what a space holds: the object was created, changed or deleted
// since the plan was made.
func Moved(plan Plan, actual State) []Change {
	there := actual.index()
	var moved []Change
	for _, c := range plan.Changes {
		now := there[place{c.Kind, c.ID}]
		switch {
		case !c.Action.Writes():
		case c.Action == Create && len(now) > 0, c.Action != Create && (len(now) != 1 || revision(now[0]) != c.Revision):
			moved = append(moved, c)
		}
	}
	return moved
}
