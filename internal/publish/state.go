package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// State is what a space holds, each object as Kibana's API gives it.
type State struct {
	Rules []map[string]any
	// Lists and Items are exception lists and their items; ValueLists hold their values as a sorted list, "values". All are
	// read only as far as the scope asks for them.
	Lists, Items, ValueLists []map[string]any
	// Timelines are the timeline templates.
	Timelines []map[string]any
	// Connectors are those of the space; nil when nobody asked for them.
	Connectors []map[string]any
}

// Scope says which objects besides the rules are looked at.
type Scope struct {
	lists, values map[string]bool
	// timelines and connectors tell whether these are looked at.
	timelines, connectors bool
	// follow says that the value lists of the items that are read are looked at, too.
	follow bool
}

// ScopeOf is what is needed to compare the desired objects with those of a space, and with what was published before.
func ScopeOf(desired []Desired, locked Locked) Scope {
	s := Scope{lists: map[string]bool{}, values: map[string]bool{}}
	for _, d := range desired {
		s.add(d.Kind, d.ID, d.Body)
		s.connectors = s.connectors || len(actions(d.Body)) > 0
	}
	for kind, entries := range locked {
		for id := range entries {
			s.add(kind, id, nil)
		}
	}
	return s
}

// Scope is what is needed to find out whether a plan still fits.
func (p Plan) Scope() Scope {
	s := Scope{lists: map[string]bool{}, values: map[string]bool{}}
	for _, c := range p.Changes {
		s.add(c.Kind, c.ID, c.Body)
	}
	return s
}

func (s *Scope) add(kind Kind, id string, body map[string]any) {
	switch kind {
	case ExceptionList:
		s.lists[id] = true
	case ExceptionItem:
		if list, _ := body["list_id"].(string); list != "" {
			s.lists[list] = true
		}
	case ValueList:
		s.values[id] = true
	case Timeline:
		s.timelines = true
	}
}

// Read gives what the client's space holds, for [Make]. It needs one request for each 1,000 rules, and where the scope names
// them, one for all exception lists, one for each 30 of them, one for each value list, one for each 100 timeline templates and
// one for the connectors.
func Read(ctx context.Context, client Client, scope Scope) (State, error) {
	var s State
	var err error
	if s.Rules, err = client.FindRules(ctx, kibana.FindOptions{}); err != nil {
		return State{}, fmt.Errorf("reading the rules in kibana: %w", err)
	}
	return s, s.ReadOthers(ctx, client, scope)
}

// ReadOthers adds what a scope names besides the rules.
func (s *State) ReadOthers(ctx context.Context, client Client, scope Scope) error {
	if len(scope.lists) > 0 {
		if err := s.readLists(ctx, client, scope); err != nil {
			return fmt.Errorf("reading the exception lists in kibana: %w", err)
		}
	}
	if scope.follow {
		s.eachValueList(func(id string) { scope.values[id] = true })
	}
	if len(scope.values) > 0 {
		if err := s.readValues(ctx, client, scope); err != nil {
			return fmt.Errorf("reading the value lists in kibana: %w", err)
		}
	}
	if scope.timelines {
		var err error
		if s.Timelines, err = client.Timelines(ctx); err != nil {
			return fmt.Errorf("reading the timeline templates in kibana: %w", err)
		}
	}
	if scope.connectors {
		found, err := client.Connectors(ctx)
		if err != nil {
			return fmt.Errorf("reading the connectors in kibana: %w", err)
		}
		s.Connectors = append([]map[string]any{}, found...)
	}
	return nil
}

func (s *State) readLists(ctx context.Context, client Client, scope Scope) error {
	lists, err := client.ExceptionLists(ctx)
	if err != nil {
		return err
	}
	s.Lists = slices.DeleteFunc(lists, func(list map[string]any) bool {
		id, _ := list["list_id"].(string)
		return !scope.lists[id]
	})
	s.Items, err = client.ExceptionItems(ctx, s.Lists)
	return err
}

// eachValueList tells the ids of the value lists that the items ask for.
func (s *State) eachValueList(tell func(id string)) {
	for _, item := range s.Items {
		eachObject(item["entries"], func(entry map[string]any) {
			list, _ := entry["list"].(map[string]any)
			if id, _ := list["id"].(string); id != "" {
				tell(id)
			}
		})
	}
}

func (s *State) readValues(ctx context.Context, client Client, scope Scope) error {
	lists, err := client.ValueLists(ctx)
	if err != nil {
		return err
	}
	for _, list := range lists {
		id, _ := list["id"].(string)
		if !scope.values[id] {
			continue
		}
		if list, err = withValues(ctx, client, list); err != nil {
			return err
		}
		s.ValueLists = append(s.ValueLists, list)
	}
	return nil
}

// withValues is a stored value list together with its values, and with a revision that follows from both.
func withValues(ctx context.Context, client Client, list map[string]any) (map[string]any, error) {
	id, _ := list["id"].(string)
	values, err := client.Values(ctx, id)
	if err != nil {
		return nil, err
	}
	whole := map[string]any{}
	for _, name := range []string{"id", "name", "description", "type"} {
		whole[name] = list[name]
	}
	whole["values"] = values
	whole["_version"] = hash(ValueList, whole, nil)
	return whole, nil
}

// index finds the objects by kind and id.
func (s State) index() map[place][]map[string]any {
	there := make(map[place][]map[string]any, len(s.Rules))
	for kind, objects := range map[Kind][]map[string]any{Rule: s.Rules, ExceptionList: s.Lists, ExceptionItem: s.Items, ValueList: s.ValueLists, Timeline: s.Timelines} {
		for _, object := range objects {
			id, _ := object[kind.idKey()].(string)
			there[place{kind, id}] = append(there[place{kind, id}], object)
		}
	}
	return there
}

// used are the exception lists and the timeline templates that rules refer to, or will when the desired ones are there.
func (s State) used(desired []Desired) map[place]bool {
	wanted := map[string]map[string]any{}
	for _, d := range desired {
		if d.Kind == Rule {
			wanted[d.ID] = d.Body
		}
	}
	used := map[place]bool{}
	for _, rule := range s.Rules {
		id, _ := rule["rule_id"].(string)
		lists, template := rule["exceptions_list"], rule["timeline_id"]
		if body, held := wanted[id]; held {
			template = body["timeline_id"]
			if stated, ok := body["exceptions_list"]; ok {
				lists = tidy(stated, false)
			}
		}
		templateID, _ := template.(string)
		used[place{Timeline, templateID}] = true
		eachObject(lists, func(reference map[string]any) {
			listID, _ := reference["list_id"].(string)
			used[place{ExceptionList, listID}] = true
		})
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
		case c.Action == Create && len(now) > 0, c.Action != Create && (len(now) != 1 || c.Kind.revision(now[0]) != c.Revision):
			moved = append(moved, c)
		}
	}
	return moved
}
