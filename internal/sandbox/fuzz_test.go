package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// FuzzWrite sends any body with any method: the sandbox must answer, in JSON, and never with a failure of its own.
func FuzzWrite(f *testing.F) {
	for _, kind := range kinds() {
		text, err := json.Marshal(minimal(kind))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("POST", string(text))
		f.Add("PATCH", string(text[:len(text)/2]))
	}
	f.Add("PUT", `{"rule_id":"r","threshold":{"field":["a",null],"cardinality":[{"field":"a"}]}}`)
	f.Add("PATCH", `{"rule_id":"r","max_signals":1e999}`)
	f.Fuzz(func(t *testing.T, method, body string) {
		s := sandbox.New(sandbox.Options{})
		seed, err := json.Marshal(minimal("threshold"))
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range [][2]string{{"POST", string(seed)}, {method, body}, {"POST", body}} {
			ask(t, s, request[0], rulesPath, request[1])
		}
	})
}

// FuzzFilter sends any filter.
func FuzzFilter(f *testing.F) {
	f.Add(`alert.attributes.params.ruleId: ("a" or not b*) and alert.attributes.name: x`)
	f.Add(`alert.attributes.tags: "\"" \`)
	f.Fuzz(func(t *testing.T, filter string) {
		s := sandbox.New(sandbox.Options{})
		ask(t, s, "GET", rulesPath+"/_find?filter="+url.QueryEscape(filter), "")
	})
}

func ask(t *testing.T, s *sandbox.Server, method, path, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		return // No such method.
	}
	r.Header.Set("kbn-xsrf", "x")
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	if rec.Code >= 500 || !json.Valid(rec.Body.Bytes()) {
		t.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
}
