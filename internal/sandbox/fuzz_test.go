package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
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

// FuzzLoad loads any saved state. What is taken must be saved again in the same form, and be fit to be served and changed.
func FuzzLoad(f *testing.F) {
	s := sandbox.New(sandbox.Options{})
	rec := httptest.NewRecorder()
	for _, body := range []string{asJSON(f, minimal("threshold")), asJSON(f, with(minimal("eql"), object{"rule_id": "s"}))} {
		r := httptest.NewRequest("POST", rulesPath, strings.NewReader(body))
		r.Header.Set("kbn-xsrf", "x")
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(rec, r)
	}
	text, err := s.Save()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"format":1,"spaces":{"default":{"objects":{"timelines":[{"savedObjectId":"i","version":"v","title":"t"}]}}}}`)
	f.Add(`{"format":1,"described_spaces":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s := sandbox.New(sandbox.Options{})
		if s.Load([]byte(text)) != nil {
			return
		}
		once, err := s.Save()
		if err != nil {
			t.Fatal(err)
		}
		again := sandbox.New(sandbox.Options{})
		if err := again.Load(once); err != nil {
			t.Fatalf("%v in %s", err, once)
		}
		if twice, _ := again.Save(); string(twice) != string(once) {
			t.Errorf("%s became %s", once, twice)
		}
		for _, path := range []string{rulesPath + "/_find", listsPath + "/_find", "/api/lists/_find", "/api/actions/connectors", "/api/timelines", "/api/spaces/space"} {
			ask(t, s, "GET", path, "")
		}
		ask(t, s, "POST", rulesPath, `{}`)
	})
}

// FuzzParseFaults reads any list of faults. What is taken is a share, and kinds that there are.
func FuzzParseFaults(f *testing.F) {
	for _, seed := range []string{"rate=0.1,429,503,reset,slow,partial", "slow=500ms", "rate=1", "rate=NaN", "rate=-1", "", ",", "rate=0.1,rate=0.2", "slow=-1s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := sandbox.ParseFaults(text)
		if err != nil {
			return
		}
		if !(faults.Rate >= 0 && faults.Rate <= 1) || faults.Slow < 0 || len(faults.Kinds) == 0 {
			t.Errorf("%q gives %+v", text, faults)
		}
		for _, kind := range faults.Kinds {
			if !slices.Contains(sandbox.FaultKinds(), kind) {
				t.Errorf("%q gives the kind %q", text, kind)
			}
		}
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
