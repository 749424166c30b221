package publish

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/connector"
)

// connectors finds the connectors of a space by what rules call them. They are referred to, and never written: a connector
// holds secrets, and a repository holds none.
type connectors struct {
	// there are the connectors of the space; nil when they were not read, and then references stay as they are.
	there []map[string]any
	// known are those of the repository, by their id there.
	known map[string]*connector.Connector
}

func newConnectors(there []map[string]any, repository []*connector.Connector) connectors {
	c := connectors{there: there, known: map[string]*connector.Connector{}}
	for _, known := range repository {
		c.known[known.ID] = known
	}
	return c
}

// actions are the actions of a rule, in a copy.
func actions(body map[string]any) []any {
	list, _ := tidy(body["actions"], false).([]any)
	return list
}

// resolve writes into a rule that is about to be sent the ids that its connectors have in the space. It tells why one cannot be
// found, or "".
func (c connectors) resolve(body map[string]any) (missing string) {
	list := actions(body)
	if c.there == nil || len(list) == 0 {
		return ""
	}
	body["actions"] = eachObject(list, func(action map[string]any) {
		id, reason := c.find(action)
		if action["id"] = id; missing == "" {
			missing = reason
		}
	})
	return missing
}

// find gives the id in the space of the connector that an action names: by this id, by the id that the repository gives it, or
// by its name.
func (c connectors) find(action map[string]any) (id, missing string) {
	reference, _ := action["id"].(string)
	if c.has(reference) || strings.HasPrefix(reference, "system-connector-") {
		return reference, "" // Kibana does not list its system connectors.
	}
	name, kind := reference, action["action_type_id"]
	if known := c.known[reference]; known != nil {
		name, kind = known.Name(), known.Type()
	}
	var found []string
	for _, there := range c.there {
		if id, _ := there["id"].(string); there["name"] == name && (kind == nil || there["connector_type_id"] == kind) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0], ""
	case 0:
		return reference, fmt.Sprintf("there is no connector %q of type %v in kibana; make it there, for its secrets are in no repository", name, kind)
	}
	return reference, fmt.Sprintf("kibana has %d connectors of type %v named %q; name one of them by its id: %s", len(found), kind, name, strings.Join(found, ", "))
}

func (c connectors) has(id string) bool {
	for _, there := range c.there {
		if there["id"] == id {
			return true
		}
	}
	return false
}

// named is a stored rule in which connectors are called as its file calls them, or else as the repository does.
func (c connectors) named(stored, file map[string]any) map[string]any {
	called := map[any]any{}
	for _, id := range slices.Sorted(maps.Keys(c.known)) {
		if there, missing := c.find(map[string]any{"id": id}); missing == "" {
			called[there] = id
		}
	}
	eachObject(actions(file), func(action map[string]any) {
		if there, missing := c.find(action); missing == "" {
			called[there] = action["id"]
		}
	})
	list := actions(stored)
	if len(list) == 0 || len(called) == 0 {
		return stored
	}
	body := maps.Clone(stored)
	body["actions"] = eachObject(list, func(action map[string]any) {
		if name, ok := called[action["id"]]; ok {
			action["id"] = name
		}
	})
	return body
}
