package publish_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// tester is what the helpers need of a test, be it one of testing or of rapid.
type tester interface {
	Helper()
	Context() context.Context
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

// serve runs a handler on loopback and gives a client of it.
func serve(t tester, h http.Handler) *kibana.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return connect(t, server.URL)
}

// connect gives a client that does not wait between tries.
func connect(t tester, url string) *kibana.Client {
	t.Helper()
	client, err := kibana.New(kibana.Config{URL: url, Sleep: noSleep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// query is a small query rule with the fields given on top.
func query(id string, more map[string]any) publish.Desired {
	body := map[string]any{
		"rule_id": id, "name": "Rule " + id, "description": "d", "type": "query", "query": "a: 1",
		"severity": "low", "risk_score": 21,
	}
	return publish.Desired{Kind: publish.Rule, ID: id, Name: "Rule " + id, Source: "rules/" + id + ".toml", Body: with(body, more)}
}

func read(t tester, client publish.Client) []map[string]any {
	t.Helper()
	state, err := publish.Read(t.Context(), client, publish.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return state.Rules
}

// makePlan compares with the rules of a space from which nothing was published before.
func makePlan(desired []publish.Desired, rules []map[string]any) publish.Plan {
	return publish.Make(desired, publish.State{Rules: rules}, publish.Options{})
}

// apply plans and applies, and fails the test when any rule fails.
func apply(t tester, client publish.Client, desired []publish.Desired) publish.Plan {
	t.Helper()
	plan := makePlan(desired, read(t, client))
	outcomes, err := publish.Apply(t.Context(), client, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Errorf("%s %s: %v", o.Action, o.ID, o.Err)
		}
	}
	return plan
}

func TestSecondPlanIsEmpty(t *testing.T) {
	client := serve(t, sandbox.New(sandbox.Options{}))
	var desired []publish.Desired
	for i := range 30 {
		desired = append(desired, query(fmt.Sprintf("r%02d", i), nil))
	}
	if plan := apply(t, client, desired); plan.Count(publish.Create) != 30 {
		t.Errorf("first plan: %d creates, want 30", plan.Count(publish.Create))
	}
	if plan := makePlan(desired, read(t, client)); !plan.Empty() {
		t.Errorf("second plan: %+v", plan)
	}
}
