package function

import (
	"fmt"
	"math"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func groupingFunctions() []*Function {
	span := Param{Name: "buckets", Types: Signed | Timespans, Expected: "integer, long, double, date_period or time_duration", Constant: true}
	bound := func(name string) Param {
		return Param{Name: name, Types: Signed | Dates | Strings, Expected: "integer, long, double, date or string", Optional: true, Constant: true}
	}
	return []*Function{
		{
			Name: "BUCKET", Aliases: []string{"BIN"}, Kind: Grouping, Family: "Grouping",
			Doc:    "The start of the bucket of a number or an instant; of a given size, or of a size that gives no more than so many buckets between two bounds.",
			Params: []Param{{Name: "field", Types: Signed | Dates, Expected: "datetime, date_nanos or numeric except unsigned_long or counter types"}, span, bound("from"), bound("to")},
			Returns: func(args []column.Type) column.Type {
				if args[0].IsNumber() || args[0] == column.Null && !args[1].IsTimespan() {
					return column.Double
				}
				return truncated([]column.Type{args[1], args[0]})
			},
			Scalar: bucket,
		},
		{
			Name: "TBUCKET", Kind: Grouping, Family: "Grouping", Doc: "The start of the bucket of @timestamp, of a given size.",
			Params:  []Param{{Name: "buckets", Types: Timespans, Expected: "date_period or time_duration", Constant: true}},
			Implied: "@timestamp",
			Returns: Gives(column.Date),
			Scalar:  timeBucket,
		},
	}
}

// bucket compiles the size of the buckets.
func bucket(site *Site) (ScalarKernel, error) {
	if site.Args[0].Type.IsNumber() || site.Type == column.Double {
		size, err := bucketSize(site)
		if err != nil {
			return nil, err
		}
		return func(call *Call, args []*column.Column, rows int) *column.Column {
			return Each(call, args[:1], rows, func(out *column.Builder, at []int) {
				out.Double(math.Floor(args[0].Float(at[0])/size) * size)
			})
		}, nil
	}
	truncate, err := bucketPeriod(site)
	if err != nil {
		return nil, err
	}
	zone := site.Env.Location()
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args[:1], rows, func(out *column.Builder, at []int) {
			addInstant(out, truncate(instant(args[0], at[0]).In(zone)))
		})
	}, nil
}

func timeBucket(site *Site) (ScalarKernel, error) {
	truncate, err := truncation(site.Constant(0))
	if err != nil {
		return nil, &ArgumentError{0, err.Error()}
	}
	zone := site.Env.Location()
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args[1:2], rows, func(out *column.Builder, at []int) {
			addInstant(out, truncate(instant(args[1], at[0]).In(zone)))
		})
	}, nil
}

// constantNumberOf is the number of a constant argument.
func constantNumberOf(site *Site, i int) (float64, bool) {
	c := site.Constant(i)
	if c == nil || c.Count(0) != 1 || !c.Type().IsNumber() {
		return 0, false
	}
	return c.Float(0), true
}

// bucketSize is the given size, or the power of ten, or half of one, that gives no more than the buckets wanted.
func bucketSize(site *Site) (float64, error) {
	wanted, ok := constantNumberOf(site, 1)
	if !ok {
		return 0, &ArgumentError{1, fmt.Sprintf("second argument of [%s] must be a number", callText(site.Args))}
	}
	if len(site.Args) == 2 {
		return wanted, nil
	}
	from, okFrom := constantNumberOf(site, 2)
	to, okTo := constantNumberOf(site, 3)
	if !okFrom || !okTo {
		return 0, fmt.Errorf("function expects exactly four arguments when the first one is of type [%s] and the second of type [%s]", site.Args[0].Type.Word(), site.Args[1].Type.Word())
	}
	exact := (to - from) / wanted
	power := math.Pow(10, math.Ceil(math.Log10(exact)))
	if exact < power/2 {
		return power / 2, nil
	}
	return power, nil
}

// bucketPeriod is the given period, or the longest of the usual ones that gives no more than the buckets wanted.
func bucketPeriod(site *Site) (func(time.Time) time.Time, error) {
	if site.Args[1].Type.IsTimespan() {
		truncate, err := truncation(site.Constant(1))
		if err != nil {
			return nil, &ArgumentError{1, err.Error()}
		}
		return truncate, nil
	}
	wanted, ok := constantNumberOf(site, 1)
	from, okFrom := constantInstant(site, 2)
	to, okTo := constantInstant(site, 3)
	if !ok || !okFrom || !okTo {
		return nil, fmt.Errorf("function expects exactly four arguments when the first one is of type [%s] and the second of type [%s]", site.Args[0].Type.Word(), site.Args[1].Type.Word())
	}
	return pickPeriod(int(wanted), from.In(site.Env.Location()), to), nil
}

func constantInstant(site *Site, i int) (time.Time, bool) {
	c := site.Constant(i)
	if c == nil || c.Count(0) != 1 {
		return time.Time{}, false
	}
	switch {
	case c.Type().IsDate():
		return instant(c, 0), true
	case c.Type().IsString():
		return datemath.ParseDate(c.Text(0))
	case c.Type().IsWhole():
		return time.UnixMilli(c.Int(0)).UTC(), true
	}
	return time.Time{}, false
}

// period is a length of buckets: how one begins, and where the next one does.
type period struct {
	truncate func(time.Time) time.Time
	next     func(time.Time) time.Time
}

func days(n int) period {
	return period{
		func(at time.Time) time.Time { return datemath.TruncateDays(at, n) },
		func(at time.Time) time.Time { return at.AddDate(0, 0, n) },
	}
}

func monthsOf(n int) period {
	return period{
		func(at time.Time) time.Time { return datemath.TruncateMonths(at, n) },
		func(at time.Time) time.Time { return at.AddDate(0, n, 0) },
	}
}

func fixed(d time.Duration) period {
	return period{
		func(at time.Time) time.Time { return datemath.TruncateDuration(at, d) },
		func(at time.Time) time.Time { return at.Add(d) },
	}
}

// pickPeriod takes the shortest period of a day or less that gives no more buckets than wanted, else a week, a month or
// a year (Elasticsearch: Bucket.DateRoundingPicker).
func pickPeriod(wanted int, from, to time.Time) func(time.Time) time.Time {
	fits := func(p period) bool {
		at := p.truncate(from)
		for used := 0; used < wanted; {
			at = p.next(at)
			if used++; !at.Before(to) {
				return true
			}
		}
		return false
	}
	periods := []period{days(1)}
	for _, d := range []time.Duration{
		12 * time.Hour, 3 * time.Hour, time.Hour, 30 * time.Minute, 10 * time.Minute, 5 * time.Minute, time.Minute, 30 * time.Second, 10 * time.Second,
		5 * time.Second, time.Second, 100 * time.Millisecond, 50 * time.Millisecond, 10 * time.Millisecond, time.Millisecond,
	} {
		periods = append(periods, fixed(d))
	}
	for i, p := range periods {
		switch {
		case fits(p):
			continue
		case i > 0:
			return periods[i-1].truncate
		}
		for _, longer := range []period{days(7), monthsOf(1)} {
			if fits(longer) {
				return longer.truncate
			}
		}
		return monthsOf(12).truncate
	}
	return periods[len(periods)-1].truncate
}
