package sandbox

import (
	"net/http"
	"slices"
)

// engineRoutes are the requests about the detection engine itself.
func (s *Server) engineRoutes() []route {
	const at = "/api/detection_engine"
	return []route{
		{method: http.MethodGet, path: "/api/licensing/info", handle: s.licence},
		{method: http.MethodGet, path: at + "/tags", handle: s.tags},
		{method: http.MethodGet, path: at + "/privileges", handle: s.privileges},
		{method: http.MethodGet, path: at + "/index", handle: s.readAlertIndex},
		{method: http.MethodPost, path: at + "/index", handle: s.createAlertIndex},
		{method: http.MethodDelete, path: at + "/index", handle: s.deleteAlertIndex},
		{method: http.MethodGet, path: at + "/rules/prepackaged/_status", handle: s.prebuiltStatus},
	}
}

// tags are all tags of all rules, each once.
func (s *Server) tags(c *call) (any, error) {
	all := []string{}
	for _, r := range c.rules.all() {
		for _, tag := range asItems(r["tags"]) {
			all = append(all, tag.(string))
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// privileges tells what the caller may do in Elasticsearch: here everything.
func (s *Server) privileges(c *call) (any, error) {
	all := func(names ...string) map[string]any {
		rights := map[string]any{}
		for _, name := range names {
			rights[name] = true
		}
		return rights
	}
	return map[string]any{
		"username": s.options.User, "has_all_requested": true, "is_authenticated": true,
		"has_encryption_key": !s.options.NoEncryptionKey,
		"application":        map[string]any{},
		"cluster": all("all", "manage", "manage_api_key", "manage_index_templates", "manage_ml", "manage_own_api_key",
			"manage_pipeline", "manage_security", "manage_transform", "monitor", "monitor_ml", "monitor_transform"),
		"index": map[string]any{alertIndexName(c.spaceID): all("all", "create", "create_doc", "create_index", "delete", "delete_index",
			"index", "maintenance", "manage", "monitor", "read", "view_index_metadata", "write")},
	}, nil
}

func alertIndexName(spaceID string) string { return ".alerts-security.alerts-" + spaceID }

func (s *Server) readAlertIndex(c *call) (any, error) {
	if !c.alertIndex {
		return nil, siem(http.StatusNotFound, "index for this space does not exist")
	}
	return map[string]any{"name": alertIndexName(c.spaceID), "index_mapping_outdated": false}, nil
}

func (s *Server) createAlertIndex(c *call) (any, error) {
	c.alertIndex = true
	return map[string]any{"acknowledged": true}, nil
}

func (s *Server) deleteAlertIndex(c *call) (any, error) {
	if !c.alertIndex {
		return nil, siem(http.StatusNotFound, "index for this space does not exist")
	}
	c.alertIndex = false
	return map[string]any{"acknowledged": true}, nil
}

// prebuiltStatus counts Elastic's rules and the others.
func (s *Server) prebuiltStatus(c *call) (any, error) {
	own := 0
	for _, r := range c.rules.all() {
		if r["immutable"] != true {
			own++
		}
	}
	return map[string]any{
		"rules_custom_installed": own, "rules_installed": c.rules.size - own, "rules_not_installed": 0, "rules_not_updated": 0,
		"timelines_installed": 0, "timelines_not_installed": 0, "timelines_not_updated": 0,
	}, nil
}
