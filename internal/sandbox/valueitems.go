package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// valueFileLimit is the size in bytes of the largest file of values.
const valueFileLimit = 9_000_000

func (s *Server) valueItemRoutes() []route {
	const at = "/api/lists/items"
	return []route{
		{method: http.MethodPost, path: at, handle: s.createValue},
		{method: http.MethodGet, path: at, handle: s.readValues},
		{method: http.MethodPut, path: at, handle: s.updateValue},
		{method: http.MethodPatch, path: at, handle: s.updateValue},
		{method: http.MethodDelete, path: at, handle: s.deleteValues},
		{method: http.MethodGet, path: at + "/_find", handle: s.findValues},
		{method: http.MethodPost, path: at + "/_import", handle: s.importValues, limit: valueFileLimit},
		{method: http.MethodPost, path: at + "/_export", handle: s.exportValues},
	}
}

// valuesOf are the values of a list.
func (s *space) valuesOf(listID any) []doc {
	return slices.DeleteFunc(s.valueItems.all(), func(d doc) bool { return d["list_id"] != listID })
}

// addValue stores a value of a list.
func (s *Server) addValue(in *space, list doc, id any, value string, meta any) doc {
	d := doc{}
	s.stampObject(d, nil)
	if id != nil {
		d["id"] = id
	}
	d["list_id"], d["type"], d["value"], d["@timestamp"] = list["id"], list["type"], value, d["updated_at"]
	if meta != nil {
		d["meta"] = meta
	}
	in.valueItems.add(d)
	return d
}

func refresh() property { return optional(oneOf("true", "false", "wait_for")) }

func (s *Server) createValue(c *call) (any, error) {
	body, err := c.checked(schema{
		"list_id": required(nonEmpty()), "value": required(nonEmpty()), "id": optional(nonEmpty()),
		"meta": optional(object(nil)), "refresh": refresh(),
	})
	if err != nil {
		return nil, err
	}
	list := c.valueLists.byID(body["list_id"].(string))
	if list == nil {
		return nil, siem(http.StatusNotFound, fmt.Sprintf("list id: %q does not exist", body["list_id"]))
	}
	if id := textOf(body, "id"); id != "" && c.valueItems.byID(id) != nil {
		return nil, siem(http.StatusConflict, fmt.Sprintf("list item id: %q already exists", id))
	}
	return s.addValue(c.space, list, body["id"], body["value"].(string), body["meta"]), nil
}

// namedValues are the values that query parameters name: one by its id, or all of a list that equal a value.
func (c *call) namedValues() (found []doc, byID bool, err error) {
	id, listID, value := c.query.Get("id"), c.query.Get("list_id"), c.query.Get("value")
	switch {
	case id != "":
		if d := c.valueItems.byID(id); d != nil {
			return []doc{d}, true, nil
		}
		return nil, true, siem(http.StatusNotFound, fmt.Sprintf("list item id: %q does not exist", id))
	case listID == "" || value == "":
		return nil, false, siem(http.StatusBadRequest, "Either \"list_id\" or \"id\" needs to be defined in the request")
	case c.valueLists.byID(listID) == nil:
		return nil, false, siem(http.StatusNotFound, fmt.Sprintf("list id: %q does not exist", listID))
	}
	found = slices.DeleteFunc(c.valuesOf(listID), func(d doc) bool { return d["value"] != value })
	if len(found) == 0 {
		return nil, false, siem(http.StatusNotFound, fmt.Sprintf("list_id: %q item of %s does not exist", listID, value))
	}
	return found, false, nil
}

func (s *Server) readValues(c *call) (any, error) { return oneOrAll(c.namedValues()) }

func oneOrAll(found []doc, byID bool, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if byID {
		return found[0], nil
	}
	return found, nil
}

func (s *Server) deleteValues(c *call) (any, error) {
	found, byID, err := c.namedValues()
	for _, d := range found {
		c.valueItems.remove(d)
	}
	return oneOrAll(found, byID, err)
}

func (s *Server) updateValue(c *call) (any, error) {
	body, err := c.checked(schema{
		"id": required(nonEmpty()), "value": optional(nonEmpty()), "meta": optional(object(nil)),
		"_version": optional(text()), "refresh": refresh(),
	})
	if err != nil {
		return nil, err
	}
	old := c.valueItems.byID(body["id"].(string))
	if old == nil {
		return nil, siem(http.StatusNotFound, fmt.Sprintf("list item id: %q does not exist", body["id"]))
	}
	if err := unchanged(old, body); err != nil {
		return nil, err
	}
	made := doc{"list_id": old["list_id"], "type": old["type"], "value": old["value"]}
	for _, name := range []string{"value", "meta"} {
		if v, ok := body[name]; ok {
			made[name] = v
		}
	}
	s.stampObject(made, old)
	made["@timestamp"] = made["updated_at"]
	c.valueItems.replace(old, made)
	return made, nil
}

func (s *Server) findValues(c *call) (any, error) {
	id := c.query.Get("list_id")
	if id == "" {
		return nil, badQuery("list_id: Required")
	}
	if c.valueLists.byID(id) == nil {
		return nil, siem(http.StatusNotFound, fmt.Sprintf("list id: %q does not exist", id))
	}
	return c.valuePage(c.valuesOf(id))
}

// importValues takes a file with a value a line into a list: the one that is named, or a new one that is named as the file.
func (s *Server) importValues(c *call) (any, error) {
	if !c.listIndex {
		return nil, noListIndex(c.spaceID)
	}
	kind := c.query.Get("type")
	if c.query.Has("type") && !slices.Contains(valueListTypes(), kind) {
		return nil, badQuery(valueListType()("type", kind)[0])
	}
	name, text, err := c.file(".txt", ".csv")
	if err != nil {
		return nil, err
	}
	listID := c.query.Get("list_id")
	list := c.valueLists.byID(listID)
	switch {
	case listID != "" && list == nil:
		return nil, siem(http.StatusConflict, fmt.Sprintf("list id: %q does not exist", listID))
	case listID == "" && kind == "":
		return nil, siem(http.StatusBadRequest, "Either type or list_id need to be defined in the query")
	case listID == "":
		if list = c.valueLists.byID(name); list == nil {
			list = s.newValueList(map[string]any{
				"id": name, "name": name, "type": kind, "description": fmt.Sprintf("File uploaded from file system of %s", name),
			}, nil)
			c.valueLists.add(list)
		}
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			s.addValue(c.space, list, nil, line, nil)
		}
	}
	return list, nil
}

// exportValues writes the values of a list, one a line.
func (s *Server) exportValues(c *call) (any, error) {
	id := c.query.Get("list_id")
	if id == "" {
		return nil, badQuery("list_id: Required")
	}
	if c.valueLists.byID(id) == nil {
		return nil, siem(http.StatusBadRequest, fmt.Sprintf("list_id: %s does not exist", id))
	}
	var text strings.Builder
	for _, d := range c.valuesOf(id) {
		text.WriteString(d["value"].(string))
		text.WriteByte('\n')
	}
	return download{name: id, kind: "application/ndjson", text: []byte(text.String())}, nil
}
