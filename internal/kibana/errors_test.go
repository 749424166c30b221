package kibana_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

func TestRefusals(t *testing.T) {
	rows := []struct {
		name, body string
		want       []string
	}{
		{"the platform's shape", `{"statusCode":400,"error":"Bad Request","message":"[request body]: name: Required"}`, []string{"[request body]: name: Required"}},
		{"the engine's shape", `{"status_code":409,"message":"rule_id: \"r\" already exists"}`, []string{`rule_id: "r" already exists`}},
		{"a list", `{"status_code":400,"message":["one","two"]}`, []string{"one", "two"}},
		{"an object", `{"status_code":400,"message":{"b":1,"a":["x"]}}`, []string{`{"a":["x"],"b":1}`}},
		{"a list of objects", `{"status_code":400,"message":[{"a":1},"two"]}`, []string{`{"a":1}`, "two"}},
		{"no message", `{"statusCode":404,"error":"Not Found"}`, []string{"Not Found"}},
		{"an empty message", `{"status_code":400,"message":""}`, []string{"bad request"}},
		{"an empty object", `{}`, []string{"bad request"}},
		{"nothing", ``, []string{"bad request"}},
		{"plain text", "Too Many Requests\n", []string{"Too Many Requests"}},
		{"a page", "<!DOCTYPE html>\n<html><head><TITLE>\n502 Bad Gateway\n</TITLE></head></html>", []string{`an HTML page titled "502 Bad Gateway"`}},
		{"a page without title", " <html></html>", []string{"an HTML page"}},
		{"a JSON text", `"no"`, []string{"no"}},
		{"control characters", `{"message":"a\u001b[31mb\nc\u202ed"}`, []string{`a\x1b[31mb\nc\u202ed`}},
		{"bytes that are no text", "a\xffb", []string{`a\xffb`}},
		{"letters of all kinds stay", `{"message":"größe 日本 \"x\" \\"}`, []string{`größe 日本 "x" \`}},
		{"a long message", strings.Repeat("ä", 5000), []string{strings.Repeat("ä", 2000) + "..."}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c, _ := client(t, says(400, row.body), kibana.Config{Space: "blue"})
			_, err := c.UpdateRule(t.Context(), kibana.Rule{"rule_id": "r"})
			want := &kibana.Error{Status: 400, Method: "PUT", Path: "/s/blue/api/detection_engine/rules", Messages: row.want}
			var got *kibana.Error
			if !errors.As(err, &got) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	e := &kibana.Error{Status: 400, Method: "PUT", Path: "/api/x", Messages: []string{"one", "two"}}
	if got, want := e.Error(), "PUT /api/x: 400 one; two"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e = &kibana.Error{Status: 429, Method: "GET", Path: "/api/x", Messages: []string{"slow"}, RetryAfter: time.Hour}
	if got, want := e.Error(), "GET /api/x: 429 slow (asks to wait 1h0m0s)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStrangeAnswers(t *testing.T) {
	rows := []struct {
		name   string
		answer http.HandlerFunc
		want   error
		detail string
	}{
		{"a login page", says(200, "<html><title>Sign in</title></html>", "Content-Type", "text/html"), kibana.ErrNotJSON, `"Sign in"`},
		{"plain text", says(200, "OK"), kibana.ErrNotJSON, ""},
		{"two documents", says(200, rule+rule), kibana.ErrNotJSON, "after the JSON document"},
		{"half a document", says(200, rule[:20]), kibana.ErrTruncated, ""},
		{"no document", says(200, ""), kibana.ErrTruncated, ""},
		{"JSON of another kind", says(200, `{"acknowledged":true}`), kibana.ErrNotKibana, "not a rule"},
		{"a JSON list", says(200, `[]`), kibana.ErrNotKibana, "not a rule"},
		{"Elasticsearch", says(400, `{"error":"no handler found"}`, "X-Elastic-Product", "Elasticsearch"), kibana.ErrNotKibana, "this is Elasticsearch"},
		{"another host", says(302, "", "Location", "https://sso.example.com/login?next=%2Fapi"), kibana.ErrRedirect, "to another host: https://sso.example.com/login"},
		{"the same host", says(301, "", "Location", "/base/api/x?y=1"), kibana.ErrRedirect, "to /base/api/x"},
		{"nowhere", says(307, ""), kibana.ErrRedirect, ""},
		{"too much", flood(false), kibana.ErrTooLarge, "64 MiB"},
		{"too much, compressed", flood(true), kibana.ErrTooLarge, "64 MiB"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := &script{steps: []http.HandlerFunc{row.answer}}
			c, _ := client(t, s, kibana.Config{Retry: kibana.Retry{MaxTries: 2}})
			_, err := c.GetRule(t.Context(), "r")
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.detail) {
				t.Errorf("%v, want %v with %q", err, row.want, row.detail)
			}
			// Only half an answer is worth another try.
			if again := errors.Is(row.want, kibana.ErrTruncated); (len(s.requests()) == 2) != again {
				t.Errorf("%d requests", len(s.requests()))
			}
		})
	}
}

// flood sends a JSON text longer than any client should read.
func flood(compressed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var to io.Writer = w
		if compressed {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer func() { _ = z.Close() }()
			to = z
		}
		chunk := []byte(strings.Repeat("a", 1<<20))
		for _, err := to.Write([]byte(`"`)); err == nil; _, err = to.Write(chunk) {
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	visits := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits++ }))
	defer other.Close()
	c, _ := client(t, says(307, "", "Location", other.URL), kibana.Config{APIKey: secret("id:key")})
	if _, err := c.GetRule(t.Context(), "r"); !errors.Is(err, kibana.ErrRedirect) || visits > 0 {
		t.Errorf("%v, %d visits", err, visits)
	}
}

func TestNoAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close() // Now nobody listens there.
	var n naps
	c, err := kibana.New(kibana.Config{URL: "http://ann:sesame@" + address, Sleep: n.sleep, Retry: kibana.Retry{MaxTries: 3}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetRule(t.Context(), "r")
	if outcome(err) != "network" || !strings.Contains(err.Error(), "no answer from "+address) || strings.Contains(err.Error(), "sesame") {
		t.Error(err)
	}
	if len(n.list) != 2 {
		t.Errorf("%d naps, want 2 between 3 tries", len(n.list))
	}
}

func TestTimeout(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	c, _ := client(t, &script{steps: []http.HandlerFunc{hang}}, kibana.Config{Timeout: time.Millisecond, Retry: kibana.Retry{MaxTries: 1}})
	_, err := c.GetRule(t.Context(), "r")
	if outcome(err) != "network" || !strings.Contains(err.Error(), "gave up waiting after 1ms") {
		t.Error(err)
	}
	// A try that took too long is made again, however long the second one takes.
	s := &script{steps: []http.HandlerFunc{hang}}
	c, n := client(t, s, kibana.Config{Timeout: time.Millisecond, Retry: kibana.Retry{MaxTries: 3}})
	if _, err := c.GetRule(t.Context(), "r"); outcome(err) != "network" || len(n.list) != 2 {
		t.Errorf("%v after %d naps, want 2 between 3 tries", err, len(n.list))
	}
}

func TestCancelledCallEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{steps: []http.HandlerFunc{func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}}}
	c, n := client(t, s, kibana.Config{})
	if _, err := c.GetRule(ctx, "r"); !errors.Is(err, context.Canceled) || len(n.list) != 0 {
		t.Errorf("%v after %d naps", err, len(n.list))
	}
	ctx, cancel = context.WithCancel(t.Context())
	s = &script{steps: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
		says(503, "")(w, r)
		cancel()
	}}}
	c, _ = client(t, s, kibana.Config{})
	if _, err := c.GetRule(ctx, "r"); err == nil || len(s.requests()) != 1 {
		t.Errorf("%v after %d requests, want no try after the caller gave up", err, len(s.requests()))
	}
}
