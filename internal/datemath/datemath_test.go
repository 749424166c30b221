package datemath

import (
	"testing"
	"time"
)

var now = time.Date(2026, 3, 31, 14, 25, 36, 789_000_000, time.UTC) // a Tuesday

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, down, up string }{
		{"2026", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999999999Z"},
		{"2026-02", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59.999999999Z"},
		{"2026-02-03", "2026-02-03T00:00:00Z", "2026-02-03T23:59:59.999999999Z"},
		{"2026-02-03T", "2026-02-03T00:00:00Z", "2026-02-03T23:59:59.999999999Z"},
		{"2026-02-03T04", "2026-02-03T04:00:00Z", "2026-02-03T04:59:59.999999999Z"},
		{"2026-02-03T04:05", "2026-02-03T04:05:00Z", "2026-02-03T04:05:59.999999999Z"},
		{"2026-02-03T04:05:06", "2026-02-03T04:05:06Z", "2026-02-03T04:05:06.999999999Z"},
		{"2026-02-03T04:05:06.5Z", "2026-02-03T04:05:06.5Z", "2026-02-03T04:05:06.5Z"},
		{"2026-02-03T04:05:06.5+02:00", "2026-02-03T02:05:06.5Z", "2026-02-03T02:05:06.5Z"},
		{"2026-02-03T04:05:06.5-0130", "2026-02-03T05:35:06.5Z", "2026-02-03T05:35:06.5Z"},
		{"1700000000000", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20Z"},
		{"now", "2026-03-31T14:25:36.789Z", "2026-03-31T14:25:36.789Z"},
		{"now-5m", "2026-03-31T14:20:36.789Z", "2026-03-31T14:20:36.789Z"},
		{"now/d", "2026-03-31T00:00:00Z", "2026-03-31T23:59:59.999999999Z"},
		{"now/w", "2026-03-30T00:00:00Z", "2026-04-05T23:59:59.999999999Z"},
		{"now-1d/d", "2026-03-30T00:00:00Z", "2026-03-30T23:59:59.999999999Z"},
		{"now+1M", "2026-04-30T14:25:36.789Z", "2026-04-30T14:25:36.789Z"},
		{"now-1y/y", "2025-01-01T00:00:00Z", "2025-12-31T23:59:59.999999999Z"},
		{"now-1H/h", "2026-03-31T13:00:00Z", "2026-03-31T13:59:59.999999999Z"},
		{"now-d", "2026-03-30T14:25:36.789Z", "2026-03-30T14:25:36.789Z"},
		{"2026-01-31||+1M/d", "2026-02-28T00:00:00Z", "2026-02-28T23:59:59.999999999Z"},
		{"2024-02-29||-1y", "2023-02-28T00:00:00Z", "2023-02-28T00:00:00Z"},
	} {
		for round, want := range []string{c.down, c.up} {
			got, err := Parse(c.text, now, Round(round))
			if err != nil || got.Format(time.RFC3339Nano) != want {
				t.Errorf("Parse(%q, %d) = %v, %v; want %s", c.text, round, got.Format(time.RFC3339Nano), err, want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "yesterday", "2026-13-01", "2026-02-30", "2026-2-3", "2026-02-03 04:05:06", "2026-02-03T25:00", "now-5", "now-5x",
		"now/2d", "now5m", "now-99999999999d", "2026-02-03T04:05:06.Z", "2026-02-03T04:05:06+25:00", "20x6",
	} {
		if got, err := Parse(text, now, Down); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5m": 5 * time.Minute, "1d": 24 * time.Hour, "250ms": 250 * time.Millisecond, "0s": 0, "+30s": 30 * time.Second, "-2h": -2 * time.Hour, "-1h30m": -90 * time.Minute,
	} {
		if got, err := ParseOffset(text); err != nil || got != want {
			t.Errorf("ParseOffset(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "m", "5 m", "1.5h", "--5m", "9999999999999d"} {
		if got, err := ParseOffset(text); err == nil {
			t.Errorf("ParseOffset(%q) = %v, want an error", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("now-1d/d")
	f.Add("2026-01-31||+1M/d")
	f.Fuzz(func(t *testing.T, text string) {
		down, err := Parse(text, now, Down)
		up, errUp := Parse(text, now, Up)
		if (err == nil) != (errUp == nil) {
			t.Fatalf("%q: rounding decides validity: %v / %v", text, err, errUp)
		}
		if err == nil && up.Before(down) {
			t.Fatalf("%q: up %v is before down %v", text, up, down)
		}
	})
}
