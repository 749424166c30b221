package publish_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/connector"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/internal/timeline"
)

// templates are timeline templates with the members given on top.
func templates(changes object, ids ...string) []publish.Desired {
	var list []*timeline.Template
	for _, id := range ids {
		body := with(object{
			"title": "Template " + id, "timelineType": "template", "templateTimelineId": id, "kqlMode": "filter",
			"columns": []any{object{"id": "@timestamp"}},
		}, changes)
		list = append(list, &timeline.Template{ID: id, Title: "Template " + id, Body: body})
	}
	return publish.Timelines("timelines/t.ndjson", list)
}

func TestTimelines(t *testing.T) {
	r := newRepository(t)
	r.applyAll(append(templates(nil, "a", "b"), query("r", object{"timeline_id": "a", "timeline_title": "Template a"}))...)
	changed := append(templates(object{"kqlMode": "search", "columns": nil}, "a"), query("r", nil))
	r.options.Prune = true
	if got, want := sorted(actions(r.all(changed...))), "update a delete b update r"; got != sorted(want) {
		t.Errorf("plan %q, want %q", got, want)
	}
	r.applyAll(changed...)
	stored, err := r.client.Timelines(t.Context())
	if err != nil || len(stored) != 1 || text(t, stored[0]["templateTimelineVersion"]) != "2" || stored[0]["kqlMode"] != "search" || stored[0]["columns"] != nil {
		t.Errorf("%v %v", stored, err)
	}
	// A change in Kibana is drift; pull takes it.
	if _, err := r.client.UpdateTimeline(t.Context(), stored[0], with(changed[0].Body, object{"title": "theirs", "templateTimelineVersion": 3})); err != nil {
		t.Fatal(err)
	}
	next := append(templates(nil, "a"), query("r", nil))
	if got := sorted(actions(r.all(next...))); got != sorted("drift a! none r") {
		t.Errorf("plan %q", got)
	}
	state, err := publish.Read(t.Context(), r.client, publish.ScopeOf(next, nil))
	if err != nil {
		t.Fatal(err)
	}
	if pulled := publish.PullTimelines(state, next); len(pulled) != 1 || pulled[0].Body["title"] != "theirs" || pulled[0].Body["version"] != nil {
		t.Errorf("%+v", pulled)
	}
	r.options.OverwriteDrift = true
	r.applyAll(next...)
}

// TestTimelineOfTwoMakers: a template that came or changed after the plan was made is not overwritten.
func TestTimelineOfTwoMakers(t *testing.T) {
	r := newRepository(t)
	create := r.all(templates(nil, "a")...)
	r.applyAll(templates(object{"kqlMode": "search"}, "a")...)
	update := r.all(templates(nil, "a")...)
	r.applyAll(templates(object{"kqlMode": "search", "description": "d"}, "a")...)
	for name, plan := range map[string]publish.Plan{"created": create, "changed": update} {
		outcomes, err := publish.Apply(t.Context(), r.client, plan, nil)
		if got := errs(outcomes); err != nil || len(got) != 1 || !strings.Contains(got[0], name+" in kibana after the plan was made") {
			t.Errorf("%v %q", err, got)
		}
	}
}

// TestEachFaultWithTimelines lets each thing go wrong with each request in turn: a template is neither doubled nor lost.
func TestEachFaultWithTimelines(t *testing.T) {
	for i, f := range faults() {
		for at := range 4 {
			storm := &weather{next: sandbox.New(sandbox.Options{})}
			r := newRepository(t)
			r.client = serve(t, storm)
			r.applyAll(templates(nil, "a", "b")...)
			r.options.Prune = true
			desired := append(templates(object{"kqlMode": "search"}, "a"), templates(nil, "c")...)
			plan := r.all(desired...) // A create, an update and a delete.
			storm.plan = append(slices.Repeat([]int{-1}, at), i, i)
			outcomes, err := publish.Apply(t.Context(), r.client, plan, nil, publish.Parallel(1))
			if err != nil || errs(outcomes) != nil {
				t.Errorf("%s at request %d: %v %q", f.name, at, err, errs(outcomes))
			}
			r.lock.Record("space", outcomes)
			if stored, err := r.client.Timelines(t.Context()); err != nil || len(stored) != 2 || !r.all(desired...).Empty() {
				t.Errorf("%s at request %d: %d templates in Kibana, or not the desired ones (%v)", f.name, at, len(stored), err)
			}
		}
	}
}

