package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) timelineRoutes() []route {
	const at = "/api/timeline"
	return []route{
		{method: http.MethodPost, path: at, handle: s.createTimeline},
		{method: http.MethodGet, path: at, handle: s.readTimeline},
		{method: http.MethodPatch, path: at, handle: s.updateTimeline},
		{method: http.MethodDelete, path: at, handle: s.deleteTimelines},
		{method: http.MethodGet, path: "/api/timelines", handle: s.findTimelines},
	}
}

// nullable accepts null besides what the check accepts.
func nullable(c check) check {
	return func(path string, v any) []string {
		if v == nil {
			return nil
		}
		return c(path, v)
	}
}

func timelineSchema() schema {
	return schema{
		"title": optional(nullable(text())), "description": optional(nullable(text())),
		"timelineType": optional(nullable(oneOf("default", "template"))), "status": optional(nullable(oneOf("active", "draft", "immutable"))),
		"templateTimelineId": optional(nullable(text())), "templateTimelineVersion": optional(nullable(integer(0))),
		"columns": optional(nullable(listOf(object(nil)))), "dataProviders": optional(nullable(listOf(object(nil)))),
		"filters": optional(nullable(listOf(object(nil)))), "excludedRowRendererIds": optional(nullable(listOf(text()))),
		"kqlMode": optional(nullable(text())), "dataViewId": optional(nullable(text())), "indexNames": optional(nullable(listOf(text()))),
		"kqlQuery": optional(nullable(object(nil))), "dateRange": optional(nullable(object(nil))), "eqlOptions": optional(nullable(object(nil))),
	}
}

// createTimeline refuses a template whose id is taken; Kibana answers 405 for want of PATCH.
func (s *Server) createTimeline(c *call) (any, error) {
	body, err := c.checked(schema{"timeline": required(object(timelineSchema())), "timelineId": optional(nullable(text()))})
	if err != nil {
		return nil, err
	}
	given, _ := body["timeline"].(map[string]any)
	isTemplate := given["timelineType"] == "template"
	switch {
	case given["title"] == nil:
		return nil, siem(http.StatusMethodNotAllowed, "Title cannot be empty")
	case given["status"] == "draft":
		return nil, siem(http.StatusMethodNotAllowed, "Cannot create a draft timeline")
	case isTemplate && c.template(textOf(given, "templateTimelineId")) != nil:
		return nil, siem(http.StatusMethodNotAllowed, "UPDATE template timeline with POST is not allowed, please use PATCH instead")
	case !isTemplate && c.timelines.byKey(textOf(body, "timelineId")) != nil:
		return nil, siem(http.StatusMethodNotAllowed, "UPDATE timeline with POST is not allowed, please use PATCH instead")
	}
	made := doc{"savedObjectId": s.options.NewID(), "timelineType": "default", "status": "active"}
	maps.Copy(made, given)
	if isTemplate {
		setDefaultText(made, "templateTimelineId", s.options.NewID)
		if made["templateTimelineVersion"] == nil {
			made["templateTimelineVersion"] = number(1)
		}
	}
	s.stampTimeline(made)
	made["created"], made["createdBy"] = made["updated"], made["updatedBy"]
	c.timelines.add(made)
	return shownTimeline(made), nil
}

func setDefaultText(d doc, name string, make func() string) {
	if textOf(d, name) == "" {
		d[name] = make()
	}
}

// stampTimeline sets what Kibana sets on each change.
func (s *Server) stampTimeline(d doc) {
	d["version"], d["updatedBy"] = s.newVersion(), s.options.User
	d["updated"] = json.Number(strconv.FormatInt(s.options.Clock().UnixMilli(), 10))
}

// shownTimeline is a timeline with the lists of what belongs to it, of which the sandbox keeps none.
func shownTimeline(d doc) doc {
	shown := maps.Clone(d)
	for _, name := range []string{"eventIdToNoteIds", "noteIds", "notes", "pinnedEventIds", "pinnedEventsSaveObject", "favorite"} {
		shown[name] = []any{}
	}
	return shown
}

// template finds a template by its templateTimelineId.
func (s *space) template(id string) doc {
	if id == "" {
		return nil
	}
	for _, d := range s.timelines.all() {
		if d["timelineType"] == "template" && d["templateTimelineId"] == id {
			return d
		}
	}
	return nil
}

// timeline finds what a query asks for: a timeline by id, or a template by template_timeline_id.
func (s *space) timeline(query url.Values) (doc, error) {
	id, templateID := query.Get("id"), query.Get("template_timeline_id")
	if (id == "") == (templateID == "") {
		return nil, siem(http.StatusInternalServerError, "please provide id or template_timeline_id")
	}
	d := s.timelines.byKey(id)
	if templateID != "" {
		d = s.template(templateID)
	}
	if d == nil {
		return nil, siem(http.StatusNotFound, "Could not find timeline")
	}
	return d, nil
}

