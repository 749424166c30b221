package run

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// writer makes random queries that are mostly well typed, and events for them.
type writer struct {
	*rand.Rand
	registry  *function.Registry
	functions []*function.Function
	columns   map[string]column.Type
	fresh     int
}

func newWriter(seed uint64) *writer {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 7)), registry: function.NewRegistry(function.All())}
	for _, f := range function.All() {
		if f.Undecided == "" && (f.Kind == function.Scalar || f.Kind == function.Aggregate || f.Kind == function.Grouping) {
			w.functions = append(w.functions, f)
		}
	}
	w.columns = map[string]column.Type{
		"k": column.Keyword, "k2": column.Keyword, "t": column.Text, "n": column.Long, "i": column.Integer, "d": column.Double, "b": column.Boolean, "ip": column.IP,
		"v": column.Version, "u": column.UnsignedLong, "@timestamp": column.Date, "nanos": column.DateNanos, "geo": column.GeoPoint, "`x.y`": column.Keyword,
	}
	return w
}

func pick[T any](w *writer, list []T) T { return list[w.IntN(len(list))] }

// sampleValues are what fields of a type hold in events, and constants in a query; the first is one that every type of store has.
var sampleValues = map[column.Type][]string{
	column.Keyword: {`"a"`, `"b"`, `"A b, c=1"`, `""`, `"10.0.0.1"`, `"2026-01-01"`, `"{\"a\":[1,{\"b\":null}]}"`, `"ünï🔔"`, `"http://u:p@h.example.co.uk:81/a/b.txt?q=1#f"`, `"%41+"`, `"YWJj"`},
	column.Text:    {`"some text"`, `"a"`}, column.Long: {"0", "1", "-7", "9223372036854775807", "-9223372036854775808"},
	column.Integer: {"0", "3", "-1", "2147483647"}, column.Double: {"0.0", "1.5", "-2.25", "1e300"}, column.Boolean: {"true", "false"},
	column.IP: {`"10.0.0.1"`, `"::1"`, `"192.168.1.77"`}, column.Version: {`"1.2.3"`, `"1.11.0-rc1"`, `"bad"`}, column.UnsignedLong: {"18446744073709551615", "1"},
	column.Date: {`"2026-01-01T00:00:00Z"`, `"1969-12-31T23:59:59.999Z"`, `"2024-02-29T12:00:00Z"`}, column.DateNanos: {`"2026-01-01T00:00:00.000000001Z"`},
	column.GeoPoint: {`"POINT (1.0 2.0)"`},
}

// events are so many, with fields that are missing, single and several.
func (w *writer) events(count int) string {
	var lines strings.Builder
	names := slices.Sorted(maps.Keys(w.columns))
	for range count {
		var parts []string
		for _, name := range names {
			list := sampleValues[w.columns[name]]
			plain := strings.Trim(name, "`")
			switch w.IntN(8) {
			case 0:
			case 1:
				parts = append(parts, fmt.Sprintf("%q:[%s,%s,%s]", plain, pick(w, list), pick(w, list), pick(w, list)))
			default:
				parts = append(parts, fmt.Sprintf("%q:%s", plain, pick(w, list)))
			}
		}
		lines.WriteString("{" + strings.Join(parts, ",") + "}\n")
	}
	return lines.String()
}

func (w *writer) name() string {
	w.fresh++
	return fmt.Sprint("new", w.fresh)
}

// some is a column of a type; false when there is none.
func (w *writer) some(types function.Types) (string, bool) {
	var fit []string
	for _, name := range slices.Sorted(maps.Keys(w.columns)) {
		if t := w.columns[name]; t != column.Null && types.Has(t) {
			fit = append(fit, name)
		}
	}
	if len(fit) == 0 {
		return "", false
	}
	return pick(w, fit), true
}

// constant is a literal of one of some types.
func (w *writer) constant(types function.Types) (string, column.Type) {
	t := pick(w, types.List())
	switch t {
	case column.TimeDuration:
		return pick(w, []string{"1 hour", "30 s"}), t
	case column.DatePeriod:
		return pick(w, []string{"1 day", "2 months"}), t
	case column.Null, column.Source, column.GeoShape, column.Unsupported:
		return "null", column.Null
	case column.IP, column.Version, column.Date, column.DateNanos, column.GeoPoint, column.Text:
		return pick(w, sampleValues[t]) + "::" + t.String(), t
	}
	return pick(w, sampleValues[t]), t
}

