package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) connectorRoutes() []route {
	const at = "/api/actions/connector/{id}"
	return []route{
		{method: http.MethodGet, path: "/api/actions/connectors", handle: s.listConnectors},
		{method: http.MethodPost, path: "/api/actions/connector", handle: s.createConnector},
		{method: http.MethodPost, path: at, handle: s.createConnector},
		{method: http.MethodGet, path: at, handle: s.readConnector},
		{method: http.MethodPut, path: at, handle: s.updateConnector},
		{method: http.MethodDelete, path: at, handle: s.deleteConnector},
	}
}

// listConnectors gives the connectors with how many rules use each.
func (s *Server) listConnectors(c *call) (any, error) {
	uses := map[any]int{}
	for _, r := range c.rules.all() {
		seen := map[any]bool{}
		for _, action := range objects(r["actions"]) {
			if !seen[action["id"]] {
				uses[action["id"]]++
			}
			seen[action["id"]] = true
		}
	}
	all := []any{}
	for _, d := range c.connectors.all() {
		shown := maps.Clone(d)
		shown["referenced_by_count"] = uses[d["id"]]
		all = append(all, shown)
	}
	return all, nil
}

// secretsField is what a request holds that is never given back, and here not even kept.
const secretsField = "secrets"

func (s *Server) createConnector(c *call) (any, error) {
	body, err := c.checked(schema{
		"name": required(nonEmpty()), "connector_type_id": required(nonEmpty()),
		"config": optional(object(nil)), secretsField: optional(object(nil)),
	})
	if err != nil {
		return nil, err
	}
	id := c.id
	if id == "" {
		id = s.options.NewID()
	}
	if c.connectors.byID(id) != nil {
		return nil, platform(http.StatusConflict, fmt.Sprintf("Saved object [action/%s] conflict", id))
	}
	made := newConnector(id, body)
	c.connectors.add(made)
	return made, nil
}

func newConnector(id string, body map[string]any) doc {
	config, _ := body["config"].(map[string]any)
	if config == nil {
		config = map[string]any{}
	}
	return doc{
		"id": id, "name": body["name"], "connector_type_id": body["connector_type_id"], "config": config,
		"is_missing_secrets": false, "is_preconfigured": false, "is_deprecated": false, "is_system_action": false,
	}
}

func (s *Server) readConnector(c *call) (any, error) {
	return c.connector()
}

func (s *Server) updateConnector(c *call) (any, error) {
	body, err := c.checked(schema{
		"name": required(nonEmpty()), "config": optional(object(nil)), secretsField: optional(object(nil)),
	})
	if err != nil {
		return nil, err
	}
	old, err := c.changeableConnector()
	if err != nil {
		return nil, err
	}
	body["connector_type_id"] = old["connector_type_id"]
	made := newConnector(c.id, body)
	c.connectors.replace(old, made)
	return made, nil
}

func (s *Server) deleteConnector(c *call) (any, error) {
	d, err := c.changeableConnector()
	if err != nil {
		return nil, err
	}
	c.connectors.remove(d)
	return nothing{}, nil
}

func (c *call) connector() (doc, error) {
	if d := c.connectors.byID(c.id); d != nil {
		return d, nil
	}
	return nil, platform(http.StatusNotFound, fmt.Sprintf("Saved object [action/%s] not found", c.id))
}

func (c *call) changeableConnector() (doc, error) {
	d, err := c.connector()
	if err == nil && d["is_preconfigured"] == true {
		return nil, platform(http.StatusBadRequest, fmt.Sprintf("Preconfigured action %s cannot be changed.", c.id))
	}
	return d, err
}

// preconfigured are the connectors that a space has from the beginning.
func (s *Server) preconfigured(in *space) {
	for _, id := range slices.Sorted(maps.Keys(s.options.Connectors)) {
		in.connectors.add(doc{
			"id": id, "name": id, "connector_type_id": s.options.Connectors[id],
			"is_preconfigured": true, "is_deprecated": false, "is_system_action": false,
		})
	}
}

// missingConnectors are the ids of actions whose connector the space does not have.
func (s *space) missingConnectors(actions any) []string {
	var missing []string
	for _, action := range objects(actions) {
		id := textOf(action, "id")
		if s.connectors.byID(id) == nil && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	return missing
}

// reachable refuses a rule whose actions name a connector that is not there.
func (s *Server) reachable(in *space, r rule) error {
	if missing := in.missingConnectors(r["actions"]); len(missing) > 0 {
		return siem(http.StatusBadRequest, noConnector(missing[0]))
	}
	return nil
}

// connectorsOfRules are the connectors that rules use, each once, as saved objects and without their secrets. Kibana leaves
// out preconfigured ones, which every Kibana has for itself.
func (s *space) connectorsOfRules(rules []rule) []doc {
	var all []doc
	seen := map[any]bool{}
	for _, r := range rules {
		for _, action := range objects(r["actions"]) {
			d := s.connectors.byID(textOf(action, "id"))
			if d == nil || seen[d["id"]] || d["is_preconfigured"] == true {
				continue
			}
			seen[d["id"]] = true
			all = append(all, doc{
				"id": d["id"], "type": "action", "references": []any{}, "managed": false,
				"attributes": map[string]any{
					"actionTypeId": d["connector_type_id"], "name": d["name"], "config": d["config"],
					"isMissingSecrets": true, "secrets": map[string]any{},
				},
			})
		}
	}
	return all
}

// connectorImport is what became of the connectors of an import file.
type connectorImport struct {
	stored           int
	errors, warnings []any
}

// takeConnectors takes the connectors that the file's rules use; those that exist stay, unless they are overwritten.
func (s *Server) takeConnectors(in *space, file importFile, overwrite bool) connectorImport {
	done := connectorImport{errors: []any{}, warnings: []any{}}
	used := map[string]bool{}
	for _, r := range file.rules {
		for _, action := range objects(r["actions"]) {
			used[textOf(action, "id")] = true
		}
	}
	incomplete := 0
	for _, o := range file.connectors {
		id := textOf(o, "id")
		old := in.connectors.byID(id)
		if !used[id] || old != nil && (!overwrite || old["is_preconfigured"] == true) {
			continue
		}
		attributes := o["attributes"].(map[string]any)
		made := newConnector(id, map[string]any{
			"name": attributes["name"], "connector_type_id": attributes["actionTypeId"], "config": attributes["config"],
		})
		if attributes["isMissingSecrets"] == true {
			made["is_missing_secrets"] = true
			incomplete++
		}
		if old != nil {
			in.connectors.replace(old, made)
		} else {
			in.connectors.add(made)
		}
		done.stored++
	}
	if incomplete > 0 {
		done.warnings = append(done.warnings, missingSecrets(incomplete))
	}
	return done
}

func missingSecrets(n int) map[string]any {
	noun := "connector has"
	if n > 1 {
		noun = "connectors have"
	}
	return map[string]any{
		"type": "action_required", "buttonLabel": "Go to connectors",
		"actionPath": "/app/management/insightsAndAlerting/triggersActionsConnectors",
		"message":    strings.Join([]string{fmt.Sprint(n), noun, "sensitive information that require updates."}, " "),
	}
}
