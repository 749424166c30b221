package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

const (
	listsPath = "/api/exception_lists"
	itemsPath = listsPath + "/items"
)

func TestExceptionList(t *testing.T) {
	p := start(t, sandbox.Options{User: "ann"})
	got := p.must("POST", listsPath, object{"list_id": "l", "name": "n", "description": "d", "type": "detection"})
	const want = `{"_version":"WzEsMV0=","created_at":"2026-01-01T00:00:00.000Z","created_by":"ann","description":"d",` +
		`"id":"00000000-0000-4000-8000-000000000001","immutable":false,"list_id":"l","name":"n","namespace_type":"single",` +
		`"os_types":[],"tags":[],"tie_breaker_id":"00000000-0000-4000-8000-000000000002","type":"detection",` +
		`"updated_at":"2026-01-01T00:00:00.000Z","updated_by":"ann","version":1}`
	if asJSON(t, got) != want {
		t.Errorf("%s\nwant %s", asJSON(t, got), want)
	}
	changed := p.must("PUT", listsPath, object{"list_id": "l", "name": "other", "description": "d", "type": "detection"})
	if got := fmt.Sprintf("%v %v %v %v", changed["id"] == got["id"], changed["name"], changed["version"], changed["_version"]); got != "true other 2 WzIsMV0=" {
		t.Errorf("changed: %s", got)
	}
}

// steps are requests made one after another; each must answer as it says.
type step struct {
	name, method, path string
	body               object
	status             int
	message            string
}

func walk(t *testing.T, p peer, steps []step) {
	t.Helper()
	for _, s := range steps {
		if a := p.send(s.method, s.path, s.body); a.status != s.status || !strings.Contains(a.message(), s.message) {
			t.Errorf("%s: %d %s, want %d %s", s.name, a.status, a.message(), s.status, s.message)
		}
	}
}

func TestExceptionErrors(t *testing.T) {
	p := start(t, sandbox.Options{})
	agnostic := func(o object) object { return with(o, object{"namespace_type": "agnostic"}) }
	walk(t, p, []step{
		{"a list", "POST", listsPath, list("l", "detection"), 200, ""},
		{"its list_id again", "POST", listsPath, list("l", "detection"), 409, `exception list id: \"l\" already exists`},
		{"its list_id for all spaces", "POST", listsPath, agnostic(list("l", "detection")), 200, ""},
		{"its list_id in another space", "POST", "/s/other" + listsPath, list("l", "detection"), 200, ""},
		{"a list of a type that is none", "POST", listsPath, list("m", "best"), 400, "type: expected"},
		{"a list that is not there", "GET", listsPath + "?list_id=z", nil, 404, `exception list list_id: \"z\" does not exist`},
		{"an id that is not there", "GET", listsPath + "?id=z", nil, 404, `exception list id: \"z\" does not exist`},
		{"no list named", "GET", listsPath, nil, 400, "id or list_id required"},
		{"a namespace that is none", "GET", listsPath + "?list_id=l&namespace_type=x", nil, 400, "namespace_type"},
		{"a shared list", "POST", "/api/exceptions/shared", object{"name": "Shared", "description": "d"}, 200, ""},
		{"an item", "POST", itemsPath, item("i", "l"), 200, ""},
		{"an item that goes", "POST", itemsPath, item("gone", "l"), 200, ""},
		{"goes", "DELETE", itemsPath + "?item_id=gone", nil, 200, ""},
		{"and is gone", "DELETE", itemsPath + "?item_id=gone", nil, 404, "does not exist"},
		{"its item_id again", "POST", itemsPath, item("i", "l"), 409, `exception list item id: \"i\" already exists`},
		{"an item of no list", "POST", itemsPath, item("j", "z"), 404, `exception list id: \"z\" does not exist`},
		{"an item without entries", "POST", itemsPath, with(item("j", "l"), object{"entries": []any{}}), 400, "entries: must hold"},
		{"an item of the list of all spaces", "POST", itemsPath, agnostic(item("i", "l")), 200, ""},
		{"an item by its item_id", "GET", itemsPath + "?item_id=i", nil, 200, ""},
		{"an item that is not there", "GET", itemsPath + "?item_id=z", nil, 404, `exception list item item_id: \"z\" does not exist`},
		{"a change of an old version", "PUT", itemsPath, with(item("i", "l"), object{"_version": "WzAsMV0="}), 409, "version conflict"},
		{"a change", "PUT", itemsPath, with(item("i", "l"), object{"name": "other"}), 200, ""},
		{"a change of an item that is not there", "PUT", itemsPath, item("z", "l"), 404, "does not exist"},
		{"items of a list that is not there", "GET", itemsPath + "/_find?list_id=z", nil, 404, `exception list list_id: \"z\" does not exist`},
		{"a list goes", "DELETE", listsPath + "?list_id=l", nil, 200, ""},
		{"with its items", "GET", itemsPath + "?item_id=i", nil, 404, "does not exist"},
		{"but not that of all spaces", "GET", itemsPath + "?item_id=i&namespace_type=agnostic", nil, 200, ""},
		{"which another space sees too", "GET", "/s/other" + itemsPath + "?item_id=i&namespace_type=agnostic", nil, 200, ""},
	})
}

