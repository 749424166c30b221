package sandbox

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) valueListRoutes() []route {
	const at = "/api/lists"
	return []route{
		{method: http.MethodPost, path: at + "/index", handle: s.createListIndex},
		{method: http.MethodGet, path: at + "/index", handle: s.readListIndex},
		{method: http.MethodDelete, path: at + "/index", handle: s.deleteListIndex},
		{method: http.MethodGet, path: at + "/privileges", handle: s.listPrivileges},
		{method: http.MethodPost, path: at, handle: s.createValueList},
		{method: http.MethodGet, path: at, handle: s.readValueList},
		{method: http.MethodPut, path: at, handle: s.updateValueList},
		{method: http.MethodPatch, path: at, handle: s.patchValueList},
		{method: http.MethodDelete, path: at, handle: s.deleteValueList},
		{method: http.MethodGet, path: at + "/_find", handle: s.findValueLists},
	}
}

// valueListTypes are the types that a value list may have. Only keyword, ip and ip_range become filters of a search.
func valueListTypes() []string {
	return []string{
		"binary", "boolean", "byte", "date", "date_nanos", "date_range", "double", "double_range", "float", "float_range",
		"geo_point", "geo_shape", "half_float", "integer", "integer_range", "ip", "ip_range", "keyword", "long", "long_range",
		"shape", "short", "text",
	}
}

func valueListType() check { return oneOf(valueListTypes()...) }

func listIndexName(spaceID string) string { return ".lists-" + spaceID }

func itemIndexName(spaceID string) string { return ".items-" + spaceID }

func (s *Server) createListIndex(c *call) (any, error) {
	if c.listIndex {
		return nil, siem(http.StatusConflict, fmt.Sprintf(
			"data stream: %q and %q already exists", listIndexName(c.spaceID), itemIndexName(c.spaceID)))
	}
	c.listIndex = true
	return map[string]any{"acknowledged": true}, nil
}

func (s *Server) readListIndex(c *call) (any, error) {
	if !c.listIndex {
		return nil, siem(http.StatusNotFound, fmt.Sprintf(
			"data stream %s and data stream %s does not exist", listIndexName(c.spaceID), itemIndexName(c.spaceID)))
	}
	return map[string]any{"list_index": true, "list_item_index": true}, nil
}

// deleteListIndex deletes all value lists of the space with it.
func (s *Server) deleteListIndex(c *call) (any, error) {
	if !c.listIndex {
		return nil, siem(http.StatusNotFound, fmt.Sprintf(
			"index and data stream: %q and %q does not exist", listIndexName(c.spaceID), itemIndexName(c.spaceID)))
	}
	c.listIndex = false
	c.valueLists, c.valueItems = newSpace().valueLists, newSpace().valueItems
	return map[string]any{"acknowledged": true}, nil
}

func (s *Server) listPrivileges(c *call) (any, error) {
	of := func(index string) map[string]any {
		rights := map[string]any{}
		for _, name := range []string{"all", "create", "create_index", "delete", "index", "manage", "read", "view_index_metadata", "write"} {
			rights[name] = true
		}
		return map[string]any{
			"username": s.options.User, "has_all_requested": true, "cluster": map[string]any{"manage": true},
			"application": map[string]any{}, "index": map[string]any{index: rights},
		}
	}
	return map[string]any{
		"is_authenticated": true, "lists": of(listIndexName(c.spaceID)), "listItems": of(itemIndexName(c.spaceID)),
	}, nil
}

func valueListSchema() schema {
	return schema{
		"name": required(nonEmpty()), "description": required(nonEmpty()), "type": required(valueListType()),
		"id": optional(nonEmpty()), "meta": optional(object(nil)), "version": optional(integer(1)),
		"serializer": optional(text()), "deserializer": optional(text()),
	}
}

func (s *Server) newValueList(body map[string]any, old doc) doc {
	d := pick(valueListSchema(), body)
	id := d["id"]
	if d["version"] == nil {
		d["version"] = number(1)
	}
	d["immutable"] = false
	s.stampObject(d, old)
	if id != nil {
		d["id"] = id
	}
	d["@timestamp"] = d["updated_at"]
	return d
}

func (s *Server) createValueList(c *call) (any, error) {
	body, err := c.checked(valueListSchema())
	if err != nil {
		return nil, err
	}
	if !c.listIndex {
		return nil, noListIndex(c.spaceID)
	}
	if id := textOf(body, "id"); id != "" && c.valueLists.byID(id) != nil {
		return nil, siem(http.StatusConflict, fmt.Sprintf("list id: %q already exists", id))
	}
	made := s.newValueList(body, nil)
	c.valueLists.add(made)
	return made, nil
}

