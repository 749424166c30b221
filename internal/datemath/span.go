package datemath

import (
	"strings"
	"time"
)

// TruncateMonths gives the start of the period of so many calendar months that holds an instant; the periods are counted
// from January of the year 1 (Elasticsearch: Rounding with calendar units).
func TruncateMonths(at time.Time, months int) time.Time {
	y, m, _ := at.Date()
	count := (y-1)*12 + int(m) - 1
	count -= floorMod(count, months)
	return time.Date(floorDiv(count, 12)+1, time.Month(floorMod(count, 12)+1), 1, 0, 0, 0, 0, at.Location())
}

// TruncateDays gives the start of the period of so many days; one day starts at midnight, a week on Monday, and longer
// periods are counted from 1970-01-01, or for whole weeks from the Monday before it.
func TruncateDays(at time.Time, days int) time.Time {
	y, m, d := at.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	number := int(midnight.Unix() / 86400)
	if midnight.Unix() < 0 {
		number = floorDiv(int(midnight.Unix()), 86400)
	}
	if days == 7 {
		number += 3 // 1970-01-01 was a Thursday
		number -= floorMod(number, 7) + 3
	} else {
		number -= floorMod(number, days)
	}
	start := time.Unix(int64(number)*86400, 0).UTC()
	return time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, at.Location())
}

// TruncateDuration gives the start of the period of a fixed length, counted from 1970 in the zone's time of day.
func TruncateDuration(at time.Time, d time.Duration) time.Time {
	_, offset := at.Zone()
	local := at.UnixMilli() + int64(offset)*1000
	millis := d.Milliseconds()
	local -= local - floorDiv64(local, millis)*millis
	return time.UnixMilli(local - int64(offset)*1000).In(at.Location())
}

// AddPeriod adds calendar months and days; a day that the month does not have becomes its last.
func AddPeriod(at time.Time, months, days int) time.Time {
	return addMonths(at, months).AddDate(0, 0, days)
}

// Difference counts whole units from one instant to another. The units are those of DATE_DIFF, in singular, plural or
// short; false for another name.
func Difference(unit string, from, to time.Time) (int64, bool) {
	switch strings.ToLower(unit) {
	case "nanosecond", "nanoseconds", "ns":
		return to.Sub(from).Nanoseconds(), true
	case "microsecond", "microseconds", "mcs":
		return to.UnixMicro() - from.UnixMicro(), true
	case "millisecond", "milliseconds", "ms":
		return to.UnixMilli() - from.UnixMilli(), true
	case "second", "seconds", "ss", "s":
		return wholes(from, to, time.Second), true
	case "minute", "minutes", "mi", "n":
		return wholes(from, to, time.Minute), true
	case "hour", "hours", "hh":
		return wholes(from, to, time.Hour), true
	case "day", "days", "dd", "d", "dayofyear", "dy", "y", "weekday", "weekdays", "dw":
		return wholes(from, to, 24*time.Hour), true
	case "week", "weeks", "wk", "ww":
		return wholes(from, to, 7*24*time.Hour), true
	case "month", "months", "mm", "m":
		return months(from, to), true
	case "quarter", "quarters", "qq", "q":
		return months(from, to) / 3, true
	case "year", "years", "yyyy", "yy":
		return months(from, to) / 12, true
	}
	return 0, false
}

func wholes(from, to time.Time, unit time.Duration) int64 {
	seconds := to.Unix() - from.Unix()
	nanos := int64(to.Nanosecond() - from.Nanosecond())
	switch {
	case seconds > 0 && nanos < 0:
		seconds--
	case seconds < 0 && nanos > 0:
		seconds++
	}
	return seconds / int64(unit/time.Second)
}

// months counts whole months: 31 January to 28 February is none yet.
func months(from, to time.Time) int64 {
	if to.Before(from) {
		return -months(to, from)
	}
	from, to = from.UTC(), to.UTC()
	n := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	if n > 0 && dayTime(to) < dayTime(from) {
		n--
	}
	return int64(n)
}

// dayTime orders instants within a month.
func dayTime(at time.Time) int64 {
	return int64(at.Day())*86_400_000_000_000 + int64(secondOfDay(at))*1_000_000_000 + int64(at.Nanosecond())
}

func floorDiv(a, b int) int { return int(floorDiv64(int64(a), int64(b))) }

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
