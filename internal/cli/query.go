package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/dsl"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type queryFlags struct {
	lang, fields, index, now, file string
	lookup                         []string
	json, csv, interactive         bool
}

func (a *app) queryCommand() *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "query ['QUERY'|-f FILE] [EVENTS.ndjson]",
		Short: "Run one query over events",
		Long: `Runs a query over events and prints those that match: the tool to try a query with before it is a rule. Events are JSON or
NDJSON, from a file or from standard input. Field types come from --fields, then the project's catalogs for --index, then
ECS, then what Elasticsearch's dynamic mapping would make of the events. An ES|QL query prints its table; --lookup gives the
lookup indices and enrich policies that it names. With --interactive the events stay loaded, and each line of standard input
is a query; a line that ends in a pipe or a backslash goes on in the next.`,
		Example: `  tocsin query 'process.name: (cmd.exe or powershell.exe) and not user.name: SYSTEM' events.ndjson
  tocsin query --lang eql 'sequence by host.id [process where true] [network where true]' events.ndjson
  tocsin query --lang esql 'FROM logs-* | STATS failures = COUNT(*) BY user.name | SORT failures DESC' events.ndjson
  tocsin query --lang esql --lookup hosts=hosts.ndjson 'FROM logs-* | LOOKUP JOIN hosts ON host.name' events.ndjson
  tocsin query --lang esql --interactive events.ndjson
  tocsin query --fields '{"source.ip": "ip"}' 'source.ip: 10.0.0.0/8' < events.ndjson`,
		Args: between(0, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.query(cmd.Context(), args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.lang, "lang", "kql", "the query's `language`: kql, lucene, dsl (Query DSL as JSON), eql or esql")
	f.StringVar(&flags.fields, "fields", "", "field types: a JSON or TOML `file`, or JSON itself, as {\"source.ip\": \"ip\"}")
	f.StringVar(&flags.index, "index", "", "the `index` whose field types hold")
	f.StringVar(&flags.now, "now", "", "the `time` that now stands for in dates; the present when not given")
	f.StringVarP(&flags.file, "file", "f", "", "read the query from this `file`")
	f.BoolVar(&flags.json, "json", false, `write {"events": [...]}: the _id of each event, else its line number; or {"sequences": [[...], ...]}; of ES|QL, Elasticsearch's response`)
	f.BoolVar(&flags.csv, "csv", false, "write the table of an ES|QL query as comma-separated values")
	f.StringArrayVar(&flags.lookup, "lookup", nil, lookupHelp)
	f.BoolVar(&flags.interactive, "interactive", false, "keep the events loaded, and take one query after another")
	return cmd
}

func (a *app) query(ctx context.Context, args []string, flags queryFlags) error {
	if !slices.Contains([]string{"kql", "kuery", "lucene", "dsl", "eql", "esql"}, flags.lang) {
		return usage("--lang %q is not known: there are kql, lucene, dsl, eql and esql", flags.lang)
	}
	if flags.lang != "esql" && (flags.csv || len(flags.lookup) > 0) {
		return usage("--csv and --lookup are for --lang esql")
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	text, args, err := a.queryText(w, args, flags)
	if err != nil {
		return err
	}
	ask, err := a.queryRunner(w, args, flags)
	if err != nil {
		return err
	}
	if flags.interactive {
		err = a.queryLoop(ctx.Done(), ask)
	} else {
		err = ask(text)
	}
	if err == nil && a.brokenEvents {
		err = &exit{code: exitUsage}
	}
	return err
}

// queryRunner loads what queries run over, and gives what runs one.
func (a *app) queryRunner(w *workspace.Workspace, args []string, flags queryFlags) (func(text *source.File) error, error) {
	schema, err := a.querySchema(w, flags)
	if err != nil {
		return nil, err
	}
	now, err := a.clock(flags.now)
	if err != nil {
		return nil, err
	}
	docs, err := a.readEvents(w, args)
	if err != nil {
		return nil, err
	}
	tables, err := a.lookups(w, flags.lookup)
	if err != nil {
		return nil, err
	}
	if flags.lang == "esql" {
		return a.esqlRunner(w, flags, now, docs, tables), nil
	}
	schema = observed(schema, indexList(flags.index), docs)
	return func(text *source.File) error {
		if flags.lang == "eql" {
			return a.queryEQL(text, schema, now, docs, flags.json)
		}
		return a.querySearch(flags, text, schema, now, docs)
	}, nil
}

// queryText takes the query from the flag's file or the first argument; the other arguments are left.
func (a *app) queryText(w *workspace.Workspace, args []string, flags queryFlags) (*source.File, []string, error) {
	if flags.file != "" {
		if len(args) > 1 {
			return nil, nil, usage("with -f the only argument is the file of events")
		}
		file, err := a.readFile(w, flags.file)
		if err != nil {
			return nil, nil, err
		}
		return file, args, nil
	}
	if flags.interactive {
		if len(args) != 1 || args[0] == "-" {
			return nil, nil, usage("with --interactive the only argument is the file of events: queries come from standard input")
		}
		return nil, args, nil
	}
	if len(args) == 0 {
		return nil, nil, usage("give a query, or its file with -f")
	}
	return source.NewFile("<query>", args[0]), args[1:], nil
}

func indexList(index string) []string {
	if index == "" {
		return nil
	}
	return strings.Split(index, ",")
}

func (a *app) querySchema(w *workspace.Workspace, flags queryFlags) (*field.Schema, error) {
	schema, err := w.Fields(indexList(flags.index))
	if err != nil || flags.fields == "" {
		return schema, err
	}
	entries, err := a.fieldEntries(w, flags.fields)
	if err != nil {
		return nil, err
	}
	table, bad := field.FromMap(entries, "--fields")
	if len(bad) > 0 {
		return nil, usage("--fields: %v", bad[0])
	}
	return schema.With(table), nil
}

// fieldEntries reads the --fields flag: JSON itself, or a file of JSON, or a TOML file with a table [fields].
func (a *app) fieldEntries(w *workspace.Workspace, arg string) (map[string]any, error) {
	if strings.HasPrefix(strings.TrimSpace(arg), "{") {
		return jsonEntries(arg)
	}
	file, err := a.readFile(w, arg)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(arg, ".toml") {
		return jsonEntries(file.Text())
	}
	doc, problems := tomltext.Parse(file)
	if doc == nil {
		return nil, a.refuse(problems)
	}
	if entries, ok := doc.Tree["fields"].(map[string]any); ok {
		return entries, nil
	}
	return doc.Tree, nil
}

func jsonEntries(text string) (map[string]any, error) {
	var entries map[string]any
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		return nil, usage("--fields is not a JSON object of field types: %v", err)
	}
	return entries, nil
}

