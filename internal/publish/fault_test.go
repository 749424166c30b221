package publish_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// fault is what can go wrong with one request. Each is either before Kibana has done anything, or after: then Kibana
// has done what was asked, and only its answer is lost.
type fault struct {
	name  string
	after bool
	spoil func(w http.ResponseWriter, whole []byte)
}

func faults() []fault {
	refuse := func(status int, headers ...string) func(http.ResponseWriter, []byte) {
		return func(w http.ResponseWriter, _ []byte) {
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html><title>oops</title></html>"))
		}
	}
	hangUp := func(http.ResponseWriter, []byte) { panic(http.ErrAbortHandler) }
	return []fault{
		{"429", false, refuse(429, "Retry-After", "3")},
		{"503", false, refuse(503, "Retry-After", "1")},
		{"502", false, refuse(502)},
		{"connection refused midway", false, hangUp},
		{"502 too late", true, refuse(502)},
		{"503 too late", true, refuse(503)},
		{"504", true, refuse(504)},
		{"connection broken", true, hangUp},
		{"half an answer", true, func(w http.ResponseWriter, whole []byte) { _, _ = w.Write(whole[:len(whole)/2]) }},
		{"half an answer of known length", true, func(w http.ResponseWriter, whole []byte) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(whole[:len(whole)/2])
		}},
	}
}

// weather stands before a handler and lets go wrong what the plan says, one entry a request; -1 is nothing.
type weather struct {
	mu   sync.Mutex
	plan []int
	next http.Handler
}

func (x *weather) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	which := -1
	if len(x.plan) > 0 {
		which, x.plan = x.plan[0], x.plan[1:]
	}
	x.mu.Unlock()
	if which < 0 {
		x.next.ServeHTTP(w, r)
		return
	}
	f := faults()[which]
	rec := httptest.NewRecorder()
	if f.after {
		x.next.ServeHTTP(rec, r)
	}
	f.spoil(w, rec.Body.Bytes())
}

// TestEachFault lets each thing go wrong with each request in turn, twice in a row.
func TestEachFault(t *testing.T) {
	for i, f := range faults() {
		for at := range 4 {
			kib := sandbox.New(sandbox.Options{})
			storm := &weather{next: kib}
			client := serve(t, storm)
			desired := several(3)
			apply(t, client, desired[:1])
			patch(t, client, object{"rule_id": "r00", "name": "drifted"})
			plan := makePlan(desired, read(t, client)) // An update, which takes two requests, and two creates.
			for range at {
				storm.plan = append(storm.plan, -1)
			}
			storm.plan = append(storm.plan, i, i)
			outcomes, err := publish.Apply(t.Context(), client, plan, nil, publish.Parallel(1))
			if err != nil || errs(outcomes) != nil {
				t.Errorf("%s at request %d: %v %q", f.name, at, err, errs(outcomes))
			}
			if rules := read(t, client); len(rules) != 3 || !makePlan(desired, rules).Empty() {
				t.Errorf("%s at request %d: %d rules in Kibana, or not the desired ones", f.name, at, len(rules))
			}
		}
	}
}

// TestFaultyWeather lets things go wrong at random, but never so often in a row that a call has no try left.
func TestFaultyWeather(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		kib := sandbox.New(sandbox.Options{})
		server := httptest.NewServer(kib)
		defer server.Close()
		storm := &weather{next: kib}
		stormy := httptest.NewServer(storm)
		defer stormy.Close()
		desired := several(rapid.IntRange(1, 6).Draw(r, "rules"))
		calm := connect(r, server.URL)
		known := rapid.IntRange(0, len(desired)).Draw(r, "known")
		apply(r, calm, desired[:known])
		for i := range known {
			if rapid.Bool().Draw(r, "drifted") {
				patch(r, calm, object{"rule_id": desired[i].ID, "name": "drifted", "enabled": true})
			}
		}
		plan := makePlan(desired, read(r, calm))
		for range rapid.IntRange(0, 20).Draw(r, "requests") {
			storm.plan = append(storm.plan, rapid.IntRange(0, len(faults())-1).Draw(r, "fault"), -1, -1)
		}
		outcomes, err := publish.Apply(r.Context(), connect(r, stormy.URL), plan, nil, publish.Parallel(1))
		if err != nil || errs(outcomes) != nil {
			r.Fatalf("%v %q", err, errs(outcomes))
		}
		if rules := read(r, calm); len(rules) != len(desired) || !makePlan(desired, rules).Empty() {
			r.Fatalf("%d rules in Kibana, want %d", len(rules), len(desired))
		}
	})
}

// TestLoginPage: a proxy that sends its login page instead of an answer is an error of that rule, and the next run
// mends it.
func TestLoginPage(t *testing.T) {
	kib := sandbox.New(sandbox.Options{})
	pages := 1
	client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && pages > 0 {
			pages--
			w.Header().Set("Content-Type", "text/html")
			says(200, "<html><title>Sign in</title></html>")(w, r)
			return
		}
		kib.ServeHTTP(w, r)
	}))
	desired := several(3)
	outcomes, err := publish.Apply(t.Context(), client, makePlan(desired, nil), nil, publish.Parallel(1))
	if got := errs(outcomes); err != nil || len(got) != 1 {
		t.Fatalf("%v %q", err, got)
	}
	apply(t, client, desired)
	if rules := read(t, client); len(rules) != 3 || !makePlan(desired, rules).Empty() {
		t.Errorf("%d rules in Kibana", len(rules))
	}
}
