package sandbox

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (s *Server) exceptionRoutes() []route {
	const at = "/api/exception_lists"
	return []route{
		{method: http.MethodPost, path: at, handle: s.createExceptionList},
		{method: http.MethodGet, path: at, handle: s.readExceptionList},
		{method: http.MethodPut, path: at, handle: s.updateExceptionList},
		{method: http.MethodDelete, path: at, handle: s.deleteExceptionList},
		{method: http.MethodGet, path: at + "/_find", handle: s.findExceptionLists},
		{method: http.MethodGet, path: at + "/summary", handle: s.summariseExceptions},
		{method: http.MethodPost, path: at + "/_duplicate", handle: s.duplicateExceptionList},
		{method: http.MethodPost, path: at + "/_export", handle: s.exportExceptions},
		{method: http.MethodPost, path: at + "/_import", handle: s.importExceptions, limit: importLimit},
		{method: http.MethodPost, path: "/api/exceptions/shared", handle: s.createSharedList},
	}
}

func namespaceType() check { return oneOf("agnostic", "single") }

func operatingSystems() check { return listOf(oneOf("linux", "macos", "windows")) }

func exceptionListType() check {
	return oneOf("detection", "rule_default", "endpoint", "endpoint_trusted_apps", "endpoint_trusted_devices",
		"endpoint_events", "endpoint_host_isolation_exceptions", "endpoint_blocklists")
}

func exceptionListSchema() schema {
	return schema{
		"name": required(text()), "description": required(text()), "type": required(exceptionListType()),
		"id": optional(nonEmpty()), "list_id": optional(nonEmpty()), "namespace_type": optional(namespaceType()),
		"os_types": optional(operatingSystems()), "tags": optional(listOf(text())), "meta": optional(object(nil)),
		"version": optional(integer(1)), "_version": optional(text()),
	}
}

// exceptionsOf is where the exceptions of a namespace type live: with the space, or shared by all.
func (s *Server) exceptionsOf(in *space, namespace any) *space {
	if namespace == "agnostic" {
		return s.shared
	}
	return in
}

// itemsOf are the items of an exception list, oldest first.
func (s *space) itemsOf(listID any) []doc {
	return slices.DeleteFunc(s.exceptionItems.all(), func(item doc) bool { return item["list_id"] != listID })
}

// newVersion is the mark by which a change is told from a change that another made meanwhile.
func (s *Server) newVersion() string {
	s.sequence++
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "[%d,1]", s.sequence))
}

// stampObject sets what Kibana sets on an object of the lists plugin; old is the one that it replaces, or nil.
func (s *Server) stampObject(d, old doc) {
	d["_version"], d["updated_at"], d["updated_by"] = s.newVersion(), s.now(), s.options.User
	for _, name := range []string{"id", "tie_breaker_id", "created_at", "created_by"} {
		d[name] = old[name]
	}
	if old == nil {
		if d["id"] == nil {
			d["id"] = s.options.NewID()
		}
		d["tie_breaker_id"], d["created_at"], d["created_by"] = s.options.NewID(), d["updated_at"], d["updated_by"]
	}
}

// pick copies the fields of a schema that an object has.
func pick(s schema, from map[string]any) doc {
	d := doc{}
	for name := range s {
		if v, ok := from[name]; ok {
			d[name] = v
		}
	}
	return d
}

// newExceptionList makes a list of a checked body, in the place of old if that is not nil.
func (s *Server) newExceptionList(body map[string]any, old doc) doc {
	d := pick(exceptionListSchema(), body)
	for name, otherwise := range map[string]any{
		"list_id": s.options.NewID, "namespace_type": "single", "os_types": []any{}, "tags": []any{}, "version": number(1),
	} {
		if d[name] != nil {
			continue
		}
		if make, ok := otherwise.(func() string); ok {
			otherwise = make()
		}
		d[name] = otherwise
	}
	delete(d, "id")
	d["immutable"] = false
	s.stampObject(d, old)
	return d
}

func (s *Server) createExceptionList(c *call) (any, error) {
	body, err := c.checked(exceptionListSchema())
	if err != nil {
		return nil, err
	}
	home := s.exceptionsOf(c.space, body["namespace_type"])
	if id := textOf(body, "list_id"); id != "" && home.exceptionLists.byKey(id) != nil {
		return nil, siem(http.StatusConflict, fmt.Sprintf("exception list id: %q already exists", id))
	}
	made := s.newExceptionList(body, nil)
	home.exceptionLists.add(made)
	return made, nil
}

