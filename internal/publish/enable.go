package publish

import (
	"context"
	"fmt"
	"slices"
)

// maxEnabled is how many ids one bulk action takes (Kibana: 100).
const maxEnabled = 100

// enableLater notes a rule that is written and has yet to be enabled; false when there is nothing more to do.
func (r *run) enableLater(i int, stored map[string]any) bool {
	if stored["enabled"] == true || r.changes[i].Body["enabled"] != true {
		return false
	}
	id, _ := stored["id"].(string)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.toEnable = append(r.toEnable, written{i, id})
	return true
}

// enableAll enables the rules that were written, many at a time.
func (r *run) enableAll(ctx context.Context) {
	for batch := range slices.Chunk(r.toEnable, maxEnabled) {
		r.enable(ctx, batch)
	}
}

func (r *run) enable(ctx context.Context, batch []written) {
	cause := r.ended(ctx)
	if cause != nil {
		cause = fmt.Errorf("%w: %w", ErrNotTried, cause)
	}
	ids := make([]string, len(batch))
	for n, w := range batch {
		ids[n] = w.id
	}
	result, err := r.client.EnableRules(ctx, ids)
	updated := map[string]map[string]any{}
	for _, rule := range result.Updated {
		id, _ := rule["id"].(string)
		updated[id] = rule
	}
	for _, w := range batch {
		stored, failure := updated[w.id], err
		if reason, refused := result.Failed[w.id]; refused {
			failure = fmt.Errorf("%s", reason)
		}
		if failure == nil && cause == nil && stored["enabled"] != true {
			failure = fmt.Errorf("kibana does not say that it is enabled")
		}
		if cause != nil {
			failure = cause
		}
		if failure != nil {
			failure = fmt.Errorf("the rule is written but not enabled: %w", failure)
		}
		r.finish(ctx, w.change, stored, failure)
	}
}
