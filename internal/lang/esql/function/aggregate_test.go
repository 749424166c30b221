package function

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// aggregate runs an aggregate over rows, two for each group but the last, which has none.
func aggregate(t *testing.T, name string, constants []*column.Column, args ...*column.Column) string {
	t.Helper()
	f, _ := NewRegistry(All()).Lookup(name)
	site := Site{Env: environment()}
	for _, arg := range args {
		site.Args = append(site.Args, Argument{Type: arg.Type(), Text: "x"})
		if len(site.Args) == 1 {
			for _, c := range constants {
				site.Args = append(site.Args, Argument{Type: c.Type(), Text: "x", Value: c})
			}
		}
	}
	var err error
	known := site.Args
	if f.Implied != "" {
		known = known[:len(known)-1]
	}
	if site.Type, err = f.Check("call", known); err != nil {
		return "error: " + err.Error()
	}
	acc, err := f.Aggregate(&site)
	if err != nil {
		return "error: " + err.Error()
	}
	var warnings Warnings
	call := warnings.NewCall(site.Env, site.Type, 1, 1, "call")
	rows := args[0].Rows()
	columns := []*column.Column{args[0]}
	for _, c := range constants {
		columns = append(columns, column.Repeat(c, 0, rows))
	}
	columns = append(columns, args[1:]...)
	members := Members{Count: rows / 2}
	for row := range rows {
		members.Groups = append(members.Groups, int32(row/2))
	}
	// The rows come in two batches, the second with rows named.
	first, second := members, members
	first.Groups = members.Groups[:2]
	second.Groups = members.Groups[2:]
	for row := 2; row < rows; row++ {
		second.Rows = append(second.Rows, int32(row))
	}
	acc.Add(call, columns, first)
	acc.Add(call, columns, second)
	result := acc.Result(call, rows/2+1)
	var out []string
	for group := range rows/2 + 1 {
		out = append(out, rendered(result, group))
	}
	text := strings.Join(out, " ")
	if list := warnings.List(); len(list) > 1 {
		text += fmt.Sprintf(" {%s}", strings.TrimPrefix(list[1], "Line 1:1: "))
	}
	return text
}

// rows puts columns of one row below each other.
func rows(parts ...*column.Column) *column.Column { return column.Concat(parts[0].Type(), parts...) }

