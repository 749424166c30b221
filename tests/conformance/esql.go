package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/run"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// SpecSuite is a folder of csv-spec files and of the CSV files that they read, each an index of its name.
type SpecSuite struct {
	Cases []SpecCase
	data  map[string]dataSet
	// Unreadable are the data sets that could not be read, with the reason.
	Unreadable map[string]error
}

type dataSet struct {
	docs  []*event.Document
	types map[string]any
}

// SpecOutcome is what became of a case: "passed", "warned" (the table is right, the warnings are others), "differs", "refused",
// "undecided" or "skipped", with the reason.
type SpecOutcome struct {
	SpecCase
	Status, Reason string
}

// skipped are files about what no rule uses, by the start of their names.
func skipped() map[string]string {
	return map[string]string{
		"tsdb": "time series", "k8s-timeseries": "time series", "timeseries": "time series", "dense_vector": "vectors", "knn": "vectors", "spatial": "grids and shapes",
		"cartesian": "shapes", "external": "data outside of Elasticsearch", "semantic": "models", "rerank": "models", "completion": "models", "embedding": "models",
		"promql": "PromQL", "exponential_histogram": "histograms", "tdigest": "histograms", "approximat": "approximation", "categorize": "statistics", "change_point": "statistics",
	}
}

// LoadESQL reads a suite, with the files below the folder.
func LoadESQL(dir string) (*SpecSuite, error) {
	s := &SpecSuite{data: map[string]dataSet{}, Unreadable: map[string]error{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".csv-spec":
			cases, err := readSpecs(path)
			if err != nil {
				s.Unreadable[entry.Name()] = err
			}
			s.Cases = append(s.Cases, cases...)
		case ".csv":
			docs, types, err := readData(path)
			if err != nil {
				s.Unreadable[entry.Name()] = err
				return nil
			}
			s.data[strings.TrimSuffix(entry.Name(), ".csv")] = dataSet{docs, types}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(s.Cases) == 0 {
		return nil, fmt.Errorf("%s holds no csv-spec files", dir)
	}
	return s, nil
}

// Run runs every case.
func (s *SpecSuite) Run() []SpecOutcome {
	outcomes := make([]SpecOutcome, len(s.Cases))
	for i, c := range s.Cases {
		status, reason := s.run(c)
		outcomes[i] = SpecOutcome{c, status, reason}
	}
	return outcomes
}

func (s *SpecSuite) run(c SpecCase) (status, reason string) {
	for start, reason := range skipped() {
		if strings.HasPrefix(c.File, start) {
			return "skipped", reason
		}
	}
	if strings.HasSuffix(c.Name, "-Ignore") {
		return "skipped", "left out by the suite"
	}
	query, problem := esql.Parse(c.Query)
	if problem != nil {
		return "refused", problem.Message
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	layout := filter.NewLayout()
	options := esql.Options{
		Functions: function.NewRegistry(function.All()), Env: &function.Environment{Now: now},
		Builder: &filter.Builder{Layout: layout, Now: now}, Tables: map[string]*esql.Table{},
	}
	var docs []*event.Document
	types := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.data)) {
		if !s.reads(c.Query, name) {
			continue
		}
		set := s.data[name]
		table, _ := field.FromMap(set.types, name)
		options.Tables[name] = run.NewTable(name, set.docs, field.NewSchema(table))
		docs = append(docs, set.docs...)
		maps.Copy(types, set.types)
	}
	table, _ := field.FromMap(types, "suite")
	options.Schema = field.NewSchema(table)
	plan, problems := query.Check(options)
	switch {
	case diag.AnyError(problems):
		return "refused", problems[0].Message
	case plan.Undecided != "":
		return "undecided", plan.Undecided
	}
	result := run.Compile(plan, run.Options{Layout: layout, Env: options.Env}).Run(run.Input{Docs: docs, In: ofIndex})
	if err := c.compare(result); err != nil {
		return "differs", err.Error()
	}
	if text := c.unexpected(result.Warnings); text != "" {
		return "warned", text
	}
	return "passed", ""
}

// reads tells whether a query may read a data set: its name, or a pattern for it, stands in the text.
func (s *SpecSuite) reads(query, name string) bool {
	words := strings.FieldsFunc(query, func(r rune) bool { return strings.ContainsRune(" ,\n\t()|\"", r) })
	return slices.ContainsFunc(words, func(word string) bool { return strings.Trim(word, "*") != "" && match.Glob(word).Match(name) })
}

func ofIndex(patterns []string, doc *event.Document) bool {
	found := false
	for _, pattern := range patterns {
		excluded, negative := strings.CutPrefix(pattern, "-")
		if match.Glob(excluded).Match(doc.Index) {
			found = !negative
		}
	}
	return found
}

// compare tells in what a result differs from the table of the case.
func (c *SpecCase) compare(r *run.Result) error {
	var names []string
	for _, column := range r.Columns {
		names = append(names, column.Name)
	}
	var wantNames []string
	var types []column.Type
	for _, head := range c.Header {
		i := strings.LastIndexByte(head, ':')
		if i < 0 {
			return fmt.Errorf("the column %q of the case has no type", head)
		}
		t, known := column.Parse(strings.ToLower(strings.TrimSpace(head[i+1:])))
		if !known {
			return fmt.Errorf("the type of the case's column %q is not known", head)
		}
		wantNames, types = append(wantNames, strings.TrimSpace(head[:i])), append(types, t)
	}
	if !slices.Equal(names, wantNames) {
		return fmt.Errorf("the columns are %s, expected %s", strings.Join(names, ", "), strings.Join(wantNames, ", "))
	}
	got, want := resultRows(r), make([][]string, len(c.Rows))
	for i, row := range c.Rows {
		for k, cell := range row {
			want[i] = append(want[i], canonical(cell, types[k]))
		}
	}
	if c.Unordered {
		order := func(a, b []string) int { return slices.Compare(a, b) }
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, expected %d", len(got), len(want))
	}
	for i := range got {
		for k := range got[i] {
			if !sameCell(got[i][k], want[i][k]) {
				return fmt.Errorf("row %d, %s: %s, expected %s", i+1, names[k], got[i][k], want[i][k])
			}
		}
	}
	return nil
}

// unexpected tells which warning is missing, or which one nobody expects; "" when there is none of either. Older suites name an
// exception otherwise.
func (c *SpecCase) unexpected(got []string) string {
	renamed := strings.NewReplacer("xpack.ql.QlIllegalArgumentException", "xpack.esql.core.InvalidArgumentException",
		"xpack.esql.core.QlIllegalArgumentException", "xpack.esql.core.InvalidArgumentException")
	rest := slices.Clone(got)
	for _, text := range c.Warnings {
		i := slices.Index(rest, renamed.Replace(text))
		if i < 0 {
			return "no warning: " + text
		}
		rest = slices.Delete(rest, i, i+1)
	}
	var patterns []*regexp.Regexp
	for _, text := range c.Patterns {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return "a pattern of warnings that cannot be read: " + text
		}
		patterns = append(patterns, pattern)
	}
	for _, warning := range rest {
		if !slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(warning) }) {
			return "unexpected warning: " + warning
		}
	}
	return ""
}

func resultRows(r *run.Result) [][]string {
	rows := make([][]string, r.Rows.Rows)
	for i := range rows {
		for _, c := range r.Rows.Columns {
			start, end := c.Span(i)
			var values []string
			for at := start; at < end; at++ {
				values = append(values, c.Render(at))
			}
			rows[i] = append(rows[i], joined(values))
		}
	}
	return rows
}

// canonical writes a cell of a case as a result is written: each value read as its type.
func canonical(cell string, t column.Type) string {
	values := valuesOf(cell)
	if cell == "" && t.IsString() {
		return ""
	}
	for i, text := range values {
		b := column.NewBuilder(t, 1)
		if t != column.Null && column.ReadText(b, text) {
			values[i] = b.Build().Render(0)
		}
	}
	return joined(values)
}

func joined(values []string) string {
	switch len(values) {
	case 0:
		return "null"
	case 1:
		return values[0]
	}
	return "[" + strings.Join(values, ", ") + "]"
}

// sameCell compares texts, and fractions up to what rounding loses.
func sameCell(got, want string) bool {
	if got == want {
		return true
	}
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(want, 64)
	return errors.Join(errA, errB) == nil && strings.ContainsAny(got+want, ".E") && math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
}
