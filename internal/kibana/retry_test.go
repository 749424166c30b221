package kibana_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// steps makes a script of words: a status, "ok" (the rule), "hang up", "break off" or "half".
func steps(words string) *script {
	known := map[string]http.HandlerFunc{
		"ok": says(200, rule), "hang-up": hangsUp, "break-off": breaksOff, "half": says(200, rule[:9]),
		"found": says(200, rule), "other": says(200, strings.Replace(rule, `"n"`, `"m"`, 1)),
		"one": says(200, `{"page":1,"perPage":2,"total":1,"data":[`+rule+`]}`),
		"two": says(200, `{"page":1,"perPage":2,"total":2,"data":[`+rule+`,`+rule+`]}`),
	}
	s := &script{}
	for _, word := range strings.Fields(words) {
		step := known[word]
		if step == nil {
			var status int
			if _, err := fmt.Sscan(word, &status); err != nil {
				panic(err)
			}
			step = says(status, `{"status_code":`+word+`,"message":"m"}`)
		}
		s.steps = append(s.steps, step)
	}
	return s
}

func TestRepeatableCalls(t *testing.T) {
	calls := map[string]func(*kibana.Client) error{
		"get": func(c *kibana.Client) error { _, err := c.GetRule(context.Background(), "r"); return err },
		"update": func(c *kibana.Client) error {
			_, err := c.UpdateRule(context.Background(), kibana.Rule{"rule_id": "r"})
			return err
		},
		"patch": func(c *kibana.Client) error {
			_, err := c.PatchRule(context.Background(), kibana.Rule{"rule_id": "r"})
			return err
		},
		"delete": func(c *kibana.Client) error { return c.DeleteRule(context.Background(), "r") },
	}
	rows := []struct {
		answers  string
		outcome  string
		requests int
	}{
		{"ok", "ok", 1},
		{"429 ok", "ok", 2}, {"502 ok", "ok", 2}, {"503 ok", "ok", 2}, {"504 ok", "ok", 2},
		{"hang-up ok", "ok", 2}, {"break-off ok", "ok", 2}, {"half ok", "ok", 2},
		{"503 hang-up half 429 ok", "ok", 5},
		{"503 503 503 503 503 ok", "503", 5},
		{"hang-up hang-up hang-up hang-up hang-up ok", "network", 5},
		{"500 ok", "500", 1}, {"400 ok", "400", 1}, {"401 ok", "401", 1}, {"403 ok", "403", 1},
		{"404 ok", "404", 1}, {"409 ok", "409", 1}, {"413 ok", "413", 1}, {"501 ok", "501", 1},
	}
	for name, call := range calls {
		for _, row := range rows {
			s := steps(row.answers)
			c, _ := client(t, s, kibana.Config{})
			got := outcome(call(c))
			if n := len(s.requests()); got != row.outcome || n != row.requests {
				t.Errorf("%s: %s: %s after %d requests, want %s after %d", name, row.answers, got, n, row.outcome, row.requests)
			}
		}
	}
}

func TestDeleteThatWorkedBefore(t *testing.T) {
	for answers, want := range map[string]string{
		"504 404": "ok", "hang-up 404": "ok", "404": "404", "504 403": "403",
	} {
		c, _ := client(t, steps(answers), kibana.Config{})
		if got := outcome(c.DeleteRule(t.Context(), "r")); got != want {
			t.Errorf("%s: %s, want %s", answers, got, want)
		}
	}
}

