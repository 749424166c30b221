package run

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// BenchmarkCheckCorpus parses and checks every query of the corpus.
func BenchmarkCheckCorpus(b *testing.B) {
	queries := corpusQueries(b)
	schema := corpusSchema(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		o := corpusOptions(schema) // the regular expressions that queries share are compiled once a round
		for _, text := range queries {
			q, problem := esql.Parse(text)
			if problem != nil {
				b.Fatal(problem)
			}
			if plan, problems := q.Check(o); plan == nil {
				b.Fatal(problems[0])
			}
		}
	}
	b.ReportMetric(float64(len(queries)), "queries")
}

// BenchmarkAggregate runs FROM, WHERE and STATS over decoded events.
func BenchmarkAggregate(b *testing.B) {
	var lines strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&lines, `{"@timestamp":"2026-01-01T00:00:00Z","k":"user-%d","k2":"host-%d","i":%d,"ip":"10.0.%d.%d"}`+"\n", i%100, i%37, i%7, i%200, i%250)
	}
	docs := decode(b, lines.String())
	p := program(b, `FROM x | WHERE i > 0 | STATS COUNT(*), COUNT_DISTINCT(ip) BY k, k2`)
	b.ReportAllocs()
	for b.Loop() {
		p.Run(Input{Docs: docs})
	}
	b.ReportMetric(float64(len(docs)*b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func program(tb testing.TB, text string) *Program {
	tb.Helper()
	q, problem := esql.Parse(text)
	if problem != nil {
		tb.Fatal(problem)
	}
	o := options()
	plan, problems := q.Check(o)
	if plan == nil {
		tb.Fatal(problems[0])
	}
	return Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env})
}

// BenchmarkCorpusRules runs every query of the corpus over the events.
func BenchmarkCorpusRules(b *testing.B) {
	docs := corpusEvents(b)
	schema := corpusSchema(b, docs)
	var programs []*Program
	for _, text := range corpusQueries(b) {
		q, _ := esql.Parse(text)
		o := corpusOptions(schema)
		if plan, _ := q.Check(o); plan != nil && plan.Undecided == "" {
			programs = append(programs, Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env}))
		}
	}
	for b.Loop() {
		for _, p := range programs {
			p.Run(Input{Docs: docs})
		}
	}
	b.ReportMetric(float64(len(docs)*len(programs)*b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}