// TestTimelinesOfKibana8 wraps its answers, and answers nothing with 200.
func TestTimelinesOfKibana8(t *testing.T) {
	one := `{"savedObjectId":"i","version":"v","templateTimelineId":"a","title":"T"}`
	rows := []struct{ name, answer, want string }{
		{"wrapped", `{"data":{"getOneTimeline":` + one + `}}`, "T"},
		{"plain", one, "T"},
		{"nothing", `{}`, "there is no such timeline template"},
		{"another document", `{"data":{}}`, "it is JSON, but not a timeline"},
	}
	for _, row := range rows {
		client := serve(t, says(http.StatusOK, row.answer))
		got, err := client.Timeline(t.Context(), "a")
		if err != nil {
			got = object{"title": err.Error()}
		}
		if title, _ := got["title"].(string); !strings.Contains(title, row.want) {
			t.Errorf("%s: %s", row.name, title)
		}
	}
	client := serve(t, says(http.StatusOK, `{"data":{"persistTimeline":{"code":200,"timeline":`+one+`}}}`))
	if made, err := client.CreateTimeline(t.Context(), object{"templateTimelineId": "a"}); err != nil || made["title"] != "T" {
		t.Errorf("%v %v", made, err)
	}
}

func TestConnectors(t *testing.T) {
	space := []map[string]any{
		{"id": "1", "name": "Chat", "connector_type_id": ".slack"}, {"id": "2", "name": "Chat", "connector_type_id": ".teams"},
		{"id": "3", "name": "Twin", "connector_type_id": ".slack"}, {"id": "4", "name": "Twin", "connector_type_id": ".slack"},
	}
	repository := []*connector.Connector{
		{ID: "soc", Attributes: map[string]any{"name": "Chat", "actionTypeId": ".teams"}},
		{ID: "gone", Attributes: map[string]any{"name": "Gone", "actionTypeId": ".slack"}},
	}
	rows := []struct{ name, reference, id, reason string }{
		{"by its id", "3", "3", ""},
		{"by its name", "Chat", "1", ""},
		{"by the repository's id", "soc", "2", ""},
		{"one of Kibana's own", "system-connector-.cases", "system-connector-.cases", ""},
		{"two of one name", "Twin", "", `kibana has 2 connectors of type .slack named "Twin"; name one of them by its id: 3, 4`},
		{"a name in other letters", "chat", "", `there is no connector "chat" of type .slack in kibana`},
		{"the repository's, which is not there", "gone", "", `there is no connector "Gone" of type .slack in kibana`},
	}
	for _, row := range rows {
		desired := query("r", object{"actions": []any{object{"id": row.reference, "action_type_id": ".slack", "group": "default", "params": object{}}}})
		plan := publish.Make([]publish.Desired{desired}, publish.State{Connectors: space}, publish.Options{Connectors: repository})
		c := plan.Changes[0]
		if (c.Action == publish.Refuse) != (row.reason != "") || !strings.HasPrefix(c.Reason, row.reason) {
			t.Errorf("%s: %s %q", row.name, c.Action, c.Reason)
			continue
		}
		if row.reason == "" && c.Body["actions"].([]any)[0].(map[string]any)["id"] != row.id {
			t.Errorf("%s: %v", row.name, c.Body["actions"])
		}
		if desired.Body["actions"].([]any)[0].(object)["id"] != row.reference {
			t.Errorf("%s: the desired rule was changed", row.name)
		}
	}
}

// TestConnectorsForbidden: a key that may not read connectors cannot publish rules with actions, and is told why.
func TestConnectorsForbidden(t *testing.T) {
	kib := sandbox.New(sandbox.Options{})
	client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/actions/") {
			says(http.StatusForbidden, `{"statusCode":403,"error":"Forbidden","message":"Unauthorized to get actions"}`)(w, r)
			return
		}
		kib.ServeHTTP(w, r)
	}))
	with := []publish.Desired{query("r", object{"actions": []any{object{"id": "1"}}})}
	if _, err := publish.Read(t.Context(), client, publish.ScopeOf(with, nil)); !kibana.HasStatus(err, 403) || !strings.HasPrefix(err.Error(), "reading the connectors in kibana: ") {
		t.Errorf("%v", err)
	}
	if _, err := publish.Read(t.Context(), client, publish.ScopeOf([]publish.Desired{query("r", nil)}, nil)); err != nil {
		t.Errorf("without actions: %v", err)
	}
}
