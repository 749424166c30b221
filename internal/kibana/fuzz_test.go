package kibana_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// FuzzAnswer sends any status and body back: each call must end, and give what it promises or an error that is safe to show.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(rule))
	f.Add(400, []byte(`{"statusCode":400,"error":"Bad Request","message":"a\u001b[2J sesame"}`))
	f.Add(500, []byte(`{"status_code":500,"message":[{"a":["sesame"]},null,"b"]}`))
	f.Add(502, []byte("<html><title>\xff\n</title>"))
	f.Add(302, []byte(""))
	f.Add(200, []byte(`{"page":1,"perPage":20,"total":1,"data":[`+rule+`]}`))
	f.Add(200, []byte(`{"timeline":[{"savedObjectId":"i"}],"totalCount":1}`))
	f.Add(200, []byte(`{"data":{"getOneTimeline":{"savedObjectId":"i","version":"v"}}}`))
	f.Add(200, []byte(`{"total":2e9,"data":[]}`))
	f.Add(500, []byte(`{"attributes":{"results":{"updated":[null]},"errors":[{"message":"sesame","rules":[{"id":"a"}]}]}}`))
	var status int
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	f.Cleanup(server.Close)
	c, err := kibana.New(kibana.Config{URL: server.URL, APIKey: secret("id:sesame"), Retry: kibana.Retry{MaxTries: 1}, Sleep: new(naps).sleep})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, anyStatus int, anyBody []byte) {
		status, body = 200+int(uint(anyStatus)%400), anyBody
		ctx, object := t.Context(), kibana.Object{"id": "r", "rule_id": "r", "list_id": "l", "templateTimelineId": "t", "name": "n"}
		got, err := c.GetRule(ctx, "r")
		if err == nil && (got["id"] == "" || got["rule_id"] == "") {
			t.Errorf("a rule without ids: %v", got)
		}
		safe(t, err)
		made, err := c.CreateTimeline(ctx, object)
		if err == nil && (made["savedObjectId"] == "" || made["version"] == "") {
			t.Errorf("a timeline without ids: %v", made)
		}
		safe(t, err)
		bulk, err := c.EnableRules(ctx, []string{"r"})
		safe(t, err)
		for _, reason := range bulk.Failed {
			safe(t, errors.New(reason))
		}
		imported, err := c.ImportRules(ctx, []kibana.Rule{object})
		safe(t, err)
		for _, e := range imported.Errors {
			safe(t, errors.New(e.Message))
		}
		for _, call := range []func() error{
			func() error { _, err := c.CreateRule(ctx, object); return err },
			func() error { _, err := c.FindRules(ctx, kibana.FindOptions{}); return err },
			func() error { _, err := c.CreateException(ctx, object); return err },
			func() error { _, err := c.ExceptionLists(ctx); return err },
			func() error { _, err := c.Values(ctx, "v"); return err },
			func() error { return c.SetValues(ctx, "v", []string{"a"}) },
			func() error { _, err := c.Timelines(ctx); return err },
			func() error { return c.DeleteTimeline(ctx, object) },
			func() error { _, err := c.Connectors(ctx); return err },
			func() error { _, err := c.Status(ctx); return err },
		} {
			safe(t, call())
		}
	})
}

// safe proves that an error can be shown: no secret, nothing that a terminal obeys.
func safe(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if text := err.Error(); strings.Contains(text, "sesame") || strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
		t.Errorf("%q", text)
	}
}
