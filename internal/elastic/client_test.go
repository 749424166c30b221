package elastic_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/elastic"
	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// serve answers every request with a status and a body, and notes what was asked.
func serve(t *testing.T, status int, body string, headers ...string) (*elastic.Client, *[]string) {
	t.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		asked = append(asked, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), sent)))
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := elastic.New(kibana.Config{URL: server.URL + "/base", APIKey: kibana.NewSecret("id:secret-key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &asked
}

func TestVersion(t *testing.T) {
	rows := []struct {
		name    string
		status  int
		body    string
		headers []string
		want    string
	}{
		{"Elasticsearch", 200, `{"version":{"number":"9.2.0"}}`, nil, "9.2.0"},
		{"no version", 200, `{}`, nil, "it does not tell its version"},
		{"not JSON", 200, `hello`, nil, "the answer is not JSON"},
		{"something else", 200, `{"version":{"number":"9.2.0"}}`, []string{"X-Elastic-Product", ""}, "what answers there is not Elasticsearch"},
		{"a refusal", 401, `{"error":{"reason":"bad secret-key"},"status":401}`, nil, "elasticsearch: GET /: 401 bad [redacted]"},
		{"a page", 502, "<html>\x1b[31m", nil, `elasticsearch: GET /: 502 <html>\x1b[31m`},
		{"a redirect", 302, "", []string{"Location", "https://elsewhere.example.com"}, "302"},
	}
	for _, row := range rows {
		c, asked := serve(t, row.status, row.body, row.headers...)
		got, err := c.Version(t.Context())
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, row.want) || strings.Contains(got, "secret-key") || strings.Contains(got, "\x1b") {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
		if len(*asked) != 1 || (*asked)[0] != "GET /base/ ApiKey aWQ6c2VjcmV0LWtleQ==" {
			t.Errorf("asked %q", *asked)
		}
	}
}

func TestReadable(t *testing.T) {
	c, asked := serve(t, 200, `{"index":{"a-*":{"read":true},"b-*":{"read":false}}}`)
	got, err := c.Readable(t.Context(), []string{"a-*", "b-*", "remote:c-*", "-d-*"})
	if err != nil || fmt.Sprint(got) != "map[a-*:true b-*:false]" || !strings.Contains((*asked)[0], `"names":["a-*","b-*"]`) {
		t.Errorf("%v %v %q", got, err, *asked)
	}
	if got, err := c.Readable(t.Context(), []string{"remote:c-*"}); err != nil || len(got) != 0 || len(*asked) != 1 {
		t.Errorf("nothing to ask for: %v %v", got, err)
	}
}

func TestScratch(t *testing.T) {
	c, asked := serve(t, 200, `{"items":[{"index":{"_id":"x","error":{"reason":"no ip"}}}]}`)
	if err := c.MakeIndex(t.Context(), "tocsin/../x", map[string]map[string]any{"a.b": {"type": "ip"}}); err != nil {
		t.Error(err)
	}
	err := c.Fill(t.Context(), "i", []elastic.Document{{ID: "x", Source: map[string]any{"a": "<b>"}}})
	if err == nil || !strings.Contains(err.Error(), "does not take the event x: no ip") {
		t.Error(err)
	}
	want := []string{
		`PUT /base/tocsin%2F..%2Fx ApiKey aWQ6c2VjcmV0LWtleQ== {"mappings":{"properties":{"a.b":{"type":"ip"}}}}`,
		"POST /base/i/_bulk?refresh=true ApiKey aWQ6c2VjcmV0LWtleQ== {\"index\":{\"_id\":\"x\"}}\n{\"a\":\"\\u003cb\\u003e\"}",
	}
	for i := range want {
		if (*asked)[i] != want[i] {
			t.Errorf("%s\nwant %s", (*asked)[i], want[i])
		}
	}
}

func TestFind(t *testing.T) {
	c, asked := serve(t, 200, `{"hits":{"hits":[{"_id":"1","_source":{"n":9007199254740993}}]}}`)
	docs, err := c.Find(t.Context(), ".preview", "kibana.alert.rule.uuid", "u")
	if err != nil || len(docs) != 1 || fmt.Sprint(docs[0].Source["n"]) != "9007199254740993" {
		t.Errorf("%v %v", docs, err)
	}
	if len(*asked) != 2 || !strings.Contains((*asked)[1], `{"query":{"term":{"kibana.alert.rule.uuid":"u"}},"size":10000}`) {
		t.Errorf("%q", *asked)
	}
}

func TestNoAnswer(t *testing.T) {
	c, err := elastic.New(kibana.Config{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer from 127.0.0.1:1") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Version(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, url := range []string{"", "elasticsearch:9200", "ftp://x", "https://"} {
		if _, err := elastic.New(kibana.Config{URL: url}); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
}

// What has no JSON is told, and not sent.
func TestBodyWithoutJSON(t *testing.T) {
	c, asked := serve(t, 200, `{}`)
	err := c.MakeIndex(t.Context(), "x", map[string]map[string]any{"a": {"type": func() {}}})
	if err == nil || !strings.Contains(err.Error(), "unsupported type") || len(*asked) > 0 {
		t.Errorf("%v %q", err, *asked)
	}
}
