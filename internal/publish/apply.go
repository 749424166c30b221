package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// Client is what reading and applying need of a [kibana.Client].
type Client interface {
	FindRules(context.Context, kibana.FindOptions) ([]kibana.Rule, error)
	GetRule(ctx context.Context, ruleID string) (kibana.Rule, error)
	CreateRule(context.Context, kibana.Rule) (kibana.Rule, error)
	UpdateRule(context.Context, kibana.Rule) (kibana.Rule, error)
	DeleteRule(ctx context.Context, ruleID string) error
	ImportRules(context.Context, []kibana.Rule) (kibana.ImportResult, error)
	EnableRules(ctx context.Context, ids []string) (kibana.BulkResult, error)
	ExceptionLists(context.Context) ([]kibana.Object, error)
	ExceptionItems(ctx context.Context, lists []kibana.Object) ([]kibana.Object, error)
	Exception(context.Context, kibana.Object) (kibana.Object, error)
	CreateException(context.Context, kibana.Object) (kibana.Object, error)
	UpdateException(context.Context, kibana.Object) (kibana.Object, error)
	DeleteException(context.Context, kibana.Object) error
	ValueLists(context.Context) ([]kibana.Object, error)
	Values(ctx context.Context, id string) ([]string, error)
	CreateValueList(context.Context, kibana.Object) (kibana.Object, error)
	UpdateValueList(context.Context, kibana.Object) (kibana.Object, error)
	DeleteValueList(ctx context.Context, id string) error
	SetValues(ctx context.Context, id string, values []string) error
	Timelines(context.Context) ([]kibana.Object, error)
	Timeline(ctx context.Context, id string) (kibana.Object, error)
	CreateTimeline(context.Context, kibana.Object) (kibana.Object, error)
	UpdateTimeline(ctx context.Context, stored, template kibana.Object) (kibana.Object, error)
	DeleteTimeline(ctx context.Context, stored kibana.Object) error
	Connectors(context.Context) ([]kibana.Object, error)
	NewPacer() *kibana.Pacer
}

// Outcome is what became of one change of a plan.
type Outcome struct {
	Action Action
	Kind   Kind
	ID     string
	Name   string
	Source string
	// Wanted is what the plan asked for and Stored what Kibana holds now; nil where that is not known.
	Wanted, Stored map[string]any
	// Err tells why the rule in Kibana is not, or not surely, as desired; nil when it is. A change that was not even
	// begun has [ErrNotTried].
	Err error
}

// ErrNotTried is in the outcome of a change that was not begun, because the run ended before.
var ErrNotTried = errors.New("not tried")

// Option changes how [Apply] works.
type Option func(*run)

// Parallel sets how many requests are made at a time; the default is 4.
func Parallel(n int) Option {
	return func(r *run) { r.parallel = max(1, n) }
}

// ImportFrom sets from how many rules on they are written by imports of many and not by one call each; the default is 50.
func ImportFrom(n int) Option {
	return func(r *run) { r.importFrom = n }
}

// Sent is told, never twice at once, how many more rules an import has sent. What became of them is not known before they
// are read back.
func Sent(tell func(rules int)) Option {
	return func(r *run) { r.sent = tell }
}

// Apply does what a plan says, several objects at a time, and gives one outcome for each change, in the plan's order. What
// others need comes first; new rules are created disabled and enabled when everything is there; deletions come last. After
// each write it compares what Kibana stored with what was sent. Progress, unless nil, is told each outcome as it comes,
// never two at once.
//
// An object that fails does not stop the others. What stops the run is the end of ctx, and a Kibana that cannot be used at
// all: one that does not accept the credentials, that is no Kibana, or that fails to answer for one object after the
// other. Then the error says so, and the changes that were not begun have [ErrNotTried]; otherwise it is nil, also
// when objects failed.
func Apply(ctx context.Context, client Client, plan Plan, progress func(Outcome), options ...Option) ([]Outcome, error) {
	r := &run{client: client, planned: plan.Changes, changes: slices.Clone(plan.Changes), progress: progress, parallel: 4, importFrom: 50}
	for _, o := range options {
		o(r)
	}
	r.outcomes = make([]Outcome, len(plan.Changes))
	r.all(ctx)
	if r.stopped == nil {
		return r.outcomes, ctx.Err()
	}
	return r.outcomes, r.stopped
}

