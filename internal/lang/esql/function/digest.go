package function

import (
	"cmp"
	"math"
	"slices"
)

// digest holds the distribution of numbers in bounded space. As long as the numbers are few it keeps each, and is exact;
// then it is a merging t-digest, whose error is small everywhere and least at the ends. Elasticsearch does the same, with the
// same bounds.
type digest struct {
	values []float64
	// centroids stand for the values that came before, sorted; nil as long as every value is kept.
	centroids []centroid
	count     float64
	min, max  float64
}

// centroid stands for so many values near a mean.
type centroid struct{ mean, weight float64 }

const (
	// compression bounds the centroids; maxExact is the number of values up to which each is kept.
	compression = 1000
	maxExact    = 20 * compression
	// pending is how many values wait to be merged into the centroids.
	pending = 5 * compression
)

func (d *digest) add(f float64) {
	if d.count == 0 {
		d.min, d.max = f, f
	}
	d.count++
	d.min, d.max = min(d.min, f), max(d.max, f)
	d.values = append(d.values, f)
	if len(d.values) >= maxExact || d.centroids != nil && len(d.values) >= pending {
		d.compress()
	}
}

// compress merges the values that were kept into the centroids.
func (d *digest) compress() {
	all := make([]centroid, 0, len(d.centroids)+len(d.values))
	all = append(all, d.centroids...)
	for _, f := range d.values {
		all = append(all, centroid{f, 1})
	}
	d.centroids, d.values = merged(all), make([]float64, 0, pending)
}

// merged joins neighbours as long as they are small for their place: a centroid may cover one unit of the scale function
// k(q) = compression/2π · asin(2q-1), of which many fit at the ends.
func merged(all []centroid) []centroid {
	slices.SortStableFunc(all, func(a, b centroid) int { return cmp.Compare(a.mean, b.mean) })
	total := 0.0
	for _, c := range all {
		total += c.weight
	}
	out := make([]centroid, 0, compression)
	before, limit := 0.0, total*furthest(0)
	for _, c := range all {
		last := len(out) - 1
		if last < 0 || before+out[last].weight+c.weight > limit {
			if last >= 0 {
				before += out[last].weight
				limit = total * furthest(before/total)
			}
			out = append(out, c)
			continue
		}
		weight := out[last].weight + c.weight
		out[last].mean += (c.mean - out[last].mean) * c.weight / weight
		out[last].weight = weight
	}
	return slices.Clip(out)
}

// furthest is the quantile up to which a centroid may reach that begins at another.
func furthest(q float64) float64 {
	const unit = 2 * math.Pi / compression
	angle := math.Asin(2*q-1) + unit
	if angle >= math.Pi/2 {
		return 1
	}
	return (math.Sin(angle) + 1) / 2
}

// quantile is the value that so many per cent of the values lie below, interpolated.
func (d *digest) quantile(percent float64) float64 {
	if d.centroids == nil {
		return percentileOf(d.values, percent)
	}
	if len(d.values) > 0 {
		d.compress()
	}
	return quantileOf(d.centroids, d.min, d.max, percent)
}

// quantileOf interpolates between the middles of centroids, and the least and the greatest value at the ends.
func quantileOf(centroids []centroid, least, greatest, percent float64) float64 {
	total := 0.0
	for _, c := range centroids {
		total += c.weight
	}
	rank := percent / 100 * (total - 1)
	at, value, before := 0.0, least, 0.0
	for _, c := range centroids {
		middle := before + (c.weight-1)/2
		if rank <= middle {
			return between(at, value, middle, c.mean, rank)
		}
		at, value, before = middle, c.mean, before+c.weight
	}
	return between(at, value, total-1, greatest, rank)
}

func between(fromRank, from, toRank, to, rank float64) float64 {
	if toRank <= fromRank {
		return to
	}
	return from + (to-from)*(rank-fromRank)/(toRank-fromRank)
}

// deviation is the median of the distances to the median.
func (d *digest) deviation() float64 {
	if d.centroids == nil {
		return deviation(d.values)
	}
	middle := d.quantile(50)
	distances := make([]centroid, len(d.centroids))
	for i, c := range d.centroids {
		distances[i] = centroid{math.Abs(c.mean - middle), c.weight}
	}
	slices.SortStableFunc(distances, func(a, b centroid) int { return cmp.Compare(a.mean, b.mean) })
	return quantileOf(distances, distances[0].mean, max(middle-d.min, d.max-middle), 50)
}
