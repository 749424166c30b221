package datemath

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parsed are the fields that a text gave; what it leaves out is -1.
type parsed struct {
	year, month, day, dayOfYear, weekYear, week, weekday int
	hour, hour12, half, minute, second, nanos            int
	zone                                                 *time.Location
}

func newParsed() parsed {
	return parsed{
		year: -1, month: -1, day: -1, dayOfYear: -1, weekYear: -1, week: -1, weekday: -1,
		hour: -1, hour12: -1, half: -1, minute: -1, second: -1, nanos: -1,
	}
}

// Parse reads an instant. A text without a zone is in the given one; a date or time of day that the pattern leaves out
// is filled in with the first there is, and the year with 1970 (Elasticsearch: DateFormatters.from).
func (p *Pattern) Parse(text string, zone *time.Location) (time.Time, error) {
	fail := fmt.Errorf("failed to parse date field [%s] with format [%s]", text, p.text)
	switch {
	case p.iso:
		at, ok := parseISO(text, Down)
		if !ok {
			return at, fail
		}
		return at, nil
	case p.epoch != 0:
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err != nil:
			return time.Time{}, fail
		case p.epoch == time.Second:
			return time.Unix(n, 0).UTC(), nil
		}
		return time.UnixMilli(n).UTC(), nil
	}
	r := patternReader{text: text, fields: newParsed()}
	if !r.parts(p.parts) || r.text != "" {
		return time.Time{}, fail
	}
	at, ok := r.fields.instant(zone)
	if !ok {
		return time.Time{}, fail
	}
	return at, nil
}

// ParseDate reads what ES|QL reads where a text stands for an instant: strict_date_optional_time.
func ParseDate(text string) (time.Time, bool) { return parseISO(text, Down) }

type patternReader struct {
	text   string
	fields parsed
}

func (r *patternReader) parts(parts []patternPart) bool {
	for i, part := range parts {
		switch {
		case part.optional != nil:
			before := *r
			if !r.parts(part.optional) {
				*r = before
			}
		case part.letter == 0:
			rest, ok := strings.CutPrefix(r.text, part.literal)
			if !ok {
				return false
			}
			r.text = rest
		case !r.field(part, digitsFollow(parts[i+1:])):
			return false
		}
	}
	return true
}

// digitsFollow tells whether a number stands directly behind, so that the number before it takes no more than its width.
func digitsFollow(rest []patternPart) bool {
	return len(rest) > 0 && strings.IndexByte("yuYMLwdDHhKkmsSneA", rest[0].letter) >= 0 && rest[0].letter != 0
}

func (r *patternReader) field(part patternPart, adjacent bool) bool {
	f := &r.fields
	switch part.letter {
	case 'M', 'L':
		if part.count >= 3 {
			return r.name(&f.month, part.count, func(i int) string { return time.Month(i).String() }, 1, 12)
		}
		return r.number(&f.month, part.count, adjacent)
	case 'E':
		return r.name(&f.weekday, part.count, func(i int) string { return time.Weekday(i % 7).String() }, 1, 7)
	case 'e', 'c':
		return r.number(&f.weekday, part.count, adjacent)
	case 'y', 'u':
		return r.year(&f.year, part.count, adjacent)
	case 'Y':
		return r.year(&f.weekYear, part.count, adjacent)
	case 'S':
		return r.fraction(part.count)
	case 'a':
		return r.half()
	case 'X', 'x', 'Z', 'z', 'V', 'O':
		return r.zone()
	}
	target := map[byte]*int{
		'w': &f.week, 'd': &f.day, 'D': &f.dayOfYear, 'H': &f.hour, 'k': &f.hour, 'h': &f.hour12, 'K': &f.hour12,
		'm': &f.minute, 's': &f.second, 'n': &f.nanos,
	}[part.letter]
	if target == nil || !r.number(target, part.count, adjacent) {
		return false
	}
	if part.letter == 'k' && f.hour == 24 {
		f.hour = 0
	}
	if part.letter == 'h' && f.hour12 == 12 {
		f.hour12 = 0
	}
	return true
}

