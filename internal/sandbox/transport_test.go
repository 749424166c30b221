package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

func TestTransport(t *testing.T) {
	const rule = `{"type":"query","name":"n","description":"d","risk_score":1,"severity":"low"}`
	const xsrf, version, kind = "kbn-xsrf", "elastic-api-version", "Content-Type"
	rows := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		platform                 bool
		message                  string
	}{
		{"a write", "POST", rulesPath, rule, []string{xsrf, "x", kind, "application/json"}, 200, false, ""},
		{"a write with charset", "POST", rulesPath, rule, []string{xsrf, "x", kind, "application/json; charset=utf-8"}, 200, false, ""},
		{"a write without kbn-xsrf", "POST", rulesPath, rule, []string{kind, "application/json"}, 400, true, "kbn-xsrf"},
		{"a delete without kbn-xsrf", "DELETE", rulesPath + "?rule_id=x", "", nil, 400, true, "kbn-xsrf"},
		{"a read without kbn-xsrf", "GET", rulesPath + "/_find", "", nil, 200, false, ""},
		{"the version", "GET", rulesPath + "/_find", "", []string{version, "2023-10-31"}, 200, false, ""},
		{"a wrong version", "GET", rulesPath, "", []string{version, "2024-01-01"}, 400, true,
			`No version \"2024-01-01\" available for [get] [/api/detection_engine/rules]. Available versions are: [2023-10-31]`},
		{"an internal version", "GET", rulesPath + "/_find", "", []string{version, "1"}, 400, true, "No version"},
		{"an unknown path", "GET", "/api/detection_engine/rule", "", nil, 404, true, "Not Found"},
		{"a method that the path lacks", "POST", rulesPath + "/_find", "{}", []string{xsrf, "x"}, 404, true, "Not Found"},
		{"an endpoint removed in 9.0", "POST", rulesPath + "/_bulk_create", "[]", []string{xsrf, "x"}, 404, true, "Not Found"},
		{"no content type", "POST", rulesPath, rule, []string{xsrf, "x"}, 415, true, "Unsupported Media Type"},
		{"a form", "POST", rulesPath, rule, []string{xsrf, "x", kind, "application/x-www-form-urlencoded"}, 415, true, ""},
		{"half a body", "POST", rulesPath, rule[:20], []string{xsrf, "x", kind, "application/json"}, 400, true, "JSON"},
		{"two bodies", "POST", rulesPath, rule + rule, []string{xsrf, "x", kind, "application/json"}, 400, true, "JSON"},
		{"an array", "POST", rulesPath, "[]", []string{xsrf, "x", kind, "application/json"}, 400, true, "[request body]: "},
		{"a megabyte", "POST", rulesPath, rule + strings.Repeat(" ", 1<<20-len(rule)), []string{xsrf, "x", kind, "application/json"}, 200, false, ""},
		{"more than a megabyte", "POST", rulesPath, rule + strings.Repeat(" ", 1<<20), []string{xsrf, "x", kind, "application/json"}, 413, true, "1048576"},
	}
	p := start(t, sandbox.Options{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := peer{t: t, url: p.url}
			a := p.raw(row.method, row.path, row.body, row.headers...)
			if a.status != row.status || !strings.Contains(a.message(), row.message) {
				t.Errorf("got %d %s, want %d %s", a.status, a.message(), row.status, row.message)
			}
			if _, platform := a.body["statusCode"]; platform != row.platform {
				t.Errorf("shape of %v", a.body)
			}
			if a.status == 200 && a.header.Get(version) != "2023-10-31" {
				t.Errorf("answered version %q", a.header.Get(version))
			}
		})
	}
}

func TestAPIKey(t *testing.T) {
	p := start(t, sandbox.Options{APIKey: "c2VjcmV0"})
	for header, status := range map[string]int{
		"": 401, "ApiKey c2VjcmV0": 200, "APIKey c2VjcmV0": 200, "ApiKey c2VjcmV1": 401, "ApiKey ": 401,
		"Bearer c2VjcmV0": 401, "c2VjcmV0": 401,
	} {
		if a := p.raw("GET", rulesPath+"/_find", "", "Authorization", header); a.status != status {
			t.Errorf("Authorization %q: %d, want %d", header, a.status, status)
		}
	}
	plain := start(t, sandbox.Options{APIKey: "id:key"})
	if a := plain.raw("GET", rulesPath+"/_find", "", "Authorization", "ApiKey aWQ6a2V5"); a.status != 200 {
		t.Errorf("a key given as id:key: %d", a.status)
	}
	// Kibana looks at who asks before it looks at kbn-xsrf.
	if a := p.raw("POST", rulesPath, "{}"); a.status != http.StatusUnauthorized {
		t.Errorf("a write by nobody: %d", a.status)
	}
}

func TestStatus(t *testing.T) {
	p := start(t, sandbox.Options{APIKey: "k", Version: "8.19.1"})
	full := p.raw("GET", "/s/blue/api/status", "", "Authorization", "ApiKey k").body
	version, _ := full["version"].(object)
	if version["number"] != "8.19.1" || version["build_flavor"] != "traditional" {
		t.Errorf("version %v", version)
	}
	if got := asJSON(t, p.raw("GET", "/api/status", "").body); got != `{"status":{"overall":{"level":"available"}}}` {
		t.Errorf("to a stranger: %s", got)
	}
}

func TestSpaces(t *testing.T) {
	p := start(t, sandbox.Options{})
	for _, space := range []string{"", "/s/blue", "/s/red_1-x"} {
		p.must("POST", space+rulesPath, with(minimal("query"), object{"name": "in" + space}))
	}
	for path, name := range map[string]string{
		rulesPath: "in", "/s/default" + rulesPath: "in", "/s/blue" + rulesPath: "in/s/blue", "/s/red_1-x" + rulesPath: "in/s/red_1-x",
	} {
		if got := p.must("GET", path+"?rule_id=r", nil)["name"]; got != name {
			t.Errorf("%s: %v, want %s", path, got, name)
		}
	}
	if a := p.send("POST", "/s/default"+rulesPath, minimal("query")); a.status != http.StatusConflict {
		t.Errorf("the default space under its name: %d", a.status)
	}
	if a := p.send("GET", "/s/green"+rulesPath+"?rule_id=r", nil); a.status != http.StatusNotFound {
		t.Errorf("a rule in a space without rules: %d", a.status)
	}
	if a := p.send("GET", "/s/Blue"+rulesPath+"?rule_id=r", nil); a.status != http.StatusNotFound || a.body["statusCode"] == nil {
		t.Errorf("an impossible space: %d %v", a.status, a.body)
	}
}

func TestListen(t *testing.T) {
	rows := []struct {
		address  string
		allowAny bool
		ok       bool
	}{
		{"127.0.0.1:0", false, true}, {"localhost:0", false, true}, {"[::1]:0", false, true},
		{"0.0.0.0:0", false, false}, {":0", false, false}, {"192.0.2.1:0", false, false}, {"example.com:0", false, false},
		{"127.0.0.1", false, false}, // That all addresses are allowed is not tried out: tests stay on loopback.
	}
	for _, row := range rows {
		listener, err := sandbox.Listen(row.address, row.allowAny)
		if err == nil {
			_ = listener.Close()
		}
		if row.address == "[::1]:0" && err != nil && !strings.Contains(err.Error(), "not a loopback") {
			continue // A machine without IPv6.
		}
		if (err == nil) != row.ok {
			t.Errorf("Listen(%q, %v): %v", row.address, row.allowAny, err)
		}
	}
}
