package datemath

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Pattern is a compiled date pattern of java.time.format.DateTimeFormatter, such as yyyy-MM-dd'T'HH:mm:ss.SSSX, with
// English names. Elasticsearch's named formats are patterns too.
type Pattern struct {
	text string
	// iso is set for the named formats that read any precision; it stands in place of parts.
	iso   bool
	epoch time.Duration // the unit of epoch_millis and epoch_second
	parts []patternPart
}

// patternPart is a letter that is repeated, a literal, or an optional section.
type patternPart struct {
	letter   byte // 0 for a literal
	count    int
	literal  string
	optional []patternPart
}

// CompilePattern reads a pattern or the name of a format.
func CompilePattern(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	switch strings.TrimPrefix(text, "strict_") {
	case "date_optional_time", "date_optional_time_nanos", "iso8601":
		p.iso = true
		return p, nil
	case "epoch_millis":
		p.epoch = time.Millisecond
		return p, nil
	case "epoch_second":
		p.epoch = time.Second
		return p, nil
	}
	if named, ok := namedPattern(strings.TrimPrefix(text, "strict_")); ok {
		text = named
	}
	parts, rest, err := readParts(text, 0)
	if err == nil && rest != "" {
		err = errors.New("] closes no optional section")
	}
	if err != nil {
		return nil, fmt.Errorf("invalid format: [%s]: %w", p.text, err)
	}
	p.parts = parts
	return p, nil
}

// namedPattern gives the pattern of Elasticsearch's built-in formats.
func namedPattern(name string) (string, bool) {
	pattern, ok := map[string]string{
		"basic_date": "uuuuMMdd", "basic_date_time": "uuuuMMdd'T'HHmmss.SSSX", "basic_date_time_no_millis": "uuuuMMdd'T'HHmmssX",
		"basic_ordinal_date": "uuuuDDD", "basic_time": "HHmmss.SSSX", "basic_time_no_millis": "HHmmssX",
		"date": "uuuu-MM-dd", "date_hour": "uuuu-MM-dd'T'HH", "date_hour_minute": "uuuu-MM-dd'T'HH:mm",
		"date_hour_minute_second": "uuuu-MM-dd'T'HH:mm:ss", "date_hour_minute_second_millis": "uuuu-MM-dd'T'HH:mm:ss.SSS",
		"date_hour_minute_second_fraction": "uuuu-MM-dd'T'HH:mm:ss.SSS", "date_time": "uuuu-MM-dd'T'HH:mm:ss.SSSXXX",
		"date_time_no_millis": "uuuu-MM-dd'T'HH:mm:ssXXX", "hour": "HH", "hour_minute": "HH:mm", "hour_minute_second": "HH:mm:ss",
		"hour_minute_second_millis": "HH:mm:ss.SSS", "ordinal_date": "uuuu-DDD", "time": "HH:mm:ss.SSSXXX",
		"time_no_millis": "HH:mm:ssXXX", "year": "uuuu", "year_month": "uuuu-MM", "year_month_day": "uuuu-MM-dd",
		"week_date": "YYYY-'W'ww-e", "weekyear": "YYYY", "weekyear_week": "YYYY-'W'ww", "weekyear_week_day": "YYYY-'W'ww-e",
	}[name]
	return pattern, ok
}

// patternLetters are the letters that have a meaning here.
const patternLetters = "GuyYMLwWdDEecaAHhKkmsSnNQqVzOXxZFp"

// maxOptional bounds how deep optional sections nest.
const maxOptional = 32

func readParts(text string, depth int) (parts []patternPart, rest string, err error) {
	if depth > maxOptional {
		return nil, "", errors.New("optional sections nest too deep")
	}
	for text != "" {
		switch c := text[0]; {
		case c == '\'':
			literal, after, ok := readLiteral(text[1:])
			if !ok {
				return nil, "", errors.New("a quoted text does not end")
			}
			parts, text = append(parts, patternPart{literal: literal}), after
		case c == '[':
			inner, after, err := readParts(text[1:], depth+1)
			if err != nil {
				return nil, "", err
			}
			parts, text = append(parts, patternPart{optional: inner}), strings.TrimPrefix(after, "]")
		case c == ']':
			return parts, text, nil
		case c == '{' || c == '}' || c == '#':
			return nil, "", fmt.Errorf("%c is reserved", c)
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := len(text) - len(strings.TrimLeft(text, string(c)))
			if strings.IndexByte(patternLetters, c) < 0 || n > 19 {
				return nil, "", fmt.Errorf("unknown pattern letter: %c", c)
			}
			parts, text = append(parts, patternPart{letter: c, count: n}), text[n:]
		default:
			parts, text = append(parts, patternPart{literal: text[:1]}), text[1:]
		}
	}
	return parts, "", nil
}

// readLiteral reads up to the closing quote; two quotes are one, and nothing between quotes is a quote as well.
func readLiteral(text string) (literal, rest string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\'' {
			out.WriteByte(text[i])
			continue
		}
		if i == 0 {
			return "'", text[1:], true
		}
		if !strings.HasPrefix(text[i:], "''") {
			return out.String(), text[i+1:], true
		}
		out.WriteByte('\'')
		i++
	}
	return "", "", false
}