func TestPauses(t *testing.T) {
	s := steps("503 503 503 503 503 503 ok")
	c, n := client(t, s, kibana.Config{Retry: kibana.Retry{MaxTries: 7, Base: time.Second, MaxDelay: 8 * time.Second}})
	if _, err := c.GetRule(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	for i, full := range []time.Duration{1, 2, 4, 8, 8, 8} {
		full *= time.Second
		if got := n.list[i]; got < full/2 || got > full*3/2 {
			t.Errorf("pause %d: %s, want %s to %s", i+1, got, full/2, full*3/2)
		}
	}
}

func TestPausesDifferBetweenClients(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 10 {
		c, n := client(t, steps("503 ok"), kibana.Config{})
		if _, err := c.GetRule(t.Context(), "r"); err != nil {
			t.Fatal(err)
		}
		seen[n.list[0]] = true
	}
	if len(seen) < 5 {
		t.Errorf("10 clients chose only %d pauses", len(seen))
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rows := []struct {
		header   string
		least    time.Duration
		most     time.Duration
		requests int
	}{
		{"", 0, 2 * time.Second, 2},
		{"7", 7 * time.Second, 7 * time.Second, 2},
		{"0", 0, 2 * time.Second, 2},
		{"120", 2 * time.Minute, 2 * time.Minute, 2},
		{"121", 0, 0, 1},
		{"99999999999999999999", 0, 2 * time.Second, 2},
		{"soon", 0, 2 * time.Second, 2},
		{"-5", 0, 2 * time.Second, 2},
		{now.Add(30 * time.Second).Format(http.TimeFormat), 30 * time.Second, 30 * time.Second, 2},
		{now.Add(-time.Hour).Format(http.TimeFormat), 0, 2 * time.Second, 2},
		{now.Add(time.Hour).Format(http.TimeFormat), 0, 0, 1},
	}
	for _, status := range []int{429, 503} {
		for _, row := range rows {
			s := &script{steps: []http.HandlerFunc{says(status, "slow", "Retry-After", row.header), says(200, rule)}}
			c, n := client(t, s, kibana.Config{Now: func() time.Time { return now }})
			_, err := c.GetRule(t.Context(), "r")
			if len(s.requests()) != row.requests || (err == nil) != (row.requests == 2) {
				t.Errorf("%d, Retry-After %q: %d requests, %v", status, row.header, len(s.requests()), err)
				continue
			}
			if err == nil && (n.list[0] < row.least || n.list[0] > row.most) {
				t.Errorf("%d, Retry-After %q: paused %s, want %s to %s", status, row.header, n.list[0], row.least, row.most)
			}
			if err != nil && !strings.Contains(err.Error(), "asks to wait") {
				t.Errorf("Retry-After %q: %v", row.header, err)
			}
		}
	}
}

// TestCreate: in each row the answers are to the requests in their order; P is a POST, G a GET by rule_id, F a _find.
func TestCreate(t *testing.T) {
	rows := []struct{ answers, outcome, requests string }{
		{"ok", "ok", "P"},
		{"409", "409", "P"}, {"400", "400", "P"}, {"500", "500", "P"}, {"401", "401", "P"},
		{"504 found", "ok", "PG"},
		{"hang-up found", "ok", "PG"},
		{"break-off found", "ok", "PG"},
		{"half found", "ok", "PG"},
		{"504 other", "409", "PG"},
		{"504 404 ok one", "ok", "PGPF"},
		{"429 404 ok one", "ok", "PGPF"},
		{"504 404 ok two", kibana.ErrDoubled.Error(), "PGPF"},
		{"504 404 409 found", "ok", "PGPG"},
		{"504 404 409 other", "409", "PGPG"},
		{"504 503 502 found", "ok", "PGGG"},
		{"504 404 503 404 502 found", "ok", "PGPGPG"},
		{"504 403", kibana.ErrUncertain.Error(), "PG"},
		{"504 503 503 503 503 503 ok", kibana.ErrUncertain.Error(), "PGGGGG"},
		{"503 404 503 404 503 404 503 404 503 404", "503", "PGPGPGPGPG"},
		{"503 404 400", "400", "PGP"},
	}
	for _, row := range rows {
		s := steps(row.answers)
		c, _ := client(t, s, kibana.Config{})
		_, err := c.CreateRule(t.Context(), kibana.Rule{"rule_id": "r", "name": "n", "type": "query"})
		got := outcome(err)
		for _, special := range []error{kibana.ErrDoubled, kibana.ErrUncertain} {
			if errors.Is(err, special) {
				got = special.Error()
			}
		}
		if got != row.outcome || letters(s.requests()) != row.requests {
			t.Errorf("%s: %s by %s, want %s by %s (%v)", row.answers, got, letters(s.requests()), row.outcome, row.requests, err)
		}
	}
}

func letters(asked []string) string {
	var b strings.Builder
	for _, a := range asked {
		switch {
		case strings.HasPrefix(a, "POST"):
			b.WriteByte('P')
		case strings.Contains(a, "_find"):
			b.WriteByte('F')
		case strings.Contains(a, "?rule_id=r"):
			b.WriteByte('G')
		default:
			b.WriteString("(" + a + ")")
		}
	}
	return b.String()
}

func TestCreateWithoutRuleIDIsNotRepeated(t *testing.T) {
	s := steps("504 ok")
	c, _ := client(t, s, kibana.Config{})
	if _, err := c.CreateRule(t.Context(), kibana.Rule{"name": "n"}); !errors.Is(err, kibana.ErrUncertain) || len(s.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestCancelledCreateIsUncertain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := client(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // Only then does the server notice that the client leaves.
		cancel()
		<-r.Context().Done()
	}), kibana.Config{})
	_, err := c.CreateRule(ctx, kibana.Rule{"rule_id": "r"})
	if !errors.Is(err, kibana.ErrUncertain) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestHolds(t *testing.T) {
	type object = map[string]any
	rows := []struct {
		name         string
		stored, sent kibana.Rule
		want         bool
	}{
		{"the same", object{"a": 1}, object{"a": 1.0}, true},
		{"another number", object{"a": 1}, object{"a": 2}, false},
		{"a field more", object{"a": 1, "b": 2}, object{"a": 1}, true},
		{"a field that was dropped", object{"a": 1}, object{"a": 1, "colour": "red"}, true},
		{"a field more inside", object{"a": []any{object{"name": "x", "ecs": true}}}, object{"a": []any{object{"name": "x"}}}, true},
		{"a field less inside", object{"a": object{"b": 1}}, object{"a": object{"b": 1, "c": 2}}, false},
		{"a text as a list", object{"t": object{"field": []any{"x"}}}, object{"t": object{"field": "x"}}, true},
		{"another text as a list", object{"t": object{"field": []any{"y"}}}, object{"t": object{"field": "x"}}, false},
		{"an empty text as a list", object{"t": object{"field": []any{}}}, object{"t": object{"field": ""}}, true},
		{"a longer list", object{"a": []any{"x", "y"}}, object{"a": []any{"x"}}, false},
		{"Go's types", object{"a": []any{"x"}}, object{"a": []string{"x"}}, true},
		{"null for nothing", object{"a": object{}}, object{"a": object{"b": nil}}, true},
		{"another type", object{"a": "1"}, object{"a": 1}, false},
		{"a list for a text", object{"a": "x"}, object{"a": []any{"x"}}, false},
		{"an object for a text", object{"a": object{}}, object{"a": "x"}, false},
		{"another flag", object{"a": true}, object{"a": false}, false},
	}
	for _, row := range rows {
		if got := kibana.Holds(row.stored, row.sent); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

func TestStatus(t *testing.T) {
	const full = `{"version":{"number":"9.2.0","build_flavor":"serverless"},"status":{"overall":{"level":"degraded"}}}`
	rows := []struct {
		name, answers string
		steps         []http.HandlerFunc
		want          kibana.Status
		outcome       string
	}{
		{"well", "", []http.HandlerFunc{says(200, full)}, kibana.Status{Version: "9.2.0", Flavor: "serverless", Level: "degraded"}, "ok"},
		{"to a stranger", "", []http.HandlerFunc{says(200, `{"status":{"overall":{"level":"available"}}}`)}, kibana.Status{Level: "available"}, "ok"},
		{"ill", "", []http.HandlerFunc{says(503, `{"status":{"overall":{"level":"unavailable"}}}`)}, kibana.Status{Level: "unavailable"}, "ok"},
		{"behind a proxy that is ill", "", []http.HandlerFunc{says(503, "<html>"), says(200, full)}, kibana.Status{Version: "9.2.0", Flavor: "serverless", Level: "degraded"}, "ok"},
		{"not Kibana", "", []http.HandlerFunc{says(200, `{"tagline":"hello"}`)}, kibana.Status{}, kibana.ErrNotKibana.Error()},
		{"not for you", "", []http.HandlerFunc{says(401, `{"statusCode":401,"error":"Unauthorized","message":"no"}`)}, kibana.Status{}, "401"},
	}
	for _, row := range rows {
		c, _ := client(t, &script{steps: row.steps}, kibana.Config{})
		got, err := c.Status(t.Context())
		if got.Date.IsZero() != (err != nil) {
			t.Errorf("%s: Kibana's clock is %s", row.name, got.Date)
		}
		got.Date = time.Time{}
		if diff := cmp.Diff(row.want, got); diff != "" || outcome(err) != row.outcome {
			t.Errorf("%s: %v %s", row.name, err, diff)
		}
	}
}

// pages answers _find from a number of rules, as Kibana does.
type pages struct {
	total int
	// change tells, for each request from 1 on, which rules there are: those from first to before last. Nil is always all.
	change func(request int) (first, last int)
	asked  []string
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var page, per int
	q := r.URL.Query()
	_, _ = fmt.Sscan(q.Get("page"), &page)
	_, _ = fmt.Sscan(q.Get("per_page"), &per)
	p.asked = append(p.asked, fmt.Sprintf("%d/%d %s %s", page, per, q.Get("sort_field"), q.Get("sort_order")))
	if page*per > 10_000 {
		says(400, `{"status_code":400,"message":"Result window is too large"}`)(w, r)
		return
	}
	first, last := 0, p.total
	if p.change != nil {
		first, last = p.change(len(p.asked))
	}
	var data []string
	for i := first + (page-1)*per; i < min(first+page*per, last); i++ {
		data = append(data, fmt.Sprintf(`{"id":"%d","rule_id":"r%d"}`, i, i))
	}
	says(200, fmt.Sprintf(`{"page":%d,"perPage":%d,"total":%d,"data":[%s]}`, page, per, last-first, strings.Join(data, ",")))(w, r)
}

func TestFindRules(t *testing.T) {
	rows := []struct {
		total, per, requests int
		err                  error
	}{
		{0, 0, 1, nil}, {1, 0, 1, nil}, {999, 0, 1, nil}, {1000, 0, 1, nil}, {1001, 0, 2, nil}, {1527, 0, 2, nil},
		{10_000, 0, 10, nil}, {10_001, 0, 1, kibana.ErrTooMany}, {25, 10, 3, nil}, {30, 10, 3, nil}, {5, 5000, 1, nil},
	}
	for _, row := range rows {
		p := &pages{total: row.total}
		c, _ := client(t, p, kibana.Config{})
		rules, err := c.FindRules(t.Context(), kibana.FindOptions{PerPage: row.per})
		if !errors.Is(err, row.err) || len(p.asked) != row.requests || err == nil && len(rules) != row.total {
			t.Errorf("%d rules by %d: %d in %d requests, %v", row.total, row.per, len(rules), len(p.asked), err)
		}
		for _, asked := range p.asked {
			if !strings.HasSuffix(asked, " created_at asc") {
				t.Errorf("asked %s", asked)
			}
		}
	}
}

func TestFindRulesWhileTheyChange(t *testing.T) {
	rows := []struct {
		name     string
		change   func(request int) (first, last int)
		want     string
		requests int
	}{
		// Without reading again rule 10 would be missing: it moves to the first page after that was read.
		{"the first goes after page 1", func(n int) (int, int) { return min(n-1, 1), 21 }, "1 to 20", 4},
		{"one comes after page 1", func(n int) (int, int) { return 0, 14 + min(n-1, 1) }, "0 to 14", 4},
		{"one comes after the last page", func(n int) (int, int) { return 0, 15 + n/3 }, "0 to 14", 2},
		// Rule 9 is then on both pages, and the new one on none.
		{"one comes at the front", func(n int) (int, int) { return -min(n-1, 1), 15 - min(n-1, 1) }, "-1 to 13", 4},
		{"always", func(n int) (int, int) { return 0, 15 + n }, kibana.ErrUnstable.Error(), 6},
	}
	for _, row := range rows {
		p := &pages{change: row.change}
		c, _ := client(t, p, kibana.Config{})
		rules, err := c.FindRules(t.Context(), kibana.FindOptions{PerPage: 10})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprintf("%v to %v", rules[0]["id"], rules[len(rules)-1]["id"])
		}
		if got != row.want || len(p.asked) != row.requests {
			t.Errorf("%s: %s in %d requests, want %s in %d", row.name, got, len(p.asked), row.want, row.requests)
		}
	}
}

func TestFindRulesFilter(t *testing.T) {
	s := &script{steps: []http.HandlerFunc{says(200, `{"page":1,"perPage":1000,"total":0,"data":[]}`)}}
	c, _ := client(t, s, kibana.Config{})
	if _, err := c.FindRules(t.Context(), kibana.FindOptions{Filter: `a: "b c"`}); err != nil {
		t.Fatal(err)
	}
	want := "GET /api/detection_engine/rules/_find?filter=a%3A+%22b+c%22&page=1&per_page=1000&sort_field=created_at&sort_order=asc"
	if !slices.Equal(s.requests(), []string{want}) {
		t.Errorf("asked %q", s.requests())
	}
}

func TestFindRulesStrangeAnswers(t *testing.T) {
	for _, body := range []string{
		`{}`, `[]`, `{"total":1}`, `{"data":[]}`, `{"total":"1","data":[]}`, `{"total":1.5,"data":[]}`,
		`{"total":1,"data":[5]}`, `{"total":1,"data":[{}]}`,
	} {
		c, _ := client(t, says(200, body), kibana.Config{})
		if _, err := c.FindRules(t.Context(), kibana.FindOptions{}); !errors.Is(err, kibana.ErrNotKibana) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
