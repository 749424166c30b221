package function

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// geometry is what a well-known text holds, in degrees on a plane, as Lucene compares shapes.
type geometry struct {
	points   []place2D
	lines    [][]place2D
	polygons [][][]place2D // rings: the outer one, then holes
}

type place2D struct{ x, y float64 }

// maxNesting bounds how deep collections nest.
const maxNesting = 32

// parseGeometry reads any shape of well-known text, BBOX and ENVELOPE included.
func parseGeometry(text string) (*geometry, error) {
	r := wktReader{rest: text}
	g := &geometry{}
	if err := r.shape(g, 0); err != nil {
		return nil, err
	}
	if r.space(); r.rest != "" {
		return nil, fmt.Errorf("unexpected text behind the shape: [%s]", r.rest)
	}
	return g, nil
}

type wktReader struct{ rest string }

func (r *wktReader) space() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }

func (r *wktReader) take(c byte) bool {
	r.space()
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *wktReader) word() string {
	r.space()
	end := strings.IndexAny(r.rest, " \t\r\n(),")
	if end < 0 {
		end = len(r.rest)
	}
	word := r.rest[:end]
	r.rest = r.rest[end:]
	return word
}

func (r *wktReader) shape(g *geometry, depth int) error {
	name := strings.ToUpper(r.word())
	if upper := strings.ToUpper(strings.TrimLeft(r.rest, " ")); strings.HasPrefix(upper, "EMPTY") {
		r.word()
		return nil
	}
	switch name {
	case "POINT":
		points, err := r.list()
		g.points = append(g.points, points...)
		return err
	case "MULTIPOINT":
		return r.group(func() error {
			var err error
			var points []place2D
			if strings.HasPrefix(strings.TrimLeft(r.rest, " "), "(") {
				points, err = r.list()
			} else {
				var p place2D
				p, err = r.point()
				points = []place2D{p}
			}
			g.points = append(g.points, points...)
			return err
		})
	case "LINESTRING":
		return r.line(g)
	case "MULTILINESTRING":
		return r.group(func() error { return r.line(g) })
	case "POLYGON":
		return r.polygon(g)
	case "MULTIPOLYGON":
		return r.group(func() error { return r.polygon(g) })
	case "BBOX", "ENVELOPE":
		return r.box(g)
	case "GEOMETRYCOLLECTION":
		if depth > maxNesting {
			return fmt.Errorf("collections nest deeper than %d", maxNesting)
		}
		return r.group(func() error { return r.shape(g, depth+1) })
	}
	return fmt.Errorf("unknown geometry type: %s", strings.ToLower(name))
}

// group reads parts between parentheses, with commas between them.
func (r *wktReader) group(part func() error) error {
	if !r.take('(') {
		return fmt.Errorf("expected ( but found: [%s]", r.rest)
	}
	for {
		if err := part(); err != nil {
			return err
		}
		switch {
		case r.take(','):
		case r.take(')'):
			return nil
		default:
			return fmt.Errorf("expected , or ) but found: [%s]", r.rest)
		}
	}
}

func (r *wktReader) list() ([]place2D, error) {
	var points []place2D
	err := r.group(func() error {
		p, err := r.point()
		points = append(points, p)
		return err
	})
	return points, err
}

func (r *wktReader) number() (float64, error) {
	word := r.word()
	f, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return 0, fmt.Errorf("invalid number found: [%s]", word)
	}
	return f, nil
}

// point reads two numbers, or three of which the third is a height.
func (r *wktReader) point() (place2D, error) {
	x, err := r.number()
	if err != nil {
		return place2D{}, err
	}
	y, err := r.number()
	if err != nil {
		return place2D{}, err
	}
	if r.space(); r.rest != "" && strings.IndexByte("+-.0123456789", r.rest[0]) >= 0 {
		if _, err := r.number(); err != nil {
			return place2D{}, err
		}
	}
	if !(y >= -90 && y <= 90) || !(x >= -180 && x <= 180) {
		return place2D{}, fmt.Errorf("invalid point %s %s", column.RenderDouble(x), column.RenderDouble(y))
	}
	return place2D{x, y}, nil
}

func (r *wktReader) line(g *geometry) error {
	points, err := r.list()
	if err == nil && len(points) < 2 {
		err = fmt.Errorf("at least two points are needed for a line")
	}
	g.lines = append(g.lines, points)
	return err
}

func (r *wktReader) polygon(g *geometry) error {
	var rings [][]place2D
	err := r.group(func() error {
		ring, err := r.list()
		if err == nil && (len(ring) < 4 || ring[0] != ring[len(ring)-1]) {
			err = fmt.Errorf("first and last points of the linear ring must be the same, and there must be four at least")
		}
		rings = append(rings, ring)
		return err
	})
	g.polygons = append(g.polygons, rings)
	return err
}

// box reads BBOX (west, east, north, south).
func (r *wktReader) box(g *geometry) error {
	var side []float64
	err := r.group(func() error {
		f, err := r.number()
		side = append(side, f)
		return err
	})
	if err != nil || len(side) != 4 {
		return fmt.Errorf("a box has four sides: west, east, north, south")
	}
	west, east, north, south := side[0], side[1], side[2], side[3]
	g.polygons = append(g.polygons, [][]place2D{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}})
	return nil
}
