package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// The size of one import. Kibana takes 10 MB and 10,000 rules, but handles 50 at a time, and proxies before it give up
// after a minute: so smaller ones, several at a time.
const (
	maxImportRules = 200
	maxImportBytes = 2 << 20
)

// importAll writes rules by imports, and gives those that are left for calls of their own, so that each gets the answer
// that is meant for it.
//
// An import is neither atomic nor safe to repeat, and says only what failed. So whatever it answers, or fails to answer, the
// space is read again, and only what is not there as wanted is sent another time.
func (r *run) importAll(ctx context.Context, changes []int) (left []int) {
	m := &manyRules{run: r, bodies: map[int]map[string]any{}}
	there, err := m.read(ctx)
	if err != nil {
		m.stop(err)
		return m.fail(ctx, changes, fmt.Errorf("%w: %w", ErrNotTried, err))
	}
	pending := m.prepare(ctx, changes, there)
	for pacer := r.client.NewPacer(); len(pending) > 0; {
		sendErr := m.send(ctx, pending)
		if there, err = m.read(ctx); err != nil {
			m.stop(err)
			return m.fail(ctx, pending, fmt.Errorf("%w: reading the rules back: %w", kibana.ErrUncertain, err))
		}
		pending = m.settle(ctx, pending, there)
		if sendErr == nil {
			return pending
		}
		if len(pending) > 0 && !pacer.Again(ctx, sendErr) {
			return m.fail(ctx, pending, sendErr)
		}
	}
	return nil
}

// manyRules are rules that are written by imports.
type manyRules struct {
	*run
	// bodies are what is sent, by the change.
	bodies map[int]map[string]any
}

// read gives the rules of the space by their rule_id.
func (m *manyRules) read(ctx context.Context) (map[string][]map[string]any, error) {
	rules, err := m.client.FindRules(ctx, kibana.FindOptions{})
	there := make(map[string][]map[string]any, len(rules))
	for _, rule := range rules {
		id, _ := rule["rule_id"].(string)
		there[id] = append(there[id], rule)
	}
	return there, err
}

// stop ends the run: when the rules cannot be read, nothing can be written safely.
func (m *manyRules) stop(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped = err; noAnswer(err) {
		m.stopped = fmt.Errorf("kibana does not answer: %w", err)
	}
}

// fail ends changes with an error that they share.
func (m *manyRules) fail(ctx context.Context, changes []int, err error) []int {
	for _, i := range changes {
		m.finish(ctx, i, nil, err)
	}
	return nil
}

// prepare makes the bodies, and ends the changes that do not fit to what is there any more.
func (m *manyRules) prepare(ctx context.Context, changes []int, there map[string][]map[string]any) (pending []int) {
	for _, i := range changes {
		c, now := m.changes[i], there[m.changes[i].ID]
		var moved error
		switch {
		case c.Action == Create && len(now) > 0:
			moved = errCreated
		case c.Action == Update && len(now) != 1:
			moved = errDeleted
		case c.Action == Update:
			moved = unmoved(c, now[0])
		}
		if moved != nil {
			m.finish(ctx, i, nil, moved)
			continue
		}
		m.bodies[i] = importBody(c, now)
		pending = append(pending, i)
	}
	return pending
}

// importBody is what an import sends. It states version and enabled in any case: an import that does not would set a
// version back to 1.
func importBody(c Change, now []map[string]any) map[string]any {
	if c.Action == Create {
		return disabled(c.Body)
	}
	body := completed(c.Body, now[0])
	if now[0]["enabled"] != true {
		body = disabled(body)
	}
	return body
}

// settle ends the changes whose rules are there as wanted, or twice, and gives the others.
func (m *manyRules) settle(ctx context.Context, changes []int, there map[string][]map[string]any) (pending []int) {
	for _, i := range changes {
		now := there[m.changes[i].ID]
		switch {
		case len(now) > 1:
			m.finish(ctx, i, nil, fmt.Errorf("%w; delete all but one there", kibana.ErrDoubled))
		case len(now) == 1 && verify(Rule, m.bodies[i], now[0]) == nil:
			if !m.enableLater(i, now[0]) {
				m.finish(ctx, i, now[0], nil)
			}
		default:
			m.follow(i, now)
			pending = append(pending, i)
		}
	}
	return pending
}

// follow makes the change of a rule that an import wrote in another way than it should be the change of what is there
// now, so that it is not taken for somebody else's.
func (m *manyRules) follow(i int, now []map[string]any) {
	if len(now) == 1 {
		c := &m.changes[i]
		c.Action, c.Revision = Update, c.Kind.revision(now[0])
		m.bodies[i] = importBody(*c, now)
	}
}

// send imports rules in chunks, several at a time. Of several errors it gives one that ends the run, or else one that
// waiting may mend.
func (m *manyRules) send(ctx context.Context, changes []int) error {
	var mu sync.Mutex
	var failed error
	chunks := m.chunks(changes)
	sideBySide(m.parallel, len(chunks), func(n int) {
		if m.ended(ctx) != nil {
			return
		}
		err := m.sendChunk(ctx, chunks[n])
		mu.Lock()
		defer mu.Unlock()
		if err != nil && (failed == nil || unusable(err)) {
			failed = err
		} else if err == nil && m.sent != nil {
			m.sent(len(chunks[n]))
		}
	})
	return failed
}

// sendChunk imports a chunk, or its halves when it is too large for what stands before Kibana.
func (m *manyRules) sendChunk(ctx context.Context, chunk []map[string]any) error {
	_, err := m.client.ImportRules(ctx, chunk)
	tooLarge := kibana.HasStatus(err, http.StatusRequestEntityTooLarge) || kibana.HasStatus(err, http.StatusBadRequest)
	if half := len(chunk) / 2; tooLarge && half > 0 {
		return errors.Join(m.sendChunk(ctx, chunk[:half]), m.sendChunk(ctx, chunk[half:]))
	}
	if tooLarge {
		return nil // A single rule that is refused: a call of its own tells why.
	}
	return err
}

// chunks splits bodies so that each chunk has a bounded size.
func (m *manyRules) chunks(changes []int) [][]map[string]any {
	var chunks [][]map[string]any
	var chunk []map[string]any
	size := 0
	for _, i := range changes {
		body := m.bodies[i]
		text, err := json.Marshal(body)
		if err != nil {
			continue // The call of its own fails with the reason.
		}
		if len(chunk) == maxImportRules || size+len(text) > maxImportBytes && len(chunk) > 0 {
			chunks, chunk, size = append(chunks, chunk), nil, 0
		}
		chunk, size = append(chunk, maps.Clone(body)), size+len(text)
	}
	return slices.DeleteFunc(append(chunks, chunk), func(c []map[string]any) bool { return len(c) == 0 })
}
