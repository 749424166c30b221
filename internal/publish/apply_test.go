package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// several is n desired rules, r00 and so on.
func several(n int) []publish.Desired {
	var list []publish.Desired
	for i := range n {
		list = append(list, query(fmt.Sprintf("r%02d", i), nil))
	}
	return list
}

// errs is the outcomes that failed, each as "rule_id: error".
func errs(outcomes []publish.Outcome) []string {
	var list []string
	for _, o := range outcomes {
		if o.Err != nil {
			list = append(list, o.ID+": "+o.Err.Error())
		}
	}
	return list
}

// patch changes a rule behind the plan's back.
func patch(t tester, client *kibana.Client, p object) {
	t.Helper()
	if _, err := client.PatchRule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func TestApplyBringsTheDesiredState(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{}))
	desired := several(6)
	apply(t, client, desired)
	patch(t, client, object{"rule_id": "r01", "name": "drifted", "tags": []any{"x"}})
	patch(t, client, object{"rule_id": "r02", "enabled": true, "version": 5})
	if err := client.DeleteRule(t.Context(), "r03"); err != nil {
		t.Fatal(err)
	}
	plan := makePlan(desired, read(t, client))
	var told []string
	outcomes, err := publish.Apply(t.Context(), client, plan, func(o publish.Outcome) { told = append(told, o.ID) })
	if err != nil || errs(outcomes) != nil {
		t.Fatal(err, errs(outcomes))
	}
	var got []string
	for _, o := range outcomes {
		got = append(got, fmt.Sprint(o.ID, " ", o.Action, " ", o.Source))
	}
	want := []string{
		"r00 none rules/r00.toml", "r01 update rules/r01.toml", "r02 none rules/r02.toml", "r03 create rules/r03.toml",
		"r04 none rules/r04.toml", "r05 none rules/r05.toml",
	}
	if !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	if slices.Sort(told); !slices.Equal(told, []string{"r00", "r01", "r02", "r03", "r04", "r05"}) {
		t.Errorf("told %q", told)
	}
	if plan := makePlan(desired, read(t, client)); !plan.Empty() {
		t.Errorf("second plan %+v", plan)
	}
}

func TestUpdateKeepsWhatTheFileDoesNotState(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".email"}}))
	apply(t, client, several(1))
	list := object{"id": "i", "list_id": "l", "type": "rule_default", "namespace_type": "single"}
	patch(t, client, object{
		"rule_id": "r00", "enabled": true, "version": 4, "note": "analyst's note", "exceptions_list": []any{list},
		"actions": []any{object{"id": "c", "action_type_id": ".email", "params": object{"to": []any{"soc"}}}},
	})
	before, err := client.GetRule(t.Context(), "r00")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, client, []publish.Desired{query("r00", object{"name": "new"})})
	after, err := client.GetRule(t.Context(), "r00")
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"id", "enabled", "exceptions_list", "actions"} {
		if a, b := text(t, before[kept]), text(t, after[kept]); a != b {
			t.Errorf("%s: %s became %s", kept, a, b)
		}
	}
	// The content changed, so the version rises by one.
	if after["name"] != "new" || after["note"] != nil || text(t, after["version"]) != "5" {
		t.Errorf("name %v, note %v, version %v", after["name"], after["note"], after["version"])
	}
	apply(t, client, []publish.Desired{query("r00", object{"exceptions_list": []any{}, "enabled": false})})
	if after, err = client.GetRule(t.Context(), "r00"); err != nil || text(t, after["exceptions_list"]) != "[]" || after["enabled"] != false {
		t.Errorf("what the file states: %v %v %v", after["exceptions_list"], after["enabled"], err)
	}
}

// TestUpdateLeavesStateToKibana: what was read must not be sent back as if it were wanted.
func TestUpdateLeavesStateToKibana(t *testing.T) {
	for _, stated := range []object{{}, {"enabled": true}, {"version": 3}} {
		kib := sandbox.New(sandbox.Options{})
		var sent object
		client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			if r.Method == http.MethodPut {
				if err := json.Unmarshal(body, &sent); err != nil {
					t.Error(err)
				}
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			kib.ServeHTTP(w, r)
		}))
		apply(t, client, several(1))
		apply(t, client, []publish.Desired{query("r00", with(stated, object{"name": "new"}))})
		if sent["name"] != "new" {
			t.Fatalf("sent %v", sent)
		}
		if _, sends := sent["enabled"]; sends != (stated["enabled"] != nil) {
			t.Errorf("%v: sends enabled %v", stated, sent["enabled"])
		}
		// A version is sent always: the stated one, or the one after that which was stored.
		if want := map[bool]float64{true: 3, false: 2}[stated["version"] != nil]; sent["version"] != want {
			t.Errorf("%v: sends version %v, want %v", stated, sent["version"], want)
		}
	}
}