// expression is one of some types.
func (w *writer) expression(types function.Types, depth int, kind function.Kind) (string, column.Type) {
	switch choice := w.IntN(10); {
	case kind == function.Aggregate, depth > 0 && choice < 5:
		for range 20 {
			if text, t, ok := w.call(types, depth, kind); ok {
				return text, t
			}
		}
	case depth > 0 && choice < 6 && types.Has(column.Boolean):
		return "(" + w.condition(depth-1) + ")", column.Boolean
	case depth > 0 && choice < 7 && types.Has(column.Long):
		a, _ := w.expression(function.Wholes, depth-1, function.Scalar)
		b, _ := w.expression(function.Wholes, depth-1, function.Scalar)
		return fmt.Sprintf("(%s %s %s)", a, pick(w, []string{"+", "-", "*", "/", "%"}), b), column.Long
	}
	if name, ok := w.some(types); ok && w.IntN(4) > 0 && kind != function.Aggregate {
		return name, w.columns[strings.TrimSpace(name)]
	}
	text, t := w.constant(types)
	if kind == function.Aggregate {
		return "COUNT(*)", column.Long
	}
	return text, t
}

// call is a call of a random function that gives one of some types.
func (w *writer) call(types function.Types, depth int, kind function.Kind) (string, column.Type, bool) {
	f := pick(w, w.functions)
	if f.Kind != kind || len(f.Params) == 0 && f.Resolve != nil {
		return "", 0, false
	}
	count := len(f.Params)
	for count > 0 && f.Params[count-1].Optional && w.IntN(2) == 0 {
		count--
	}
	if f.Variadic {
		count += w.IntN(3)
	}
	var texts []string
	var args []function.Argument
	for i := range count {
		p := f.Params[min(i, len(f.Params)-1)]
		var text string
		var t column.Type
		if p.Constant {
			text, t = w.constant(p.Types)
		} else {
			text, t = w.expression(p.Types, depth-1, function.Scalar)
		}
		texts, args = append(texts, text), append(args, function.Argument{Type: t, Text: text})
	}
	t, err := f.Check("call", args)
	if err != nil || !types.Has(t) {
		return "", 0, false
	}
	return f.Name + "(" + strings.Join(texts, ", ") + ")", t, true
}

func (w *writer) condition(depth int) string {
	switch w.IntN(8) {
	case 0, 1:
		if depth > 0 {
			return fmt.Sprintf("(%s %s %s)", w.condition(depth-1), pick(w, []string{"AND", "OR"}), w.condition(depth-1))
		}
	case 2:
		if depth > 0 {
			return "NOT " + w.condition(depth-1)
		}
	case 3:
		x, _ := w.expression(function.Representable, depth-1, function.Scalar)
		return x + pick(w, []string{" IS NULL", " IS NOT NULL"})
	case 4:
		x, _ := w.expression(function.Strings, depth-1, function.Scalar)
		return x + pick(w, []string{` LIKE "*a?"`, ` RLIKE "[a-z]*.b+"`, ` IN ("a", null, "b")`, ` NOT LIKE ("a*", "*b")`, ` IN (FROM y | KEEP k)`, ` NOT IN (FROM y | WHERE k IS NOT NULL | STATS m = MAX(k) BY i | KEEP m)`})
	}
	t := pick(w, []column.Type{column.Keyword, column.Long, column.Double, column.Date, column.IP, column.Version})
	x, _ := w.expression(function.OneOf(t), depth-1, function.Scalar)
	y, _ := w.expression(function.OneOf(t), depth-1, function.Scalar)
	return fmt.Sprintf("%s %s %s", x, pick(w, []string{"==", "!=", "<", ">="}), y)
}

// command is a random command; the columns are those after it.
func (w *writer) command() string {
	switch w.IntN(14) {
	case 0, 1:
		return "WHERE " + w.condition(2)
	case 2, 3, 4:
		name := w.name()
		text, t := w.expression(function.Representable, 3, function.Scalar)
		w.columns[name] = t
		return "EVAL " + name + " = " + text
	case 5:
		return w.stats("STATS ")
	case 6:
		return w.stats("INLINE STATS ")
	case 7:
		name, _ := w.some(function.Representable)
		return fmt.Sprintf("SORT %s %s", name, pick(w, []string{"ASC", "DESC NULLS LAST"}))
	case 8:
		name, _ := w.some(function.Representable)
		return "MV_EXPAND " + name
	case 9:
		return fmt.Sprintf("LIMIT %d", w.IntN(50))
	}
	return w.rare()
}

