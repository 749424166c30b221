package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

const previewPath = rulesPath + "/preview"

// fill puts events into an index of the sandbox's Elasticsearch.
func fill(t testing.TB, p peer, index string, events ...object) {
	t.Helper()
	var b strings.Builder
	for i, e := range events {
		b.WriteString(asJSON(t, object{"index": object{"_id": fmt.Sprintf("%s-%d", index, i)}}) + "\n" + asJSON(t, e) + "\n")
	}
	if a := p.raw("POST", "/"+index+"/_bulk?refresh=true", b.String(), "Content-Type", "application/json"); a.status != 200 || a.body["errors"] != false {
		t.Fatalf("%d %v", a.status, a.body)
	}
}

// alertsOf are the source events of a preview's alerts.
func alertsOf(t testing.TB, p peer, space, id string) string {
	t.Helper()
	body := asJSON(t, object{"size": 100, "query": object{"term": object{"kibana.alert.rule.uuid": id}}})
	a := p.raw("POST", "/.preview.alerts-security.alerts-"+space+"/_search", body, "Content-Type", "application/json")
	var names []string
	for _, h := range a.body["hits"].(object)["hits"].([]any) {
		ancestors := h.(object)["_source"].(object)["kibana.alert.ancestors"].([]any)
		names = append(names, fmt.Sprint(ancestors[0].(object)["id"]))
	}
	return strings.Join(names, " ")
}

func TestPreview(t *testing.T) {
	p := start(t, sandbox.Options{})
	if a := p.raw("PUT", "/logs-a", `{"mappings":{"properties":{"source":{"properties":{"ip":{"type":"ip"}}},"host.name":{"type":"keyword"}}}}`); a.status != 200 {
		t.Fatal(a.body)
	}
	at := func(second int, more object) object {
		return with(object{"@timestamp": fmt.Sprintf("2026-01-01T00:00:%02dZ", second)}, more)
	}
	fill(t, p, "logs-a", at(1, object{"source": object{"ip": "10.0.0.1"}, "host": object{"name": "a"}}), at(2, object{"source": object{"ip": "192.168.0.1"}}),
		object{"@timestamp": "2025-01-01T00:00:00Z", "source": object{"ip": "10.0.0.2"}})
	fill(t, p, "other", at(3, object{"source": object{"ip": "10.0.0.3"}}))
	p.must("POST", listsPath, list("l", "detection"))
	p.must("POST", itemsPath, with(item("i", "l"), object{"entries": []any{object{"field": "host.name", "type": "match", "operator": "included", "value": "a"}}}))
	preview := func(changes object) object {
		return with(with(minimal("query"), object{"query": "source.ip: 10.0.0.0/8", "index": []any{"logs-*"}, "invocationCount": 1,
			"timeframeEnd": "2026-01-01T00:01:00Z"}), changes)
	}
	rows := []struct {
		name, space string
		changes     object
		want, note  string
	}{
		{"by the type of its mapping", "", nil, "logs-a-0", ""},
		{"in another space", "red", nil, "logs-a-0", ""},
		{"another index, whose mapping has no address", "", object{"index": []any{"*", "-logs-*"}}, "", ""},
		{"another index", "", object{"index": []any{"*", "-logs-*"}, "query": "source.ip: *"}, "other-0", ""},
		{"a run every five minutes, each event once", "", object{"invocationCount": 2, "timeframeEnd": "2026-01-01T00:05:30Z"}, "logs-a-0", ""},
		{"too late", "", object{"timeframeEnd": "2026-01-01T00:10:00Z"}, "", ""},
		{"an exception", "", usesList("l"), "", ""},
		{"no invocation", "", object{"invocationCount": 0}, "", "Invalid invocation count"},
		{"a query that does not compile", "", object{"query": "source.ip: ("}, "", "query"},
	}
	for _, row := range rows {
		path, space := previewPath, "default"
		if row.space != "" {
			path, space = "/s/"+row.space+previewPath, row.space
		}
		got := p.must("POST", path, preview(row.changes))
		notes := asJSON(t, got["logs"].([]any)[0].(object)["errors"])
		if notes == "[]" != (row.note == "") || !strings.Contains(notes, row.note) {
			t.Errorf("%s: errors %s, want %s", row.name, notes, row.note)
		}
		id, _ := got["previewId"].(string)
		if found := alertsOf(t, p, space, id); found != row.want {
			t.Errorf("%s: alerts of %q, want %q", row.name, found, row.want)
		}
	}
	for name, changes := range map[string]object{"no end": {"timeframeEnd": nil}, "an odd end": {"timeframeEnd": "soon"}, "no count": {"invocationCount": nil}, "a bad rule": {"severity": "worst"}} {
		if a := p.send("POST", previewPath, preview(changes)); a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if got := p.must("GET", rulesPath+"/_find", nil); fmt.Sprint(got["total"]) != "0" {
		t.Error("a preview stored its rule")
	}
}

func TestElasticsearch(t *testing.T) {
	p := start(t, sandbox.Options{APIKey: "a:b"})
	steps := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/", "", 200, "You Know, for Search"},
		{"GET", "/_license", "", 200, `"platinum"`},
		{"POST", "/_security/user/_has_privileges", `{"index":[{"names":["a-*"],"privileges":["read"]}]}`, 200, `"a-*":{"read":true}`},
		{"PUT", "/a", "", 200, "acknowledged"},
		{"PUT", "/a", "", 400, "resource_already_exists_exception"},
		{"POST", "/a/_bulk", `{"create":{}}` + "\n" + `{"x":[1,2]}` + "\n", 200, `"errors":false`},
		{"POST", "/_bulk", `{"index":{"_index":"a","_id":"1"}}` + "\n" + `{"x":{"y":3}}` + "\n", 200, `"_id":"1"`},
		{"POST", "/a/_bulk", `{"index":{}}` + "\nno\n", 400, "parse_exception"},
		{"POST", "/a/_search", `{"query":{"term":{"x":2}}}`, 200, `"value":1`},
		{"POST", "/*/_search", `{"query":{"term":{"x.y":3}}}`, 200, `"_id":"1"`},
		{"POST", "/a/_search", `{"size":0}`, 200, `"hits":[]`},
		{"POST", "/a/_search", `{"query":{"range":{}}}`, 400, "does not know the query [range]"},
		{"POST", "/_reindex", `{}`, 400, "does not serve"},
		{"DELETE", "/a", "", 200, "acknowledged"},
		{"DELETE", "/a", "", 404, "no such index [a]"},
	}
	for _, s := range steps {
		a, text := p.exchange(s.method, s.path, s.body, "Authorization", "ApiKey YTpi")
		if a.status != s.status || !strings.Contains(string(text), s.want) || a.header.Get("X-Elastic-Product") != "Elasticsearch" {
			t.Errorf("%s %s: %d %s, want %d %s", s.method, s.path, a.status, text, s.status, s.want)
		}
	}
	if a, _ := p.exchange("GET", "/", ""); a.status != 401 {
		t.Errorf("without key: %d", a.status)
	}
}
