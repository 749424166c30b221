package column

import (
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Render gives the text of the value at a position, as TO_STRING gives it: dates as 2026-01-01T00:00:00.000Z, addresses
// and points in their usual notation.
func (c *Column) Render(position int) string {
	switch c.kind {
	case Boolean:
		return strconv.FormatBool(c.ints[position] != 0)
	case Double:
		return RenderDouble(c.doubles[position])
	case UnsignedLong:
		return strconv.FormatUint(Unsigned(c.ints[position]), 10)
	case Date:
		return RenderDate(c.ints[position])
	case DateNanos:
		return RenderNanos(c.ints[position])
	case IP:
		return RenderAddress(c.texts[position])
	case GeoPoint:
		x, y := Point(c.texts[position])
		return "POINT (" + RenderDouble(x) + " " + RenderDouble(y) + ")"
	case DatePeriod:
		return renderPeriod(Period(c.ints[position]))
	case TimeDuration:
		return renderDuration(c.ints[position])
	}
	if c.kind.Store() == Ints {
		return strconv.FormatInt(c.ints[position], 10)
	}
	return c.texts[position]
}

// RenderDouble writes a fraction as Java does: 1.0, 1.0E10, 1.0E-5.
func RenderDouble(f float64) string {
	switch magnitude := math.Abs(f); {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case math.IsNaN(f):
		return "NaN"
	case magnitude != 0 && (magnitude < 1e-3 || magnitude >= 1e7):
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		sign := ""
		if exponent[0] == '-' {
			sign = "-"
		}
		return mantissa + "E" + sign + strings.TrimLeft(exponent[1:], "0")
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// RenderDate writes milliseconds since 1970 as strict_date_optional_time does.
func RenderDate(millis int64) string {
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}

// RenderNanos writes nanoseconds since 1970 as strict_date_optional_time_nanos does: no fraction, or three, six or nine
// digits of it, at least three.
func RenderNanos(nanos int64) string {
	at := time.Unix(0, nanos).UTC()
	switch {
	case nanos%1e6 == 0:
		return at.Format("2006-01-02T15:04:05.000Z")
	case nanos%1e3 == 0:
		return at.Format("2006-01-02T15:04:05.000000Z")
	}
	return at.Format("2006-01-02T15:04:05.000000000Z")
}

// RenderAddress writes an address of 16 bytes; one that is mapped from version 4 in the notation of version 4.
func RenderAddress(bytes string) string {
	address, ok := netip.AddrFromSlice([]byte(bytes))
	if !ok {
		return ""
	}
	return address.Unmap().String()
}

func renderPeriod(months, days int) string {
	text := "P"
	for _, part := range []struct {
		n    int
		unit string
	}{{months / 12, "Y"}, {months % 12, "M"}, {days, "D"}} {
		if part.n != 0 {
			text += strconv.Itoa(part.n) + part.unit
		}
	}
	if text == "P" {
		return "P0D"
	}
	return text
}

func renderDuration(millis int64) string {
	text := "PT"
	if hours := millis / 3_600_000; hours != 0 {
		text += strconv.FormatInt(hours, 10) + "H"
	}
	if minutes := millis / 60_000 % 60; minutes != 0 {
		text += strconv.FormatInt(minutes, 10) + "M"
	}
	if rest := millis % 60_000; rest != 0 || text == "PT" {
		text += strconv.FormatFloat(float64(rest)/1000, 'f', -1, 64) + "S"
	}
	return text
}

// JSON gives the value of a row as Elasticsearch's response has it: nil for null, a list for several values, numbers as
// json.Number, everything else but booleans as text.
func (c *Column) JSON(row int) any {
	start, end := c.Span(row)
	switch {
	case start == end:
		return nil
	case end == start+1:
		return c.scalar(start)
	}
	list := make([]any, 0, end-start)
	for position := start; position < end; position++ {
		list = append(list, c.scalar(position))
	}
	return list
}

func (c *Column) scalar(position int) any {
	switch c.kind {
	case Boolean:
		return c.ints[position] != 0
	case Integer, Long, UnsignedLong:
		return json.Number(c.Render(position))
	case Double:
		if f := c.doubles[position]; math.IsInf(f, 0) || math.IsNaN(f) {
			return RenderDouble(f)
		}
		return json.Number(RenderDouble(c.doubles[position]))
	case Source:
		return json.RawMessage(c.texts[position])
	}
	return c.Render(position)
}
