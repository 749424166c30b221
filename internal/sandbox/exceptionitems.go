package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (s *Server) itemRoutes() []route {
	const at = "/api/exception_lists/items"
	return []route{
		{method: http.MethodPost, path: at, handle: s.createExceptionItem},
		{method: http.MethodGet, path: at, handle: s.readExceptionItem},
		{method: http.MethodPut, path: at, handle: s.updateExceptionItem},
		{method: http.MethodDelete, path: at, handle: s.deleteExceptionItem},
		{method: http.MethodGet, path: at + "/_find", handle: s.findExceptionItems},
	}
}

// itemSchema is what an item may hold, without the list that it belongs to.
func itemSchema() schema {
	return schema{
		"name": required(nonEmpty()), "description": required(text()), "type": required(oneOf("simple")),
		"entries": required(list(entry(), 1, unbounded)),
		"id":      optional(nonEmpty()), "item_id": optional(nonEmpty()), "namespace_type": optional(namespaceType()),
		"os_types": optional(operatingSystems()), "tags": optional(listOf(nonEmpty())), "meta": optional(object(nil)),
		"comments":    optional(listOf(object(schema{"comment": required(nonEmpty()), "id": optional(nonEmpty())}))),
		"expire_time": optional(text()), "_version": optional(text()),
	}
}

// listItemSchema is itemSchema with the list.
func listItemSchema(listID property) schema {
	s := itemSchema()
	s["list_id"] = listID
	return s
}

// entry checks one condition of an item by its type.
func entry() check {
	operator := required(oneOf("excluded", "included"))
	name := required(nonEmpty())
	kinds := map[string]schema{
		"match":     {"field": name, "operator": operator, "value": required(nonEmpty())},
		"match_any": {"field": name, "operator": operator, "value": required(list(nonEmpty(), 1, unbounded))},
		"exists":    {"field": name, "operator": operator},
		"wildcard":  {"field": name, "operator": operator, "value": required(nonEmpty())},
		"list": {"field": name, "operator": operator, "list": required(object(schema{
			"id": required(nonEmpty()), "type": required(valueListType()),
		}))},
	}
	inner := oneKind(map[string]schema{"match": kinds["match"], "match_any": kinds["match_any"], "exists": kinds["exists"]})
	kinds["nested"] = schema{"field": name, "entries": required(list(inner, 1, unbounded))}
	return oneKind(kinds)
}

// oneKind wants an object of one of several types, each with its own fields.
func oneKind(kinds map[string]schema) check {
	return func(path string, v any) []string {
		o, ok := v.(map[string]any)
		if !ok {
			return wrongKind(path, "object", v)
		}
		kind, _ := o["type"].(string)
		s, known := kinds[kind]
		if !known {
			return oneOf(sortedKeys(kinds)...)(join(path, "type"), o["type"])
		}
		return s.problems(path, o, false)
	}
}

// newExceptionItem makes an item of a checked body, in the place of old if that is not nil.
func (s *Server) newExceptionItem(body map[string]any, old doc) doc {
	d := pick(listItemSchema(property{}), body)
	for name, otherwise := range map[string]any{"namespace_type": "single", "os_types": []any{}, "tags": []any{}} {
		if d[name] == nil {
			d[name] = otherwise
		}
	}
	if d["item_id"] == nil {
		d["item_id"] = s.options.NewID()
	}
	delete(d, "id")
	s.stampObject(d, old)
	d["comments"] = s.comments(d["comments"], old)
	return d
}

// comments keeps those that were there and signs the new ones.
func (s *Server) comments(given any, old doc) []any {
	known := map[any]any{}
	for _, comment := range objects(old["comments"]) {
		known[comment["id"]] = comment
	}
	all := []any{}
	for _, comment := range objects(given) {
		if kept := known[comment["id"]]; kept != nil && comment["id"] != nil {
			all = append(all, kept)
			continue
		}
		all = append(all, map[string]any{
			"id": s.options.NewID(), "comment": comment["comment"], "created_at": s.now(), "created_by": s.options.User,
		})
	}
	return all
}

func (s *Server) createExceptionItem(c *call) (any, error) {
	body, err := c.checked(listItemSchema(required(nonEmpty())))
	if err != nil {
		return nil, err
	}
	home := s.exceptionsOf(c.space, body["namespace_type"])
	list := home.exceptionLists.byKey(textOf(body, "list_id"))
	if list == nil {
		return nil, siem(http.StatusNotFound, fmt.Sprintf("exception list id: %q does not exist", body["list_id"]))
	}
	if id := textOf(body, "item_id"); id != "" && home.exceptionItems.byKey(id) != nil {
		return nil, siem(http.StatusConflict, fmt.Sprintf("exception list item id: %q already exists", id))
	}
	made := s.newExceptionItem(body, nil)
	home.exceptionItems.add(made)
	return made, nil
}

func (s *Server) readExceptionItem(c *call) (any, error) {
	_, d, err := s.exceptionItem(c, c.query)
	return d, err
}