func (s *Server) readTimeline(c *call) (any, error) {
	d, err := c.timeline(c.query)
	if err != nil {
		return nil, err
	}
	return shownTimeline(d), nil
}

// updateTimeline changes the fields that are given, if the version is the current one, and for a template if its own
// version rises.
func (s *Server) updateTimeline(c *call) (any, error) {
	body, err := c.checked(schema{
		"timeline": required(object(timelineSchema())), "timelineId": required(nullable(text())), "version": required(nullable(text())),
	})
	if err != nil {
		return nil, err
	}
	given, _ := body["timeline"].(map[string]any)
	old := c.timelines.byKey(textOf(body, "timelineId"))
	if refusal := refusedUpdate(old, given, body["version"]); refusal != nil {
		return nil, refusal
	}
	made := maps.Clone(old)
	maps.Copy(made, given)
	s.stampTimeline(made)
	c.timelines.replace(old, made)
	return shownTimeline(made), nil
}

func refusedUpdate(old, given doc, version any) error {
	switch {
	case old == nil && given["timelineType"] == "template":
		return siem(http.StatusMethodNotAllowed, "CREATE template timeline with PATCH is not allowed, please use POST instead")
	case old == nil:
		return siem(http.StatusMethodNotAllowed, "CREATE timeline with PATCH is not allowed, please use POST instead")
	case given["title"] == nil:
		return siem(http.StatusMethodNotAllowed, "Title cannot be empty")
	case given["status"] != nil && given["status"] != old["status"]:
		return siem(http.StatusForbidden, "Update timeline status is is not allowed")
	case version != old["version"]:
		return siem(http.StatusConflict, "TimelineVersion conflict: The given version doesn't match with existing timeline")
	case old["timelineType"] == "template" && given["templateTimelineId"] != old["templateTimelineId"]:
		return siem(http.StatusConflict, "Timeline id doesn't match with existing template timeline")
	case old["timelineType"] == "template" && given["templateTimelineVersion"] != nil && !greater(given["templateTimelineVersion"], old["templateTimelineVersion"]):
		return siem(http.StatusConflict, "Template timelineVersion conflict")
	}
	return nil
}

// greater compares two whole numbers; what is no number is 0.
func greater(a, b any) bool {
	whole := func(v any) int64 {
		n, _ := v.(json.Number)
		i, _ := n.Int64()
		return i
	}
	return whole(a) > whole(b)
}

func (s *Server) deleteTimelines(c *call) (any, error) {
	body, err := c.checked(schema{"savedObjectIds": required(listOf(text())), "searchIds": optional(listOf(text()))})
	if err != nil {
		return nil, err
	}
	ids, _ := body["savedObjectIds"].([]any)
	for _, id := range ids {
		if d := c.timelines.byKey(fmt.Sprint(id)); d != nil {
			c.timelines.remove(d)
		}
	}
	return map[string]any{}, nil
}

// findTimelines gives a page of timelines or templates; drafts are nobody's but their author's.
func (s *Server) findTimelines(c *call) (any, error) {
	wanted := func(d doc) bool {
		return d["status"] != "draft" &&
			(c.query.Get("timeline_type") == "" || d["timelineType"] == c.query.Get("timeline_type")) &&
			(c.query.Get("status") == "" || d["status"] == c.query.Get("status")) &&
			strings.Contains(strings.ToLower(textOf(d, "title")), strings.ToLower(c.query.Get("search")))
	}
	found := slices.DeleteFunc(c.timelines.all(), func(d doc) bool { return !wanted(d) })
	count := func(kind string) int {
		return len(slices.DeleteFunc(slices.Clone(found), func(d doc) bool { return d["timelineType"] != kind }))
	}
	size, page := positive(c.query.Get("page_size"), max(1, len(found))), positive(c.query.Get("page_index"), 1)
	if page > maxWindow/size {
		return nil, siem(http.StatusBadRequest, "Result window is too large")
	}
	shown := []any{}
	for _, d := range cut(found, page, size) {
		shown = append(shown, shownTimeline(d))
	}
	return map[string]any{
		"timeline": shown, "totalCount": len(found), "defaultTimelineCount": count("default"), "templateTimelineCount": count("template"),
		"customTemplateTimelineCount": count("template"), "elasticTemplateTimelineCount": 0, "favoriteCount": 0,
	}, nil
}

// positive reads a number of a query, or gives another one.
func positive(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}
