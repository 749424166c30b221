package export

import (
	"encoding/json"
	"strings"
)

// loaded brings the object to what the peer's typed loading makes of the TOML: nulls are dropped, addresses of the
// framework's pages end with a slash, and, for the same bytes, a whole number written as a fraction stays one.
func (c *conversion) loaded() {
	if c.env.Compat && c.rule.Doc() != nil {
		keepFractions(c.api, c.rule.Doc().Tree["rule"])
	}
	dropNulls(c.api)
	c.loadThreat()
}

func (c *conversion) loadThreat() {
	for _, threat := range objects(c.api["threat"]) {
		if tactic, ok := threat["tactic"].(map[string]any); ok {
			endWithSlash(tactic)
		}
		for _, technique := range objects(threat["technique"]) {
			endWithSlash(technique)
			for _, sub := range objects(technique["subtechnique"]) {
				endWithSlash(sub)
			}
		}
	}
}

func endWithSlash(page map[string]any) {
	if address, ok := page["reference"].(string); ok && address != "" && !strings.HasSuffix(address, "/") {
		page["reference"] = address + "/"
	}
}

func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil {
				delete(v, key)
				continue
			}
			dropNulls(value)
		}
	case []any:
		for _, item := range v {
			dropNulls(item)
		}
	}
}

// keepFractions writes 1.0 where the TOML does: the model holds it as 1.
func keepFractions(to, from any) {
	switch from := from.(type) {
	case map[string]any:
		object, _ := to.(map[string]any)
		for key, value := range from {
			if n, ok := value.(float64); ok && object[key] != nil {
				object[key] = json.Number(pythonFloat(n))
				continue
			}
			keepFractions(object[key], value)
		}
	case []map[string]any:
		items, _ := to.([]any)
		for i := range min(len(items), len(from)) {
			keepFractions(items[i], from[i])
		}
	case []any:
		items, _ := to.([]any)
		for i := range min(len(items), len(from)) {
			if n, ok := from[i].(float64); ok {
				items[i] = json.Number(pythonFloat(n))
				continue
			}
			keepFractions(items[i], from[i])
		}
	}
}
