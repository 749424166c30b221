package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

func TestParseFaults(t *testing.T) {
	rows := []struct{ text, want string }{
		{"rate=0.1,429,503,reset,slow,partial", "0.1 [429 503 reset slow partial] 0s"},
		{"503", "0.1 [503] 0s"},
		{"rate=1", "1 [429 502 503 504 reset slow partial] 0s"},
		{"slow=300ms, rate=0", "0 [slow] 300ms"},
		{"rate=2", "a share from 0 to 1"}, {"rate=-0.1", "a share from 0 to 1"}, {"rate=NaN", "a share from 0 to 1"},
		{"rate", "a fault is one of"}, {"500", "a fault is one of"}, {"429=1", "a fault is one of"}, {"", "a fault is one of"},
		{"slow=soon", "invalid duration"},
	}
	for _, row := range rows {
		f, err := sandbox.ParseFaults(row.text)
		got := fmt.Sprint(f.Rate, " ", f.Kinds, " ", f.Slow)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, row.want) {
			t.Errorf("%s: %s, want %s", row.text, got, row.want)
		}
	}
}

// TestFaultKinds: what the client sees of each kind, and whether the request was done.
func TestFaultKinds(t *testing.T) {
	rows := []struct {
		kind, want string
		done       []bool // What may be.
	}{
		{"429", `429 {"error":"Too Many Requests"`, []bool{false}},
		{"503", `503 {"error":"Service Unavailable","message":"Kibana server is not ready yet"`, []bool{false}},
		{"502", "502 <html>", []bool{true}},
		{"504", "504 <html>", []bool{true}},
		{"reset", "EOF", []bool{true, false}},
		{"slow", "200 ", []bool{true}},
		{"partial", "unexpected EOF", []bool{true}},
	}
	for _, row := range rows {
		var outcomes []bool
		for seed := range uint64(8) {
			kib := sandbox.New(sandbox.Options{})
			slept := time.Duration(0)
			faults := sandbox.Faults{Rate: 1, Kinds: []string{row.kind}, Seed: seed, Sleep: func(_ context.Context, d time.Duration) { slept += d }}
			server := httptest.NewServer(faults.Wrap(kib))
			if got := try(t, server.URL); !strings.Contains(got, row.want) {
				t.Errorf("%s: %s, want %s", row.kind, got, row.want)
			}
			server.Close()
			if (slept == 2*time.Second) != (row.kind == "slow") {
				t.Errorf("%s: slept %s", row.kind, slept)
			}
			calm := httptest.NewServer(kib)
			done := peer{t: t, url: calm.URL}.send("GET", rulesPath+"?rule_id=r", nil).status == 200
			calm.Close()
			if !slices.Contains(outcomes, done) {
				outcomes = append(outcomes, done)
			}
		}
		if len(outcomes) != len(row.done) || !slices.Contains(outcomes, row.done[0]) {
			t.Errorf("%s: done %v, want %v", row.kind, outcomes, row.done)
		}
	}
}

// try creates a rule and tells what came of it.
func try(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", url+rulesPath, strings.NewReader(asJSON(t, minimal("query"))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("kbn-xsrf", "x")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(res.StatusCode, " ", string(text), " ", http.StatusText(res.StatusCode))
}

func TestFaultsFollowTheSeed(t *testing.T) {
	pattern := func(seed uint64) string {
		f, err := sandbox.ParseFaults("rate=0.3,429,503")
		if err != nil {
			t.Fatal(err)
		}
		f.Seed = seed
		h := f.Wrap(sandbox.New(sandbox.Options{}))
		text := ""
		for i := range 400 {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest("GET", fmt.Sprintf("%s?rule_id=%d", rulesPath, i%7), nil))
			text += fmt.Sprint(rec.Code, " ")
		}
		return text
	}
	one := pattern(1)
	if one != pattern(1) || one == pattern(2) {
		t.Error("the faults do not follow from the seed")
	}
	if n := strings.Count(one, "429") + strings.Count(one, "503"); n < 80 || n > 160 {
		t.Errorf("%d faults in 400 requests at a rate of 0.3", n)
	}
}
