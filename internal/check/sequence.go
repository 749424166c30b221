package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// sequenceChecks find sequences that lose or invent matches.
func sequenceChecks() []*Check {
	of := func(c Check, find func(p *pass, q *query)) *Check {
		c.Languages = onlyEQL()
		c.query = func(p *pass, q *query) {
			if q.eql.Kind == eql.Sequence {
				find(p, q)
			}
		}
		return &c
	}
	return []*Check{
		of(Check{
			Name: "maxspan-over-lookback", Set: Correctness, Level: diag.Error,
			Reason: "a run sees only the events of its look-back: a sequence that takes longer is never found",
			Avoid:  `maxspan=10m with from = "now-6m"`, Prefer: `maxspan=10m with from = "now-16m"`,
		}, maxspanOverLookback),
		of(Check{
			Name: "maxspan-near-lookback", Set: Suspicious, Level: diag.Warning,
			Reason: "a sequence that begins before one run's window and ends after it is lost, unless the look-back is at least interval and maxspan together",
			Avoid:  `maxspan=5m with from = "now-6m", interval = "5m"`, Prefer: `maxspan=5m with from = "now-11m", interval = "5m"`,
		}, maxspanNearLookback),
		of(Check{
			Name: "interval-over-maxspan", Set: Suspicious, Level: Off,
			Reason: "a rule that runs much more often than its sequences take searches the same events again and again",
			Avoid:  `maxspan=12h with interval = "5m"`, Prefer: `maxspan=12h with interval = "6h"`,
		}, intervalOverMaxspan),
		of(Check{
			Name: "sequence-open-end", Set: Suspicious, Level: diag.Warning,
			Reason: "whether an event is missing is judged on the events so far: a run that ends within maxspan alerts falsely",
			Avoid:  `sequence with maxspan=1h [A] ![B]`, Prefer: `sequence with maxspan=1h [A] ![B] [C]`,
		}, sequenceOpenEnd),
		of(Check{
			Name: "sequence-without-key", Set: Suspicious, Level: diag.Warning,
			Reason: "without a join key, events of different hosts and users make one sequence",
			Avoid:  `sequence [A] [B]`, Prefer: `sequence by host.id [A] [B]`,
		}, sequenceWithoutKey),
		of(Check{
			Name: "optional-join-key", Set: Suspicious, Level: diag.Warning,
			Reason: "events without an optional key all share the key null, and make sequences together",
			Avoid:  `sequence by ?process.entity_id`, Prefer: `sequence by process.entity_id`,
		}, optionalJoinKey),
		of(Check{
			Name: "pid-join-key", Set: Suspicious, Level: diag.Warning,
			Reason: "a process id is given again to other processes, and is the same on many hosts",
			Avoid:  `sequence by process.pid`, Prefer: `sequence by process.entity_id`,
		}, pidJoinKey),
		of(Check{
			Name: "short-maxspan", Set: Suspicious, Level: Off,
			Reason: "events of the same instant have no order without a tiebreaker: within a second, many sources cannot tell which came first",
			Avoid:  `maxspan=1s without tiebreaker_field`, Prefer: `tiebreaker_field = "event.sequence"`,
		}, shortMaxspan),
	}
}

// maxspanAt is where the query states its maxspan.
func (q *query) maxspanAt() source.Span {
	first := q.eql.Steps[0].At.Start
	start := strings.LastIndex(q.text[:first], "maxspan")
	if start < 0 {
		return q.keywordAt("sequence")
	}
	return source.Span{Start: start, End: start + endOfSpan(q.text[start:first])}
}

// keywordAt is where a word stands first; the words that this is asked for cannot stand in anything before them.
func (q *query) keywordAt(word string) source.Span {
	start := max(strings.Index(q.text, word), 0)
	return source.Span{Start: start, End: min(start+len(word), len(q.text))}
}

// endOfSpan is the end of "maxspan = 5m" in a text that begins with it.
func endOfSpan(text string) int {
	i := len("maxspan")
	for i < len(text) && (text[i] == ' ' || text[i] == '=') {
		i++
	}
	for i < len(text) && isWord(text[i]) {
		i++
	}
	return i
}

// lookBack is how far a run of the rule looks back, and how often it runs; false when the rule's own text cannot be read.
func lookBack(r *rule.Rule) (back, interval time.Duration, ok bool) {
	now := time.Unix(1_700_000_000, 0).UTC()
	from, err := datemath.Parse(r.FromOrDefault(), now, datemath.Down)
	if err != nil {
		return 0, 0, false
	}
	interval, err = datemath.ParseDuration(r.IntervalOrDefault())
	return now.Sub(from), interval, err == nil
}

