package function

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func TestTexts(t *testing.T) {
	check(t, []evaluation{
		// languages.md 3.5, 23 and rows u, v.
		{"LENGTH", on(k("❗️")), "2"},
		{"LENGTH", on(k("a", "b")), "null" + multi},
		{"BYTE_LENGTH", on(k("é")), "2"},
		{"BIT_LENGTH", on(k("é")), "16"},
		{"SUBSTRING", on(k("Facello"), i(-3)), "llo"},
		{"SUBSTRING", on(k("Facello"), i(3), i(1)), "c"},
		{"SUBSTRING", on(k("Facello"), i(0), i(2)), "Fa"},
		{"SUBSTRING", on(k("Facello"), i(-99), i(2)), "Fa"},
		{"SUBSTRING", on(k("Facello"), i(99)), ""},
		{"SUBSTRING", on(k("a😀b"), i(2), i(1)), "😀"},
		{"SUBSTRING", on(k("Facello"), i(1), i(-1)), "null {java.lang.IllegalArgumentException: Length parameter cannot be negative, found [-1]}"},
		{"SUBSTRING", on(k(), i(1)), "null"},
		{"LOCATE", on(k("a tiger"), k("ti")), "3"},
		{"LOCATE", on(k("a tiger"), k("T")), "0"},
		{"LOCATE", on(k("abab"), k("ab"), i(2)), "3"},
		{"LOCATE", on(k("abab"), k("ab"), i(-2)), "3"},
		{"LOCATE", on(k("é-x"), k("x")), "3"},
		{"LEFT", on(k("é12"), i(2)), "é1"},
		{"LEFT", on(k("é12"), i(-1)), ""},
		{"RIGHT", on(k("12é"), i(2)), "2é"},
		{"RIGHT", on(k("12é"), i(9)), "12é"},
		{"TRIM", on(k(" \t a b \n")), "a b"},
		{"TRIM", on(k("\u00a0a")), "\u00a0a"}, // not white space for Java
		{"LTRIM", on(k("  a ")), "a "},
		{"RTRIM", on(k(" a  ")), " a"},
		{"SPLIT", on(k("foo;bar;;baz"), k(";")), "[foo, bar, , baz]"},
		{"SPLIT", on(k("foo"), k(";")), "foo"},
		{"CONCAT", on(k("a"), k("b"), k("c")), "abc"},
		{"CONCAT", on(k("a"), k()), "null"},
		{"CONCAT", on(k("a"), k("b", "c")), "null" + multi},
		{"CONTAINS", on(k("hello"), k("ell")), "true"},
		{"CONTAINS", on(k("hello"), k("ELL")), "false"},
		{"CONTAINS", on(k("hello"), k("")), "true"},
		{"STARTS_WITH", on(k("hello"), k("he")), "true"},
		{"STARTS_WITH", on(k("hello"), k("He")), "false"},
		{"ENDS_WITH", on(k("hello"), k("lo")), "true"},
		{"TO_UPPER", on(k("Georgi", "é")), "[GEORGI, É]"},
		{"TO_LOWER", on(k("ABC")), "abc"},
		{"REPEAT", on(k("ab"), i(3)), "ababab"},
		{"REPEAT", on(k("ab"), i(-1)), "null {java.lang.IllegalArgumentException: Number parameter cannot be negative, found [-1]}"},
		{"SPACE", on(i(3)), "   "},
		{"SPACE", on(i(0)), ""},
		{"SPACE", on(i(9_000_000)), "null {java.lang.IllegalArgumentException: Creating strings longer than [1048576] bytes is not supported}"},
		{"REVERSE", on(k("abc😀")), "😀cba"},
		{"REVERSE", on(k("e\u0301x")), "xe\u0301"},
	})
}