// number reads at least count digits; where the pattern has one letter, as many as there are.
func (r *patternReader) number(target *int, count int, adjacent bool) bool {
	most := count
	if count == 1 && !adjacent {
		most = 9
	}
	n := 0
	for n < len(r.text) && n < most && r.text[n] >= '0' && r.text[n] <= '9' {
		n++
	}
	if n < count {
		return false
	}
	*target, _ = strconv.Atoi(r.text[:n])
	r.text = r.text[n:]
	return true
}

// year reads two digits as 2000 to 2099, and four letters as a number that may be longer with a sign.
func (r *patternReader) year(target *int, count int, adjacent bool) bool {
	if count == 2 {
		if !r.number(target, 2, true) {
			return false
		}
		*target += 2000
		return true
	}
	return r.number(target, count, adjacent)
}

func (r *patternReader) name(target *int, count int, name func(int) string, first, last int) bool {
	for i := first; i <= last; i++ {
		full := name(i)
		if count != 4 {
			full = full[:3]
		}
		if len(r.text) >= len(full) && r.text[:len(full)] == full {
			*target, r.text = i, r.text[len(full):]
			return true
		}
	}
	return false
}

func (r *patternReader) fraction(count int) bool {
	if len(r.text) < count || count > 9 || digitCount(r.text[:count]) < count {
		return false
	}
	n, _ := strconv.Atoi((r.text[:count] + "000000000")[:9])
	r.fields.nanos, r.text = n, r.text[count:]
	return true
}

func digitCount(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

func (r *patternReader) half() bool {
	for i, half := range []string{"AM", "PM"} {
		if rest, ok := strings.CutPrefix(r.text, half); ok {
			r.fields.half, r.text = i, rest
			return true
		}
	}
	return false
}

// zone reads an offset, Z, UTC or GMT.
func (r *patternReader) zone() bool {
	for _, name := range []string{"UTC", "GMT"} {
		if rest, ok := strings.CutPrefix(r.text, name); ok {
			r.fields.zone, r.text = time.UTC, rest
			if rest == "" || rest[0] != '+' && rest[0] != '-' {
				return true
			}
		}
	}
	end := 0
	for end < len(r.text) && strings.IndexByte("Z+-:0123456789", r.text[end]) >= 0 {
		end++
	}
	if end == 0 {
		return false
	}
	iso := isoReader{text: r.text[:end]}
	zone, ok := iso.zone()
	if !ok || !iso.done() {
		return false
	}
	r.fields.zone, r.text = zone, r.text[end:]
	return true
}

// instant puts the fields together.
func (f *parsed) instant(zone *time.Location) (time.Time, bool) {
	if f.zone != nil {
		zone = f.zone
	}
	hour := max(f.hour, 0)
	if f.hour12 >= 0 {
		hour = f.hour12 + 12*max(f.half, 0)
	}
	minute, second := max(f.minute, 0), max(f.second, 0)
	if hour > 23 || f.hour12 > 11 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	year, month, day, ok := f.date()
	if !ok {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second, max(f.nanos, 0), zone)
	if weekday := int(at.Weekday()+6)%7 + 1; f.weekday >= 0 && f.weekYear < 0 && weekday != f.weekday {
		return time.Time{}, false // Tuesday, the first, that is a Monday
	}
	return at.UTC(), true
}

func (f *parsed) date() (year, month, day int, ok bool) {
	switch {
	case f.weekYear >= 0:
		week, weekday := max(f.week, 1), max(f.weekday, 1)
		fourth := time.Date(f.weekYear, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		at := monday.AddDate(0, 0, 7*(week-1)+weekday-1)
		return at.Year(), int(at.Month()), at.Day(), week <= 53 && weekday <= 7
	case f.dayOfYear >= 0:
		at := time.Date(f.orYear(), 1, f.dayOfYear, 0, 0, 0, 0, time.UTC)
		return at.Year(), int(at.Month()), at.Day(), f.dayOfYear > 0 && at.Year() == f.orYear()
	}
	year, month, day = f.orYear(), f.month, f.day
	if month < 0 {
		month = 1
	}
	if day < 0 {
		day = 1
	}
	return year, month, day, validDate(year, month, day)
}

func (f *parsed) orYear() int {
	if f.year < 0 {
		return 1970
	}
	return f.year
}
