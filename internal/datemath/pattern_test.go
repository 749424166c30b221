package datemath

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPatternFormat(t *testing.T) {
	at := time.Date(2027, 1, 2, 15, 4, 5, 67_000_000, time.UTC)
	for pattern, want := range map[string]string{
		"yyyy-MM-dd'T'HH:mm:ss.SSSX": "2027-01-02T15:04:05.067Z",
		"uuuu/M/d H:m:s":             "2027/1/2 15:4:5",
		"yy":                         "27",
		"YYYY-'W'ww-e":               "2026-W53-6", // the week belongs to the year before
		"EEE, d MMM yyyy":            "Sat, 2 Jan 2027",
		"EEEE MMMM":                  "Saturday January",
		"h:mm a":                     "3:04 PM",
		"kk KK":                      "15 03",
		"DDD Q":                      "002 1",
		"xxx Z O":                    "+00:00 +0000 GMT",
		"''yyyy''":                   "'2027'",
		"'o''clock' HH":              "o'clock 15",
		"yyyy[-MM]":                  "2027-01",
		"epoch_millis":               "1798902245067",
		"epoch_second":               "1798902245",
		"strict_date_optional_time":  "2027-01-02T15:04:05.067Z",
		"basic_date":                 "20270102",
		"AAAA":                       "54245067",
		"nnnnnnnnn":                  "067000000",
	} {
		p, err := CompilePattern(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if got := p.Format(at); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}

func TestPatternParse(t *testing.T) {
	for _, test := range []struct{ pattern, text, want string }{
		{"yyyy-MM-dd", "2027-01-02", "2027-01-02T00:00:00Z"},
		{"yyyy-MM-dd", "2027-1-2", ""},
		{"yyyy-MM-dd", "2027-01-02x", ""},
		{"yyyy-MM-dd", "2027-02-30", ""},
		{"y-M-d", "2027-1-12", "2027-01-12T00:00:00Z"},
		{"yyyyMMddHHmm", "202701021504", "2027-01-02T15:04:00Z"},
		{"dd/MMM/yyyy:HH:mm:ss Z", "31/Jan/2026:10:20:30 +0100", "2026-01-31T09:20:30Z"},
		{"EEE, d MMM yyyy", "Sat, 2 Jan 2027", "2027-01-02T00:00:00Z"},
		{"EEE, d MMM yyyy", "Sun, 2 Jan 2027", ""}, // it is a Saturday
		{"h:mm a yyyy", "12:05 AM 2027", "2027-01-01T00:05:00Z"},
		{"HH:mm", "25:00", ""},
		{"HH:mm", "10:30", "1970-01-01T10:30:00Z"},
		{"yyyy[-MM[-dd]]", "2027-03", "2027-03-01T00:00:00Z"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2027-01-02T15:04:05.067+02:00", "2027-01-02T13:04:05.067Z"},
		{"yyyy-DDD", "2027-032", "2027-02-01T00:00:00Z"},
		{"YYYY-'W'ww-e", "2026-W53-6", "2027-01-02T00:00:00Z"},
		{"epoch_second", "1798902245", "2027-01-02T15:04:05Z"},
		{"iso8601", "2027-01-02T15", "2027-01-02T15:00:00Z"},
	} {
		p, err := CompilePattern(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		got := ""
		if at, err := p.Parse(test.text, time.UTC); err == nil {
			got = at.Format(time.RFC3339Nano)
		}
		if got != test.want {
			t.Errorf("%s of %q: %s, want %s", test.pattern, test.text, got, test.want)
		}
	}
}

func TestPatternErrors(t *testing.T) {
	for _, pattern := range []string{"b", "yyyy'", "yyyy]", "{", "#", "yyyyyyyyyyyyyyyyyyyy"} {
		if _, err := CompilePattern(pattern); err == nil {
			t.Errorf("%q is accepted", pattern)
		}
	}
}

// What a pattern writes, it reads back.
func TestPatternRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, "millis")).UTC()
		text := rapid.SampledFrom([]string{"yyyy-MM-dd HH:mm:ss.SSS", "yyyyMMddHHmmssSSS", "EEE d MMM yyyy hh:mm:ss.SSS a X", "uuuu-DDD'T'HHmmss.SSSZ", "epoch_millis"}).Draw(t, "pattern")
		p, err := CompilePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		back, err := p.Parse(p.Format(at), time.UTC)
		if err != nil || !back.Equal(at) {
			t.Fatalf("%s: %s is %s, %v", text, p.Format(at), back, err)
		}
	})
}

func TestDifferenceAndPeriods(t *testing.T) {
	parse := func(text string) time.Time {
		at, ok := ParseDate(text)
		if !ok {
			t.Fatal(text)
		}
		return at
	}
	for _, test := range []struct {
		unit, from, to string
		want           int64
	}{
		{"year", "2024-02-29", "2025-02-28", 0},
		{"year", "2025-02-28", "2024-02-29", 0},
		{"weeks", "2026-01-01", "2026-01-14", 1},
		{"hours", "2026-01-01T00:30:00Z", "2026-01-01T00:00:00Z", 0},
		{"seconds", "2026-01-01T00:00:00.900Z", "2026-01-01T00:00:02.100Z", 1},
	} {
		if got, ok := Difference(test.unit, parse(test.from), parse(test.to)); !ok || got != test.want {
			t.Errorf("%s from %s to %s: %d, want %d", test.unit, test.from, test.to, got, test.want)
		}
	}
	for _, test := range []struct {
		got  time.Time
		want string
	}{
		{TruncateMonths(parse("2026-11-26"), 5), "2026-11-01"}, // counted from January of the year 1
		{TruncateMonths(parse("2026-11-26"), 120), "2021-01-01"},
		{TruncateDays(parse("1970-01-06"), 4), "1970-01-05"},
		{TruncateDays(parse("1969-12-31"), 7), "1969-12-29"},
		{TruncateDuration(parse("1969-12-31T23:59:59Z"), time.Hour), "1969-12-31T23:00:00Z"},
		{AddPeriod(parse("2026-01-31"), 1, 1), "2026-03-01"},
	} {
		if !test.got.Equal(parse(test.want)) {
			t.Errorf("%s, want %s", test.got, test.want)
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("yyyy-MM-dd['T'HH:mm[:ss.SSS]]X", "2026-01-31T10:20Z")
	f.Add("EEEE d. MMMM ''yy h a", "Saturday 31. January '26 3 PM")
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		p, err := CompilePattern(pattern)
		if err != nil || len(pattern) > 200 {
			return
		}
		if at, err := p.Parse(text, time.UTC); err == nil {
			_ = p.Format(at)
		}
	})
}