func TestReplaceAndPatterns(t *testing.T) {
	check(t, []evaluation{
		{"REPLACE", on(k("Hello World"), k("World"), k("Universe")), "Hello Universe"},
		{"REPLACE", on(k("foo 12 34"), k(`(\d)(\d)`), k("$2$1")), "foo 21 43"},
		{"REPLACE", on(k("p\x00w\x00"), k(`\u0000`), k("")), "pw"}, // languages.md 3.5, 28
		{"REPLACE", on(k("aaa"), k(`a++a`), k("")), "aaa"},         // possessive
		{"REPLACE", on(k("Abc"), k(`(?i)a`), k("x")), "xbc"},
		{"REPLACE", on(k("abc"), k(`^b`), k("x")), "abc"},
		{"REPLACE", on(k("a"), k(`a`), k("$1")), "null {java.lang.IndexOutOfBoundsException: no group 1}"},
		{"REPLACE", on(k("a"), k(`(`), k("")), `error: "(" is not a regular expression: a parenthesis does not close, at character 2`},
		{"REPLACE", on(k(strings.Repeat("a", 5000)), k(`(a|aa)+(?=bb)`), k("")), "null {java.lang.StackOverflowError: the regular expression takes too many steps on this text}"},
		{"REPLACE", on(k("a", "b"), k(`a`), k("")), "null" + multi},
		{"MV_LIKE", on(k("foo", "bar"), k("b?r")), "true"},
		{"MV_LIKE", on(k("foo", "bar"), k("B?r")), "false"},
		{"MV_LIKE", on(k(), k("*")), "false"},
		{"MV_RLIKE", on(k("foo", "bar"), k("b.*")), "true"},
		{"MV_RLIKE", on(k("foo", "bar"), k("b")), "false"},
	})
}

