package corpus_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/corpus"
)

func TestRules(t *testing.T) {
	rules := corpus.Rules(t)
	if len(rules) != 1527 {
		t.Errorf("got %d rules, want 1527", len(rules))
	}
	byName := func(a, b corpus.File) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(rules, byName) {
		t.Error("rules are not sorted by name")
	}
	for _, rule := range rules {
		if !strings.Contains(rule.Text, "[metadata]") {
			t.Errorf("%s is no rule", rule.Name)
		}
	}
}

func TestEvents(t *testing.T) {
	events := corpus.Events(t)
	if len(events) != 14293 {
		t.Errorf("got %d events, want 14293", len(events))
	}
	for i, event := range events {
		if !strings.HasPrefix(event, "{") || !strings.HasSuffix(event, "}") {
			t.Fatalf("event %d is no JSON object", i+1)
		}
	}
}
