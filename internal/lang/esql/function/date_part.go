package function

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// datePart finds a field of java.time.temporal.ChronoField by name, without regard to case.
func datePart(name string) (func(time.Time) int64, bool) {
	nanoOfDay := func(at time.Time) int64 {
		return int64(at.Hour()*3600+at.Minute()*60+at.Second())*1e9 + int64(at.Nanosecond())
	}
	of := func(part func(time.Time) int) func(time.Time) int64 {
		return func(at time.Time) int64 { return int64(part(at)) }
	}
	part, ok := map[string]func(time.Time) int64{
		"ALIGNED_DAY_OF_WEEK_IN_MONTH": of(func(at time.Time) int { return (at.Day()-1)%7 + 1 }),
		"ALIGNED_DAY_OF_WEEK_IN_YEAR":  of(func(at time.Time) int { return (at.YearDay()-1)%7 + 1 }),
		"ALIGNED_WEEK_OF_MONTH":        of(func(at time.Time) int { return (at.Day()-1)/7 + 1 }),
		"ALIGNED_WEEK_OF_YEAR":         of(func(at time.Time) int { return (at.YearDay()-1)/7 + 1 }),
		"AMPM_OF_DAY":                  of(func(at time.Time) int { return at.Hour() / 12 }),
		"CLOCK_HOUR_OF_AMPM":           of(func(at time.Time) int { return (at.Hour()+11)%12 + 1 }),
		"CLOCK_HOUR_OF_DAY":            of(func(at time.Time) int { return (at.Hour()+23)%24 + 1 }),
		"DAY_OF_MONTH":                 of(time.Time.Day),
		"DAY_OF_WEEK":                  of(func(at time.Time) int { return int(at.Weekday()+6)%7 + 1 }),
		"DAY_OF_YEAR":                  of(time.Time.YearDay),
		"EPOCH_DAY": func(at time.Time) int64 {
			_, offset := at.Zone()
			return floorDiv(at.Unix()+int64(offset), 86400)
		},
		"ERA":              func(time.Time) int64 { return 1 },
		"HOUR_OF_AMPM":     of(func(at time.Time) int { return at.Hour() % 12 }),
		"HOUR_OF_DAY":      of(time.Time.Hour),
		"INSTANT_SECONDS":  func(at time.Time) int64 { return at.Unix() },
		"MICRO_OF_DAY":     func(at time.Time) int64 { return nanoOfDay(at) / 1e3 },
		"MICRO_OF_SECOND":  of(func(at time.Time) int { return at.Nanosecond() / 1e3 }),
		"MILLI_OF_DAY":     func(at time.Time) int64 { return nanoOfDay(at) / 1e6 },
		"MILLI_OF_SECOND":  of(func(at time.Time) int { return at.Nanosecond() / 1e6 }),
		"MINUTE_OF_DAY":    of(func(at time.Time) int { return at.Hour()*60 + at.Minute() }),
		"MINUTE_OF_HOUR":   of(time.Time.Minute),
		"MONTH_OF_YEAR":    of(func(at time.Time) int { return int(at.Month()) }),
		"NANO_OF_DAY":      nanoOfDay,
		"NANO_OF_SECOND":   of(time.Time.Nanosecond),
		"OFFSET_SECONDS":   of(func(at time.Time) int { _, offset := at.Zone(); return offset }),
		"PROLEPTIC_MONTH":  of(func(at time.Time) int { return at.Year()*12 + int(at.Month()) - 1 }),
		"SECOND_OF_DAY":    func(at time.Time) int64 { return nanoOfDay(at) / 1e9 },
		"SECOND_OF_MINUTE": of(time.Time.Second),
		"YEAR":             of(time.Time.Year),
		"YEAR_OF_ERA":      of(time.Time.Year),
	}[strings.ToUpper(name)]
	return part, ok
}

func dateExtract(site *Site) (ScalarKernel, error) {
	if name, ok := site.ConstantText(0); ok {
		if _, known := datePart(name); !known {
			return nil, &ArgumentError{0, badPart(name).message}
		}
	}
	zone := site.Env.Location()
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		var part func(time.Time) int64
		var name string
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			if wanted := args[0].Text(at[0]); part == nil || wanted != name {
				name = wanted
				part, _ = datePart(wanted)
			}
			if part == nil {
				return badPart(name)
			}
			out.Int(part(instant(args[1], at[1]).In(zone)))
			return nil
		})
	}, nil
}

func badPart(name string) failure {
	return failure{IllegalArgument, fmt.Sprintf("Invalid date field for [DATE_EXTRACT]: %s; use year, month_of_year, day_of_week, hour_of_day or another of java.time's ChronoField", name)}
}