// querySearch runs a query of a language that is a condition on single events.
func (a *app) querySearch(flags queryFlags, text *source.File, schema *field.Schema, now time.Time, docs []*event.Document) error {
	builder := &filter.Builder{Layout: filter.NewLayout(), Now: now}
	node, problems := compileSearch(flags.lang, text.Text(), schema, builder)
	if diag.AnyError(problems) {
		return a.rejected(source.Whole(text), problems...)
	}
	var matched []int
	record := &filter.Record{}
	for i, doc := range docs {
		builder.Layout.BindTo(record, doc)
		if node.Match(record) {
			matched = append(matched, i)
		}
	}
	return a.writeMatches(docs, matched, flags.json)
}

func compileSearch(lang, text string, schema *field.Schema, builder *filter.Builder) (filter.Node, []*diag.Problem) {
	switch lang {
	case "lucene":
		query, problem := lucene.Parse(text)
		if problem != nil {
			return nil, []*diag.Problem{problem}
		}
		return query.Compile(lucene.Options{Schema: schema, Builder: builder})
	case "dsl":
		node, problem := dsl.CompileText(text, dsl.Options{Schema: schema, Builder: builder, QueryString: detect.QueryString(schema)})
		if problem != nil {
			return nil, []*diag.Problem{problem}
		}
		return node, nil
	}
	query, problem := kql.Parse(text)
	if problem != nil {
		return nil, []*diag.Problem{problem}
	}
	return query.Compile(schema, builder)
}

// queryEQL runs an EQL query and writes what it found: events, or sequences and samples.
func (a *app) queryEQL(text *source.File, schema *field.Schema, now time.Time, docs []*event.Document, asJSON bool) error {
	view := source.Whole(text)
	query, problem := eql.Parse(text.Text())
	if problem != nil {
		return a.rejected(view, problem)
	}
	program, problems := query.Compile(eql.Options{Schema: schema, Builder: &filter.Builder{Layout: filter.NewLayout(), Now: now}})
	if program == nil {
		return a.rejected(view, problems...)
	}
	if len(problems) > 0 {
		if err := a.warned(view, problems); err != nil {
			return err
		}
	}
	found := program.Run(docs)
	if program.Kind == eql.Events {
		return a.writeMatches(docs, found.Events, asJSON)
	}
	groups := make([][]int, len(found.Sequences))
	for i, m := range found.Sequences {
		groups[i] = m.Events
	}
	if asJSON {
		return report.SequencesJSON(a.Out, docs, groups)
	}
	return report.Sequences(a.Out, docs, groups, a.reportStyle())
}

func (a *app) writeMatches(docs []*event.Document, matched []int, asJSON bool) error {
	if asJSON {
		return report.MatchesJSON(a.Out, docs, matched)
	}
	return report.Matches(a.Out, docs, matched)
}