// Format writes an instant.
func (p *Pattern) Format(at time.Time) string {
	switch {
	case p.iso:
		return at.UTC().Format("2006-01-02T15:04:05.000Z")
	case p.epoch == time.Millisecond:
		return strconv.FormatInt(at.UnixMilli(), 10)
	case p.epoch == time.Second:
		return strconv.FormatInt(at.Unix(), 10)
	}
	return string(appendParts(nil, p.parts, at))
}

func appendParts(out []byte, parts []patternPart, at time.Time) []byte {
	for _, part := range parts {
		switch {
		case part.optional != nil:
			out = appendParts(out, part.optional, at)
		case part.letter == 0:
			out = append(out, part.literal...)
		default:
			out = appendField(out, part.letter, part.count, at)
		}
	}
	return out
}

func appendField(out []byte, letter byte, count int, at time.Time) []byte {
	switch letter {
	case 'S':
		digits := fmt.Sprintf("%09d", at.Nanosecond())
		return append(out, (digits + "0000000000")[:count]...)
	case 'a':
		return append(out, at.Format("PM")...)
	case 'G':
		if count == 4 {
			return append(out, "Anno Domini"...)
		}
		return append(out, "AD"...)
	case 'X', 'x', 'Z', 'O':
		return append(out, formatOffset(letter, count, at)...)
	case 'V', 'z':
		name, offset := at.Zone()
		if name == "" || offset == 0 {
			name = "Z"
		}
		return append(out, name...)
	}
	if name, ok := fieldName(letter, count, at); ok {
		return append(out, name...)
	}
	n := fieldNumber(letter, at)
	if (letter == 'y' || letter == 'u' || letter == 'Y') && count == 2 {
		n = ((n % 100) + 100) % 100
	}
	return fmt.Appendf(out, "%0*d", count, n)
}

// fieldName gives months, days and quarters that are written as names.
func fieldName(letter byte, count int, at time.Time) (string, bool) {
	var full string
	switch {
	case (letter == 'M' || letter == 'L') && count >= 3:
		full = at.Month().String()
	case letter == 'E' || (letter == 'e' || letter == 'c') && count >= 3:
		full = at.Weekday().String()
	case (letter == 'Q' || letter == 'q') && count >= 3:
		n := (int(at.Month())-1)/3 + 1
		if count == 3 {
			return fmt.Sprintf("Q%d", n), true
		}
		return []string{"1st", "2nd", "3rd", "4th"}[n-1] + " quarter", true
	default:
		return "", false
	}
	switch count {
	case 4:
		return full, true
	case 5:
		return full[:1], true
	}
	return full[:3], true
}

// fieldNumber gives the value of a field that is written as a number. Weeks are those of ISO 8601.
func fieldNumber(letter byte, at time.Time) int {
	weekYear, week := at.ISOWeek()
	switch letter {
	case 'y', 'u':
		return at.Year()
	case 'Y':
		return weekYear
	case 'M', 'L':
		return int(at.Month())
	case 'w':
		return week
	case 'W':
		first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		return (at.Day()+int(first.Weekday()+6)%7-1)/7 + 1
	case 'd':
		return at.Day()
	case 'D':
		return at.YearDay()
	case 'e', 'c':
		return int(at.Weekday()+6)%7 + 1
	case 'F':
		return (at.Day()-1)/7 + 1
	case 'H':
		return at.Hour()
	case 'k':
		return (at.Hour()+23)%24 + 1
	case 'K':
		return at.Hour() % 12
	case 'h':
		return (at.Hour()+11)%12 + 1
	case 'm':
		return at.Minute()
	case 's':
		return at.Second()
	case 'n':
		return at.Nanosecond()
	case 'A':
		return secondOfDay(at)*1000 + at.Nanosecond()/1e6
	case 'N':
		return secondOfDay(at)*1e9 + at.Nanosecond()
	}
	return (int(at.Month())-1)/3 + 1
}

func secondOfDay(at time.Time) int { return at.Hour()*3600 + at.Minute()*60 + at.Second() }

// formatOffset writes the distance to UTC: X with Z for none, x and Z without, O as GMT+1.
func formatOffset(letter byte, count int, at time.Time) string {
	_, seconds := at.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	hours, minutes := seconds/3600, seconds/60%60
	colon := fmt.Sprintf("%s%02d:%02d", sign, hours, minutes)
	plain := fmt.Sprintf("%s%02d%02d", sign, hours, minutes)
	switch {
	case letter == 'O' && seconds == 0, letter == 'Z' && count == 4 && seconds == 0:
		return "GMT"
	case letter == 'O' && count == 1 && minutes == 0:
		return fmt.Sprintf("GMT%s%d", sign, hours)
	case letter == 'O', letter == 'Z' && count == 4:
		return "GMT" + colon
	case (letter == 'X' || letter == 'Z' && count == 5) && seconds == 0:
		return "Z"
	case letter == 'Z' && count < 4, count == 2, count == 4:
		return plain
	case count == 1 && minutes == 0:
		return fmt.Sprintf("%s%02d", sign, hours)
	case count == 1:
		return plain
	}
	return colon
}