func TestChangesBetweenPlanAndApply(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{}))
	desired := several(5)
	apply(t, client, desired[:3])
	for _, id := range []string{"r00", "r01", "r02"} {
		patch(t, client, object{"rule_id": id, "note": "drift"})
	}
	plan := makePlan(desired, read(t, client)) // Updates 0, 1, 2 and creates 3, 4.
	if err := client.DeleteRule(t.Context(), "r00"); err != nil {
		t.Fatal(err)
	}
	patch(t, client, object{"rule_id": "r01", "note": "more drift"})
	if _, err := client.CreateRule(t.Context(), query("r03", object{"name": "somebody else's"}).Body); err != nil {
		t.Fatal(err)
	}
	outcomes, err := publish.Apply(t.Context(), client, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"r00: it was deleted in kibana after the plan was made; plan again",
		"r01: it was changed in kibana after the plan was made (revision 1 then, 2 now); plan again",
		"r03: it was created in kibana after the plan was made; plan again",
	}
	got := errs(outcomes)
	if len(got) != len(want) {
		t.Fatalf("failed: %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	if rule, err := client.GetRule(t.Context(), "r03"); err != nil || rule["name"] != "somebody else's" {
		t.Errorf("the other's rule: %v, %v", rule["name"], err)
	}
	apply(t, client, desired)
	if plan := makePlan(desired, read(t, client)); !plan.Empty() {
		t.Errorf("after planning again: %+v", plan)
	}
}

func TestARuleThatFailsDoesNotStopTheOthers(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{}))
	desired := several(8)
	desired[2].Body["severity"] = "none"
	desired[5].Body["colour"] = "red" // Kibana drops what it does not know.
	outcomes, err := publish.Apply(t.Context(), client, makePlan(desired, nil), nil)
	got := errs(outcomes)
	if err != nil || len(got) != 2 ||
		!strings.HasPrefix(got[0], "r02: POST /api/detection_engine/rules: 400 [request body]: severity: ") ||
		got[1] != "r05: kibana took the rule but stored it differently: colour" {
		t.Errorf("%v, %q", err, got)
	}
	if n := len(read(t, client)); n != 7 {
		t.Errorf("%d rules in Kibana, want 7", n)
	}
}

func TestRefusedRulesAreOutcomes(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{}))
	desired := append(several(2), query("r00", nil))
	outcomes, err := publish.Apply(t.Context(), client, makePlan(desired, nil), nil)
	if got := errs(outcomes); err != nil || len(got) != 2 || !strings.Contains(got[0], "used by several files") {
		t.Errorf("%v, %q", err, got)
	}
	if rules := read(t, client); len(rules) != 1 || rules[0]["rule_id"] != "r01" {
		t.Errorf("in Kibana: %v", rules)
	}
}

func TestUnknownActionIsAnError(t *testing.T) {
	outcomes, err := publish.Apply(t.Context(), nil, publish.Plan{Changes: []publish.Change{
		{Action: "explode", Kind: publish.Rule}, {Action: publish.Delete, Kind: "planet"},
	}}, nil)
	if err != nil || len(outcomes) != 2 || outcomes[0].Err == nil || outcomes[1].Err == nil {
		t.Errorf("%v, %+v", err, outcomes)
	}
}

