package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

const timelinePath = "/api/timeline"

func template(id string, changes object) object {
	return with(object{
		"title": "Template " + id, "timelineType": "template", "templateTimelineId": id, "templateTimelineVersion": 1, "status": "active",
		"columns": []any{object{"id": "@timestamp", "columnHeaderType": "not-filtered"}}, "kqlMode": "filter",
	}, changes)
}

func TestTimelines(t *testing.T) {
	p := start(t, sandbox.Options{})
	body := func(changes object) object { return object{"timeline": template("t", changes)} }
	made := p.must("POST", timelinePath, body(nil))
	change := func(version any, changes object) object {
		return object{"timelineId": made["savedObjectId"], "version": version, "timeline": template("t", changes)}
	}
	next := object{"templateTimelineVersion": 2, "title": "Other"}
	walk(t, p, []step{
		{"its id again", "POST", timelinePath, body(nil), 405, "use PATCH instead"},
		{"no title", "POST", timelinePath, object{"timeline": template("u", object{"title": nil})}, 405, "Title cannot be empty"},
		{"a draft", "POST", timelinePath, object{"timeline": template("u", object{"status": "draft"})}, 405, "draft"},
		{"no timeline", "POST", timelinePath, object{}, 400, "timeline: Required"},
		{"columns that are no list", "POST", timelinePath, body(object{"columns": "a"}), 400, "columns"},
		{"a timeline", "POST", timelinePath, object{"timeline": object{"title": "T"}}, 200, ""},
		{"the template by its id", "GET", timelinePath + "?template_timeline_id=t", nil, 200, ""},
		{"one that is not there", "GET", timelinePath + "?template_timeline_id=x", nil, 404, "Could not find timeline"},
		{"not in another space", "GET", "/s/other" + timelinePath + "?template_timeline_id=t", nil, 404, ""},
		{"a change of an old version", "PATCH", timelinePath, change("WzAsMV0=", next), 409, "TimelineVersion conflict"},
		{"a change that does not rise", "PATCH", timelinePath, change(made["version"], object{"title": "Other"}), 409, "Template timelineVersion conflict"},
		{"a change into another template", "PATCH", timelinePath, change(made["version"], with(next, object{"templateTimelineId": "u"})), 409, "doesn't match"},
		{"a change of the status", "PATCH", timelinePath, change(made["version"], with(next, object{"status": "draft"})), 403, "status"},
		{"a change", "PATCH", timelinePath, change(made["version"], next), 200, ""},
		{"a change of none", "PATCH", timelinePath, with(change(made["version"], next), object{"timelineId": "x"}), 405, "use POST instead"},
	})
	found := p.must("GET", "/api/timelines?timeline_type=template&page_size=10&page_index=1", nil)
	first, _ := found["timeline"].([]any)
	if len(first) != 1 || fmt.Sprint(found["totalCount"]) != "1" || first[0].(object)["title"] != "Other" || first[0].(object)["kqlMode"] != "filter" {
		t.Errorf("found %v", found)
	}
	if all := p.must("GET", "/api/timelines", nil); fmt.Sprint(all["totalCount"]) != "2" {
		t.Errorf("found %v", all)
	}
	p.must("DELETE", timelinePath, object{"savedObjectIds": []any{made["savedObjectId"], "x"}})
	if a := p.send("GET", timelinePath+"?template_timeline_id=t", nil); a.status != 404 {
		t.Errorf("deleted, and %d", a.status)
	}
}