// languages.md 3.5, 10, 11 and rows k, l.
func TestAggregates(t *testing.T) {
	longs := rows(l(3), l(1, 2), l(), l(5))
	whole := rows(l(9223372036854775807), l(1), l(), l())
	doubles := rows(d(1.5), d(2.5), d(), d())
	texts := rows(k("b"), k("a", "b"), k(), k("c"))
	times := rows(dt("2026-01-02"), dt("2026-01-01"), dt(), dt("2026-01-03"))
	for n, test := range []struct {
		name      string
		constants []*column.Column
		args      []*column.Column
		want      string
	}{
		{"COUNT", nil, on(longs), "3 1 0"},
		{"COUNT", nil, on(rows(bl(false), bl(true), bl(), bl())), "2 0 0"},
		{"SUM", nil, on(longs), "6 5 null"},
		{"SUM", nil, on(whole), "null null null {java.lang.ArithmeticException: long overflow}"},
		{"SUM", nil, on(doubles), "4.0 null null"},
		{"AVG", nil, on(longs), "2.0 5.0 null"},
		{"AVG", nil, on(doubles), "2.0 null null"},
		{"MIN", nil, on(longs), "1 5 null"},
		{"MAX", nil, on(texts), "b c null"},
		{"MAX", nil, on(rows(bl(false), bl(true), bl(), bl())), "true null null"},
		{"MAX", nil, on(rows(ver("1.11.0"), ver("1.2.3"), ver(), ver())), "1.11.0 null null"},
		{"MIN", nil, on(rows(ip("127.0.0.1"), ip("::1"), ip(), ip())), "::1 null null"},
		{"MAX", nil, on(times), "2026-01-02T00:00:00.000Z 2026-01-03T00:00:00.000Z null"},
		{"COUNT_DISTINCT", nil, on(texts), "2 1 0"},
		{"COUNT_DISTINCT", on(i(100)), on(longs), "3 1 0"},
		{"COUNT_DISTINCT", nil, on(rows(d(0), d(math.Copysign(0, -1)), d(1), d())), "1 1 0"},
		{"VALUES", nil, on(texts), "[b, a] c null"},
		{"VALUES", nil, on(longs), "[3, 1, 2] 5 null"},
		{"TOP", on(i(2), k("desc")), on(longs), "[3, 2] 5 null"},
		{"TOP", on(i(2), k("ASC")), on(texts), "[a, b] c null"},
		{"TOP", on(i(1)), on(longs), "1 5 null"},
		{"TOP", on(i(0)), on(longs), "error: Limit must be greater than 0 in [TOP], found [x]"},
		{"TOP", on(i(2), k("up")), on(longs), "error: Invalid order value in [TOP], expected [ASC, DESC] but got [up]"},
		{"FIRST", nil, on(texts, times), "a c null"},
		{"LAST", nil, on(texts, times), "b c null"},
		{"EARLIEST", nil, on(texts, times), "a c null"},
		{"LATEST", nil, on(texts, times), "b c null"},
		{"ALL_FIRST", nil, on(rows(k("a"), k(), k("b"), k("c")), times), "null c null"},
		{"FIRST", nil, on(rows(k("a"), k(), k("b"), k("c")), times), "a c null"},
		{"ALL_LAST", nil, on(texts, times), "b c null"},
		{"MEDIAN", nil, on(longs), "2.0 5.0 null"},
		{"MEDIAN", nil, on(rows(l(1), l(2), l(), l())), "1.5 null null"},
		{"PERCENTILE", on(i(0)), on(longs), "1.0 5.0 null"},
		{"PERCENTILE", on(i(101)), on(longs), "error: second argument of [x, x] must be a number from 0 to 100"},
		{"MEDIAN_ABSOLUTE_DEVIATION", nil, on(longs), "1.0 0.0 null"},
		{"STD_DEV", nil, on(rows(l(2), l(4), l(7), l())), "1.0 0.0 null"},
		{"VARIANCE", nil, on(rows(l(2), l(4, 6), l(7), l())), "2.6666666666666665 0.0 null"},
		{"WEIGHTED_AVG", nil, on(rows(l(1), l(4), l(), l(5)), rows(l(2), l(1), l(1), l())), "2.0 null null"},
		{"PRESENT", nil, on(texts), "true true false"},
		{"ABSENT", nil, on(rows(k("a"), k(), k(), k())), "false true true"},
		{"SUM", nil, on(texts), "error: argument of [call] must be [numeric except unsigned_long or counter types], found value [x] type [keyword]"},
	} {
		if got := aggregate(t, test.name, test.constants, test.args...); got != test.want {
			t.Errorf("row %d, %s: %s, want %s", n, test.name, got, test.want)
		}
	}
}

func BenchmarkAggregates(b *testing.B) {
	const count = 4096
	texts, numbers, groups := make([]string, count), make([]int64, count), make([]int32, count)
	for n := range count {
		texts[n], numbers[n], groups[n] = fmt.Sprintf("user-%d", n%300), int64(n%500), int32(n%50)
	}
	columns := map[string]*column.Column{"keyword": column.OfTexts(column.Keyword, texts), "long": column.OfInts(column.Long, numbers)}
	for _, name := range []string{"COUNT", "COUNT_DISTINCT", "VALUES", "MAX"} {
		for kind, c := range columns {
			b.Run(name+"/"+kind, func(b *testing.B) {
				f, _ := NewRegistry(All()).Lookup(name)
				acc, err := f.Aggregate(&Site{Type: c.Type(), Args: []Argument{{Type: c.Type()}}, Env: environment()})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					acc.Add(&Call{}, []*column.Column{c}, Members{Groups: groups, Count: 50})
				}
				b.ReportMetric(float64(b.N)*count/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}