func TestExceptionEntries(t *testing.T) {
	is := func(kind string, changes object) object {
		return with(object{"field": "f", "type": kind, "operator": "included"}, changes)
	}
	rows := []struct {
		name  string
		entry object
		fine  bool
	}{
		{"match", is("match", object{"value": "v"}), true},
		{"match of nothing", is("match", object{"value": ""}), false},
		{"match of a list", is("match", object{"value": []any{"v"}}), false},
		{"match_any", is("match_any", object{"value": []any{"v", "w"}}), true},
		{"match_any of none", is("match_any", object{"value": []any{}}), false},
		{"exists", is("exists", nil), true},
		{"exists without operator", is("exists", object{"operator": nil}), false},
		{"another operator", is("exists", object{"operator": "maybe"}), false},
		{"wildcard", is("wildcard", object{"value": "v*"}), true},
		{"list", is("list", object{"list": object{"id": "l", "type": "keyword"}}), true},
		{"list of another type", is("list", object{"list": object{"id": "l", "type": "words"}}), false},
		{"nested", object{"field": "f", "type": "nested", "entries": []any{is("match", object{"value": "v"})}}, true},
		{"nested with a wildcard", object{"field": "f", "type": "nested", "entries": []any{is("wildcard", object{"value": "v"})}}, false},
		{"nested in nested", object{"field": "f", "type": "nested", "entries": []any{object{"field": "f", "type": "nested", "entries": []any{}}}}, false},
		{"another type", is("regex", object{"value": "v"}), false},
	}
	p := start(t, sandbox.Options{})
	p.must("POST", listsPath, list("l", "detection"))
	for i, row := range rows {
		a := p.send("POST", itemsPath, with(item(fmt.Sprint(i), "l"), object{"entries": []any{row.entry}}))
		if (a.status == 200) != row.fine || a.status != 200 && a.status != 400 {
			t.Errorf("%s: %d %s", row.name, a.status, a.message())
		}
	}
}

func TestExceptionFind(t *testing.T) {
	p := start(t, sandbox.Options{})
	for _, id := range []string{"a", "b", "c"} {
		p.must("POST", listsPath, with(list(id, "detection"), object{"name": "list " + id}))
	}
	p.must("POST", listsPath, with(list("shared", "detection"), object{"namespace_type": "agnostic"}))
	for _, id := range []string{"1", "2", "3"} {
		p.must("POST", itemsPath, with(item(id, "a"), object{"os_types": []any{"linux"}}))
	}
	p.must("POST", itemsPath, item("4", "b"))
	rows := []struct{ path, want string }{
		{listsPath + "/_find", "abc 3"},
		{listsPath + "/_find?page=2&per_page=2", "c 3"},
		{listsPath + "/_find?sort_field=list_id&sort_order=desc", "cba 3"},
		{listsPath + "/_find?namespace_type=single,agnostic", "abcshared 4"},
		{listsPath + "/_find?filter=exception-list.attributes.list_id%3A%20b", "b 1"},
		{listsPath + "/_find?filter=exception-list.attributes.name%3A%20%22LIST%20c%22", "c 1"},
		{listsPath + "/_find?filter=name%3A%20b", "400"},
		{itemsPath + "/_find?list_id=a", "123 3"},
		{itemsPath + "/_find?list_id=a,b", "1234 4"},
		{itemsPath + "/_find?list_id=a,b&namespace_type=single,single,single", "400"},
		{itemsPath + "/_find?list_id=a&per_page=1&page=2", "2 3"},
		{itemsPath + "/_find", "400"},
	}
	for _, row := range rows {
		a := p.send("GET", row.path, nil)
		got := fmt.Sprint(a.status)
		if a.status == 200 {
			got = ""
			for _, d := range a.body["data"].([]any) {
				id := d.(object)["item_id"]
				if id == nil {
					id = d.(object)["list_id"]
				}
				got += id.(string)
			}
			got += fmt.Sprint(" ", a.body["total"])
		}
		if got != row.want {
			t.Errorf("%s: %s, want %s", row.path, got, row.want)
		}
	}
	if got := asJSON(t, p.must("GET", listsPath+"/summary?list_id=a", nil)); got != `{"linux":3,"macos":0,"total":3,"windows":0}` {
		t.Errorf("summary %s", got)
	}
}

