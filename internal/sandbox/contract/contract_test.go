package contract_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox/contract"
)

func TestDocumentIsValid(t *testing.T) {
	if err := contract.Load(t).Valid(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestCheck makes sure that the contract can be broken: each row is right but for one thing.
func TestCheck(t *testing.T) {
	const path = "/s/blue/api/detection_engine/rules"
	const rule = `{"id":"00000000-0000-4000-8000-000000000001","rule_id":"r","type":"query","name":"n","description":"d",` +
		`"risk_score":1,"severity":"low","query":"","language":"kuery","version":1,"tags":[],"enabled":false,` +
		`"risk_score_mapping":[],"severity_mapping":[],"interval":"5m","from":"now-6m","to":"now","actions":[],` +
		`"exceptions_list":[],"author":[],"false_positives":[],"references":[],"max_signals":100,"threat":[],"setup":"",` +
		`"related_integrations":[],"required_fields":[],"immutable":false,"rule_source":{"type":"internal"},"revision":0,` +
		`"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z","created_by":"a","updated_by":"a"}`
	const body = `{"type":"query","name":"n","description":"d","risk_score":1,"severity":"low"}`
	rows := []struct {
		name, method, path, sent string
		status                   int
		received, want           string
	}{
		{"a rule created", "POST", path, body, 200, rule, ""},
		{"a request without name", "POST", path, strings.Replace(body, `"name":"n",`, "", 1), 200, rule, `request: `},
		{"an unknown type", "POST", path, strings.Replace(body, `"query"`, `"other"`, 1), 200, rule, "request: "},
		{"an answer without revision", "POST", path, body, 200, strings.Replace(rule, `"revision":0,`, "", 1), "answer: "},
		{"a status that is not described", "POST", path, body, 201, rule, "201"},
		{"no such operation", "POST", "/api/other", body, 200, rule, "no such operation"},
		{"a page", "GET", path + "/_find?page=1", "", 200, `{"page":1,"perPage":20,"total":1,"data":[` + rule + `]}`, ""},
		{"a page with a bad rule", "GET", path + "/_find", "", 200, `{"page":1,"perPage":20,"total":1,"data":[{"type":"eql"}]}`, "data[0]"},
		{"a page without total", "GET", path + "/_find", "", 200, `{"page":1,"perPage":20,"data":[` + rule + `]}`, "total"},
		{"a bad page number", "GET", path + "/_find?page=0", "", 200, `{"page":1,"perPage":20,"total":0,"data":[]}`, "page"},
		{"an unknown parameter", "GET", path + "/_find?pages=1", "", 200, `{"page":1,"perPage":20,"total":0,"data":[]}`, "pages"},
		{"a platform refusal", "POST", path, "{}", 400, `{"statusCode":400,"error":"Bad Request","message":"m"}`, ""},
		{"a refusal of the engine", "POST", path, "{}", 409, `{"status_code":409,"message":["m"]}`, ""},
		{"a refusal with another status", "POST", path, "{}", 400, `{"status_code":409,"message":"m"}`, "neither shape"},
		{"a mixed refusal", "POST", path, "{}", 400, `{"statusCode":400,"message":"m"}`, "neither shape"},
		{"a refusal in HTML", "POST", path, "{}", 502, `<html>`, "no JSON"},
	}
	c := contract.Load(t)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest(row.method, row.path, nil)
			r.Header.Set("Content-Type", "application/json")
			err := c.Check(r, []byte(row.sent), contract.Answer{Status: row.status, Kind: "application/json", Body: []byte(row.received)})
			switch {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("got %v, want something about %q", err, row.want)
			}
		})
	}
}
