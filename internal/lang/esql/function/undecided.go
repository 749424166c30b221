package function

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Reasons for which a function cannot be evaluated offline.
const (
	needsModel   = "it asks a model of the cluster"
	needsSeries  = "it reads time series, which need their cluster's mapping"
	isStatistics = "its result depends on statistics of the cluster's"
	isRandom     = "its result is random"
	needsScore   = "its result depends on scores of the cluster's index"
	needsVectors = "vectors are not read here"
	needsGrid    = "grids of the earth are not computed here"
	needsShapes  = "shapes are not computed here"
	isNew        = "it is not evaluated here yet"
	isRange      = "ranges are not read here"
)

// undecidedFunctions are known by name: a query with one of them is checked as far as its types are known, and its
// verdict is undecided.
func undecidedFunctions() []*Function {
	var functions []*Function
	add := func(kind Kind, family, reason string, returns column.Type, names string) {
		for name := range strings.FieldsSeq(names) {
			functions = append(functions, &Function{
				Name: name, Kind: kind, Family: family, Doc: "Not evaluated offline.", Undecided: reason,
				Params: []Param{{Name: "argument", Types: Any | OneOf(column.Unsupported), Expected: "any type", Optional: true}}, Variadic: true,
				Resolve: func(_ string, args []Argument) (column.Type, error) {
					if returns == column.Null && len(args) > 0 {
						return args[0].Type, nil
					}
					return returns, nil
				},
			})
		}
	}
	add(Aggregate, "Aggregation", isRandom, column.Null, "SAMPLE")
	add(Aggregate, "Aggregation", isNew, column.Long, "SPARKLINE")
	add(Aggregate, "Spatial", needsShapes, column.GeoPoint, "ST_CENTROID_AGG")
	add(Aggregate, "Spatial", needsShapes, column.GeoShape, "ST_EXTENT_AGG")
	add(Grouping, "Grouping", isStatistics, column.Keyword, "CATEGORIZE")
	add(Grouping, "Grouping", needsSeries, column.Keyword, "WITHOUT")
	add(FullText, "Search", needsVectors, column.Boolean, "KNN")
	add(Scalar, "Search", needsScore, column.Double, "SCORE DECAY")
	add(Scalar, "Search", needsScore, column.Keyword, "TOP_SNIPPETS EXTRACT_SNIPPETS")
	add(Scalar, "Vector", needsModel, column.Null, "TEXT_EMBEDDING EMBEDDING")
	add(Scalar, "Vector", needsVectors, column.Double, "V_COSINE V_DOT_PRODUCT V_HAMMING V_L1_NORM V_L2_NORM V_MAGNITUDE")
	add(Scalar, "Vector", needsVectors, column.Null, "TO_DENSE_VECTOR")
	add(Scalar, "String", isNew, column.Keyword, "CHUNK FIELD_EXTRACT FMT_BYTES FMT_BYTES_SI FMT_DURATION FMT_PERCENT JSON_STRING TO_ASCII")
	add(Scalar, "Multivalue", isNew, column.Double, "MV_PSERIES_WEIGHTED_SUM")
	add(Scalar, "Date and time", isRange, column.Boolean, "RANGE_CONTAINS RANGE_INTERSECTS RANGE_WITHIN")
	add(Scalar, "Date and time", isRange, column.Date, "RANGE_MAX RANGE_MIN")
	add(Scalar, "Type conversion", isRange, column.Unsupported, "TO_RANGE TO_DATE_RANGE TO_DOUBLE_RANGE")
	add(Scalar, "Type conversion", needsSeries, column.Unsupported, "TO_AGGREGATE_METRIC_DOUBLE TO_COUNTER TO_GAUGE TO_TDIGEST TO_EXPONENTIAL_HISTOGRAM")
	add(Scalar, "Type conversion", needsShapes, column.Unsupported, "TO_CARTESIANPOINT TO_CARTESIANSHAPE")
	add(Scalar, "Type conversion", needsGrid, column.Unsupported, "TO_GEOHASH TO_GEOTILE TO_GEOHEX")
	add(Scalar, "Spatial", needsShapes, column.GeoShape, "ST_ENVELOPE ST_BUFFER ST_SIMPLIFY")
	add(Scalar, "Spatial", needsGrid, column.Unsupported, "ST_GEOHASH ST_GEOTILE ST_GEOHEX")
	add(Scalar, "Spatial", needsGrid, column.Keyword, "ST_GEOHASH_TO_STRING ST_GEOTILE_TO_STRING ST_GEOHEX_TO_STRING")
	add(Scalar, "Spatial", needsGrid, column.Long, "ST_GEOHASH_TO_LONG ST_GEOTILE_TO_LONG ST_GEOHEX_TO_LONG")
	add(Scalar, "Spatial", needsGrid, column.GeoShape, "ST_GEOHASH_TO_GEOSHAPE ST_GEOTILE_TO_GEOSHAPE ST_GEOHEX_TO_GEOSHAPE")
	add(TimeSeries, "Time series", needsSeries, column.Double,
		"RATE IRATE DELTA IDELTA INCREASE DERIV AVG_OVER_TIME STDDEV_OVER_TIME VARIANCE_OVER_TIME PERCENTILE_OVER_TIME")
	add(TimeSeries, "Time series", needsSeries, column.Long, "COUNT_OVER_TIME COUNT_DISTINCT_OVER_TIME")
	add(TimeSeries, "Time series", needsSeries, column.Boolean, "ABSENT_OVER_TIME PRESENT_OVER_TIME")
	add(TimeSeries, "Time series", needsSeries, column.Null, "FIRST_OVER_TIME LAST_OVER_TIME MAX_OVER_TIME MIN_OVER_TIME SUM_OVER_TIME")
	return functions
}
