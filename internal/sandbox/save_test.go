package sandbox_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// everything is all that can be read from a sandbox, as text.
func everything(t *testing.T, s *sandbox.Server) string {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	p := peer{t: t, url: server.URL}
	text := ""
	for _, path := range []string{
		"/api/spaces/space", rulesPath + "/_find", "/s/other" + rulesPath + "/_find", listsPath + "/_find?namespace_type=single,agnostic",
		itemsPath + "/_find?list_id=l", itemsPath + "/_find?list_id=g&namespace_type=agnostic", "/api/lists/_find", "/api/lists/items/_find?list_id=v",
		"/api/actions/connectors", "/api/timelines", "/api/lists/index", "/api/detection_engine/index",
	} {
		_, body := p.exchange("GET", path, "")
		text += string(body) + "\n"
	}
	return text
}

func TestSaveAndLoad(t *testing.T) {
	options := sandbox.Options{Connectors: map[string]string{"built-in": ".slack"}}
	s := sandbox.New(options)
	server := httptest.NewServer(s)
	p := peer{t: t, url: server.URL}
	p.upload(importPath, "r.ndjson", lines(t, numbered("a", with(usesList("l"), usesConnector("c"))), numbered("b", nil),
		list("l", "detection"), item("i", "l"), connector("c")))
	p.must("POST", "/s/other"+rulesPath, minimal("threshold"))
	p.must("POST", listsPath, with(list("g", "detection"), object{"namespace_type": "agnostic"}))
	p.must("POST", itemsPath, with(item("k", "g"), object{"namespace_type": "agnostic"}))
	p.raw("POST", "/api/lists/index", "", "kbn-xsrf", "x")
	p.must("POST", "/api/lists", object{"id": "v", "name": "n", "description": "d", "type": "keyword"})
	p.must("POST", "/api/lists/items", object{"list_id": "v", "value": "x"})
	p.must("POST", "/api/spaces/space", object{"id": "red", "name": "Red"})
	p.must("POST", timelinePath, object{"timeline": template("t", nil)})
	p.must("DELETE", rulesPath+"?rule_id=b", nil)
	changes := s.Changes()
	server.Close()
	before := everything(t, s)
	if s.Changes() != changes {
		t.Error("reading counts as a change")
	}

	text, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "built-in") {
		t.Error("a preconfigured connector was saved")
	}
	again := sandbox.New(options)
	if err := again.Load(text); err != nil {
		t.Fatal(err)
	}
	if after := everything(t, again); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func TestLoadRefuses(t *testing.T) {
	rule := func(changes object) string {
		r := with(object{"id": "i", "rule_id": "r", "type": "query", "version": 1, "revision": 0}, changes)
		return fmt.Sprintf(`{"format":1,"spaces":{"default":{"objects":{"rules":[%s]}}}}`, asJSON(t, r))
	}
	rows := []struct{ name, text, want string }{
		{"a rule", rule(nil), ""},
		{"half a document", `{"format":1`, "no saved sandbox"},
		{"another document", `{}`, "states no format"},
		{"a list", `[]`, "no saved sandbox"},
		{"a later version", `{"format":2}`, "later version (format 2"},
		{"a rule without id", rule(object{"id": nil}), "rules: an object has no id"},
		{"a rule of no type", rule(object{"type": "odd"}), `"odd" is no type`},
		{"a rule without revision", rule(object{"revision": nil}), "r has no revision"},
		{"the same rule twice", `{"format":1,"spaces":{"default":{"objects":{"exception_lists":[{"id":"i","list_id":"l"},{"id":"j","list_id":"l"}]}}}}`, "two objects are key:l"},
		{"something else", `{"format":1,"spaces":{"default":{"objects":{"cases":[]}}}}`, "cases"},
		{"a space of no name", `{"format":1,"spaces":{"../x":{"objects":{}}}}`, "no id of a space"},
	}
	for _, row := range rows {
		err := sandbox.New(sandbox.Options{}).Load([]byte(row.text))
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v, want %s", row.name, err, row.want)
		}
	}
}
