package function

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// convertFunctions convert values to another type, each value of a field by itself. A value that does not convert is
// left out with a warning. The cast ::type is the function of that type.
func convertFunctions() []*Function {
	conversion := func(to column.Type, name, doc string, from Types, convert func(out *column.Builder, c *column.Column, at int) error, aliases ...string) *Function {
		return &Function{
			Name: name, Aliases: aliases, Kind: Scalar, Family: "Type conversion", Doc: doc, Returns: Gives(to),
			Params: []Param{{Name: "field", Types: from, Expected: expected(from)}},
			Scalar: plain(func(call *Call, args []*column.Column, rows int) *column.Column {
				if args[0].Type() == to && name != "TO_DEGREES" && name != "TO_RADIANS" {
					return args[0]
				}
				return EachValue(call, args[0], rows, func(out *column.Builder, at int) error { return convert(out, args[0], at) })
			}),
		}
	}
	numbers := Booleans | Numbers | Strings | Dates
	return []*Function{
		conversion(column.Boolean, "TO_BOOLEAN", "Text true of any case is true, other text false; 0 is false, other numbers true.", Booleans|Numbers|Strings, toBoolean, "TO_BOOL"),
		conversion(column.Date, "TO_DATETIME", "An instant of an ISO text or of milliseconds since 1970.", Numbers|Strings|Dates, toDate, "TO_DT"),
		conversion(column.DateNanos, "TO_DATE_NANOS", "An instant with nanoseconds, of an ISO text or of nanoseconds since 1970.", OneOf(column.Long, column.Double, column.UnsignedLong)|Strings|Dates, toDateNanos, "TO_DATENANOS"),
		conversion(column.Double, "TO_DEGREES", "Degrees of radians.", Numbers, toDegrees),
		conversion(column.Double, "TO_DOUBLE", "A fraction of a text, a number, a boolean or an instant.", numbers, toDouble, "TO_DBL"),
		conversion(column.GeoPoint, "TO_GEOPOINT", "A point of well-known text such as POINT (4.9 52.4): longitude, latitude.", Points|Strings, toGeoPoint),
		conversion(column.GeoShape, "TO_GEOSHAPE", "A shape of well-known text.", Shapes|Strings, toGeoShape),
		conversion(column.Integer, "TO_INTEGER", "A whole number of 32 bits; fractions are rounded.", numbers, toInteger, "TO_INT"),
		conversion(column.IP, "TO_IP", "An address of a text.", Strings|OneOf(column.IP), toIP),
		conversion(column.Long, "TO_LONG", "A whole number of 64 bits; fractions are rounded, an instant is milliseconds since 1970.", numbers, toLong),
		conversion(column.Double, "TO_RADIANS", "Radians of degrees.", Numbers, toRadians),
		conversion(column.Keyword, "TO_STRING", "A text of any value.", Representable, toText, "TO_STR"),
		conversion(column.Text, "TO_TEXT", "A text of any value, as an analysed field has it.", Representable, toText),
		conversion(column.UnsignedLong, "TO_UNSIGNED_LONG", "A whole number of 64 bits without a sign.", numbers, toUnsigned, "TO_ULONG", "TO_UL"),
		conversion(column.Version, "TO_VERSION", "A version such as 1.2.3 of a text.", Strings|OneOf(column.Version), toText, "TO_VER"),
		timespan("TO_DATEPERIOD", "A number of days, weeks, months or years of a text such as 3 days.", column.DatePeriod),
		timespan("TO_TIMEDURATION", "A length of time of a text such as 3 hours.", column.TimeDuration),
	}
}

