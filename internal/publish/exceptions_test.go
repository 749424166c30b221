package publish_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// trusted is an exception list with an item for each user, which asks for a value list as well.
func trusted(users ...string) []publish.Desired {
	l := &exception.List{ListID: "trusted", Name: "Trusted", Type: "detection", Namespace: "single"}
	for _, user := range users {
		l.Items = append(l.Items, &exception.Item{
			ItemID: "trusted-" + user, ListID: "trusted", Name: user, Namespace: "single", Comments: []string{"known"},
			Entries: []*exception.Entry{
				{Field: "user.name", Type: exception.Match, Values: []string{user}},
				{Field: "source.ip", Type: exception.InList, ListID: "addresses", ListType: "ip"},
			},
		})
	}
	return publish.Exceptions("exceptions/trusted.toml", []*exception.List{l}, nil)
}

func addresses(lines string) []publish.Desired {
	values, _ := exception.ReadValues("ip", source.NewFile("addresses.txt", lines))
	return publish.Exceptions("exceptions/trusted.toml", nil, []*exception.ValueList{{ID: "addresses", Type: "ip", Values: values}})
}

// excepted is a rule that names the list, with the id that it has somewhere else.
func excepted(id string) publish.Desired {
	return query(id, object{"enabled": true, "exceptions_list": []any{
		object{"id": "of another space", "list_id": "trusted", "type": "detection", "namespace_type": "single"},
	}})
}

// space publishes everything, exceptions too.
func (r *repository) all(desired ...publish.Desired) publish.Plan {
	r.t.Helper()
	o := r.options
	o.Lock = r.lock.Spaces["space"]
	state, err := publish.Read(r.t.Context(), r.client, publish.ScopeOf(desired, o.Lock))
	if err != nil {
		r.t.Fatal(err)
	}
	return publish.Make(desired, state, o)
}

func (r *repository) applyAll(desired ...publish.Desired) {
	r.t.Helper()
	outcomes, err := publish.Apply(r.t.Context(), r.client, r.all(desired...), nil)
	if err != nil || errs(outcomes) != nil {
		r.t.Fatal(err, errs(outcomes))
	}
	r.lock.Record("space", outcomes)
	if p := r.all(desired...); p.Writes() > 0 {
		r.t.Errorf("a second plan is not empty: %s %+v", actions(p), p.Changes)
	}
}

func TestExceptionsAndValueLists(t *testing.T) {
	r := newRepository(t)
	whole := slices.Concat([]publish.Desired{excepted("a")}, trusted("ann", "bob"), addresses("10.0.0.1\n10.0.0.2\n"))
	r.applyAll(whole...)
	rule, err := r.client.GetRule(t.Context(), "a")
	if err != nil || rule["enabled"] != true || strings.Contains(text(t, rule["exceptions_list"]), "another space") {
		t.Errorf("%v %v %v", rule["enabled"], rule["exceptions_list"], err)
	}
	// An item that changes, one that goes, one that comes; values likewise.
	r.options.Prune = true
	changed := slices.Concat([]publish.Desired{excepted("a")}, trusted("bob", "eve"), addresses("10.0.0.2\n10.0.0.3\n"))
	changed[2].Body["name"] = "Bob"
	plan := r.all(changed...)
	if got, want := actions(plan), "delete trusted-ann create trusted-eve update trusted-bob none trusted update addresses none a"; sorted(got) != sorted(want) {
		t.Errorf("plan %q, want %q", got, want)
	}
	r.applyAll(changed...)
	values, err := r.client.Values(t.Context(), "addresses")
	if err != nil || !slices.Equal(values, []string{"10.0.0.2", "10.0.0.3"}) {
		t.Errorf("%q, %v", values, err)
	}
	// A list that a rule in Kibana refers to is not pruned; then it is, with what it needs.
	r.options.PruneLimit = 1
	r.want0("none a", excepted("a"))
	r.applyAll(query("a", object{"enabled": true, "exceptions_list": []any{}}))
	if lists, err := r.client.ExceptionLists(t.Context()); err != nil || len(lists) != 0 {
		t.Errorf("%v, %v", lists, err)
	}
}

func sorted(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// want0 compares only what is planned for rules.
func (r *repository) want0(want string, desired ...publish.Desired) {
	r.t.Helper()
	p := r.all(desired...)
	p.Changes = slices.DeleteFunc(p.Changes, func(c publish.Change) bool { return c.Kind != publish.Rule })
	if got := actions(p); got != want {
		r.t.Errorf("plan %q, want %q", got, want)
	}
}

// TestMissingListFailsTheRule: a rule is never published without its exceptions, be it alone or one of many.
func TestMissingListFailsTheRule(t *testing.T) {
	for _, from := range []int{1, 50} {
		r := newRepository(t)
		outcomes, err := publish.Apply(t.Context(), r.client, r.all(excepted("a"), query("b", nil)), nil, publish.ImportFrom(from))
		got := errs(outcomes)
		if err != nil || len(got) != 1 || !strings.HasPrefix(got[0], `a: there is no exception list "trusted" in kibana`) {
			t.Errorf("%v, %q", err, got)
		}
		if rules := read(t, r.client); len(rules) != 1 || rules[0]["rule_id"] != "b" {
			t.Errorf("%v", rules)
		}
	}
}

// TestCommentsStay: analysts comment exceptions in Kibana; that is neither drift nor lost.
func TestCommentsStay(t *testing.T) {
	r := newRepository(t)
	whole := slices.Concat(trusted("ann"), addresses("10.0.0.1\n"))
	r.applyAll(whole...)
	stored, err := r.client.Exception(t.Context(), object{"item_id": "trusted-ann", "namespace_type": "single"})
	if err != nil {
		t.Fatal(err)
	}
	update := with(stored, object{"comments": append(stored["comments"].([]any), object{"comment": "asked Ann"})})
	for _, name := range []string{"_version", "created_at", "created_by", "updated_at", "updated_by", "tie_breaker_id", "id", "list_id"} {
		delete(update, name)
	}
	for _, comment := range update["comments"].([]any) {
		delete(comment.(object), "created_at")
		delete(comment.(object), "created_by")
	}
	if _, err := r.client.UpdateException(t.Context(), update); err != nil {
		t.Fatal(err)
	}
	whole[1].Body["name"] = "Ann"
	if p := r.all(whole...); p.Count(publish.Update) != 1 || p.Count(publish.Drifted) != 0 {
		t.Fatalf("%s", actions(p))
	}
	r.applyAll(whole...)
	stored, err = r.client.Exception(t.Context(), object{"item_id": "trusted-ann", "namespace_type": "single"})
	if err != nil || !strings.Contains(text(t, stored["comments"]), "asked Ann") || stored["name"] != "Ann" {
		t.Errorf("%v %v", stored["comments"], err)
	}
}

func TestExceptionOfTwoMakers(t *testing.T) {
	r := newRepository(t)
	plan := r.all(trusted()...)
	if _, err := r.client.CreateException(t.Context(), object{"list_id": "trusted", "name": "theirs", "description": "d", "type": "detection", "namespace_type": "single"}); err != nil {
		t.Fatal(err)
	}
	outcomes, err := publish.Apply(t.Context(), r.client, plan, nil)
	var refused *kibana.Error
	if err != nil || !errors.As(outcomes[0].Err, &refused) || refused.Status != 409 {
		t.Errorf("%v, %v", err, outcomes[0].Err)
	}
}
