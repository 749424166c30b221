package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// exportRules serves _export: all rules, or those that the body names.
func (s *Server) exportRules(c *call) (any, error) {
	bare, err := c.flag("exclude_export_details")
	if err != nil {
		return nil, err
	}
	// Kibana counts the rules of the whole space, even when few are asked for.
	if c.rules.size > maxImport {
		return nil, siem(http.StatusBadRequest, fmt.Sprintf("Can't export more than %d rules", maxImport))
	}
	rules, missing := c.rules.all(), []any{}
	if len(bytes.TrimSpace(c.text)) > 0 && !bytes.Equal(bytes.TrimSpace(c.text), []byte("null")) {
		body, err := c.checked(schema{"objects": required(listOf(object(schema{"rule_id": required(text())})))})
		if err != nil {
			return nil, err
		}
		rules = nil
		for _, o := range objects(body["objects"]) {
			if r := c.rules.byKey(textOf(o, "rule_id")); r != nil {
				rules = append(rules, r)
			} else {
				missing = append(missing, map[string]any{"rule_id": o["rule_id"]})
			}
		}
	}
	name := "export.ndjson"
	if c.query.Has("file_name") {
		name = c.query.Get("file_name")
	}
	return s.exported(c.space, name, rules, missing, bare)
}

// exported writes rules with the exceptions and the connectors that they need, and a last line that counts them. Kibana:
// without that line the exceptions and the connectors are missing too.
func (s *Server) exported(in *space, name string, rules []rule, missing []any, bare bool) (any, error) {
	lines := rules
	if !bare {
		lists, items := s.exceptionsOfRules(in, rules)
		connectors := in.connectorsOfRules(rules)
		details := map[string]any{
			"exported_count":       len(rules) + len(lists) + len(items) + len(connectors),
			"exported_rules_count": len(rules), "missing_rules": missing, "missing_rules_count": len(missing),
			"exported_exception_list_count": len(lists), "exported_exception_list_item_count": len(items),
			"missing_exception_lists": []any{}, "missing_exception_lists_count": 0,
			"missing_exception_list_items": []any{}, "missing_exception_list_items_count": 0,
			"exported_action_connector_count": len(connectors),
			"excluded_action_connections":     []any{}, "excluded_action_connection_count": 0,
			"missing_action_connections": []any{}, "missing_action_connection_count": 0,
		}
		lines = append(append(append(append([]doc{}, rules...), lists...), items...), connectors...)
		lines = append(lines, details)
	}
	return ndjson(name, lines)
}

// ndjson is a file with an object a line.
func ndjson(name string, lines []doc) (download, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return download{}, err
		}
	}
	return download{name: name, kind: "application/ndjson", text: text.Bytes()}, nil
}

// exceptionsOfRules are the exception lists that rules refer to, each once, and their items.
func (s *Server) exceptionsOfRules(in *space, rules []rule) (lists, items []doc) {
	seen := map[any]bool{}
	for _, r := range rules {
		for _, reference := range objects(r["exceptions_list"]) {
			home := s.exceptionsOf(in, reference["namespace_type"])
			list := home.exceptionLists.byKey(textOf(reference, "list_id"))
			if list == nil || seen[list["id"]] {
				continue
			}
			seen[list["id"]] = true
			lists = append(lists, list)
			items = append(items, home.itemsOf(list["list_id"])...)
		}
	}
	return lists, items
}