// createSharedList makes a list for any number of rules.
func (s *Server) createSharedList(c *call) (any, error) {
	body, err := c.checked(schema{"name": required(text()), "description": required(text())})
	if err != nil {
		return nil, err
	}
	made := s.newExceptionList(map[string]any{"name": body["name"], "description": body["description"], "type": "detection"}, nil)
	c.exceptionLists.add(made)
	return made, nil
}

func (s *Server) readExceptionList(c *call) (any, error) {
	_, d, err := s.exceptionList(c, c.query)
	return d, err
}

// exceptionList finds the list that query parameters name, and where it lives.
func (s *Server) exceptionList(c *call, q url.Values) (*space, doc, error) {
	home, err := s.namespace(c, q)
	if err != nil {
		return nil, nil, err
	}
	id, listID := q.Get("id"), q.Get("list_id")
	switch {
	case id != "":
		if d := home.exceptionLists.byID(id); d != nil {
			return home, d, nil
		}
		return nil, nil, siem(http.StatusNotFound, fmt.Sprintf("exception list id: %q does not exist", id))
	case listID != "":
		if d := home.exceptionLists.byKey(listID); d != nil {
			return home, d, nil
		}
		return nil, nil, siem(http.StatusNotFound, fmt.Sprintf("exception list list_id: %q does not exist", listID))
	}
	return nil, nil, siem(http.StatusBadRequest, "id or list_id required")
}

func (s *Server) namespace(c *call, q url.Values) (*space, error) {
	kind := "single"
	if q.Has("namespace_type") {
		kind = q.Get("namespace_type")
	}
	if problems := namespaceType()("namespace_type", kind); len(problems) > 0 {
		return nil, badQuery(problems[0])
	}
	return s.exceptionsOf(c.space, kind), nil
}

// names are the query parameters by which a body names its object.
func names(body map[string]any, keys ...string) url.Values {
	q := url.Values{}
	for _, key := range keys {
		if text, ok := body[key].(string); ok {
			q.Set(key, text)
		}
	}
	return q
}

func (s *Server) updateExceptionList(c *call) (any, error) {
	body, err := c.checked(exceptionListSchema())
	if err != nil {
		return nil, err
	}
	home, old, err := s.exceptionList(c, names(body, "id", "list_id", "namespace_type"))
	if err != nil {
		return nil, err
	}
	if err := unchanged(old, body); err != nil {
		return nil, err
	}
	body["list_id"], body["namespace_type"] = old["list_id"], old["namespace_type"]
	if body["version"] == nil {
		body["version"] = next(old["version"])
	}
	made := s.newExceptionList(body, old)
	home.exceptionLists.replace(old, made)
	return made, nil
}

// unchanged refuses a change of an object that another changed since: _version says which one is meant.
func unchanged(old doc, body map[string]any) error {
	if v, ok := body["_version"]; ok && v != old["_version"] {
		return siem(http.StatusConflict, fmt.Sprintf("[%s]: version conflict, required [%v], current [%v]", old["id"], v, old["_version"]))
	}
	return nil
}

func (s *Server) deleteExceptionList(c *call) (any, error) {
	home, d, err := s.exceptionList(c, c.query)
	if err != nil {
		return nil, err
	}
	home.removeList(d)
	return d, nil
}

// removeList removes an exception list with its items.
func (s *space) removeList(d doc) {
	for _, item := range s.itemsOf(d["list_id"]) {
		s.exceptionItems.remove(item)
	}
	s.exceptionLists.remove(d)
}

func (s *Server) findExceptionLists(c *call) (any, error) {
	homes, err := s.namespaces(c)
	if err != nil {
		return nil, err
	}
	var found []doc
	for _, home := range homes {
		found = append(found, home.exceptionLists.all()...)
	}
	return c.objectPage(found, "exception-list", "exception-list-agnostic")
}

// namespaces are the places that namespace_type names, which may be several of them.
func (s *Server) namespaces(c *call) ([]*space, error) {
	kinds := "single"
	if c.query.Has("namespace_type") {
		kinds = strings.Join(c.query["namespace_type"], ",")
	}
	var homes []*space
	for kind := range strings.SplitSeq(kinds, ",") {
		home, err := s.namespace(c, url.Values{"namespace_type": {kind}})
		if err != nil {
			return nil, err
		}
		if !slices.Contains(homes, home) {
			homes = append(homes, home)
		}
	}
	return homes, nil
}

