package function

import (
	"math"
	"math/bits"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// sketch estimates how many different values it has seen, in bounded space: HyperLogLog with registers of a byte, and
// Ertl's estimator, which needs no tables to correct it.
type sketch struct {
	registers []uint8
	precision uint8
}

func newSketch(precision uint8) *sketch {
	return &sketch{make([]uint8, 1<<precision), precision}
}

// add takes a value by its hash.
func (s *sketch) add(hash uint64) {
	register := hash >> (64 - s.precision)
	rest := hash<<s.precision | 1<<(s.precision-1)
	s.registers[register] = max(s.registers[register], uint8(bits.LeadingZeros64(rest)+1))
}

func (s *sketch) estimate() int64 {
	most := 64 - int(s.precision)
	counts := make([]float64, most+2)
	for _, r := range s.registers {
		counts[r]++
	}
	m := float64(len(s.registers))
	z := m * tau(1-counts[most+1]/m)
	for k := most; k >= 1; k-- {
		z = (z + counts[k]) / 2
	}
	z += m * sigma(counts[0]/m)
	return int64(math.Round(m * m / (2 * math.Ln2 * z)))
}

// sigma and tau are the corrections for registers that are empty, and for those that are full (Ertl, New cardinality
// estimation algorithms for HyperLogLog sketches).
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	sum, y := x, 1.0
	for before := -1.0; before != sum; {
		x *= x
		before = sum
		sum += x * y
		y += y
	}
	return sum
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	sum, y := 1-x, 1.0
	for before := -1.0; before != sum; {
		x = math.Sqrt(x)
		before = sum
		y /= 2
		sum -= (1 - x) * (1 - x) * y
	}
	return sum / 3
}

// hashOf is the hash of a value at a position; it is the same in every run.
func hashOf(c *column.Column, at int) uint64 {
	if c.Type().Store() == column.Texts {
		return textHash(c.Text(at))
	}
	return scatter(wordOf(c, at))
}

func textHash(text string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	for i := range len(text) {
		hash = (hash ^ uint64(text[i])) * prime
	}
	return scatter(hash)
}

// wordOf is a value that is no text, as a word; both zeros are one.
func wordOf(c *column.Column, at int) uint64 {
	if c.Type().Store() == column.Ints {
		return uint64(c.Int(at))
	}
	f := c.Double(at)
	if f == 0 {
		f = 0
	}
	return math.Float64bits(f)
}

// scatter spreads the bits of a word evenly.
func scatter(word uint64) uint64 {
	word += 0x9e3779b97f4a7c15
	word = (word ^ word>>30) * 0xbf58476d1ce4e5b9
	word = (word ^ word>>27) * 0x94d049bb133111eb
	return word ^ word>>31
}
