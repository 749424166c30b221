package function

import (
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
	return []*Function{
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

// toGeoShape keeps the text of a shape; its inside is not looked at.
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
	name, _, _ := strings.Cut(strings.ToUpper(text), "(")
	for _, known := range []string{"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION", "BBOX", "ENVELOPE"} {
		if fields := strings.Fields(name); len(fields) > 0 && fields[0] == known {
			out.Text(text)
			return nil
		}
	}
	return failure{IllegalArgument, fmt.Sprintf("Failed to parse WKT: Unknown geometry type: %s", strings.ToLower(strings.TrimSpace(name)))}
}
