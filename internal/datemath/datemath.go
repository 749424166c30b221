// Package datemath reads instants and durations the way Elasticsearch does: ISO dates of any precision, epoch
// milliseconds, and date math such as "now-5m/d" or "2026-01-01||+1M/d".
//
// The clock is an argument: nothing here reads the time of day. All times are UTC unless the text names a zone.
package datemath

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Round says which instant a coarse text such as "2026-01" or "now/d" stands for.
type Round uint8

const (
	// Down takes the first instant: what Elasticsearch uses for "gte" and "lt".
	Down Round = iota
	// Up takes the last millisecond's last nanosecond: what Elasticsearch uses for "lte" and "gt".
	Up
)

// Parse reads an instant. It accepts date math anchored at "now" or at a date followed by "||", the format
// strict_date_optional_time, and epoch_millis, in the order in which the default mapping tries them.
func Parse(text string, now time.Time, round Round) (time.Time, error) {
	if rest, ok := strings.CutPrefix(text, "now"); ok {
		return applyMath(now.UTC(), rest, round, text)
	}
	if date, math, ok := strings.Cut(text, "||"); ok {
		// With math after it the date itself is the anchor and is not rounded up (Elasticsearch: JavaDateMathParser).
		at, err := parseDate(date, Down)
		if err != nil {
			return time.Time{}, err
		}
		return applyMath(at, math, round, text)
	}
	return parseDate(text, round)
}

// HasMath tells whether the text is relative to the clock or holds date math, so that its meaning is not fixed.
func HasMath(text string) bool {
	return strings.HasPrefix(text, "now") || strings.Contains(text, "||")
}

func parseDate(text string, round Round) (time.Time, error) {
	if at, ok := parseISO(text, round); ok {
		return at, nil
	}
	if millis, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(millis).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date: use 2026-01-31, 2026-01-31T12:00:00Z, now-1h or epoch milliseconds", text)
}

func applyMath(at time.Time, math string, round Round, whole string) (time.Time, error) {
	for math != "" {
		op := math[0]
		digits := 1
		for digits < len(math) && math[digits] >= '0' && math[digits] <= '9' {
			digits++
		}
		if digits == len(math) || !strings.ContainsRune("+-/", rune(op)) {
			return time.Time{}, fmt.Errorf("%q is not date math: after the anchor come +, - or / with a number and a unit, as in now-1h/d", whole)
		}
		unit := math[digits]
		amount := 1
		if digits > 1 {
			n, err := strconv.Atoi(math[1:digits])
			if err != nil || n > 1_000_000_000 {
				return time.Time{}, fmt.Errorf("%q: the number %s is too large", whole, math[1:digits])
			}
			amount = n
		}
		next, ok := step(at, op, amount, unit, round)
		if !ok || op == '/' && amount != 1 {
			return time.Time{}, fmt.Errorf("%q is not date math: the units are y M w d h H m s, and / takes a bare unit", whole)
		}
		at, math = next, math[digits+1:]
	}
	return at, nil
}

func step(at time.Time, op byte, amount int, unit byte, round Round) (time.Time, bool) {
	switch op {
	case '/':
		start, ok := truncate(at, unit)
		if ok && round == Up {
			end, _ := add(start, 1, unit)
			return end.Add(-time.Nanosecond), true
		}
		return start, ok
	case '-':
		amount = -amount
	}
	return add(at, amount, unit)
}

func add(at time.Time, n int, unit byte) (time.Time, bool) {
	switch unit {
	case 'y':
		return addMonths(at, 12*n), true
	case 'M':
		return addMonths(at, n), true
	case 'w':
		return at.AddDate(0, 0, 7*n), true
	case 'd':
		return at.AddDate(0, 0, n), true
	}
	d, ok := fixedUnit(unit)
	return at.Add(time.Duration(n) * d), ok
}

// addMonths keeps to the last day of a shorter month, as java.time does: 31 January plus one month is the end of
// February, where Go's AddDate would give March.
func addMonths(at time.Time, n int) time.Time {
	first := time.Date(at.Year(), at.Month()+time.Month(n), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
	lastDay := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(at.Day(), lastDay)-1)
}

func truncate(at time.Time, unit byte) (time.Time, bool) {
	y, m, d := at.Date()
	switch unit {
	case 'y':
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), true
	case 'M':
		return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), true
	case 'w':
		return time.Date(y, m, d-(int(at.Weekday())+6)%7, 0, 0, 0, 0, time.UTC), true
	case 'd':
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), true
	}
	size, ok := fixedUnit(unit)
	return at.Truncate(size), ok
}

func fixedUnit(unit byte) (time.Duration, bool) {
	switch unit {
	case 'h', 'H':
		return time.Hour, true
	case 'm':
		return time.Minute, true
	case 's':
		return time.Second, true
	}
	return time.Second, false
}

// ParseDuration reads Elasticsearch's time values: a whole number and one of the units d h m s ms micros nanos.
func ParseDuration(text string) (time.Duration, error) {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	unit, ok := map[string]time.Duration{
		"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second,
		"ms": time.Millisecond, "micros": time.Microsecond, "nanos": time.Nanosecond,
	}[text[digits:]]
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	if !ok || err != nil || n > int64(1<<63-1)/int64(unit) {
		return 0, fmt.Errorf("%q is not a duration: write a whole number and d, h, m, s or ms, such as 5m", text)
	}
	return time.Duration(n) * unit, nil
}

// ParseOffset reads a signed duration such as "+30s", "-5m" or "1h30m"; without a sign it is positive.
func ParseOffset(text string) (time.Duration, error) {
	rest, negative := strings.CutPrefix(text, "-")
	if !negative {
		rest = strings.TrimPrefix(rest, "+")
	}
	var total time.Duration
	for {
		end := unitEnd(rest)
		d, err := ParseDuration(rest[:end])
		if err != nil {
			return 0, fmt.Errorf("%q is not an offset: write a sign, a whole number and d, h, m, s or ms, such as -5m", text)
		}
		total += d
		if rest = rest[end:]; rest == "" {
			break
		}
	}
	if negative {
		total = -total
	}
	return total, nil
}

// unitEnd gives where the first number with its unit ends.
func unitEnd(text string) int {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	end := 0
	for end < len(text) && digit(text[end]) {
		end++
	}
	for end < len(text) && !digit(text[end]) {
		end++
	}
	return end
}
