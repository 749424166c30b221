package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/run"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// esqlRunner gives what runs ES|QL queries. Without --index the catalogs of the indices in FROM give the types of fields.
func (a *app) esqlRunner(w *workspace.Workspace, flags queryFlags, now time.Time, docs []*event.Document, tables map[string]*esql.Table) func(text *source.File) error {
	known := map[string]*field.Schema{}
	return func(text *source.File) error {
		one := flags
		if one.index == "" {
			if query, problem := esql.Parse(text.Text()); problem == nil {
				one.index = strings.Join(query.Sources(), ",")
			}
		}
		if known[one.index] == nil {
			schema, err := a.querySchema(w, one)
			if err != nil {
				return err
			}
			known[one.index] = observed(schema, indexList(one.index), docs)
		}
		return a.queryESQL(flags, text, known[one.index], now, docs, tables)
	}
}

// queryESQL runs an ES|QL query and writes its table. Unlike a rule's, its fields must be known: a misspelt one is an error.
func (a *app) queryESQL(flags queryFlags, text *source.File, schema *field.Schema, now time.Time, docs []*event.Document, tables map[string]*esql.Table) error {
	view := source.Whole(text)
	query, problem := esql.Parse(text.Text())
	if problem != nil {
		return a.rejected(view, problem)
	}
	builder := &filter.Builder{Layout: filter.NewLayout(), Now: now}
	options := detect.ESQLOptions(schema, builder)
	options.Tables = tables
	plan, problems := query.Check(options)
	if plan == nil {
		return a.rejected(view, problems...)
	}
	if plan.Undecided != "" {
		return &exit{code: exitFindings, err: usage("undecided: %s", plan.Undecided)}
	}
	program := run.Compile(plan, run.Options{Layout: builder.Layout, Env: options.Env})
	result := program.Run(run.Input{Docs: docs, In: detect.InIndex})
	switch {
	case flags.json:
		return report.TableJSON(a.Out, result)
	case flags.csv:
		return report.TableCSV(a.Out, result)
	}
	if err := report.Table(a.Out, result, a.reportStyle()); err != nil {
		return err
	}
	for _, warning := range result.Warnings {
		fmt.Fprintf(a.Err, "tocsin: warning: %s\n", warning)
	}
	return nil
}

const lookupHelp = "a lookup index or enrich policy of an ES|QL query: `NAME=FILE` of JSON or NDJSON; may be repeated"

// lookups reads the tables of --lookup NAME=FILE. Their fields have the types of the catalogs for
// an index of that name, of ECS, or else those of a data stream: texts are keywords, as a lookup index wants them.
func (a *app) lookups(w *workspace.Workspace, args []string) (map[string]*esql.Table, error) {
	tables := map[string]*esql.Table{}
	for _, arg := range args {
		name, path, ok := strings.Cut(arg, "=")
		if !ok || name == "" || path == "" {
			return nil, usage("--lookup %q names no table: write NAME=FILE", arg)
		}
		docs, err := a.readEvents(w, []string{path})
		if err != nil {
			return nil, err
		}
		schema, err := w.Fields([]string{name})
		if err != nil {
			return nil, err
		}
		tables[name] = run.NewTable(name, docs, observed(schema, []string{"logs-*"}, docs))
	}
	return tables, nil
}
