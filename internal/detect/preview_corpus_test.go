package detect

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// corpusDetectors compiles all rules of the corpus that can be decided here, for one layout.
func corpusDetectors(tb testing.TB, schema *field.Schema) []*Detector {
	tb.Helper()
	layout := filter.NewLayout()
	var detectors []*Detector
	for _, r := range corpusRules(tb) {
		d, problems := Compile(r, Environment{Schema: schema, Layout: layout, Now: time.Unix(0, 0), AnyTime: true})
		if d == nil {
			tb.Errorf("%s: %v", r.Name, problems)
			continue
		}
		if d.Undecided == "" {
			detectors = append(detectors, d)
		}
	}
	return detectors
}

// Every rule of the corpus compiles, and runs over every event, sequences and samples included.
func TestCorpusRunsOverEvents(t *testing.T) {
	detectors, found, docs := searchCorpus(t)
	rules, alerts, joins := map[rule.Type]int{}, map[rule.Type]int{}, 0
	for i, d := range detectors {
		rules[d.Rule.Type]++
		if d.Joins() {
			joins++
		}
		result := d.Replay(found[i], Input{Events: docs}, []time.Time{time.Unix(0, 0)})[0]
		alerts[d.Rule.Type] += len(result.Alerts)
		for _, alert := range result.Alerts {
			if d.Joins() != (alert.Blocks != nil) || alert.Event == nil || len(alert.Events) == 0 || len(alert.ID) != 64 {
				t.Errorf("%s: an alert of the wrong form", d.Rule.Name)
			}
		}
	}
	t.Logf("rules %v, %d of them sequences or samples: alerts %v", rules, joins, alerts)
	for kind, least := range map[rule.Type]int{
		rule.TypeEQL: 600, rule.TypeQuery: 250, rule.TypeThreshold: 10, rule.TypeNewTerms: 80, rule.TypeThreatMatch: 4, rule.TypeMachineLearning: 50,
	} {
		if rules[kind] < least {
			t.Errorf("%d rules of type %s: the corpus has more", rules[kind], kind)
		}
	}
	if joins < 100 || alerts[rule.TypeEQL] == 0 || alerts[rule.TypeQuery] == 0 {
		t.Error("the corpus has more")
	}
}

// Searching for all rules at once, each event only for the rules that its index and its categories leave, finds what each rule
// finds by itself.
func TestSearchAllIsSearch(t *testing.T) {
	detectors, _, docs := searchCorpus(t)
	var some []*event.Document
	for i := 0; i < len(docs); i += 97 {
		some = append(some, docs[i])
	}
	found, hits := SearchAll(detectors, some), 0
	for i, d := range detectors {
		one := d.Search(Input{Events: some})
		hits += len(one.events)
		if !slices.Equal(one.events, found[i].events) {
			t.Errorf("%s: %d events by itself, %d with all", d.Rule.Name, len(one.events), len(found[i].events))
		}
	}
	if hits == 0 {
		t.Error("no rule finds any event")
	}
}

// No rule is evaluated on events that its index patterns or its categories exclude.
func TestRoutes(t *testing.T) {
	body := "type = \"query\"\nindex = ['logs-a*']\nquery = 'event.category: process and a: x'\n"
	d := stage(t, body).detector()
	anyCategory := stage(t, "type = \"query\"\nindex = ['logs-*', '-logs-b*']\nquery = 'a: x'\n").detector()
	for _, c := range []struct{ doc, want string }{
		{`{"_index":"logs-a","event.category":"process"}`, "[0 1]"},
		{`{"_index":"logs-a","event.category":["file","process"]}`, "[0 1]"},
		{`{"event.category":"process"}`, "[0 1]"},
		{`{"_index":"logs-a","event.category":"file"}`, "[1]"},
		{`{"_index":"logs-a"}`, "[1]"},
		{`{"_index":"logs-c","event.category":"process"}`, "[1]"},
		{`{"_index":"logs-b","event.category":"process"}`, "[]"},
		{`{"_index":"metrics-a","event.category":"process"}`, "[]"},
	} {
		b := &batch{detectors: []*Detector{d, anyCategory}, found: []*Found{{}, {}}, routes: map[string][]int{}}
		wantText(t, c.doc, fmt.Sprint(b.route(parse(t, c.doc)[0])), c.want)
	}
}

// The filters of the corpus leave most rules out for each event.
func TestCorpusRoutes(t *testing.T) {
	detectors, _, docs := searchCorpus(t)
	b := &batch{detectors: detectors, routes: map[string][]int{}}
	for range detectors {
		b.found = append(b.found, &Found{})
	}
	evaluated := 0
	for _, doc := range docs {
		evaluated += len(b.route(doc))
	}
	t.Logf("%d of %d rules an event", evaluated/len(docs), len(detectors))
	if evaluated > len(docs)*len(detectors)/2 {
		t.Errorf("%d of %d evaluations are made", evaluated, len(docs)*len(detectors))
	}
}

// BenchmarkPreviewAll measures what a preview of all rules over all events costs, beside reading them.
func BenchmarkPreviewAll(b *testing.B) {
	docs := corpusEvents(b)
	schema := corpusSchema(b, docs)
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			corpusDetectors(b, schema)
		}
	})
	detectors := corpusDetectors(b, schema)
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			SearchAll(detectors, docs)
		}
	})
	found := SearchAll(detectors, docs)
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			for i, d := range detectors {
				d.Replay(found[i], Input{Events: docs}, []time.Time{time.Unix(0, 0)})
			}
		}
	})
}