func TestEncodings(t *testing.T) {
	check(t, []evaluation{
		{"TO_BASE64", on(k("elastic")), "ZWxhc3RpYw=="},
		{"FROM_BASE64", on(k("ZWxhc3RpYw==")), "elastic"},
		{"FROM_BASE64", on(k("ZWxhc3RpYw")), "elastic"}, // padding may be left out
		{"FROM_BASE64", on(k("ZW%x")), "null {java.lang.IllegalArgumentException: Illegal base64 character 25}"},
		{"MD5", on(k("a")), "0cc175b9c0f1b6a831c399e269772661"},
		{"SHA1", on(k("a")), "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
		{"SHA256", on(k("a")), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
		{"HASH", on(k("md5"), k("a")), "0cc175b9c0f1b6a831c399e269772661"},
		{"HASH", on(k("crc"), k("a")), "error: crc MessageDigest not available"},
		{"URL_DECODE", on(k("a%20b+c%C3%A9")), "a b cé"},
		{"URL_DECODE", on(k("a%2")), "null {java.lang.IllegalArgumentException: URLDecoder: Incomplete trailing escape (%) pattern}"},
		{"URL_DECODE", on(k("a%zz")), `null {java.lang.IllegalArgumentException: URLDecoder: Illegal hex characters in escape (%) pattern - Error at index 0 in: "zz"}`},
		{"URL_ENCODE", on(k("a b/é*~")), "a+b%2F%C3%A9*%7E"},
		{"URL_ENCODE_COMPONENT", on(k("a b")), "a%20b"},
		{"JSON_EXTRACT", on(k(`{"user":{"a.b":[7]}}`), k("user['a.b'][0]")), "7"}, // row w
		{"JSON_EXTRACT", on(k(`{"a":null}`), k("a")), "null"},
		{"JSON_EXTRACT", on(k(`{"a":1}`), k("b")), "null {java.lang.IllegalArgumentException: path [b] does not exist}"},
		{"JSON_EXTRACT", on(k(`{a`), k("b")), "null {java.lang.IllegalArgumentException: invalid JSON input}"},
	})
}

// languages.md 3.5, 12 to 15.
func TestSeveralValues(t *testing.T) {
	check(t, []evaluation{
		{"MV_APPEND", on(i(1, 2), i(2)), "[1, 2, 2]"},
		{"MV_APPEND", on(i(1), null()), "null"},
		{"MV_AVG", on(l(1, 2, 6)), "3.0"},
		{"MV_CONCAT", on(k("b", "a"), k("-")), "b-a"},
		{"MV_CONCAT", on(k("a"), k("-")), "a"},
		{"MV_CONTAINS", on(k("a", "b"), k("b", "a")), "true"},
		{"MV_CONTAINS", on(k("a", "b"), k("c")), "false"},
		{"MV_CONTAINS", on(k(), k("c")), "false"},
		{"MV_CONTAINS", on(k("a"), k()), "true"},
		{"MV_COUNT", on(k("a", "b")), "2"},
		{"MV_COUNT", on(k()), "null"},
		{"MV_DEDUPE", on(k("b", "a", "b")), "[b, a]"},
		{"MV_DIFFERENCE", on(k("a", "b", "c"), k("b")), "[a, c]"},
		{"MV_FIRST", on(k("b", "a")), "b"},
		{"MV_LAST", on(k("b", "a")), "a"},
		{"MV_INTERSECTION", on(i(1, 2, 3), i(3, 2, 5)), "[2, 3]"},
		{"MV_INTERSECTION", on(i(1), i(2)), "null"},
		{"MV_INTERSECTS", on(i(1, 2), i(2)), "true"},
		{"MV_INTERSECTS", on(i(1), null()), "false"},
		{"MV_MIN", on(k("b", "a", "10")), "10"}, // lexicographic
		{"MV_MAX", on(ip("127.0.0.1", "::1")), "127.0.0.1"},
		{"MV_MAX", on(ver("1.2.3", "1.11.0")), "1.11.0"},
		{"MV_MEDIAN", on(i(1, 2, 4, 9)), "3"},
		{"MV_MEDIAN", on(d(1, 4)), "2.5"},
		{"MV_MEDIAN_ABSOLUTE_DEVIATION", on(i(0, 2, 5, 6)), "2"},
		{"MV_PERCENTILE", on(i(1, 5, 100), d(50)), "5"},
		{"MV_PERCENTILE", on(d(1, 2), i(101)), "null {java.lang.IllegalArgumentException: Percentile parameter must be a number between 0 and 100, found [101.0]}"},
		{"MV_SLICE", on(i(1, 2, 2, 3), i(1), i(2)), "[2, 2]"},
		{"MV_SLICE", on(i(1, 2, 3), i(-2), i(-1)), "[2, 3]"},
		{"MV_SLICE", on(i(1, 2, 3), i(0)), "1"},
		{"MV_SLICE", on(i(1, 2, 3), i(5)), "null"},
		{"MV_SLICE", on(i(1, 2, 3), i(1), i(9)), "[2, 3]"},
		{"MV_SLICE", on(i(1, 2, 3), i(2), i(1)), "null {org.elasticsearch.xpack.esql.core.InvalidArgumentException: Start offset is greater than end offset}"},
		{"MV_SLICE", on(i(1, 2, 3), i(-1), i(1)), "null {org.elasticsearch.xpack.esql.core.InvalidArgumentException: Start and end offset have different signs}"},
		{"MV_SORT", on(i(4, -2, 2)), "[-2, 2, 4]"},
		{"MV_SORT", on(i(4, -2, 2), k("desc")), "[4, 2, -2]"},
		{"MV_SUM", on(i(3, 5)), "8"},
		{"MV_SUM", on(i(2147483647, 1)), "null {java.lang.ArithmeticException: integer overflow}"},
		{"MV_UNION", on(k("a", "b"), k("b", "c")), "[a, b, c]"},
		{"MV_UNION", on(k("a"), null()), "a"},
		{"MV_ZIP", on(k("x", "y", "z"), k("1", "2"), k("-")), "[x-1, y-2, z]"},
		{"MV_GREATER", on(i(1, 9), i(5)), "true"},
		{"MV_GREATER", on(i(), i(5)), "false"},
		{"MV_LESS", on(i(1, 9), l(1)), "false"},
		{"MV_IN_RANGE", on(i(1, 9), i(2), i(9)), "true"},
		{"MV_IN_RANGE", on(i(1, 9), i(2), i(8)), "false"},
	})
}

// languages.md 3.5, 4 and 5, rows m.
func TestConditions(t *testing.T) {
	check(t, []evaluation{
		{"CASE", on(bl(true), k("y"), k("n")), "y"},
		{"CASE", on(bl(false), k("y"), k("n")), "n"},
		{"CASE", on(bl(), k("y")), "null"},
		{"CASE", on(bl(true, true), k("y")), "null {java.lang.IllegalArgumentException: single-value function encountered multi-value}"},
		{"CASE", on(bl(false), k("a"), bl(true), k("b"), k("c")), "b"},
		{"CASE", on(bl(true), k("a", "b")), "[a, b]"},
		{"CASE", on(bl(false), i(1), d(2.5)), "2.5"},
		{"CASE", on(bl(true), i(1), d(2.5)), "1.0"}, // numbers widen
		{"CASE", on(bl(true), i(1), k("x")), "error: third argument of [call] must be [integer], found value [x] type [keyword]"},
		{"CASE", on(i(1), i(1)), "error: first argument of [call] must be [boolean], found value [x] type [integer]"},
		{"COALESCE", on(k(), k("a", "b"), k("c")), "[a, b]"},
		{"COALESCE", on(null(), i(1), l(2)), "1"},
		{"COALESCE", on(k(), k()), "null"},
		{"GREATEST", on(i(1), i(3), i(2)), "3"},
		{"GREATEST", on(i(1, 9), i(3)), "9"},
		{"GREATEST", on(i(1), i()), "null"},
		{"LEAST", on(k("b"), k("a")), "a"},
		{"LEAST", on(bl(true), bl(false)), "false"},
		{"CLAMP", on(i(7), i(1), i(5)), "5"},
		{"CLAMP", on(i(0), i(1), i(5)), "1"},
		{"CLAMP_MIN", on(i(3), i(1)), "3"},
		{"CLAMP_MAX", on(d(3), i(1)), "1.0"},
	})
}

func TestNumbers(t *testing.T) {
	check(t, []evaluation{
		{"ABS", on(i(-5)), "5"},
		{"ABS", on(i(-2147483648)), "null {java.lang.ArithmeticException: Overflow to represent absolute value of Integer.MIN_VALUE}"},
		{"ABS", on(ul(1, 1<<63)), "[1, 9223372036854775808]"},
		{"ABS", on(i(-1, 1)), "null" + multi},
		{"CEIL", on(l(1, 2)), "[1, 2]"},
		{"CEIL", on(d(1.2, 2)), "null" + multi},
		{"CEIL", on(d(1.2)), "2.0"},
		{"CEIL", on(l(7)), "7"},
		{"FLOOR", on(d(-1.2)), "-2.0"},
		{"ROUND", on(d(2.5)), "3.0"},
		{"ROUND", on(d(-2.5)), "-3.0"},
		{"ROUND", on(d(1.2345), i(2)), "1.23"},
		{"ROUND", on(l(1250), i(-2)), "1300"},
		{"ROUND", on(l(1249), i(-2)), "1200"},
		{"ROUND_TO", on(i(7), i(1), i(10), i(5)), "5"},
		{"ROUND_TO", on(i(0), i(1), i(10), i(5)), "1"},
		{"POW", on(i(2), i(10)), "1024.0"},
		{"POW", on(d(1e300), i(2)), "null {java.lang.ArithmeticException: not a finite double number: Infinity}"},
		{"SQRT", on(i(9)), "3.0"},
		{"SQRT", on(i(-9)), "null {java.lang.ArithmeticException: Square root of negative}"},
		{"LOG", on(d(8), d(64)), "2.0"},
		{"LOG", on(i(1), i(2)), "null {java.lang.ArithmeticException: Log of base 1}"},
		{"LOG", on(d(0)), "null {java.lang.ArithmeticException: Log of non-positive number}"},
		{"LOG10", on(i(1000)), "3.0"},
		{"LOG10", on(i(0)), "null {java.lang.ArithmeticException: Log of non-positive number}"},
		{"EXP", on(i(0)), "1.0"},
		{"SIGNUM", on(d(-3)), "-1.0"},
		{"HYPOT", on(i(3), i(4)), "5.0"},
		{"COPY_SIGN", on(i(3), d(-1)), "-3"},
		{"SCALB", on(d(3), i(2)), "12.0"},
		{"PI", nil, "3.141592653589793"},
		{"ACOS", on(d(1.5)), "null {java.lang.ArithmeticException: Acos input out of range}"},
		{"ATAN2", on(d(0), d(-1)), "3.141592653589793"},
		{"CBRT", on(d(27)), "3.0"},
		{"ABS", on(k("a")), "error: argument of [call] must be [numeric], found value [x] type [keyword]"},
	})
}

func TestAddressesAndPoints(t *testing.T) {
	check(t, []evaluation{
		{"CIDR_MATCH", on(ip("127.0.0.2"), k("127.0.0.1/32"), k("127.0.0.2/31")), "true"},
		{"CIDR_MATCH", on(ip("127.0.0.4"), k("127.0.0.2/31")), "false"},
		{"CIDR_MATCH", on(ip("127.0.0.1", "127.0.0.2"), k("127.0.0.2/32")), "null" + multi}, // row r
		{"CIDR_MATCH", on(ip(), k("127.0.0.2/32")), "null"},
		{"CIDR_MATCH", on(ip("::1"), k("::/64")), "true"},
		{"CIDR_MATCH", on(ip("::1"), k("x")), "error: 'x' is not an IP string literal."},
		{"IP_PREFIX", on(ip("1.2.3.4"), i(24), i(0)), "1.2.3.0"},
		{"IP_PREFIX", on(ip("fe80::cae2:65ff:fece:feb9"), i(24), i(112)), "fe80::cae2:65ff:fece:0"},
		{"IP_PREFIX", on(ip("1.2.3.4"), i(33), i(0)), "null {java.lang.IllegalArgumentException: Prefix length v4 must be in range [0, 32], found 33}"},
		{"ST_X", on(wkt("POINT(42.97109 14.7552)")), "42.97109"},
		{"ST_Y", on(wkt("POINT(42.97109 14.7552)")), "14.7552"},
		{"TO_GEOPOINT", on(k("POINT (4.9 52.4)", "x")), "POINT (4.9 52.4) {java.lang.IllegalArgumentException: Failed to parse WKT: expected POINT (longitude latitude) but found: [x]}"},
		{"ST_DISTANCE", on(wkt("POINT(0 0)"), wkt("POINT(0 0)")), "0.0"},
		{"TO_GEOSHAPE", on(k("POLYGON ((0 0, 1 0, 1 1))")), "null {java.lang.IllegalArgumentException: Failed to parse WKT: first and last points of the linear ring must be the same, and there must be four at least}"},
	})
	// A quarter of a meridian of Lucene's sphere.
	if got := haversine(0, 0, 90, 0); got < 10_007_557 || got > 10_007_558 {
		t.Errorf("from the equator to the pole: %f", got)
	}
}

func shape(text string) *column.Column { return column.OfTexts(column.GeoShape, []string{text}) }

func TestRelationsOfShapes(t *testing.T) {
	square := shape("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0), (4 4, 6 4, 6 6, 4 6, 4 4))")
	check(t, []evaluation{
		{"ST_WITHIN", on(wkt("POINT (1 1)"), square), "true"},
		{"ST_WITHIN", on(wkt("POINT (5 5)"), square), "false"}, // in the hole
		{"ST_WITHIN", on(wkt("POINT (0 5)"), square), "true"},  // on the edge
		{"ST_WITHIN", on(wkt("POINT (11 5)"), square), "false"},
		{"ST_CONTAINS", on(square, wkt("POINT (1 1)")), "true"},
		{"ST_INTERSECTS", on(square, shape("LINESTRING (-5 -5, 5 1)")), "true"},
		{"ST_INTERSECTS", on(square, shape("LINESTRING (-5 1, 15 2)")), "true"}, // both ends outside
		{"ST_INTERSECTS", on(square, shape("LINESTRING (-5 -5, 5 -1)")), "false"},
		{"ST_DISJOINT", on(square, shape("LINESTRING (-5 -5, 5 -1)")), "true"},
		{"ST_CONTAINS", on(square, shape("BBOX (1, 3, 3, 1)")), "true"},
		{"ST_CONTAINS", on(square, shape("BBOX (3, 7, 7, 3)")), "false"}, // around the hole
		{"ST_CONTAINS", on(square, shape("BBOX (7, 12, 9, 7)")), "false"},
		{"ST_INTERSECTS", on(shape("MULTIPOINT ((1 1), 20 20)"), square), "true"},
		{"ST_CONTAINS", on(shape("GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 2 2))"), wkt("POINT (1 1)")), "true"},
		{"ST_INTERSECTS", on(square, null()), "null"},
		{"ST_INTERSECTS", on(shape("CIRCLE (1 1)"), square), "null {java.lang.IllegalArgumentException: unknown geometry type: circle}"},
	})
}

func FuzzGeometry(f *testing.F) {
	f.Add("POLYGON ((0 0, 10 0, 10 10, 0 0))", "GEOMETRYCOLLECTION (POINT (1 1), MULTILINESTRING ((0 0, 2 2 3), (1 1, 2 2)))")
	f.Add("BBOX (1, 2, 2, 1)", "MULTIPOINT EMPTY")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, errX := parseGeometry(a)
		y, errY := parseGeometry(b)
		if errX != nil || errY != nil || len(a)+len(b) > 400 {
			return
		}
		if x.intersects(y) != y.intersects(x) {
			t.Fatalf("%s and %s intersect on one side only", a, b)
		}
		if x.contains(y) && !x.intersects(y) {
			t.Fatalf("%s contains %s and does not intersect it", a, b)
		}
	})
}

