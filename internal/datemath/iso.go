package datemath

import "time"

// parseISO reads strict_date_optional_time: a four-digit year, then month, day, and after a "T" hours, minutes,
// seconds and a fraction, each optional from the right, and a zone after any time of day.
func parseISO(text string, round Round) (time.Time, bool) {
	r := isoReader{text: text}
	year, ok := r.digits(4)
	if !ok {
		return time.Time{}, false
	}
	// Fields that the text leaves out, as a value to fill in and as the unit that Round Up completes.
	month, day, hour, minute, second, nanos := 1, 1, 0, 0, 0, 0
	missing := byte('y')
	if r.take('-') {
		if month, ok = r.digits(2); !ok {
			return time.Time{}, false
		}
		missing = 'M'
		if r.take('-') {
			if day, ok = r.digits(2); !ok {
				return time.Time{}, false
			}
			missing = 'd'
		}
	}
	zone := time.UTC
	if missing == 'd' && r.take('T') && !r.done() {
		missing, ok = r.clock(&hour, &minute, &second, &nanos)
		if !ok {
			return time.Time{}, false
		}
		if zone, ok = r.zone(); !ok {
			return time.Time{}, false
		}
	}
	if !r.done() || !validDate(year, month, day) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone).UTC()
	if round == Up && missing != 0 {
		end, _ := add(at, 1, missing)
		at = end.Add(-time.Nanosecond)
	}
	return at, true
}

func validDate(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

type isoReader struct {
	text string
	at   int
}

func (r *isoReader) done() bool { return r.at == len(r.text) }

func (r *isoReader) take(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *isoReader) digits(n int) (int, bool) {
	if r.at+n > len(r.text) {
		return 0, false
	}
	value := 0
	for _, c := range []byte(r.text[r.at : r.at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		value = value*10 + int(c-'0')
	}
	r.at += n
	return value, true
}

// clock reads HH[:mm[:ss[.fraction]]] and tells the smallest unit that was left to complete; 0 for an exact time.
func (r *isoReader) clock(hour, minute, second, nanos *int) (missing byte, ok bool) {
	if *hour, ok = r.digits(2); !ok {
		return 0, false
	}
	if !r.take(':') {
		return 'h', true
	}
	if *minute, ok = r.digits(2); !ok {
		return 0, false
	}
	if !r.take(':') {
		return 'm', true
	}
	if *second, ok = r.digits(2); !ok {
		return 0, false
	}
	if !r.take('.') && !r.take(',') {
		return 's', true
	}
	start, scale := r.at, 100_000_000
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' && scale > 0 {
		*nanos += int(r.text[r.at]-'0') * scale
		scale /= 10
		r.at++
	}
	return 0, r.at > start
}

func (r *isoReader) zone() (*time.Location, bool) {
	if r.done() || r.take('Z') && r.done() {
		return time.UTC, true
	}
	sign := 1
	switch {
	case r.take('-'):
		sign = -1
	case !r.take('+'):
		return nil, false
	}
	hours, ok := r.digits(2)
	if !ok {
		return nil, false
	}
	minutes := 0
	if colon := r.take(':'); colon || !r.done() {
		if minutes, ok = r.digits(2); !ok {
			return nil, false
		}
	}
	if hours > 18 || minutes > 59 {
		return nil, false
	}
	return time.FixedZone("", sign*(hours*3600+minutes*60)), true
}