func (w *writer) rare() string {
	switch w.IntN(6) {
	case 0:
		if name, ok := w.some(function.Strings); ok {
			w.columns["g"], w.columns["num"] = column.Keyword, column.Integer
			return "GROK " + name + ` "%{WORD:g}.*?%{NUMBER:num:int}?"`
		}
	case 1:
		if name, ok := w.some(function.Strings); ok {
			w.columns["left"], w.columns["right"] = column.Keyword, column.Keyword
			return "DISSECT " + name + ` "%{left} %{right}"`
		}
	case 2:
		if len(w.columns) > 3 {
			name, _ := w.some(function.Representable)
			delete(w.columns, name)
			return "DROP " + name
		}
	case 3:
		name, _ := w.some(function.Representable)
		other := w.name()
		w.columns[other] = w.columns[name]
		delete(w.columns, name)
		return fmt.Sprintf("RENAME %s AS %s", name, other)
	case 4:
		w.columns["_fork"] = column.Keyword
		return fmt.Sprintf("FORK (WHERE %s) (LIMIT %d) (SORT %s)", w.condition(1), w.IntN(9), slices.Sorted(maps.Keys(w.columns))[0])
	}
	return "DEDUP"
}

func (w *writer) stats(keyword string) string {
	after := map[string]column.Type{}
	if strings.HasPrefix(keyword, "INLINE") {
		after = maps.Clone(w.columns)
	}
	var list []string
	for range 1 + w.IntN(3) {
		name := w.name()
		text, t := w.expression(function.Representable, 2, function.Aggregate)
		after[name] = t
		if w.IntN(4) == 0 {
			text += " WHERE " + w.condition(1)
		}
		list = append(list, name+" = "+text)
	}
	text := keyword + strings.Join(list, ", ")
	for i := range w.IntN(3) {
		key := w.name()
		expr, t := w.expression(function.Representable&^function.Shapes, 1, function.Scalar)
		after[key] = t
		text += []string{" BY ", ", "}[min(i, 1)] + key + " = " + expr
	}
	w.columns = after
	return text
}

func (w *writer) query() string {
	commands := []string{pick(w, []string{"FROM x METADATA _id, _index", "FROM x", "FROM (FROM x | LIMIT 20), (FROM y | WHERE n > 0)"})}
	for range 1 + w.IntN(6) {
		commands = append(commands, w.command())
	}
	return strings.Join(commands, "\n| ")
}

// runRandom runs a random query, and tells whether it is one that the checker accepts.
func runRandom(t *testing.T, seed uint64) bool {
	w := newWriter(seed)
	events := w.events(1 + w.IntN(60))
	text := w.query()
	q, problem := esql.Parse(text)
	if problem != nil {
		t.Fatalf("%s\n%s", text, problem.Message)
	}
	o := options()
	plan, problems := q.Check(o)
	if diag.AnyError(problems) || plan.Undecided != "" {
		return false
	}
	in := Input{Docs: decode(t, events)}
	p := Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env})
	result := p.Run(in)
	if len(result.Columns) != len(result.Rows.Columns) {
		t.Fatalf("%s\n%d columns, %d of them with values", text, len(result.Columns), len(result.Rows.Columns))
	}
	for i, c := range result.Rows.Columns {
		if c.Rows() != result.Rows.Rows {
			t.Errorf("%s\ncolumn %s has %d rows of %d", text, result.Columns[i].Name, c.Rows(), result.Rows.Rows)
		}
		if c.Type() != result.Columns[i].Type && c.Type() != column.Null {
			t.Errorf("%s\ncolumn %s is %s, not %s", text, result.Columns[i].Name, c.Type(), result.Columns[i].Type)
		}
		for row := range c.Rows() {
			c.IsNull(row)
		}
	}
	before := table(result)
	if again := table(p.Trace(in).Result); again != before {
		t.Errorf("%s\nthe trace gives\n%s\nnot\n%s", text, again, before)
	}
	return true
}

// Random queries over random events: no panic, columns of equal length and of the types that the checker told, and the same
// rows when they are traced.
func TestRandomQueries(t *testing.T) {
	accepted := 0
	const seeds = 600
	for seed := range uint64(seeds) {
		if runRandom(t, seed) {
			accepted++
		}
	}
	if accepted < seeds/3 {
		t.Errorf("only %d of %d queries are accepted", accepted, seeds)
	}
}

func FuzzRun(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { runRandom(t, seed) })
}
