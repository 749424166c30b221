package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

func TestValueLists(t *testing.T) {
	p := start(t, sandbox.Options{})
	entry := object{"field": "f", "type": "list", "operator": "included", "list": object{"id": "v", "type": "keyword"}}
	v := object{"id": "v", "name": "n", "description": "d", "type": "keyword"}
	walk(t, p, []step{
		{"no index yet", "GET", "/api/lists/index", nil, 404, "does not exist"},
		{"a list before the index", "POST", "/api/lists", v, 400, "data stream must exist first"},
		{"the index", "POST", "/api/lists/index", nil, 200, ""},
		{"the index again", "POST", "/api/lists/index", nil, 409, "already exists"},
		{"the index is there", "GET", "/api/lists/index", nil, 200, ""},
		{"not in another space", "GET", "/s/other/api/lists/index", nil, 404, ".lists-other"},
		{"a list", "POST", "/api/lists", v, 200, ""},
		{"its id again", "POST", "/api/lists", v, 409, `list id: \"v\" already exists`},
		{"a list of another type", "POST", "/api/lists", with(v, object{"id": "w", "type": "words"}), 400, "type"},
		{"a value", "POST", "/api/lists/items", object{"list_id": "v", "value": "x", "id": "x1"}, 200, ""},
		{"its id again", "POST", "/api/lists/items", object{"list_id": "v", "value": "y", "id": "x1"}, 409, "already exists"},
		{"a value of no list", "POST", "/api/lists/items", object{"list_id": "z", "value": "x"}, 404, `list id: \"z\" does not exist`},
		{"the value by its id", "GET", "/api/lists/items?id=x1", nil, 200, ""},
		{"the value by itself", "GET", "/api/lists/items?list_id=v&value=x", nil, 200, ""},
		{"a value that is not there", "GET", "/api/lists/items?list_id=v&value=q", nil, 404, "does not exist"},
		{"a change of the value", "PATCH", "/api/lists/items", object{"id": "x1", "value": "y"}, 200, ""},
		{"a replacement of the value", "PUT", "/api/lists/items", object{"id": "x1", "value": "z"}, 200, ""},
		{"another value", "POST", "/api/lists/items", object{"list_id": "v", "value": "w", "id": "x2"}, 200, ""},
		{"a value goes by its id", "DELETE", "/api/lists/items?id=x2", nil, 200, ""},
		{"and is gone", "DELETE", "/api/lists/items?id=x2", nil, 404, ""},
		{"the list by its id", "GET", "/api/lists?id=v", nil, 200, ""},
		{"a list that is not there", "GET", "/api/lists?id=q", nil, 404, "does not exist"},
		{"a change of the list", "PATCH", "/api/lists", object{"id": "v", "name": "m"}, 200, ""},
		{"a replacement of the list", "PUT", "/api/lists", object{"id": "v", "name": "m", "description": "e"}, 200, ""},
		{"a change of an old version", "PATCH", "/api/lists", object{"id": "v", "name": "m", "_version": "WzAsMV0="}, 409, "version conflict"},
		{"an exception that uses it", "POST", listsPath, list("l", "detection"), 200, ""},
		{"and its item", "POST", itemsPath, with(item("i", "l"), object{"entries": []any{entry}}), 200, ""},
		{"a list in use goes not", "DELETE", "/api/lists?id=v", nil, 409, "referenced"},
		{"unless told", "DELETE", "/api/lists?id=v&ignoreReferences=true", nil, 200, ""},
		{"its value went too", "GET", "/api/lists/items?id=x1", nil, 404, ""},
		{"the exception did not", "GET", itemsPath + "?item_id=i", nil, 200, ""},
		{"a list again", "POST", "/api/lists", v, 200, ""},
		{"goes with what refers to it", "DELETE", "/api/lists?id=v&deleteReferences=true", nil, 200, ""},
		{"the exception went too", "GET", itemsPath + "?item_id=i", nil, 404, ""},
		{"privileges", "GET", "/api/lists/privileges", nil, 200, ""},
		{"the index goes", "DELETE", "/api/lists/index", nil, 200, ""},
		{"and is gone", "DELETE", "/api/lists/index", nil, 404, ""},
	})
}

func TestValueImport(t *testing.T) {
	p := start(t, sandbox.Options{})
	const path = "/api/lists/items/_import"
	if a := p.upload(path+"?type=ip", "bad.txt", "x"); a.status != 400 {
		t.Errorf("before the index: %d", a.status)
	}
	p.raw("POST", "/api/lists/index", "", "kbn-xsrf", "x")
	rows := []struct {
		query, file string
		status      int
	}{
		{"?type=ip&refresh=true", "bad.txt", 200}, {"?list_id=bad.txt", "more.csv", 200},
		{"?type=ip", "bad.json", 400}, {"", "bad.txt", 400}, {"?type=words", "bad.txt", 400}, {"?list_id=z", "bad.txt", 409},
	}
	for _, row := range rows {
		if a := p.upload(path+row.query, row.file, "10.0.0.1\r\n10.0.0.2\n\n"); a.status != row.status {
			t.Errorf("%s %s: %d %s", row.query, row.file, a.status, a.message())
		}
	}
	if got := p.text("POST", "/api/lists/items/_export?list_id=bad.txt", ""); got != strings.Repeat("10.0.0.1\n10.0.0.2\n", 2) {
		t.Errorf("exported %q", got)
	}
	seen, cursor := "", ""
	for range 2 {
		page := p.must("GET", "/api/lists/items/_find?list_id=bad.txt&per_page=3"+cursor, nil)
		for _, d := range page["data"].([]any) {
			seen += d.(object)["value"].(string) + " "
		}
		cursor = "&cursor=" + strings.ReplaceAll(page["cursor"].(string), "=", "%3D")
	}
	if seen != "10.0.0.1 10.0.0.2 10.0.0.1 10.0.0.2 " {
		t.Errorf("read with the cursor: %s", seen)
	}
	lists := p.must("GET", "/api/lists/_find", nil)
	if fmt.Sprint(lists["total"]) != "1" {
		t.Errorf("%v lists", lists["total"])
	}
}

