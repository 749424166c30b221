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

// compileKQLRules compiles every KQL rule of the corpus, of whatever type, for one layout.
func compileKQLRules(tb testing.TB, schema *field.Schema, layout *filter.Layout) []*Detector {
	tb.Helper()
	var detectors []*Detector
	for _, r := range corpusRules(tb) {
		d, problems := Compile(r, Environment{Schema: schema, Layout: layout, Now: time.Unix(0, 0), AnyTime: true})
		if d == nil {
			tb.Errorf("%v", problems)
			continue
		}
		if d.query != nil {
			detectors = append(detectors, d)
		}
	}
	return detectors
}

func TestCorpusQueriesCompile(t *testing.T) {
	detectors := compileKQLRules(t, corpusSchema(t, nil), filter.NewLayout())
	if len(detectors) < 400 {
		t.Errorf("only %d KQL rules: the corpus has more", len(detectors))
	}
	threat := 0
	for _, d := range detectors {
		if d.Rule.ThreatQuery != "" {
			threat++
		}
	}
	if threat == 0 {
		t.Error("no threat_query was compiled")
	}
}

// Every query runs over every event, and the trace of each match, which evaluates every clause by itself, agrees with the run,
// which skips clauses and merges lists.
func TestCorpusQueriesRunOverEvents(t *testing.T) {
	docs := corpusEvents(t)
	layout := filter.NewLayout()
	detectors := compileKQLRules(t, corpusSchema(t, docs), layout)
	const parts = 2
	matched := make([][]bool, parts)
	var wait sync.WaitGroup
	for part := range parts {
		matched[part] = make([]bool, len(detectors))
		wait.Go(func() {
			record := &filter.Record{}
			for i := part; i < len(docs); i += parts {
				layout.BindTo(record, docs[i])
				for k, d := range detectors {
					if !agrees(d, record, (i*31+k)%997 == 0, &matched[part][k]) {
						t.Errorf("%s on event %d: the run and the trace differ", d.Rule.Name, i)
						return
					}
				}
			}
		})
	}
	wait.Wait()
	rules := 0
	for k := range detectors {
		if matched[0][k] || matched[1][k] {
			rules++
		}
	}
	t.Logf("%d rules over %d events: %d match", len(detectors), len(docs), rules)
	if rules == 0 {
		t.Error("no rule matches any event")
	}
}

// agrees tells whether the trace of a record says what the run says; it is made for every match, and for others on request.
func agrees(d *Detector, record *filter.Record, traced bool, matched *bool) bool {
	holds := d.query.Match(record)
	*matched = *matched || holds
	if !holds && !traced {
		return true
	}
	trace := filter.Explain(d.query, record)
	return trace.Matched == holds && consistent(trace)
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
	docs := corpusEvents(b)
	layout := filter.NewLayout()
	detectors := compileKQLRules(b, corpusSchema(b, docs), layout)
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
