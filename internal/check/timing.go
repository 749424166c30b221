package check

import (
	"fmt"
	"regexp"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// timingChecks hold how often a rule runs against how far it looks back.
func timingChecks() []*Check {
	return []*Check{
		{
			Name: "lookback-form", Set: Suspicious, Level: diag.Warning,
			Reason: "Kibana's rule editor understands only now, minus, a number and one unit: it shows and saves anything else wrongly",
			Avoid:  `from = "now-1h-5m"`, Prefer: `from = "now-65m"`,
			rule: lookbackForm,
		},
		{
			Name: "lookback-gap", Set: Correctness, Level: diag.Error,
			Reason: "a rule that looks back less than its interval never sees the events in between",
			Avoid:  `from = "now-5m", interval = "10m"`, Prefer: `from = "now-11m", interval = "10m"`,
			rule: lookbackGap,
		},
		{
			Name: "lookback-without-overlap", Set: Suspicious, Level: diag.Info,
			Reason: "events are indexed some time after they happen: a look-back equal to the interval misses late ones",
			Avoid:  `from = "now-5m", interval = "5m"`, Prefer: `from = "now-9m", interval = "5m"`,
			rule: lookbackWithoutOverlap,
		},
		{
			Name: "history-window", Set: Correctness, Level: diag.Error,
			Reason: "Kibana refuses a history that does not begin before the rule's own window",
			Avoid:  `history_window_start = "now-5m", from = "now-9m"`, Prefer: `history_window_start = "now-14d"`,
			rule: historyWindow,
		},
		{
			Name: "building-block-timing", Set: Suspicious, Level: diag.Warning,
			Reason: "building blocks are many and nobody waits for them: Elastic runs theirs hourly, over two hours",
			Avoid:  `building_block_type = "default" with interval = "5m"`, Prefer: `from = "now-119m", interval = "60m"`,
			rule: buildingBlockTiming,
		},
	}
}

var lookback = regexp.MustCompile(`^now-\d+[yMwdhHms]$`)

func lookbackForm(p *pass) {
	if from := p.Rule.From; from != "" && !lookback.MatchString(from) {
		p.reportAt(finding{message: fmt.Sprintf("`from` is `%s`, which Kibana's rule editor does not understand", from), help: "write now-, a number and one of s m h d w M y, such as now-9m"}, "rule", "from")
	}
}

func lookbackGap(p *pass) {
	back, interval, ok := lookBack(p.Rule)
	if !ok || back >= interval {
		return
	}
	key := "interval"
	if p.Rule.Interval == "" {
		key = "from"
	}
	p.reportAt(finding{
		message: fmt.Sprintf("a run looks back %s and the next one is %s later: what happens in between is never searched", short(back), short(interval)),
		help:    fmt.Sprintf("set `from` to now-%s or earlier", short(interval+time.Minute)),
	}, "rule", key)
}

func lookbackWithoutOverlap(p *pass) {
	back, interval, ok := lookBack(p.Rule)
	if !ok || back != interval || p.Rule.Type == rule.TypeThreshold {
		return
	}
	p.reportAt(finding{
		message: fmt.Sprintf("runs of every %s search the last %s: an event that is indexed late is missed", short(interval), short(back)),
		help:    fmt.Sprintf("set `from` to now-%s or earlier", short(interval+4*time.Minute)),
	}, "rule", "from")
}

func historyWindow(p *pass) {
	if p.Rule.NewTerms == nil {
		return
	}
	now := time.Unix(1_700_000_000, 0).UTC()
	start, err := datemath.Parse(p.Rule.NewTerms.Start(), now, datemath.Down)
	back, _, ok := lookBack(p.Rule)
	if err != nil || !ok || now.Sub(start) > back {
		return
	}
	path := []string{"rule", "new_terms", "history_window_start", "0", "value"}
	if doc := p.Rule.Doc(); doc != nil {
		if _, found := doc.Find(path...); !found {
			path = []string{"rule", "history_window_start"}
		}
	}
	p.reportAt(finding{
		message: fmt.Sprintf("the history goes back %s, no further than a run, which looks back %s", short(now.Sub(start)), short(back)),
		help:    "write a history of days, such as now-14d",
	}, path...)
}

// The timing of building blocks (detection-rules: the validation of building blocks).
const (
	blockLookback = 119 * time.Minute
	blockInterval = 60 * time.Minute
)

func buildingBlockTiming(p *pass) {
	bypass := p.Rule.Metadata.BypassBBRTiming
	if p.Rule.BuildingBlockType == "" || bypass != nil && *bypass {
		return
	}
	back, interval, ok := lookBack(p.Rule)
	if ok && (back < blockLookback || interval < blockInterval) {
		p.reportAt(finding{
			message: fmt.Sprintf("this building block runs every %s and looks back %s", short(interval), short(back)),
			help:    "set `from` to now-119m and `interval` to 60m, or `bypass_bbr_timing = true` in metadata",
		}, "rule", "building_block_type")
	}
}
