package function

import "testing"

// languages.md 3.5, 29 to 34, row t.
func TestDates(t *testing.T) {
	check(t, []evaluation{
		{"DATE_TRUNC", on(span("1 week"), dt("1985-02-24")), "1985-02-18T00:00:00.000Z"},
		{"DATE_TRUNC", on(span("1 week"), dt("1985-02-25")), "1985-02-25T00:00:00.000Z"}, // a Monday
		{"DATE_TRUNC", on(span("240 hours"), dt("1985-02-18")), "1985-02-11T00:00:00.000Z"},
		{"DATE_TRUNC", on(span("3 months"), dt("1985-02-18")), "1985-01-01T00:00:00.000Z"},
		{"DATE_TRUNC", on(span("1 quarter"), dt("1985-05-18")), "1985-04-01T00:00:00.000Z"},
		{"DATE_TRUNC", on(span("1 year"), dt("1985-05-18")), "1985-01-01T00:00:00.000Z"},
		{"DATE_TRUNC", on(span("1 day"), dt("1969-12-31T23:00:00Z")), "1969-12-31T00:00:00.000Z"},
		{"DATE_TRUNC", on(span("5 minutes"), dt("2026-01-31T10:07:31Z")), "2026-01-31T10:05:00.000Z"},
		{"DATE_TRUNC", on(span("-1 day"), dt("2026-01-31")), "error: Function [DATE_TRUNC] has invalid interval [x]. Zero or negative time interval is not supported"},
		{"DATE_TRUNC", on(k("x"), dt("2026-01-31")), "error: first argument of [call] must be [dateperiod or timeduration], found value [x] type [keyword]"},
		{"DATE_DIFF", on(k("day"), dt("2026-01-01T12:00:00Z"), dt("2026-01-03T11:59:59Z")), "1"},
		{"DATE_DIFF", on(k("days"), dt("2026-01-03"), dt("2026-01-01")), "-2"},
		{"DATE_DIFF", on(k("month"), dt("2026-01-31"), dt("2026-02-28")), "0"},
		{"DATE_DIFF", on(k("month"), dt("2026-01-28"), dt("2026-02-28")), "1"},
		{"DATE_DIFF", on(k("quarter"), dt("2026-01-01"), dt("2026-12-31")), "3"},
		{"DATE_DIFF", on(k("yy"), dt("2024-02-29"), dt("2026-02-28")), "1"},
		{"DATE_DIFF", on(k("microseconds"), dt("2023-12-02T11:00:00Z"), dt("2023-12-02T11:00:00.001Z")), "1000"},
		{"DATE_DIFF", on(k("MINUTES"), dt("2026-01-01T00:00:59Z"), dt("2026-01-01T00:02:00Z")), "1"},
		{"DATE_DIFF", on(k("milliseconds"), dt("2026-01-01"), dt("2026-03-01")), "null {org.elasticsearch.xpack.esql.core.InvalidArgumentException: [5097600000] out of [integer] range}"},
		{"DATE_DIFF", on(k("fortnight"), dt("2026-01-01"), dt("2026-03-01")), "error: " + badUnit("fortnight").message},
		{"DATE_EXTRACT", on(k("year"), dt("2022-05-06")), "2022"},
		{"DATE_EXTRACT", on(k("day_of_week"), dt("2026-02-01")), "7"}, // a Sunday
		{"DATE_EXTRACT", on(k("epoch_day"), dt("1970-01-03")), "2"},
		{"DATE_EXTRACT", on(k("century"), dt("1970-01-03")), "error: " + badPart("century").message},
		{"DATE_FORMAT", on(k("yyyy-MM-dd"), dt("2026-01-31")), "2026-01-31"},
		{"DATE_FORMAT", on(k("YYYY-mm-dd"), dt("2027-01-02T10:20:00Z")), "2026-20-02"}, // the year of the week, and minutes
		{"DATE_FORMAT", on(dt("2026-01-31")), "2026-01-31T00:00:00.000Z"},
		{"DATE_FORMAT", on(k("b"), dt("2026-01-31")), "error: invalid format: [b]: unknown pattern letter: b"},
		{"DATE_PARSE", on(k("yyyy-MM-dd"), k("2022-05-06")), "2022-05-06T00:00:00.000Z"},
		{"DATE_PARSE", on(k("yyyy-MM-dd"), k("2022-5-6")), "null {java.lang.IllegalArgumentException: failed to parse date field [2022-5-6] with format [yyyy-MM-dd]}"},
		{"DATE_PARSE", on(k("2022-05-06T07Z")), "2022-05-06T07:00:00.000Z"},
		{"DAY_NAME", on(dt("2026-02-01")), "Sunday"},
		{"MONTH_NAME", on(dt("2026-02-01")), "February"},
		{"YEAR", on(dt("2026-02-01")), "2026"},
		{"HOUR", on(dt("2026-02-01T10:00:00Z")), "10"},
		{"NOW", nil, "2026-01-31T12:00:00.000Z"},
	})
}

func TestBuckets(t *testing.T) {
	check(t, []evaluation{
		{"BUCKET", on(dt("1985-07-09"), i(20), k("1985-01-01T00:00:00Z"), k("1986-01-01T00:00:00Z")), "1985-07-01T00:00:00.000Z"},
		{"BUCKET", on(dt("1985-07-09"), i(100), k("1985-01-01T00:00:00Z"), k("1986-01-01T00:00:00Z")), "1985-07-08T00:00:00.000Z"},
		{"BUCKET", on(dt("1985-07-09T13:00:00Z"), span("12 hours")), "1985-07-09T12:00:00.000Z"},
		{"BIN", on(dt("1985-07-09"), span("1 month")), "1985-07-01T00:00:00.000Z"},
		{"BUCKET", on(dt("2026-01-31T10:07:31Z"), i(24), dt("2026-01-31"), dt("2026-02-01")), "2026-01-31T10:00:00.000Z"},
		{"BUCKET", on(i(48942), i(20), i(25324), i(74999)), "45000.0"},
		{"BUCKET", on(i(48942), d(5000)), "45000.0"},
		{"BUCKET", on(i(-1), i(10)), "-10.0"},
		{"BUCKET", on(i(), i(10)), "null"},
		{"BUCKET", on(dt("2026-01-31"), i(10)), "error: function expects exactly four arguments when the first one is of type [datetime] and the second of type [integer]"},
	})
}