// expected writes a set of types as Elasticsearch's messages do.
func expected(set Types) string {
	if set == Representable {
		return "any type except counter types"
	}
	var names []string
	if set&Strings == Strings {
		set &^= Strings
		names = append(names, "string")
	}
	if set&Numbers == Numbers {
		set &^= Numbers
		names = append(names, "numeric")
	}
	for _, t := range set.List() {
		names = append(names, t.Word())
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func outOfRange(text, t string) failure {
	return failure{InvalidArgument, fmt.Sprintf("[%s] out of [%s] range", text, t)}
}

func toBoolean(out *column.Builder, c *column.Column, at int) error {
	switch c.Type().Store() {
	case column.Texts:
		out.Bool(strings.EqualFold(c.Text(at), "true"))
	case column.Doubles:
		out.Bool(c.Double(at) != 0)
	default:
		out.Bool(c.Float(at) != 0)
	}
	return nil
}

func toDouble(out *column.Builder, c *column.Column, at int) error {
	if c.Type().Store() != column.Texts {
		out.Double(c.Float(at))
		return nil
	}
	f, err := parseDouble(c.Text(at))
	if err != nil {
		return err
	}
	out.Double(f)
	return nil
}

func parseDouble(text string) (float64, error) {
	trimmed := strings.TrimSpace(text)
	f, err := strconv.ParseFloat(strings.TrimRight(trimmed, "dDfF"), 64)
	if err != nil && !math.IsInf(f, 0) || strings.ContainsAny(trimmed, "_xX") || strings.HasPrefix(strings.ToLower(strings.TrimLeft(trimmed, "+-")), "inf") && !strings.HasSuffix(trimmed, "Infinity") {
		return 0, failure{InvalidArgument, fmt.Sprintf("Cannot parse number [%s]", text)}
	}
	return f, nil
}

func toDegrees(out *column.Builder, c *column.Column, at int) error {
	f := c.Float(at) * (180 / math.Pi)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return failure{Arithmetic, "not a finite double number: " + column.RenderDouble(f)}
	}
	out.Double(f)
	return nil
}

func toRadians(out *column.Builder, c *column.Column, at int) error {
	out.Double(c.Float(at) * (math.Pi / 180))
	return nil
}

// wholeOf gives a value as a whole number of 64 bits, through which Elasticsearch converts to smaller ones, too.
func wholeOf(c *column.Column, at int) (int64, error) {
	switch c.Type() {
	case column.Double:
		return wholeOfDouble(c.Double(at))
	case column.UnsignedLong:
		n := column.Unsigned(c.Int(at))
		if n > math.MaxInt64 {
			return 0, outOfRange(strconv.FormatUint(n, 10), "long")
		}
		return int64(n), nil
	case column.Keyword, column.Text:
		text := c.Text(at)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		f, err := parseDouble(text)
		if err != nil {
			return 0, err
		}
		n, err := wholeOfDouble(f)
		if err != nil {
			return 0, failure{InvalidArgument, fmt.Sprintf("Cannot parse number [%s]", text)}
		}
		return n, nil
	}
	return c.Int(at), nil
}

// wholeOfDouble rounds halves up, as Java's Math.round does.
func wholeOfDouble(f float64) (int64, error) {
	if !(f >= math.MinInt64 && f < math.MaxInt64) {
		return 0, outOfRange(column.RenderDouble(f), "long")
	}
	return int64(math.Floor(f + 0.5)), nil
}

func toLong(out *column.Builder, c *column.Column, at int) error {
	n, err := wholeOf(c, at)
	if err == nil {
		out.Int(n)
	}
	return err
}

func toInteger(out *column.Builder, c *column.Column, at int) error {
	n, err := wholeOf(c, at)
	if err != nil {
		return err
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		if c.Type().IsString() {
			return failure{InvalidArgument, fmt.Sprintf("Cannot parse number [%s]", c.Text(at))}
		}
		return outOfRange(c.Render(at), "integer")
	}
	out.Int(n)
	return nil
}

func toUnsigned(out *column.Builder, c *column.Column, at int) error {
	var f float64
	switch c.Type().Store() {
	case column.Texts:
		if n, err := strconv.ParseUint(c.Text(at), 10, 64); err == nil {
			out.Int(column.OfUnsigned(n))
			return nil
		}
		var err error
		if f, err = parseDouble(c.Text(at)); err != nil {
			return err
		}
	case column.Doubles:
		f = c.Double(at)
	default:
		if n := c.Int(at); n >= 0 {
			out.Int(column.OfUnsigned(uint64(n)))
			return nil
		}
		return outOfRange(c.Render(at), "unsigned_long")
	}
	if !(f >= 0 && f < 1<<64) {
		return outOfRange(c.Render(at), "unsigned_long")
	}
	out.Int(column.OfUnsigned(uint64(f)))
	return nil
}

func toDate(out *column.Builder, c *column.Column, at int) error {
	switch {
	case c.Type() == column.DateNanos:
		out.Int(floorDiv(c.Int(at), 1_000_000))
	case c.Type().IsString():
		parsed, ok := datemath.ParseDate(c.Text(at))
		if !ok {
			return badDate(c.Text(at), "strict_date_optional_time")
		}
		out.Int(parsed.UnixMilli())
	default:
		return toLong(out, c, at)
	}
	return nil
}

func badDate(text, format string) failure {
	return failure{IllegalArgument, fmt.Sprintf("failed to parse date field [%s] with format [%s]", text, format)}
}

func toDateNanos(out *column.Builder, c *column.Column, at int) error {
	var nanos int64
	switch {
	case c.Type() == column.Date:
		millis := c.Int(at)
		if millis < 0 || millis > math.MaxInt64/1_000_000 {
			return failure{IllegalArgument, fmt.Sprintf("milliSeconds [%d] are out of the range of date_nanos", millis)}
		}
		nanos = millis * 1_000_000
	case c.Type().IsString():
		parsed, ok := datemath.ParseDate(c.Text(at))
		if !ok || parsed.Year() > 2261 || parsed.Unix() < 0 {
			return badDate(c.Text(at), "strict_date_optional_time_nanos")
		}
		nanos = parsed.UnixNano()
	default:
		n, err := wholeOf(c, at)
		if err != nil {
			return err
		}
		if n < 0 {
			return failure{IllegalArgument, fmt.Sprintf("Nanosecond dates before 1970 are not supported: [%d]", n)}
		}
		nanos = n
	}
	out.Int(nanos)
	return nil
}

func toIP(out *column.Builder, c *column.Column, at int) error {
	address, ok := match.ParseAddress(c.Text(at))
	if !ok {
		return failure{IllegalArgument, fmt.Sprintf("'%s' is not an IP string literal.", c.Text(at))}
	}
	out.Text(string(address[:]))
	return nil
}

func toText(out *column.Builder, c *column.Column, at int) error {
	out.Text(c.Render(at))
	return nil
}

// floorDiv divides and rounds down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