func TestConnectors(t *testing.T) {
	p := start(t, sandbox.Options{Connectors: map[string]string{"pre": ".server-log"}})
	const at = "/api/actions/connector/"
	hook := object{"name": "hook", "connector_type_id": ".slack", "config": object{}, "secrets": object{"webhookUrl": "https://secret.example"}}
	walk(t, p, []step{
		{"a connector with an id of our own", "POST", at + "a", hook, 200, ""},
		{"its id again", "POST", at + "a", hook, 409, "conflict"},
		{"a connector of another space", "POST", "/s/other/api/actions/connector/a", hook, 200, ""},
		{"a change", "PUT", at + "a", object{"name": "other", "config": object{}, "secrets": object{"webhookUrl": "https://secret.example"}}, 200, ""},
		{"no name", "POST", at + "b", with(hook, object{"name": nil}), 400, "name: Required"},
		{"one that is not there", "GET", at + "b", nil, 404, "Saved object [action/b] not found"},
		{"a preconfigured one", "GET", at + "pre", nil, 200, ""},
		{"which stays as it is", "DELETE", at + "pre", nil, 400, "reconfigured"},
		{"a rule that uses one", "POST", rulesPath, with(minimal("query"), usesConnector("a")), 200, ""},
		{"a rule that uses none of them", "POST", rulesPath, with(with(minimal("query"), object{"rule_id": "s"}), usesConnector("gone")), 400,
			"Failed to load action gone (404): Saved object [action/gone] not found"},
	})
	all := p.raw("GET", "/api/actions/connectors", "").items
	if got := asJSON(t, all); len(all) != 2 || strings.Contains(got, "secret.example") || !strings.Contains(got, `"referenced_by_count":1`) {
		t.Errorf("%s", got)
	}
	if a, _ := p.exchange("DELETE", at+"a", "", "kbn-xsrf", "x"); a.status != 204 {
		t.Errorf("deleted with %d", a.status)
	}
}

func TestSpacesAPI(t *testing.T) {
	p := start(t, sandbox.Options{})
	const at = "/api/spaces/space"
	walk(t, p, []step{
		{"a space", "POST", at, object{"id": "red", "name": "Red"}, 200, ""},
		{"its id again", "POST", at, object{"id": "red", "name": "Red"}, 409, "already exists"},
		{"a bad id", "POST", at, object{"id": "Red!", "name": "Red"}, 400, "id"},
		{"a rule in a space that nobody made", "POST", "/s/blue" + rulesPath, minimal("query"), 200, ""},
		{"which is a space all the same", "GET", at + "/blue", nil, 200, ""},
		{"one that is not", "GET", at + "/green", nil, 404, "Not Found"},
		{"a change", "PUT", at + "/red", object{"id": "red", "name": "Redder"}, 200, ""},
		{"the default space stays", "DELETE", at + "/default", nil, 400, "reserved"},
	})
	names := ""
	for _, d := range p.raw("GET", at+"", "").items {
		names += d.(object)["name"].(string) + " "
	}
	if names != "blue Default Redder " {
		t.Errorf("spaces %s", names)
	}
	if a, _ := p.exchange("DELETE", at+"/blue", "", "kbn-xsrf", "x"); a.status != 204 {
		t.Errorf("deleted with %d", a.status)
	}
	if got := p.must("GET", "/s/blue"+rulesPath+"/_find", nil); fmt.Sprint(got["total"]) != "0" {
		t.Errorf("a space that was deleted holds %v rules", got["total"])
	}
}

func TestEngine(t *testing.T) {
	p := start(t, sandbox.Options{NoEncryptionKey: true, Prebuilt: func(id string) bool { return id == "e" }})
	walk(t, p, []step{
		{"no index yet", "GET", "/api/detection_engine/index", nil, 404, "index for this space does not exist"},
		{"the index", "POST", "/api/detection_engine/index", nil, 200, ""},
		{"the index is there", "GET", "/api/detection_engine/index", nil, 200, ""},
		{"the index goes", "DELETE", "/api/detection_engine/index", nil, 200, ""},
		{"and is gone", "DELETE", "/api/detection_engine/index", nil, 404, ""},
	})
	p.upload(importPath, "r.ndjson", lines(t, numbered("e", object{"version": 1, "tags": []any{"b", "a"}}), numbered("own", object{"tags": []any{"b"}})))
	if got := asJSON(t, p.raw("GET", "/api/detection_engine/tags", "").items); got != `["a","b"]` {
		t.Errorf("tags %s", got)
	}
	rights := p.must("GET", "/api/detection_engine/privileges", nil)
	if rights["has_encryption_key"] != false || rights["is_authenticated"] != true {
		t.Errorf("privileges %v", rights)
	}
	status := p.must("GET", rulesPath+"/prepackaged/_status", nil)
	if fmt.Sprintf("%v %v", status["rules_custom_installed"], status["rules_installed"]) != "1 1" {
		t.Errorf("status %v", status)
	}
}
