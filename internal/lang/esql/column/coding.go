package column

import (
	"encoding/binary"
	"math"
	"time"
)

// OfUnsigned codes an unsigned long as a whole number of the same order.
func OfUnsigned(n uint64) int64 { return int64(n ^ 1<<63) }

// Unsigned is the inverse of OfUnsigned.
func Unsigned(coded int64) uint64 { return uint64(coded) ^ 1<<63 }

// OfPeriod codes a date period: so many months and days. Both must fit 32 bits.
func OfPeriod(months, days int) int64 { return int64(months)<<32 | int64(uint32(int32(days))) }

// Period is the inverse of OfPeriod.
func Period(coded int64) (months, days int) { return int(coded >> 32), int(int32(uint32(coded))) }

// OfPoint codes a point of longitude x and latitude y.
func OfPoint(x, y float64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], math.Float64bits(x))
	binary.BigEndian.PutUint64(b[8:], math.Float64bits(y))
	return string(b[:])
}

// Point is the inverse of OfPoint.
func Point(coded string) (x, y float64) {
	b := []byte(coded)
	return math.Float64frombits(binary.BigEndian.Uint64(b[:8])), math.Float64frombits(binary.BigEndian.Uint64(b[8:]))
}

// OfBool codes a boolean.
func OfBool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// AddPeriod moves an instant by a date period. A day that the month does not have becomes its last (java.time).
func AddPeriod(at time.Time, coded int64) time.Time {
	months, days := Period(coded)
	year, month, day := at.Date()
	first := time.Date(year, month+time.Month(months), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day, last)-1+days)
}