func maxspanOverLookback(p *pass, q *query) {
	back, _, ok := lookBack(p.Rule)
	if !ok || q.eql.MaxSpan <= back {
		return
	}
	p.report(q.maxspanAt(), finding{
		message: fmt.Sprintf("the sequence may take %s, and a run looks back %s", short(q.eql.MaxSpan), short(back)),
		help:    fmt.Sprintf("set `from` to now-%s or earlier", short(q.eql.MaxSpan+mustInterval(p.Rule))),
	})
}

func mustInterval(r *rule.Rule) time.Duration {
	_, interval, _ := lookBack(r)
	return interval
}

func maxspanNearLookback(p *pass, q *query) {
	back, interval, ok := lookBack(p.Rule)
	span := q.eql.MaxSpan
	if !ok || span == 0 || span > back || span <= back-interval {
		return
	}
	p.report(q.maxspanAt(), finding{
		message: fmt.Sprintf("runs every %s look back %s: a sequence of %s may fall between two runs", short(interval), short(back), short(span)),
		help:    fmt.Sprintf("set `from` to now-%s or earlier", short(span+interval)),
	})
}

// short writes a duration as rules do, in its largest whole unit.
func short(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d >= unit.size && d%unit.size == 0 {
			return fmt.Sprintf("%d%s", d/unit.size, unit.name)
		}
	}
	return d.String()
}

// shortSpan is the maxspan from which the peer asks for a matching interval.
const shortSpan = 150 * time.Second

func intervalOverMaxspan(p *pass, q *query) {
	_, interval, ok := lookBack(p.Rule)
	if ok && q.eql.MaxSpan > shortSpan && interval < q.eql.MaxSpan/2 {
		p.report(q.maxspanAt(), finding{
			message: fmt.Sprintf("the rule runs every %s for sequences of up to %s", short(interval), short(q.eql.MaxSpan)),
			help:    fmt.Sprintf("an interval of %s searches each event about twice", short(q.eql.MaxSpan/2)),
		})
	}
}

func sequenceOpenEnd(p *pass, q *query) {
	last := q.eql.Steps[len(q.eql.Steps)-1]
	first := q.eql.Steps[0]
	switch {
	case last.Missing:
		p.report(last.At, finding{message: "the sequence ends in an event that must not occur: a run that ends too early cannot know", help: "end with an event that occurs"})
	case first.Missing:
		p.report(first.At, finding{message: "the sequence begins with an event that must not occur: it may lie before the window", help: "begin with an event that occurs"})
	}
}

func sequenceWithoutKey(p *pass, q *query) {
	if len(q.eql.Keys)+len(q.eql.Steps[0].Keys) == 0 {
		p.report(q.keywordAt("sequence"), finding{message: "the events of this sequence share no key", help: "write `sequence by host.id`, or what else belongs together"})
	}
}

// keys are all join keys of a query.
func keys(q *eql.Query) []*eql.Field {
	var all []*eql.Field
	add := func(list []eql.Expr) {
		for _, e := range list {
			if f, ok := e.(*eql.Field); ok {
				all = append(all, f)
			}
		}
	}
	add(q.Keys)
	for _, s := range q.Steps {
		add(s.Keys)
	}
	return all
}

func optionalJoinKey(p *pass, q *query) {
	for _, f := range keys(q.eql) {
		if f.Optional {
			p.report(f.At, finding{message: fmt.Sprintf("events without `%s` make sequences with each other", f.Name), help: "remove the ?, so that they take no part"})
		}
	}
}

// pidJoinKey finds a process id as a key that nothing bounds: no host, and no end of the process.
func pidJoinKey(p *pass, q *query) {
	host := false
	for _, f := range keys(q.eql) {
		host = host || f.Name == "host.id" || f.Name == "host.name" || f.Name == "agent.id"
	}
	if host || q.eql.Until != nil {
		return
	}
	for _, f := range keys(q.eql) {
		if f.Name == "process.pid" || f.Name == "process.parent.pid" {
			p.report(f.At, finding{message: fmt.Sprintf("`%s` alone is no key: hosts share process ids, and use them again", f.Name), help: "use process.entity_id, or add host.id"})
		}
	}
}

func shortMaxspan(p *pass, q *query) {
	if q.eql.MaxSpan > 0 && q.eql.MaxSpan <= time.Second && p.Rule.TiebreakerField == "" {
		p.report(q.maxspanAt(), finding{message: "within a second the order of events may not be known", help: `set tiebreaker_field = "event.sequence" where the source has it`})
	}
}