// objectPage shows a page of objects that a filter keeps. The filter names their fields as those of a saved object.
func (c *call) objectPage(found []doc, types ...string) (any, error) {
	pageNumber, pageSize, err := c.window(20, 1)
	if err != nil {
		return nil, err
	}
	for _, text := range c.query["filter"] {
		if strings.TrimSpace(text) == "" {
			continue
		}
		keep, err := parseObjectFilter(text, types)
		if err != nil {
			return nil, siem(http.StatusBadRequest, err.Error())
		}
		found = slices.DeleteFunc(found, func(d doc) bool { return !keep(d) })
	}
	if err := c.sortObjects(found); err != nil {
		return nil, err
	}
	return map[string]any{"page": pageNumber, "per_page": pageSize, "total": len(found), "data": cut(found, pageNumber, pageSize)}, nil
}

// sortObjects puts objects in the order that the query asks for.
func (c *call) sortObjects(found []doc) error {
	by, order := c.query.Get("sort_field"), c.query.Get("sort_order")
	if order != "" && order != "asc" && order != "desc" {
		return badQuery("sort_order: expected 'asc' | 'desc'")
	}
	if by == "" {
		return nil
	}
	by = by[strings.LastIndex(by, ".")+1:]
	slices.SortStableFunc(found, func(a, b doc) int {
		if order == "desc" {
			a, b = b, a
		}
		return compareValues(a[by], b[by])
	})
	return nil
}

// summariseExceptions counts items by operating system.
func (s *Server) summariseExceptions(c *call) (any, error) {
	home, d, err := s.exceptionList(c, c.query)
	if err != nil {
		return nil, err
	}
	counts := map[string]any{"linux": 0, "macos": 0, "windows": 0}
	items := home.itemsOf(d["list_id"])
	for _, item := range items {
		for _, system := range asItems(item["os_types"]) {
			name := system.(string)
			counts[name] = counts[name].(int) + 1
		}
	}
	counts["total"] = len(items)
	return counts, nil
}

func (s *Server) duplicateExceptionList(c *call) (any, error) {
	expired, err := c.flag("include_expired_exceptions")
	if err != nil {
		return nil, err
	}
	home, d, err := s.exceptionList(c, c.query)
	if err != nil {
		return nil, err
	}
	copied := maps.Clone(d)
	copied["name"] = textOf(d, "name") + " [Duplicate]"
	delete(copied, "list_id")
	made := s.newExceptionList(copied, nil)
	home.exceptionLists.add(made)
	for _, item := range s.current(home.itemsOf(d["list_id"]), expired) {
		twin := maps.Clone(item)
		twin["list_id"] = made["list_id"]
		delete(twin, "item_id")
		home.exceptionItems.add(s.newExceptionItem(twin, nil))
	}
	return made, nil
}

// current leaves out items that have expired, unless they are wanted too.
func (s *Server) current(items []doc, expired bool) []doc {
	now := s.now()
	return slices.DeleteFunc(items, func(item doc) bool {
		until, limited := item["expire_time"].(string)
		return limited && !expired && until < now
	})
}

// exportExceptions writes a list and its items. Kibana wants id and list_id both.
func (s *Server) exportExceptions(c *call) (any, error) {
	for _, name := range []string{"id", "list_id", "namespace_type", "include_expired_exceptions"} {
		if !c.query.Has(name) {
			return nil, badQuery(name + ": Required")
		}
	}
	expired, err := c.flag("include_expired_exceptions")
	if err != nil {
		return nil, err
	}
	home, d, err := s.exceptionList(c, c.query)
	if err != nil {
		return nil, err
	}
	items := s.current(home.itemsOf(d["list_id"]), expired)
	lines := append([]doc{d}, items...)
	lines = append(lines, doc{
		"exported_exception_list_count": 1, "exported_exception_list_item_count": len(items),
		"missing_exception_lists": []any{}, "missing_exception_lists_count": 0,
		"missing_exception_list_items": []any{}, "missing_exception_list_items_count": 0,
	})
	return ndjson(textOf(d, "list_id")+".ndjson", lines)
}
