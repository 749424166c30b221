package function

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func dateParam(name string) Param {
	return Param{Name: name, Types: Dates, Expected: "date_nanos or datetime"}
}

func dateFunctions() []*Function {
	date := dateParam("date")
	scalar := func(name, doc string, returns func([]column.Type) column.Type, compile func(*Site) (ScalarKernel, error), params ...Param) *Function {
		return &Function{Name: name, Kind: Scalar, Family: "Date and time", Doc: doc, Params: params, Returns: returns, Scalar: compile}
	}
	format := scalar("DATE_FORMAT", "An instant as text, in a pattern of Java; in ISO form without one.", Gives(column.Keyword), dateFormat, optional(textParam("dateFormat")), date)
	format.Resolve = leadingText(format, Gives(column.Keyword))
	parse := scalar("DATE_PARSE", "The instant of a text in a pattern of Java; in ISO form without one.", Gives(column.Date), dateParse, optional(textParam("datePattern")), textParam("dateString"))
	functions := []*Function{
		scalar("DATE_DIFF", "How many whole units lie between two instants.", Gives(column.Integer), dateDiff, textParam("unit"), dateParam("startTimestamp"), dateParam("endTimestamp")),
		scalar("DATE_EXTRACT", "Part of an instant, such as year or hour_of_day.", Gives(column.Long), dateExtract, textParam("datePart"), date),
		format,
		parse,
		scalar("DATE_TRUNC", "The start of the period that holds an instant.", truncated, dateTrunc, Param{Name: "interval", Types: Timespans, Expected: "dateperiod or timeduration", Constant: true}, date),
		scalar("DAY_NAME", "The name of an instant's weekday.", Gives(column.Keyword), ofInstant(func(out *column.Builder, at time.Time) { out.Text(at.Weekday().String()) }), date),
		scalar("MONTH_NAME", "The name of an instant's month.", Gives(column.Keyword), ofInstant(func(out *column.Builder, at time.Time) { out.Text(at.Month().String()) }), date),
		trange(),
		scalar("NOW", "The instant of the run, the same for all rows.", Gives(column.Date), now),
	}
	for _, f := range []struct {
		name string
		part func(time.Time) int
	}{
		{"DAY", time.Time.Day}, {"HOUR", time.Time.Hour}, {"MONTH", func(at time.Time) int { return int(at.Month()) }}, {"YEAR", time.Time.Year},
	} {
		functions = append(functions, scalar(f.name, fmt.Sprintf("The %s of an instant.", strings.ToLower(f.name)), Gives(column.Long),
			ofInstant(func(out *column.Builder, at time.Time) { out.Int(int64(f.part(at))) }), date))
	}
	return functions
}

// truncated is the type of what is truncated; a null is a date.
func truncated(args []column.Type) column.Type {
	if args[1] == column.Null {
		return column.Date
	}
	return args[1]
}

// leadingText checks calls whose first argument may be left out.
func leadingText(f *Function, returns func([]column.Type) column.Type) func(string, []Argument) (column.Type, error) {
	return func(call string, args []Argument) (column.Type, error) {
		params := f.Params[len(f.Params)-len(args):]
		types := make([]column.Type, len(args))
		for i, arg := range args {
			types[i] = arg.Type
			if !params[i].Types.Has(arg.Type) {
				return column.Null, Mismatch(call, args, i, params[i].Expected)
			}
		}
		return returns(types), nil
	}
}

// instant reads a date of either type.
func instant(c *column.Column, at int) time.Time {
	if c.Type() == column.DateNanos {
		return time.Unix(0, c.Int(at)).UTC()
	}
	return time.UnixMilli(c.Int(at)).UTC()
}

// addInstant adds a date of the builder's type.
func addInstant(out *column.Builder, at time.Time) {
	if out.Type() == column.DateNanos {
		out.Int(at.UnixNano())
		return
	}
	out.Int(at.UnixMilli())
}

func ofInstant(one func(out *column.Builder, at time.Time)) func(*Site) (ScalarKernel, error) {
	return func(site *Site) (ScalarKernel, error) {
		zone := site.Env.Location()
		return func(call *Call, args []*column.Column, rows int) *column.Column {
			return Each(call, args, rows, func(out *column.Builder, at []int) { one(out, instant(args[0], at[0]).In(zone)) })
		}, nil
	}
}

func now(site *Site) (ScalarKernel, error) {
	millis := site.Env.Now.UnixMilli()
	return func(_ *Call, _ []*column.Column, rows int) *column.Column {
		return column.Repeat(column.OfInts(column.Date, []int64{millis}), 0, rows)
	}, nil
}

func dateDiff(site *Site) (ScalarKernel, error) {
	if unit, ok := site.ConstantText(0); ok {
		if _, known := datemath.Difference(unit, time.Time{}, time.Time{}); !known {
			return nil, &ArgumentError{0, badUnit(unit).message}
		}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			unit := args[0].Text(at[0])
			n, ok := datemath.Difference(unit, instant(args[1], at[1]), instant(args[2], at[2]))
			switch {
			case !ok:
				return badUnit(unit)
			case n != int64(int32(n)):
				return outOfRange(fmt.Sprint(n), "integer")
			}
			out.Int(n)
			return nil
		})
	}, nil
}

func badUnit(unit string) failure {
	return failure{IllegalArgument, fmt.Sprintf("Received value [%s] is not valid date part to add; use year, quarter, month, week, day, hour, minute, second or millisecond", unit)}
}

func dateFormat(site *Site) (ScalarKernel, error) {
	return withPattern(site, 1, func(out *column.Builder, p *datemath.Pattern, c *column.Column, at int) error {
		moment := instant(c, at).In(site.Env.Location())
		if p == nil {
			out.Text(c.Render(at))
			return nil
		}
		out.Text(p.Format(moment))
		return nil
	})
}

