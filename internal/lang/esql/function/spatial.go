package function

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func spatialFunctions() []*Function {
	point := func(name string) Param { return Param{Name: name, Types: Points, Expected: "geo_point"} }
	scalar := func(name, doc string, compile func(*Site) (ScalarKernel, error), params ...Param) *Function {
		return &Function{Name: name, Kind: Scalar, Family: "Spatial", Doc: doc, Params: params, Returns: Gives(column.Double), Scalar: compile}
	}
	x := func(out *column.Builder, args []*column.Column, at []int) {
		value, _ := column.Point(args[0].Text(at[0]))
		out.Double(value)
	}
	y := func(out *column.Builder, args []*column.Column, at []int) {
		_, value := column.Point(args[0].Text(at[0]))
		out.Double(value)
	}
	relation := func(name, doc string, holds func(a, b *geometry) bool) *Function {
		shape := func(name string) Param { return Param{Name: name, Types: Shapes, Expected: "geo_point or geo_shape"} }
		return &Function{
			Name: name, Kind: Scalar, Family: "Spatial", Doc: doc, Params: []Param{shape("geomA"), shape("geomB")}, Returns: Gives(column.Boolean),
			Scalar: plain(related(holds)),
		}
	}
	return []*Function{
		relation("ST_CONTAINS", "Whether the first shape holds every point of the second.", (*geometry).contains),
		relation("ST_DISJOINT", "Whether two shapes have no point in common.", func(a, b *geometry) bool { return !a.intersects(b) }),
		relation("ST_INTERSECTS", "Whether two shapes have a point in common.", (*geometry).intersects),
		relation("ST_WITHIN", "Whether the second shape holds every point of the first.", func(a, b *geometry) bool { return b.contains(a) }),
		scalar("ST_DISTANCE", "The distance of two points on the earth, in metres.", eachOf(distance), point("geomA"), point("geomB")),
		scalar("ST_X", "The longitude of a point.", eachOf(x), point("point")),
		scalar("ST_XMAX", "The greatest longitude of a point.", eachOf(x), point("point")),
		scalar("ST_XMIN", "The least longitude of a point.", eachOf(x), point("point")),
		scalar("ST_Y", "The latitude of a point.", eachOf(y), point("point")),
		scalar("ST_YMAX", "The greatest latitude of a point.", eachOf(y), point("point")),
		scalar("ST_YMIN", "The least latitude of a point.", eachOf(y), point("point")),
	}
}

// earthRadius is the mean radius of the earth in metres that Lucene computes with.
const earthRadius = 6_371_008.7714

// distance is Lucene's haversine distance (SloppyMath.haversinMeters).
func distance(out *column.Builder, args []*column.Column, at []int) {
	lonA, latA := column.Point(args[0].Text(at[0]))
	lonB, latB := column.Point(args[1].Text(at[1]))
	out.Double(haversine(latA, lonA, latB, lonB))
}

func haversine(latA, lonA, latB, lonB float64) float64 {
	const radian = math.Pi / 180
	a, b := latA*radian, latB*radian
	h := (1 - math.Cos(a-b)) + math.Cos(a)*math.Cos(b)*(1-math.Cos((lonA-lonB)*radian))
	// The last bits are rounded up and cleared, so that distances of equal points compare as equal.
	h = math.Float64frombits((math.Float64bits(h) + 7) &^ 7)
	return earthRadius * 2 * math.Asin(math.Min(1, math.Sqrt(h*0.5)))
}

func toGeoPoint(out *column.Builder, c *column.Column, at int) error {
	if c.Type() == column.GeoPoint {
		out.Text(c.Text(at))
		return nil
	}
	x, y, err := column.ParsePoint(c.Text(at))
	if err != nil {
		return failure{IllegalArgument, fmt.Sprintf("Failed to parse WKT: %s", err)}
	}
	out.Text(column.OfPoint(x, y))
	return nil
}

// toGeoShape reads the text of a shape, and keeps it as it is; a point is written anew.
func toGeoShape(out *column.Builder, c *column.Column, at int) error {
	if c.Type() == column.GeoPoint {
		out.Text(c.Render(at))
		return nil
	}
	text := strings.TrimSpace(c.Text(at))
	if x, y, err := column.ParsePoint(text); err == nil {
		out.Text("POINT (" + column.RenderDouble(x) + " " + column.RenderDouble(y) + ")")
		return nil
	}
	if _, err := parseGeometry(text); err != nil {
		return failure{IllegalArgument, fmt.Sprintf("Failed to parse WKT: %s", err)}
	}
	out.Text(text)
	return nil
}

// related tests two shapes; several values of a field are one shape together.
func related(holds func(a, b *geometry) bool) ScalarKernel {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		known := map[string]*geometry{}
		return EachRow(call, args, rows, func(out *column.Builder, row int) {
			a, errA := shapeOf(args[0], row, known)
			b, errB := shapeOf(args[1], row, known)
			switch err := errors.Join(errA, errB); {
			case err != nil:
				call.Warn(IllegalArgument, err.Error())
				out.Null()
			case a == nil || b == nil:
				out.Null()
			default:
				out.Bool(holds(a, b))
			}
		})
	}
}

// shapeOf gives the shape of a row, nil for a null. A shape that comes again, as a constant does, is read once.
func shapeOf(c *column.Column, row int, known map[string]*geometry) (*geometry, error) {
	start, end := c.Span(row)
	if start == end {
		return nil, nil
	}
	whole := &geometry{}
	for at := start; at < end; at++ {
		if c.Type() == column.GeoPoint {
			x, y := column.Point(c.Text(at))
			whole.points = append(whole.points, place2D{x, y})
			continue
		}
		text := c.Text(at)
		g, ok := known[text]
		if !ok {
			var err error
			if g, err = parseGeometry(text); err != nil {
				return nil, err
			}
			if len(known) < 1000 {
				known[text] = g
			}
		}
		if end == start+1 {
			return g, nil
		}
		whole.points, whole.lines, whole.polygons = append(whole.points, g.points...), append(whole.lines, g.lines...), append(whole.polygons, g.polygons...)
	}
	return whole, nil
}
