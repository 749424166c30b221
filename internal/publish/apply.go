package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// Client is what reading and applying need of a [kibana.Client].
type Client interface {
	FindRules(context.Context, kibana.FindOptions) ([]kibana.Rule, error)
	GetRule(ctx context.Context, ruleID string) (kibana.Rule, error)
	CreateRule(context.Context, kibana.Rule) (kibana.Rule, error)
	UpdateRule(context.Context, kibana.Rule) (kibana.Rule, error)
}

// Read gives all rules of the client's space, for [Make]. It needs one request for each 1,000 rules.
func Read(ctx context.Context, client Client) ([]map[string]any, error) {
	rules, err := client.FindRules(ctx, kibana.FindOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the rules in kibana: %w", err)
	}
	return rules, nil
}

// Outcome is what became of one change of a plan.
type Outcome struct {
	Action Action
	RuleID string
	Name   string
	Source string
	// Err tells why the rule in Kibana is not, or not surely, as desired; nil when it is. A change that was not even
	// begun has [ErrNotTried].
	Err error
}

// ErrNotTried is in the outcome of a change that was not begun, because the run ended before.
var ErrNotTried = errors.New("not tried")

// Option changes how [Apply] works.
type Option func(*run)

// Parallel sets how many rules are written at a time; the default is 4.
func Parallel(n int) Option {
	return func(r *run) { r.parallel = max(1, n) }
}

// Apply does what a plan says, several rules at a time, and gives one outcome for each change, in the plan's order. After
// each write it compares what Kibana stored with what was sent. Progress, unless nil, is told each outcome as it comes,
// never two at once.
//
// A rule that fails does not stop the others. What stops the run is the end of ctx, and a Kibana that cannot be used at
// all: one that does not accept the credentials, that is no Kibana, or that fails to answer for one rule after the
// other. Then the error says so, and the changes that were not begun have [ErrNotTried]; otherwise it is nil, also
// when rules failed.
func Apply(ctx context.Context, client Client, plan Plan, progress func(Outcome), options ...Option) ([]Outcome, error) {
	r := &run{client: client, changes: plan.Changes, progress: progress, parallel: 4}
	for _, o := range options {
		o(r)
	}
	r.outcomes = make([]Outcome, len(plan.Changes))
	var workers sync.WaitGroup
	for range min(r.parallel, len(plan.Changes)) {
		workers.Go(func() { r.work(ctx) })
	}
	workers.Wait()
	if r.stopped == nil {
		return r.outcomes, ctx.Err()
	}
	return r.outcomes, r.stopped
}

// run is one application of a plan.
type run struct {
	client   Client
	changes  []Change
	progress func(Outcome)
	parallel int

	mu       sync.Mutex
	next     int
	outcomes []Outcome
	silent   int   // Changes in a row for which Kibana did not answer.
	stopped  error // Why no further change is begun.
}

// work does one change after the other until none is left.
func (r *run) work(ctx context.Context) {
	for {
		i, stopped, ok := r.begin(ctx)
		if !ok {
			return
		}
		c := r.changes[i]
		err := stopped
		if err == nil {
			err = r.do(ctx, c)
		}
		r.finish(ctx, i, Outcome{Action: c.Action, RuleID: c.RuleID, Name: c.Name, Source: c.Source, Err: err})
	}
}

// begin takes the next change, and tells why it must not be done, if so.
func (r *run) begin(ctx context.Context) (i int, stopped error, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == len(r.changes) {
		return 0, nil, false
	}
	i = r.next
	r.next++
	cause := r.stopped
	if cause == nil {
		cause = ctx.Err()
	}
	if writes := r.changes[i].Action == Create || r.changes[i].Action == Update; cause != nil && writes {
		stopped = fmt.Errorf("%w: %w", ErrNotTried, cause)
	}
	return i, stopped, true
}

// finish notes an outcome, and whether the run should go on.
func (r *run) finish(ctx context.Context, i int, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[i] = o
	if r.progress != nil {
		r.progress(o)
	}
	if o.Action == None || o.Action == Refuse || errors.Is(o.Err, ErrNotTried) || ctx.Err() != nil {
		return
	}
	if !noAnswer(o.Err) {
		r.silent = 0
	} else if r.silent++; r.silent >= r.parallel && r.silent >= 4 && r.stopped == nil {
		r.stopped = fmt.Errorf("kibana does not answer: %w", o.Err)
	}
	if unusable(o.Err) && r.stopped == nil {
		r.stopped = o.Err
	}
}

// unusable tells whether an error would meet every other rule as well.
func unusable(err error) bool {
	return kibana.HasStatus(err, http.StatusUnauthorized) || errors.Is(err, kibana.ErrNotKibana) ||
		errors.Is(err, kibana.ErrRedirect)
}

// noAnswer tells whether Kibana, or the way to it, seems to be down.
func noAnswer(err error) bool {
	var broken *kibana.NetworkError
	if errors.As(err, &broken) {
		return true
	}
	for _, status := range []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		if kibana.HasStatus(err, status) {
			return true
		}
	}
	return false
}

// do makes one change.
func (r *run) do(ctx context.Context, c Change) error {
	switch c.Action {
	case Create:
		return create(ctx, r.client, c)
	case Update:
		return update(ctx, r.client, c)
	case None:
		return nil
	case Refuse:
		return errors.New(c.Reason)
	}
	return fmt.Errorf("the plan holds the unknown action %q", c.Action)
}

func create(ctx context.Context, client Client, c Change) error {
	stored, err := client.CreateRule(ctx, c.Body)
	switch {
	case kibana.HasStatus(err, http.StatusConflict):
		return fmt.Errorf("the rule was created in kibana after the plan was made; plan again: %w", err)
	case err != nil:
		return err
	}
	return verify(c.Body, stored)
}

func update(ctx context.Context, client Client, c Change) error {
	current, err := client.GetRule(ctx, c.RuleID)
	if err != nil {
		return explainUpdate(err)
	}
	if now := revision(current); now != c.Revision {
		return fmt.Errorf("the rule was changed in kibana after the plan was made (revision %s then, %s now); plan again",
			c.Revision, now)
	}
	stored, err := client.UpdateRule(ctx, replacement(c.Body, current))
	if err != nil {
		return explainUpdate(err)
	}
	return verify(completed(c.Body, current), stored)
}

// explainUpdate says what a refused update means.
func explainUpdate(err error) error {
	switch {
	case kibana.HasStatus(err, http.StatusNotFound):
		return fmt.Errorf("the rule was deleted in kibana after the plan was made; plan again: %w", err)
	case kibana.HasStatus(err, http.StatusConflict):
		return fmt.Errorf("somebody else is changing the rule in kibana; plan again: %w", err)
	}
	return err
}

// verify compares what was sent with what Kibana says that it stored.
func verify(sent, stored map[string]any) error {
	if changes := differences(stored, sent); len(changes) > 0 {
		return fmt.Errorf("kibana took the rule but stored it differently: %s", paths(changes))
	}
	return nil
}
