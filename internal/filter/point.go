package filter

import (
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// Points are the points of a geo_point field, in whichever of Elasticsearch's forms the document has them: an object of lat
// and lon, a list of longitude and latitude, "latitude,longitude", well-known text, a geohash, or GeoJSON. What is no point is left out.
func Points(d *event.Document, path string) []value.Point {
	var points []value.Point
	var numbers []float64
	for _, s := range d.Get(path) {
		if s.Kind == event.Number {
			numbers = append(numbers, coordinate(s))
			continue
		}
		if p, ok := value.ParsePoint(s.Text); ok && s.Kind == event.String {
			points = append(points, p)
		}
	}
	points = pairs(points, numbers)
	if len(points) > 0 {
		return points
	}
	if strings.EqualFold(d.First(path+".type"), "point") {
		for _, s := range d.Get(path + ".coordinates") {
			numbers = append(numbers, coordinate(s))
		}
		return pairs(points, numbers)
	}
	lats, lons := d.Get(path+".lat"), d.Get(path+".lon")
	for i := range min(len(lats), len(lons)) {
		points = appendPoint(points, coordinate(lons[i]), coordinate(lats[i]))
	}
	return points
}

// pairs reads longitude and latitude by turns. Of three numbers the last is the altitude.
func pairs(points []value.Point, numbers []float64) []value.Point {
	if len(numbers) == 3 {
		numbers = numbers[:2]
	}
	for i := 0; i+1 < len(numbers); i += 2 {
		points = appendPoint(points, numbers[i], numbers[i+1])
	}
	return points
}

func appendPoint(points []value.Point, lon, lat float64) []value.Point {
	if p := (value.Point{Lon: lon, Lat: lat}); p.Valid() {
		return append(points, p)
	}
	return points
}

// coordinate is a scalar as a number; what is none lies outside of every range.
func coordinate(s event.Scalar) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s.Text), 64)
	if err != nil || s.Kind == event.Bool {
		return value.NoCoordinate
	}
	return f
}