func noListIndex(spaceID string) *apiError {
	return siem(http.StatusBadRequest, fmt.Sprintf(
		"To create a list, the data stream must exist first. Data stream %q does not exist", listIndexName(spaceID)))
}

// valueList finds a value list by its id.
func (c *call) valueList(id string) (doc, error) {
	if id == "" {
		return nil, badQuery("id: Required")
	}
	if d := c.valueLists.byID(id); d != nil {
		return d, nil
	}
	return nil, siem(http.StatusNotFound, fmt.Sprintf("list id: %q does not exist", id))
}

func (s *Server) readValueList(c *call) (any, error) { return c.valueList(c.query.Get("id")) }

func (s *Server) updateValueList(c *call) (any, error) {
	return s.changeValueList(c, schema{
		"id": required(nonEmpty()), "name": required(nonEmpty()), "description": required(nonEmpty()),
		"meta": optional(object(nil)), "version": optional(integer(1)), "_version": optional(text()),
	}, false)
}

func (s *Server) patchValueList(c *call) (any, error) {
	return s.changeValueList(c, schema{
		"id": required(nonEmpty()), "name": optional(nonEmpty()), "description": optional(nonEmpty()),
		"meta": optional(object(nil)), "version": optional(integer(1)), "_version": optional(text()),
	}, true)
}

// changeValueList changes what may be changed of a list: not its type. A partial change keeps what it does not name.
func (s *Server) changeValueList(c *call, allowed schema, partial bool) (any, error) {
	body, err := c.checked(allowed)
	if err != nil {
		return nil, err
	}
	old, err := c.valueList(textOf(body, "id"))
	if err != nil {
		return nil, err
	}
	if err := unchanged(old, body); err != nil {
		return nil, err
	}
	merged := pick(allowed, body)
	for _, kept := range []string{"type", "serializer", "deserializer"} {
		if v, ok := old[kept]; ok {
			merged[kept] = v
		}
	}
	if partial {
		whole := maps.Clone(old)
		maps.Copy(whole, merged)
		merged = whole
	}
	if body["version"] == nil {
		merged["version"] = next(old["version"])
	}
	made := s.newValueList(merged, old)
	c.valueLists.replace(old, made)
	return made, nil
}

// deleteValueList deletes a list and its values. Kibana: not while an exception refers to it, unless told otherwise.
func (s *Server) deleteValueList(c *call) (any, error) {
	flags, err := c.flags("deleteReferences", "ignoreReferences")
	if err != nil {
		return nil, err
	}
	d, err := c.valueList(c.query.Get("id"))
	if err != nil {
		return nil, err
	}
	users := s.exceptionsUsing(c, d["id"])
	switch {
	case flags["deleteReferences"]:
		for _, u := range users {
			u.home.exceptionItems.remove(u.item)
		}
	case len(users) > 0 && !flags["ignoreReferences"]:
		var items []any
		for _, u := range users {
			items = append(items, u.item)
		}
		return nil, siem(http.StatusConflict, map[string]any{
			"error_message":            fmt.Sprintf("list id: %q is referenced by %d exception list item(s)", d["id"], len(users)),
			"referenced_exceptions":    items,
			"value_list_id":            d["id"],
			"has_referenced_exception": true,
		})
	}
	for _, item := range c.valuesOf(d["id"]) {
		c.valueItems.remove(item)
	}
	c.valueLists.remove(d)
	return d, nil
}

type listUser struct {
	home *space
	item doc
}

// exceptionsUsing are the exception items that refer to a value list.
func (s *Server) exceptionsUsing(c *call, id any) []listUser {
	var users []listUser
	for _, home := range []*space{c.space, s.shared} {
		for _, item := range home.exceptionItems.all() {
			uses := slices.ContainsFunc(objects(item["entries"]), func(e map[string]any) bool {
				list, _ := e["list"].(map[string]any)
				return list["id"] == id
			})
			if uses {
				users = append(users, listUser{home, item})
			}
		}
	}
	return users
}

func (s *Server) findValueLists(c *call) (any, error) { return c.valuePage(c.valueLists.all()) }

// valuePage shows a page of value lists or of values, with the cursor by which Kibana goes on reading.
func (c *call) valuePage(found []doc) (any, error) {
	c.query = maps.Clone(c.query)
	if cursor := c.query.Get("cursor"); cursor != "" {
		// The cursor says after which page to go on.
		text, err := base64.StdEncoding.DecodeString(cursor)
		pageText, isCursor := strings.CutPrefix(string(text), "after:")
		if err != nil || !isCursor {
			return nil, siem(http.StatusBadRequest, "the cursor cannot be read")
		}
		c.query.Set("page", pageText)
	}
	answer, err := c.objectPage(found)
	if err != nil {
		return nil, err
	}
	page := answer.(map[string]any)
	page["cursor"] = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "after:%d", page["page"].(int)+1))
	return page, nil
}
