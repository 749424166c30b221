package detect

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

// The corpus is read once for all tests.
var (
	onceRules, onceEvents sync.Once
	allRules              []*rule.Rule
	allEvents             []*event.Document
)

func corpusRules(tb testing.TB) []*rule.Rule {
	tb.Helper()
	files := corpus.Rules(tb)
	onceRules.Do(func() {
		for _, f := range files {
			doc, problems := tomltext.Parse(source.NewFile(f.Name, f.Text))
			if doc == nil {
				tb.Fatal(problems)
			}
			r, _ := rule.Decode(doc)
			allRules = append(allRules, r)
		}
	})
	return allRules
}

func corpusEvents(tb testing.TB) []*event.Document {
	tb.Helper()
	lines := corpus.Events(tb)
	onceEvents.Do(func() {
		decoder := event.NewDecoder()
		for _, line := range lines {
			doc, problem := decoder.Decode(line)
			if problem != nil {
				tb.Fatal(problem)
			}
			allEvents = append(allEvents, doc)
		}
	})
	return allEvents
}

// corpusSchema is ECS and what dynamic mapping makes of the events.
func corpusSchema(tb testing.TB, docs []*event.Document) *field.Schema {
	tb.Helper()
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		tb.Fatal(err)
	}
	dynamic := field.NewDynamic(field.DataStream)
	for _, doc := range docs {
		filter.Observe(dynamic, doc)
	}
	return field.NewSchema(ecs, dynamic)
}

// corpusSearch is what all rules of the corpus that can be decided here find in the events, worked out once for all tests.
var corpusSearch struct {
	once      sync.Once
	detectors []*Detector
	found     []*Found
}

func searchCorpus(tb testing.TB) (detectors []*Detector, found []*Found, docs []*event.Document) {
	tb.Helper()
	docs = corpusEvents(tb)
	c := &corpusSearch
	c.once.Do(func() {
		c.detectors = corpusDetectors(tb, corpusSchema(tb, docs))
		c.found = SearchAll(c.detectors, docs)
	})
	return c.detectors, c.found, docs
}

// Every query runs over the events, and the trace of each match, which evaluates every clause by itself, agrees with the run, which
// skips clauses and merges lists; so do some of those that do not match.
func TestCorpusTracesAgree(t *testing.T) {
	detectors, found, docs := searchCorpus(t)
	record, queries, rules := &filter.Record{}, 0, 0
	for k, d := range detectors {
		if d.query == nil {
			continue
		}
		queries++
		if len(found[k].events) > 0 {
			rules++
		}
		for _, h := range found[k].events {
			d.layout.BindTo(record, h.doc)
			if !agrees(d, record) {
				t.Errorf("%s on %s: the run and the trace differ", d.Rule.Name, h.doc.JSON())
			}
		}
	}
	for i, doc := range docs {
		detectors[0].layout.BindTo(record, doc)
		for k := i % traceStep; k < len(detectors); k += traceStep {
			if d := detectors[k]; d.query != nil && !agrees(d, record) {
				t.Errorf("%s on event %d: the run and the trace differ", d.Rule.Name, i)
			}
		}
	}
	t.Logf("%d queries over %d events: %d match", queries, len(docs), rules)
	if queries < 1000 || rules == 0 {
		t.Error("the corpus has more")
	}
}

// traceStep is how many queries go by until one is traced over an event that it need not match.
const traceStep = 997

// agrees tells whether the trace of a record says what the run says.
func agrees(d *Detector, record *filter.Record) bool {
	trace := filter.Explain(d.query, record)
	return trace.Matched == d.query.Match(record) && consistent(trace)
}

// BenchmarkEQLRule measures one rule over decoded events: the one of median length, and the longest one known, which
// lists 2,609 values.
func BenchmarkEQLRule(b *testing.B) {
	docs := corpusEvents(b)[:2000]
	schema := corpusSchema(b, docs)
	var rules []*rule.Rule
	for _, r := range corpusRules(b) {
		if r.Type == rule.TypeEQL {
			rules = append(rules, r)
		}
	}
	slices.SortFunc(rules, func(a, b *rule.Rule) int { return len(a.Query) - len(b.Query) })
	for name, r := range map[string]*rule.Rule{"median": rules[len(rules)/2], "longest": rules[len(rules)-1]} {
		d, problems := Compile(r, Environment{Schema: schema, Now: time.Unix(0, 0), AnyTime: true})
		if d == nil {
			b.Fatal(problems)
		}
		var records []*filter.Record
		for _, doc := range docs {
			records = append(records, d.Bind(doc))
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, record := range records {
					d.satisfies(record)
				}
				n += len(records)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Meval/s")
		})
	}
}

func BenchmarkCompileEQL(b *testing.B) {
	var rules []*rule.Rule
	for _, r := range corpusRules(b) {
		if r.Type == rule.TypeEQL {
			rules = append(rules, r)
		}
	}
	schema := corpusSchema(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range rules {
			if d, problems := Compile(r, Environment{Schema: schema, AnyTime: true}); d == nil {
				b.Fatal(problems)
			}
		}
	}
	b.ReportMetric(float64(len(rules)), "rules")
}

// consistent tells whether every step follows from the steps below it.
func consistent(t *filter.Trace) bool {
	all, some := true, false
	for _, child := range t.Children {
		all, some = all && child.Matched, some || child.Matched
		if !consistent(child) {
			return false
		}
	}
	switch t.Op {
	case filter.OpAnd:
		return t.Matched == all
	case filter.OpOr, filter.OpNested:
		return t.Matched == some
	case filter.OpNot:
		return t.Matched == !some
	}
	return true
}

func BenchmarkCorpusEvents(b *testing.B) {
	all, _, docs := searchCorpus(b)
	layout := all[0].layout
	detectors := slices.DeleteFunc(slices.Clone(all), func(d *Detector) bool { return d.query == nil })
	records := make([]*filter.Record, 0, 1000)
	for _, doc := range docs[:1000] {
		records = append(records, layout.Bind(doc))
	}
	b.Run("evaluate", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			for _, r := range records {
				for _, d := range detectors {
					d.query.Match(r)
				}
			}
			n += len(records) * len(detectors)
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Meval/s")
	})
	b.Run("bind", func(b *testing.B) {
		b.ReportAllocs()
		record := &filter.Record{}
		for i := 0; b.Loop(); i++ {
			layout.BindTo(record, docs[i%len(docs)])
		}
	})
}