// languages.md 3.5, 15, 33, 35, 36 and rows h, i, s.
func TestConversions(t *testing.T) {
	const invalid = "org.elasticsearch.xpack.esql.core.InvalidArgumentException: "
	check(t, []evaluation{
		{"TO_INTEGER", on(l(5013792, 2147483647, 501379200000)), "[5013792, 2147483647] {" + invalid + "[501379200000] out of [integer] range}"},
		{"TO_INTEGER", on(k("foo")), "null {" + invalid + "Cannot parse number [foo]}"},
		{"TO_INTEGER", on(d(2.5, -2.5)), "[3, -2]"}, // halves go up, as Java's Math.round
		{"TO_INTEGER", on(bl(true)), "1"},
		{"TO_LONG", on(k("2147483648.2")), "2147483648"},
		{"TO_LONG", on(k("foo")), "null {" + invalid + "Cannot parse number [foo]}"},
		{"TO_LONG", on(dt("1970-01-01T00:00:01.5Z")), "1500"},
		{"TO_INTEGER", on(d(1e19)), "null {" + invalid + "[1.0E19] out of [long] range}"},
		{"TO_INTEGER", on(d(1e10)), "null {" + invalid + "[1.0E10] out of [integer] range}"},
		{"TO_INTEGER", on(ul(1 << 63)), "null {" + invalid + "[9223372036854775808] out of [long] range}"},
		{"TO_LONG", on(d(1e19)), "null {" + invalid + "[1.0E19] out of [long] range}"},
		{"TO_LONG", on(ul(1 << 63)), "null {" + invalid + "[9223372036854775808] out of [long] range}"},
		{"TO_DOUBLE", on(k("5.20128E11", " 1 ")), "[5.20128E11, 1.0]"},
		{"TO_DOUBLE", on(k("0x1p3")), "null {" + invalid + "Cannot parse number [0x1p3]}"},
		{"TO_UNSIGNED_LONG", on(k("18446744073709551615")), "18446744073709551615"},
		{"TO_UNSIGNED_LONG", on(i(-1)), "null {" + invalid + "[-1] out of [unsigned_long] range}"},
		{"TO_BOOLEAN", on(k("TRUE", "yes", "")), "[true, false, false]"},
		{"TO_BOOLEAN", on(i(0, -3)), "[false, true]"},
		{"TO_STRING", on(i(5, 6)), "[5, 6]"},
		{"TO_STRING", on(dt("2026-01-31")), "2026-01-31T00:00:00.000Z"},
		{"TO_STRING", on(d(3)), "3.0"},
		{"TO_STRING", on(ip("::ffff:10.0.0.1")), "10.0.0.1"},
		{"TO_DATETIME", on(k("2026-01-31", "x")), "2026-01-31T00:00:00.000Z {java.lang.IllegalArgumentException: failed to parse date field [x] with format [strict_date_optional_time]}"},
		{"TO_DATETIME", on(l(1500)), "1970-01-01T00:00:01.500Z"},
		{"TO_DATE_NANOS", on(k("2026-01-31T00:00:00.123456789Z")), "2026-01-31T00:00:00.123456789Z"},
		{"TO_IP", on(k("10.0.0.1", "x")), "10.0.0.1 {java.lang.IllegalArgumentException: 'x' is not an IP string literal.}"},
		{"TO_VERSION", on(k("1.2.3")), "1.2.3"},
		{"TO_DEGREES", on(d(3.141592653589793)), "180.0"},
		{"TO_RADIANS", on(i(180)), "3.141592653589793"},
		{"TO_DATEPERIOD", on(k("3 days")), "P3D"},
		{"TO_TIMEDURATION", on(k("3 hours")), "PT3H"},
		{"TO_TIMEDURATION", on(k("3 days")), "error: Cannot convert string [3 days] to [TIME_DURATION]"},
		{"TO_IP", on(i(1)), "error: argument of [call] must be [string or ip], found value [x] type [integer]"},
	})
}

func FuzzReplace(f *testing.F) {
	f.Add("Hello World", `(\w+)\s(?<b>.)`, `$2-${b}\$`)
	f.Add("aaaa", `(a|aa)*+b?`, "$0$0")
	f.Add("\x00é\r\n", `(?im)^.?$|\p{L}`, "")
	f.Fuzz(func(t *testing.T, text, pattern, by string) {
		if len(text) > 500 || len(pattern) > 100 {
			return
		}
		compiled := compileJava(pattern)
		first, firstErr := compiled.replace(text, by)
		again, againErr := compileJava(pattern).replace(text, by)
		if first != again || (firstErr == nil) != (againErr == nil) {
			t.Fatalf("%q by %q in %q: %q and %q", pattern, by, text, first, again)
		}
	})
}