func TestExceptionImport(t *testing.T) {
	rows := []struct {
		name, query string
		file        []any
		want        string // lists, items, then the errors
	}{
		{"a new list with an item", "", []any{list("m", "detection"), item("j", "m")}, "1 1"},
		{"the item before its list", "", []any{item("j", "m"), list("m", "detection")}, "1 1"},
		{"a list that exists", "", []any{list("l", "detection")}, `0 0 409 l Found that list_id: "l" already exists.`},
		{"an item that exists", "", []any{item("i", "l")}, `0 0 409 l Found that item_id: "i" already exists.`},
		{"a list overwritten", "?overwrite=true", []any{list("l", "detection")}, "1 0"},
		{"an item overwritten", "?overwrite=true", []any{item("i", "l")}, "0 1"},
		{"as a new list", "?as_new_list=true", []any{list("l", "detection"), item("i", "l")}, "1 1"},
		{"an item without list", "", []any{item("j", "z")}, `0 0 409 z Exception list with list_id: "z"`},
		{"a broken item", "", []any{with(item("j", "l"), object{"entries": nil})}, "0 0 400 l entries: Required"},
	}
	for _, row := range rows {
		p := start(t, sandbox.Options{})
		p.upload(listsPath+"/_import", "e.ndjson", lines(t, list("l", "detection"), item("i", "l")))
		a := p.upload(listsPath+"/_import"+row.query, "e.ndjson", lines(t, row.file...))
		if a.status != 200 {
			t.Errorf("%s: %d %s", row.name, a.status, a.message())
			continue
		}
		got := fmt.Sprintf("%v %v", a.body["success_count_exception_lists"], a.body["success_count_exception_list_items"])
		for _, problem := range problemsOf(a.body["errors"], "list_id") {
			got += " " + problem
		}
		if !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestOverwrittenListLosesItsItems(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.upload(listsPath+"/_import", "e.ndjson", lines(t, list("l", "detection"), item("i", "l"), item("j", "l")))
	p.upload(listsPath+"/_import?overwrite=true", "e.ndjson", lines(t, list("l", "detection"), item("j", "l")))
	if got := p.must("GET", itemsPath+"/_find?list_id=l", nil); fmt.Sprint(got["total"]) != "1" {
		t.Errorf("%v items", got["total"])
	}
}

func TestExceptionExport(t *testing.T) {
	p := start(t, sandbox.Options{Clock: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }})
	id := p.must("POST", listsPath, list("l", "detection"))["id"].(string)
	p.must("POST", itemsPath, with(item("old", "l"), object{"expire_time": "2026-05-01T00:00:00.000Z"}))
	p.must("POST", itemsPath, with(item("new", "l"), object{"expire_time": "2026-07-01T00:00:00.000Z"}))
	for expired, want := range map[string]int{"true": 4, "false": 3} {
		got := p.download(listsPath+"/_export?id="+id+"&list_id=l&namespace_type=single&include_expired_exceptions="+expired, "")
		if len(got) != want || got[0]["list_id"] != "l" {
			t.Errorf("expired %s: %v", expired, got)
		}
	}
	if a := p.raw("POST", listsPath+"/_export?list_id=l", "", "kbn-xsrf", "x"); a.status != 400 {
		t.Errorf("without id: %d", a.status)
	}
	copied := p.raw("POST", listsPath+"/_duplicate?list_id=l&namespace_type=single&include_expired_exceptions=false", "", "kbn-xsrf", "x").body
	items := p.must("GET", itemsPath+"/_find?list_id="+copied["list_id"].(string), nil)
	if copied["name"] != "l [Duplicate]" || fmt.Sprint(items["total"]) != "1" {
		t.Errorf("duplicate %v with %v items", copied["name"], items["total"])
	}
}

func TestRuleExceptions(t *testing.T) {
	p := start(t, sandbox.Options{})
	r := p.must("POST", rulesPath, minimal("query"))
	add := object{"items": []any{with(item("i", "l"), object{"list_id": nil, "item_id": nil})}}
	path := rulesPath + "/" + r["id"].(string) + "/exceptions"
	for range 2 {
		if a := p.send("POST", path, add); a.status != 200 || len(a.items) != 1 {
			t.Fatalf("%d %s", a.status, a.message())
		}
	}
	r = p.must("GET", rulesPath+"?rule_id=r", nil)
	lists := r["exceptions_list"].([]any)
	if len(lists) != 1 || lists[0].(object)["type"] != "rule_default" {
		t.Fatalf("lists %v", lists)
	}
	items := p.must("GET", itemsPath+"/_find?list_id="+lists[0].(object)["list_id"].(string), nil)
	if fmt.Sprintf("%v %v", items["total"], r["revision"]) != "2 1" {
		t.Errorf("%v items, revision %v", items["total"], r["revision"])
	}
}
