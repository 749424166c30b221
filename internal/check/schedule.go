package check

import (
	"fmt"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

func scheduleChecks() []*Check {
	return []*Check{
		{
			Name: "lookback-gap", Scope: ScopeRule, Level: Error,
			Reason: "a run must search at least as far back as the run before it was ago: events in between are never seen",
			Avoid:  `interval = "10m", from = "now-5m"`, Prefer: `interval = "10m", from = "now-11m"`,
			run: lookbackGap,
		},
		{
			Name: "lookback-no-overlap", Scope: ScopeRule, Level: Info,
			Reason: "events are indexed some time after they happen: a look-back equal to the interval misses late ones",
			Avoid:  `interval = "5m", from = "now-5m"`, Prefer: `interval = "5m", from = "now-9m"`,
			run: lookbackNoOverlap,
		},
		{
			Name: "history-window", Scope: ScopeRule, Level: Error,
			Reason: "Kibana refuses a history window that does not begin before the rule's own",
			Avoid:  `history_window_start = "now-5m", from = "now-9m"`, Prefer: `history_window_start = "now-7d"`,
			run: historyWindow,
		},
	}
}

func lookbackGap(s *subject) {
	back, ok := s.lookBack()
	interval, okInterval := s.every()
	if ok && okInterval && back < interval {
		s.reportAt(fmt.Sprintf("each run searches %s, and runs are %s apart: %s in between are never searched", short(back), short(interval), short(interval-back)),
			fmt.Sprintf("search further back: from = \"now-%s\"", short(interval+time.Minute)), "rule", "from")
	}
}

func lookbackNoOverlap(s *subject) {
	back, ok := s.lookBack()
	interval, okInterval := s.every()
	if ok && okInterval && back == interval && s.Type != rule.TypeThreshold {
		s.reportAt(fmt.Sprintf("runs of every %s search the last %s: an event that is indexed late is missed", short(interval), short(back)),
			fmt.Sprintf("search further back: from = \"now-%s\"", short(interval+4*time.Minute)), "rule", "from")
	}
}

func historyWindow(s *subject) {
	if s.NewTerms == nil {
		return
	}
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	start, err := datemath.Parse(s.NewTerms.Start(), now, datemath.Down)
	from, errFrom := datemath.Parse(s.FromOrDefault(), now, datemath.Down)
	if err == nil && errFrom == nil && !start.Before(from) {
		s.reportAt(fmt.Sprintf("the history begins at %s, not before the rule's window, which begins at %s", s.NewTerms.Start(), s.FromOrDefault()),
			"begin days earlier, such as now-7d", "rule", "new_terms")
	}
}
