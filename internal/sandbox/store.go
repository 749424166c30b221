package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// rule is a rule as it is stored and shown. A stored rule is never changed, only replaced, so that it can be read
// without a lock.
type rule = map[string]any

// store keeps the rules of all spaces.
type store struct {
	mu     sync.RWMutex
	spaces map[string][]rule // In the order in which they were created.
}

// key finds a rule: by its id or by its rule_id, one of which is empty.
type key struct{ id, ruleID string }

func (k key) matches(r rule) bool {
	if k.id != "" {
		return r["id"] == k.id
	}
	return r["rule_id"] == k.ruleID
}

// notFound is what Kibana says when a rule is not there.
func (k key) notFound() *apiError {
	if k.id != "" {
		return siem(http.StatusNotFound, fmt.Sprintf("id: %q not found", k.id))
	}
	return siem(http.StatusNotFound, fmt.Sprintf("rule_id: %q not found", k.ruleID))
}

// all is the space's rules, oldest first.
func (s *store) all(space string) []rule {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.spaces[space])
}

func (s *store) get(space string, k key) (rule, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if i := slices.IndexFunc(s.spaces[space], k.matches); i >= 0 {
		return s.spaces[space][i], nil
	}
	return nil, k.notFound()
}

// add stores a new rule, unless its rule_id is taken.
func (s *store) add(space string, r rule) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := key{ruleID: r["rule_id"].(string)}
	if slices.ContainsFunc(s.spaces[space], taken.matches) {
		return siem(http.StatusConflict, fmt.Sprintf("rule_id: %q already exists", taken.ruleID))
	}
	if s.spaces == nil {
		s.spaces = map[string][]rule{}
	}
	s.spaces[space] = append(s.spaces[space], r)
	return nil
}

// replace puts what change makes of a rule in its place, and gives that.
func (s *store) replace(space string, k key, change func(rule) (rule, error)) (rule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.spaces[space], k.matches)
	if i < 0 {
		return nil, k.notFound()
	}
	changed, err := change(s.spaces[space][i])
	if err != nil {
		return nil, err
	}
	s.spaces[space][i] = changed
	return changed, nil
}

// remove takes a rule out, and gives it.
func (s *store) remove(space string, k key) (rule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.spaces[space], k.matches)
	if i < 0 {
		return nil, k.notFound()
	}
	removed := s.spaces[space][i]
	s.spaces[space] = slices.Delete(s.spaces[space], i, i+1)
	return removed, nil
}
