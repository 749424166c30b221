package value

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Point is a place on the earth, in degrees.
type Point struct{ Lon, Lat float64 }

// NoCoordinate is what a text that is no number stands for: no point has it.
const NoCoordinate = math.MaxFloat64

// Valid tells whether there is such a place.
func (p Point) Valid() bool { return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180 }

// ParsePoint reads a point as a string of a document has it: "latitude,longitude", well-known text, or a geohash.
func ParsePoint(text string) (Point, bool) {
	text = strings.TrimSpace(text)
	if lat, lon, ok := strings.Cut(text, ","); ok {
		lon, _, _ = strings.Cut(lon, ",") // an altitude may follow
		y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
		x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
		p := Point{x, y}
		return p, errX == nil && errY == nil && p.Valid()
	}
	if p, err := ParsePointText(text); err == nil {
		return p, p.Valid()
	}
	return parseGeohash(text)
}

// ParsePointText reads a point of well-known text: POINT (longitude latitude), with a third coordinate at most.
// It need not be a valid one.
func ParsePointText(text string) (Point, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "(")
	inner, closed := strings.CutSuffix(strings.TrimSpace(rest), ")")
	kind := strings.Fields(strings.ToUpper(name))
	if !ok || !closed || len(kind) == 0 || kind[0] != "POINT" {
		return Point{}, fmt.Errorf("expected POINT (longitude latitude) but found: [%s]", text)
	}
	numbers := strings.Fields(inner)
	if len(numbers) < 2 || len(numbers) > 3 {
		return Point{}, fmt.Errorf("expected two coordinates but found: [%s]", inner)
	}
	x, errX := strconv.ParseFloat(numbers[0], 64)
	y, errY := strconv.ParseFloat(numbers[1], 64)
	if errX != nil || errY != nil {
		return Point{}, fmt.Errorf("invalid number found: [%s]", inner)
	}
	return Point{x, y}, nil
}

// geohashDigits are the digits of a geohash in their order: five bits each.
const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// parseGeohash gives the south-western corner of a cell, as Elasticsearch does. At most twelve digits have a meaning.
func parseGeohash(text string) (Point, bool) {
	if text == "" || len(text) > 12 {
		return Point{}, false
	}
	low, high := Point{-180, -90}, Point{180, 90}
	even := true
	for _, r := range text {
		digit := strings.IndexRune(geohashDigits, r)
		if digit < 0 {
			return Point{}, false
		}
		for bit := 16; bit > 0; bit >>= 1 {
			from, to := &low.Lat, &high.Lat
			if even {
				from, to = &low.Lon, &high.Lon
			}
			if middle := (*from + *to) / 2; digit&bit != 0 {
				*from = middle
			} else {
				*to = middle
			}
			even = !even
		}
	}
	return low, true
}