// run is one application of a plan.
type run struct {
	client     Client
	planned    []Change
	changes    []Change // As they are made: an import can turn a create into an update of what it wrote.
	progress   func(Outcome)
	sent       func(int)
	parallel   int
	importFrom int

	mu       sync.Mutex
	outcomes []Outcome
	toEnable []written
	listIDs  map[string]string // The ids of exception lists in this space, by namespace and list_id; nil before they are read.
	silent   int               // Changes in a row for which Kibana did not answer.
	stopped  error             // Why no further change is begun.
}

// written is a change that was made but for the enabling of its rule.
type written struct {
	change int
	id     string // The object's own.
}

// all goes through the changes in the order in which one needs the other.
func (r *run) all(ctx context.Context) {
	for _, kind := range Kinds() {
		writes := r.which(kind, Create, Update)
		if kind == Rule {
			writes = r.refer(ctx, writes)
		}
		if kind == Rule && len(writes) >= r.importFrom {
			writes = r.importAll(ctx, writes)
		}
		r.each(ctx, writes)
	}
	r.enableAll(ctx)
	for _, kind := range slices.Backward(Kinds()) {
		r.each(ctx, r.which(kind, Delete))
	}
	for i, c := range r.changes {
		if !c.Action.Writes() || !slices.Contains(Kinds(), c.Kind) {
			r.finish(ctx, i, c.stored, r.leave(c))
		}
	}
}

// which are the changes of a kind that have one of the actions.
func (r *run) which(kind Kind, actions ...Action) []int {
	var list []int
	for i, c := range r.changes {
		if c.Kind == kind && slices.Contains(actions, c.Action) {
			list = append(list, i)
		}
	}
	return list
}

// leave is the outcome of a change that changes nothing.
func (r *run) leave(c Change) error {
	switch c.Action {
	case None:
		return nil
	case Drifted, Refuse:
		return errors.New(c.Reason)
	}
	return fmt.Errorf("the plan holds an unknown action: %s %q", c.Action, c.Kind)
}

// each makes changes one by one, several at a time.
func (r *run) each(ctx context.Context, changes []int) {
	sideBySide(r.parallel, len(changes), func(n int) { r.one(ctx, changes[n]) })
}

// sideBySide does n pieces of work, several at a time, and waits for all.
func sideBySide(atOnce, n int, work func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(atOnce, n) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	workers.Wait()
}

// one makes a change, unless the run has ended.
func (r *run) one(ctx context.Context, i int) {
	if cause := r.ended(ctx); cause != nil {
		r.finish(ctx, i, nil, fmt.Errorf("%w: %w", ErrNotTried, cause))
		return
	}
	stored, err := r.do(ctx, r.changes[i])
	if err == nil && r.enableLater(i, stored) {
		return
	}
	r.finish(ctx, i, stored, err)
}

// ended tells why no further change may be begun.
func (r *run) ended(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped != nil {
		return r.stopped
	}
	return ctx.Err()
}

// finish notes an outcome, and whether the run should go on.
func (r *run) finish(ctx context.Context, i int, stored map[string]any, err error) {
	c := r.changes[i]
	o := Outcome{Action: r.planned[i].Action, Kind: c.Kind, ID: c.ID, Name: c.Name, Source: c.Source, Wanted: c.Body, Stored: stored, Err: err}
	if c.Action == None {
		o.Wanted = c.wanted
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[i] = o
	if r.progress != nil {
		r.progress(o)
	}
	if c.Action.Writes() && !errors.Is(err, ErrNotTried) && ctx.Err() == nil {
		r.judge(err)
	}
}

// judge decides whether an error ends the run; r.mu is held.
func (r *run) judge(err error) {
	if !noAnswer(err) {
		r.silent = 0
	} else if r.silent++; r.silent >= r.parallel && r.silent >= 4 && r.stopped == nil {
		r.stopped = fmt.Errorf("kibana does not answer: %w", err)
	}
	if unusable(err) && r.stopped == nil {
		r.stopped = err
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