// exceptionItem finds the item that query parameters name, and where it lives.
func (s *Server) exceptionItem(c *call, q url.Values) (*space, doc, error) {
	home, err := s.namespace(c, q)
	if err != nil {
		return nil, nil, err
	}
	id, itemID := q.Get("id"), q.Get("item_id")
	switch {
	case id != "":
		if d := home.exceptionItems.byID(id); d != nil {
			return home, d, nil
		}
		return nil, nil, siem(http.StatusNotFound, fmt.Sprintf("exception list item id: %q does not exist", id))
	case itemID != "":
		if d := home.exceptionItems.byKey(itemID); d != nil {
			return home, d, nil
		}
		return nil, nil, siem(http.StatusNotFound, fmt.Sprintf("exception list item item_id: %q does not exist", itemID))
	}
	return nil, nil, siem(http.StatusBadRequest, "id or item_id required")
}

func (s *Server) updateExceptionItem(c *call) (any, error) {
	body, err := c.checked(listItemSchema(optional(nonEmpty())))
	if err != nil {
		return nil, err
	}
	home, old, err := s.exceptionItem(c, names(body, "id", "item_id", "namespace_type"))
	if err != nil {
		return nil, err
	}
	if err := unchanged(old, body); err != nil {
		return nil, err
	}
	for _, kept := range []string{"list_id", "item_id", "namespace_type"} {
		body[kept] = old[kept]
	}
	made := s.newExceptionItem(body, old)
	home.exceptionItems.replace(old, made)
	return made, nil
}

func (s *Server) deleteExceptionItem(c *call) (any, error) {
	home, d, err := s.exceptionItem(c, c.query)
	if err != nil {
		return nil, err
	}
	home.exceptionItems.remove(d)
	return d, nil
}

// findExceptionItems shows the items of one list, or of several with commas between them and as many namespace types.
func (s *Server) findExceptionItems(c *call) (any, error) {
	if c.query.Get("list_id") == "" {
		return nil, badQuery("list_id: Required")
	}
	ids := strings.Split(c.query.Get("list_id"), ",")
	kinds := []string{"single"}
	if c.query.Has("namespace_type") {
		kinds = strings.Split(c.query.Get("namespace_type"), ",")
	}
	if len(kinds) == 1 {
		kinds = slices.Repeat(kinds, len(ids))
	}
	if len(kinds) != len(ids) {
		return nil, siem(http.StatusBadRequest, fmt.Sprintf(
			"list_id and namespace_id need to have the same comma separated number of values. Expected list_id length: %d to equal namespace_type length: %d",
			len(ids), len(kinds)))
	}
	found := []doc{}
	for i, id := range ids {
		home, err := s.namespace(c, url.Values{"namespace_type": {kinds[i]}})
		if err != nil {
			return nil, err
		}
		if home.exceptionLists.byKey(id) == nil {
			return nil, siem(http.StatusNotFound, fmt.Sprintf("exception list list_id: %q does not exist", id))
		}
		found = append(found, home.itemsOf(id)...)
	}
	return c.objectPage(found, "exception-list", "exception-list-agnostic")
}

// createRuleExceptions adds items to a rule's own list, which is made when the rule has none.
func (s *Server) createRuleExceptions(c *call) (any, error) {
	body, err := c.checked(schema{"items": required(listOf(object(itemSchema())))})
	if err != nil {
		return nil, err
	}
	r, err := key{id: c.id}.in(c.space)
	if err != nil {
		return nil, err
	}
	list := s.ownList(c.space, r)
	made := []any{}
	for _, item := range objects(body["items"]) {
		item = maps.Clone(item)
		item["list_id"], item["namespace_type"] = list["list_id"], "single"
		stored := s.newExceptionItem(item, nil)
		c.exceptionItems.add(stored)
		made = append(made, stored)
	}
	return made, nil
}

// ownList is the list of type rule_default that a rule refers to; without one it is made, and the rule then refers to it.
func (s *Server) ownList(in *space, r rule) doc {
	for _, reference := range objects(r["exceptions_list"]) {
		if d := in.exceptionLists.byKey(textOf(reference, "list_id")); d != nil && reference["type"] == "rule_default" {
			return d
		}
	}
	made := s.newExceptionList(map[string]any{
		"name": fmt.Sprintf("Exceptions for rule - %s", r["name"]), "type": "rule_default",
		"description": fmt.Sprintf("Exception list containing exceptions for rule with id: %s", r["id"]),
		"tags":        []any{"default_rule_exception_list"},
	}, nil)
	in.exceptionLists.add(made)
	changed := maps.Clone(r)
	changed["exceptions_list"] = append(slices.Clone(asItems(r["exceptions_list"])), map[string]any{
		"id": made["id"], "list_id": made["list_id"], "type": "rule_default", "namespace_type": "single",
	})
	changed["revision"], changed["updated_at"] = next(r["revision"]), s.now()
	in.rules.replace(r, changed)
	return made
}