func TestCancellation(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	outcomes, err := publish.Apply(ctx, client, makePlan(several(40), nil), func(publish.Outcome) {
		if told++; told == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || told != 40 || len(outcomes) != 40 {
		t.Fatalf("%v, told %d of %d", err, told, len(outcomes))
	}
	done, notTried := 0, 0
	for i, o := range outcomes {
		switch {
		case o.ID != fmt.Sprintf("r%02d", i):
			t.Errorf("outcome %d is %q", i, o.ID)
		case o.Err == nil:
			done++
		case errors.Is(o.Err, publish.ErrNotTried):
			notTried++
		case !errors.Is(o.Err, context.Canceled):
			t.Errorf("%s: %v", o.ID, o.Err)
		}
	}
	if done < 9 || notTried < 26 {
		t.Errorf("%d done, %d not tried", done, notTried)
	}
	if n := len(read(t, client)); n < done {
		t.Errorf("%d rules in Kibana, %d done", n, done)
	}
}

func TestUnusableKibanaEndsTheRun(t *testing.T) {
	const tries = 5
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	rows := []struct {
		name   string
		answer http.HandlerFunc
		most   int64 // Requests until the run ends.
		want   string
	}{
		{"unknown credentials", says(401, `{"statusCode":401,"error":"Unauthorized","message":"who"}`), 4, "401 who"},
		{"a redirect to a login page", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://sso.example.com", http.StatusFound)
		}, 4, "redirect"},
		{"Elasticsearch", elasticsearch, 4, "this is Elasticsearch"},
		{"connections that break", hangUp, 8 * (1 + tries), "kibana does not answer"},
		{"a proxy alone", says(502, "<html>"), 8 * (1 + tries), "kibana does not answer"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var requests atomic.Int64
			client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				row.answer(w, r)
			}))
			outcomes, err := publish.Apply(t.Context(), client, makePlan(several(100), nil), nil)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q", err, row.want)
			}
			if n := requests.Load(); n > row.most {
				t.Errorf("%d requests, want at most %d", n, row.most)
			}
			if n := len(errs(outcomes)); n != 100 || !errors.Is(outcomes[99].Err, publish.ErrNotTried) {
				t.Errorf("%d failed, the last with %v", n, outcomes[99].Err)
			}
		})
	}
}

// TestRefusalsDoNotEndTheRun is the near miss: a Kibana that answers each rule with a refusal of its own.
func TestRefusalsDoNotEndTheRun(t *testing.T) {
	for _, status := range []int{400, 403, 409, 413, 500} {
		client := serve(t, says(status, `{"status_code":0,"message":"no"}`))
		outcomes, err := publish.Apply(t.Context(), client, makePlan(several(20), nil), nil)
		if err != nil || len(errs(outcomes)) != 20 || errors.Is(outcomes[19].Err, publish.ErrNotTried) {
			t.Errorf("%d: %v, last %v", status, err, outcomes[19].Err)
		}
	}
}

func TestParallel(t *testing.T) {
	for name, row := range map[string]struct {
		options []publish.Option
		limit   int
	}{
		"default": {nil, 4}, "one": {[]publish.Option{publish.Parallel(1)}, 1}, "none is one": {[]publish.Option{publish.Parallel(0)}, 1},
		"seven": {[]publish.Option{publish.Parallel(7)}, 7},
	} {
		var mu sync.Mutex
		inside, most := 0, 0
		full := make(chan struct{})
		kib := sandbox.New(sandbox.Options{})
		client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			inside++
			if most = max(most, inside); inside == row.limit && most == row.limit {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			mu.Unlock()
			<-full // Nobody leaves before as many are inside as there may be; more would be noticed.
			kib.ServeHTTP(w, r)
			mu.Lock()
			inside--
			mu.Unlock()
		}))
		outcomes, err := publish.Apply(t.Context(), client, makePlan(several(30), nil), nil, row.options...)
		if err != nil || errs(outcomes) != nil || most != row.limit {
			t.Errorf("%s: %d at a time, want %d; %v %q", name, most, row.limit, err, errs(outcomes))
		}
	}
}

func TestReadNeedsFewRequests(t *testing.T) {
	kib := sandbox.New(sandbox.Options{})
	apply(t, serve(t, kib), several(30))
	requests := 0
	client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		kib.ServeHTTP(w, r)
	}))
	if rules := read(t, client); len(rules) != 30 || requests != 1 {
		t.Errorf("%d rules in %d requests", len(rules), requests)
	}
}

func TestReadFails(t *testing.T) {
	client := serve(t, says(403, `{"statusCode":403,"error":"Forbidden","message":"no"}`))
	if _, err := publish.Read(t.Context(), client, publish.Scope{}); !kibana.HasStatus(err, 403) || !strings.HasPrefix(err.Error(), "reading the rules in kibana: ") {
		t.Error(err)
	}
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func elasticsearch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	says(200, `{"tagline":"hello"}`)(w, r)
}
