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

// FuzzAnswer sends any status and body back: a call must give a rule or an error that is safe to show.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(rule))
	f.Add(400, []byte(`{"statusCode":400,"error":"Bad Request","message":"a\u001b[2J sesame"}`))
	f.Add(500, []byte(`{"status_code":500,"message":[{"a":["sesame"]},null,"b"]}`))
	f.Add(502, []byte("<html><title>\xff\n</title>"))
	f.Add(302, []byte(""))
	var status int
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	f.Cleanup(server.Close)
	c, err := kibana.New(kibana.Config{URL: server.URL, APIKey: secret("id:sesame"), Retry: kibana.Retry{MaxTries: 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, anyStatus int, anyBody []byte) {
		status, body = 200+int(uint(anyStatus)%400), anyBody
		got, err := c.GetRule(t.Context(), "r")
		var refused *kibana.Error
		var odd *kibana.ResponseError
		var broken *kibana.NetworkError // A status such as 204 has no body.
		switch {
		case err == nil:
			if got["id"] == "" || got["rule_id"] == "" {
				t.Errorf("a rule without ids: %v", got)
			}
			return
		case !errors.As(err, &refused) && !errors.As(err, &odd) && !errors.As(err, &broken):
			t.Errorf("%T", err)
		}
		if text := err.Error(); strings.Contains(text, "sesame") || strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
	})
}
