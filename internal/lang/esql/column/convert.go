package column

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// Widen converts a column to a wider type: whole numbers to longs and fractions, dates to date_nanos.
func Widen(c *Column, to Type) *Column {
	switch {
	case c.kind == to || c.kind == Null:
		return c
	case to == Double:
		out := *c
		out.kind, out.ints = Double, nil
		out.doubles = make([]float64, len(c.ints))
		for i := range c.ints {
			out.doubles[i] = c.Float(i)
		}
		return &out
	case c.kind == Date && to == DateNanos:
		out := *c
		out.kind = to
		out.ints = make([]int64, len(c.ints))
		for i, millis := range c.ints {
			out.ints[i] = nanosOf(millis)
		}
		return &out
	}
	return c.As(to)
}

// nanosOf keeps instants out of the range of date_nanos at its ends.
func nanosOf(millis int64) int64 {
	const most = math.MaxInt64 / 1_000_000
	return min(max(millis, -most), most) * 1_000_000
}

// ReadText adds to a builder what a text means as a value of its type, and tells whether it means one.
func ReadText(b *Builder, text string) bool {
	switch t := b.Type(); t {
	case Keyword, Text, Version, Source:
		b.Text(text)
		return true
	case IP:
		a, ok := match.ParseAddress(text)
		if ok {
			b.Text(string(a[:]))
		}
		return ok
	case Boolean:
		on := strings.EqualFold(text, "true")
		if !on && !strings.EqualFold(text, "false") {
			return false
		}
		b.Bool(on)
		return true
	case Date, DateNanos:
		return readDate(b, text)
	case Integer, Long:
		whole, ok := value.ParseWhole(text, bounds(t), -bounds(t)-1)
		if !ok || whole.Over != 0 {
			return false
		}
		b.Int(whole.Floor)
		return true
	case UnsignedLong:
		coded, ok := value.ParseUnsigned(text)
		if ok {
			b.Int(coded)
		}
		return ok
	case Double:
		f, err := strconv.ParseFloat(text, 64)
		if err == nil {
			b.Double(f)
		}
		return err == nil
	case DatePeriod, TimeDuration:
		return readTimespan(b, text)
	case GeoPoint:
		x, y, err := ParsePoint(text)
		if err == nil {
			b.Text(OfPoint(x, y))
		}
		return err == nil
	}
	return false
}

// ParsePoint reads a point of well-known text: POINT (longitude latitude), with a third coordinate at most.
func ParsePoint(text string) (x, y float64, err error) {
	p, err := value.ParsePointText(text)
	x, y = p.Lon, p.Lat
	switch {
	case err != nil:
		return 0, 0, err
	case !(y >= -90 && y <= 90):
		return 0, 0, fmt.Errorf("invalid latitude %s; must be between -90.0 and 90.0", RenderDouble(y))
	case !(x >= -180 && x <= 180):
		return 0, 0, fmt.Errorf("invalid longitude %s; must be between -180.0 and 180.0", RenderDouble(x))
	}
	return x, y, nil
}

func bounds(t Type) int64 {
	if t == Integer {
		return math.MinInt32
	}
	return math.MinInt64
}

func readDate(b *Builder, text string) bool {
	if datemath.HasMath(text) || !strings.Contains(text, "-") {
		if len(text) != 4 {
			return false
		}
	}
	at, err := datemath.Parse(text, time.Time{}, datemath.Down)
	if err != nil {
		return false
	}
	if b.Type() == DateNanos {
		b.Int(at.UnixNano())
	} else {
		b.Int(at.UnixMilli())
	}
	return true
}

// readTimespan reads "5 minutes" and the like.
func readTimespan(b *Builder, text string) bool {
	amount, unit, ok := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.ParseInt(amount, 10, 32)
	if !ok || err != nil {
		return false
	}
	millis, months, days, ok := Unit(strings.TrimSpace(unit))
	if !ok || (millis > 0) != (b.Type() == TimeDuration) {
		return false
	}
	if millis > 0 {
		b.Int(n * millis)
	} else {
		b.Int(OfPeriod(int(n)*months, int(n)*days))
	}
	return true
}

// Unit gives what a unit of a timespan stands for: milliseconds for hours and below, months and days above.
func Unit(word string) (millis int64, months, days int, ok bool) {
	switch strings.ToLower(word) {
	case "ms", "millisecond", "milliseconds":
		return 1, 0, 0, true
	case "s", "sec", "second", "seconds":
		return 1000, 0, 0, true
	case "m", "min", "minute", "minutes":
		return 60_000, 0, 0, true
	case "h", "hour", "hours":
		return 3_600_000, 0, 0, true
	case "d", "day", "days":
		return 0, 0, 1, true
	case "w", "week", "weeks":
		return 0, 0, 7, true
	case "mo", "month", "months":
		return 0, 1, 0, true
	case "q", "quarter", "quarters":
		return 0, 3, 0, true
	case "y", "yr", "year", "years":
		return 0, 12, 0, true
	}
	return 0, 0, 0, false
}
