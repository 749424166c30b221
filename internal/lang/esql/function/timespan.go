package function

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// timespan is a conversion of a constant text to an amount of time.
func timespan(name, doc string, to column.Type) *Function {
	return &Function{
		Name: name, Kind: Scalar, Family: "Type conversion", Doc: doc, Returns: Gives(to),
		Params: []Param{{Name: "field", Types: Strings | OneOf(to), Expected: to.Word() + " or string", Constant: true}},
		Scalar: func(site *Site) (ScalarKernel, error) {
			text, isText := site.ConstantText(0)
			if !isText {
				return func(_ *Call, args []*column.Column, rows int) *column.Column {
					return column.Repeat(args[0].As(to), 0, rows)
				}, nil
			}
			coded, t, err := ParseTimespan(text)
			if err != nil || t != to {
				return nil, &ArgumentError{0, fmt.Sprintf("Cannot convert string [%s] to [%s]", text, strings.ToUpper(to.Word()))}
			}
			return func(_ *Call, _ []*column.Column, rows int) *column.Column {
				return column.Repeat(column.OfInts(to, []int64{coded}), 0, rows)
			}, nil
		},
	}
}

// ParseTimespan reads an amount of time such as 3 days, 1h or 2 weeks, and gives it coded for its type: a date period
// for days and longer units, a time duration otherwise.
func ParseTimespan(text string) (coded int64, t column.Type, err error) {
	text = strings.TrimSpace(text)
	digits := 0
	for digits < len(text) && (text[digits] >= '0' && text[digits] <= '9' || digits == 0 && text[digits] == '-') {
		digits++
	}
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	if err != nil {
		return 0, column.Null, fmt.Errorf("%q is not an amount of time: write a whole number and a unit, such as 3 days", text)
	}
	return TimespanOf(n, strings.TrimSpace(text[digits:]))
}

// TimespanOf codes so many units of time.
func TimespanOf(n int64, unit string) (coded int64, t column.Type, err error) {
	if millis, ok := map[string]int64{
		"ms": 1, "millisecond": 1, "milliseconds": 1, "s": 1000, "sec": 1000, "second": 1000, "seconds": 1000,
		"m": 60_000, "min": 60_000, "minute": 60_000, "minutes": 60_000, "h": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
	}[strings.ToLower(unit)]; ok {
		if n > math.MaxInt64/millis || n < math.MinInt64/millis {
			return 0, column.Null, fmt.Errorf("%d %s is too long", n, unit)
		}
		return n * millis, column.TimeDuration, nil
	}
	period, ok := map[string][2]int64{
		"d": {0, 1}, "day": {0, 1}, "days": {0, 1}, "w": {0, 7}, "week": {0, 7}, "weeks": {0, 7},
		"mo": {1, 0}, "month": {1, 0}, "months": {1, 0}, "q": {3, 0}, "quarter": {3, 0}, "quarters": {3, 0},
		"y": {12, 0}, "yr": {12, 0}, "year": {12, 0}, "years": {12, 0},
	}[strings.ToLower(unit)]
	if !ok {
		return 0, column.Null, fmt.Errorf("unexpected temporal unit: '%s'", unit)
	}
	if n > math.MaxInt32/12 || n < math.MinInt32/12 {
		return 0, column.Null, fmt.Errorf("%d %s is too long", n, unit)
	}
	return column.OfPeriod(int(n*period[0]), int(n*period[1])), column.DatePeriod, nil
}