func dateParse(site *Site) (ScalarKernel, error) {
	return withPattern(site, 1, func(out *column.Builder, p *datemath.Pattern, c *column.Column, at int) error {
		text := c.Text(at)
		if p == nil {
			moment, ok := datemath.ParseDate(text)
			if !ok {
				return badDate(text, "strict_date_optional_time")
			}
			addInstant(out, moment)
			return nil
		}
		moment, err := p.Parse(text, site.Env.Location())
		if err != nil {
			return failure{IllegalArgument, err.Error()}
		}
		addInstant(out, moment)
		return nil
	})
}

// withPattern runs a function of a value and of a date pattern that may stand before it; a constant pattern is read
// once, and an invalid one is an error of the query.
func withPattern(site *Site, value int, one func(out *column.Builder, p *datemath.Pattern, c *column.Column, at int) error) (ScalarKernel, error) {
	if text, ok := site.ConstantText(0); ok && len(site.Args) > value {
		if _, err := datemath.CompilePattern(text); err != nil {
			return nil, &ArgumentError{0, err.Error()}
		}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		var pattern *datemath.Pattern
		var patternErr error
		var text string
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			last := len(args) - 1
			if last == 0 {
				return one(out, nil, args[0], at[0])
			}
			if wanted := args[0].Text(at[0]); pattern == nil && patternErr == nil || wanted != text {
				text = wanted
				pattern, patternErr = datemath.CompilePattern(wanted)
			}
			if patternErr != nil {
				return failure{IllegalArgument, patternErr.Error()}
			}
			return one(out, pattern, args[last], at[last])
		})
	}, nil
}

// dateTrunc compiles the period; see [truncation].
func dateTrunc(site *Site) (ScalarKernel, error) {
	truncate, err := truncation(site.Constant(0))
	if err != nil {
		return nil, &ArgumentError{0, fmt.Sprintf("Function [DATE_TRUNC] has invalid interval [%s]. %s", site.Args[0].Text, err)}
	}
	zone := site.Env.Location()
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args, rows, func(out *column.Builder, at []int) {
			addInstant(out, truncate(instant(args[1], at[1]).In(zone)))
		})
	}, nil
}

// truncation makes the function that gives the start of a period: calendar months and years, days from midnight, weeks
// from Monday, and any other length counted from 1970.
func truncation(interval *column.Column) (func(time.Time) time.Time, error) {
	if interval == nil || interval.Count(0) != 1 {
		return nil, fmt.Errorf("Interval cannot not be null") //nolint:staticcheck // Elasticsearch's words
	}
	coded := interval.Int(0)
	if interval.Type() == column.TimeDuration {
		if coded <= 0 {
			return nil, fmt.Errorf("Zero or negative time interval is not supported") //nolint:staticcheck // Elasticsearch's words
		}
		length := time.Duration(coded) * time.Millisecond
		return func(at time.Time) time.Time { return datemath.TruncateDuration(at, length) }, nil
	}
	months, days := column.Period(coded)
	switch {
	case months < 0 || days < 0 || months == 0 && days == 0:
		return nil, fmt.Errorf("Zero or negative time interval is not supported") //nolint:staticcheck // Elasticsearch's words
	case months > 0 && days > 0:
		return nil, fmt.Errorf("Time interval with multiple periods is not supported") //nolint:staticcheck // Elasticsearch's words
	case months > 0:
		return func(at time.Time) time.Time { return datemath.TruncateMonths(at, months) }, nil
	}
	return func(at time.Time) time.Time { return datemath.TruncateDays(at, days) }, nil
}

// trange tells whether @timestamp lies within a length of time before now, or between two instants. The first bound is
// left out, the second included (Elasticsearch: TRange).
func trange() *Function {
	return &Function{
		Name: "TRANGE", Kind: Scalar, Family: "Date and time", Implied: "@timestamp", Returns: Gives(column.Boolean),
		Doc: "Whether @timestamp lies within a length of time before now, or between two instants.",
		Params: []Param{
			{Name: "start_time_or_offset", Types: Timespans | Dates | Wholes | Strings, Expected: "time_duration, date_period, date, date_nanos, keyword or long", Constant: true},
			{Name: "end_time", Types: Dates | Wholes | Strings, Expected: "date, date_nanos, keyword or long", Optional: true, Constant: true},
		},
		Scalar: withinRange,
	}
}

func withinRange(site *Site) (ScalarKernel, error) {
	from, to := time.Time{}, site.Env.Now
	var ok bool
	if offset := site.Constant(0); offset != nil && offset.Type().IsTimespan() && offset.Count(0) == 1 {
		from, ok = before(to, offset), true
	} else if from, ok = constantInstant(site, 0); ok && len(site.Args) > 1 {
		to, ok = constantInstant(site, 1)
	}
	if !ok {
		return nil, &ArgumentError{0, fmt.Sprintf("[TRANGE] needs a length of time or two instants, received [%s]", callText(site.Args))}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		last := len(args) - 1
		return Each(call, args[last:], rows, func(out *column.Builder, at []int) {
			moment := instant(args[last], at[0])
			out.Bool(moment.After(from) && !moment.After(to))
		})
	}, nil
}

// before gives the instant that lies an amount of time before another.
func before(at time.Time, amount *column.Column) time.Time {
	if amount.Type() == column.TimeDuration {
		return at.Add(-time.Duration(amount.Int(0)) * time.Millisecond)
	}
	months, days := column.Period(amount.Int(0))
	return datemath.AddPeriod(at.UTC(), -months, -days)
}
