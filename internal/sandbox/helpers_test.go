package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/internal/sandbox/contract"
)

const rulesPath = "/api/detection_engine/rules"

type object = map[string]any

// peer is somebody who speaks HTTP to a sandbox.
type peer struct {
	t   testing.TB
	url string
}

func start(t testing.TB, o sandbox.Options) peer {
	t.Helper()
	s := sandbox.New(o)
	server := httptest.NewServer(seen.note(s, contract.Guard(t, s)))
	t.Cleanup(server.Close)
	return peer{t: t, url: server.URL}
}

// answer is a response with its body decoded, which is an object or a list.
type answer struct {
	status int
	header http.Header
	body   object
	items  []any
}

// message is what a refusal says, on one line.
func (a answer) message() string {
	text, _ := json.Marshal(a.body["message"])
	return string(text)
}

// raw sends a request as it is; headers are name, value, name, value.
func (p peer) raw(method, path, body string, headers ...string) answer {
	p.t.Helper()
	a, text := p.exchange(method, path, body, headers...)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		p.t.Fatalf("%s %s: %v in %q", method, path, err, text)
	}
	a.body, _ = doc.(object)
	a.items, _ = doc.([]any)
	return a
}

// exchange sends a request as it is and gives the answer, its body not decoded but beside it.
func (p peer) exchange(method, path, body string, headers ...string) (answer, []byte) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{status: res.StatusCode, header: res.Header}, text
}

// text is the body of an answer that is no JSON document.
func (p peer) text(method, path, body string) string {
	p.t.Helper()
	a, text := p.exchange(method, path, body, "kbn-xsrf", "x", "Content-Type", "application/json")
	if a.status >= 300 {
		p.t.Fatalf("%s %s: %d %s", method, path, a.status, text)
	}
	return string(text)
}

// send sends what a well-behaved client sends.
func (p peer) send(method, path string, body object) answer {
	p.t.Helper()
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		text = string(b)
	}
	return p.raw(method, path, text, "kbn-xsrf", "x", "elastic-api-version", "2023-10-31", "Content-Type", "application/json")
}

// must is send for a request that succeeds.
func (p peer) must(method, path string, body object) object {
	p.t.Helper()
	a := p.send(method, path, body)
	if a.status != http.StatusOK {
		p.t.Fatalf("%s %s: %d %s", method, path, a.status, a.message())
	}
	return a.body
}

// minimal is the smallest rule of each type.
func minimal(kind string) object {
	r := object{"type": kind, "name": "n", "description": "d", "risk_score": 21, "severity": "low", "rule_id": "r"}
	maps.Copy(r, map[string]object{
		"query":       {},
		"saved_query": {"saved_id": "s"},
		"eql":         {"query": "any where true", "language": "eql"},
		"esql":        {"query": "from a", "language": "esql"},
		"threshold":   {"query": "a: 1", "threshold": object{"field": "host.id", "value": 5}},
		"new_terms":   {"query": "a: 1", "new_terms_fields": []any{"host.id"}, "history_window_start": "now-7d"},
		"threat_match": {
			"query": "a: 1", "threat_query": "*:*", "threat_index": []any{"ti-*"},
			"threat_mapping": []any{object{"entries": []any{object{"field": "a", "type": "mapping", "value": "b"}}}},
		},
		"machine_learning": {"anomaly_threshold": 50, "machine_learning_job_id": "job"},
	}[kind])
	return r
}

func kinds() []string {
	return []string{"query", "saved_query", "eql", "esql", "threshold", "new_terms", "threat_match", "machine_learning"}
}

// with is a rule with some fields changed; a field that is nil is taken out.
func with(r object, changes object) object {
	r = maps.Clone(r)
	for name, v := range changes {
		if v == nil {
			delete(r, name)
		} else {
			r[name] = v
		}
	}
	return r
}

// asJSON is a value as the text of its JSON, for comparing.
func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
