package function

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// sizeOf is the memory that a value holds, in bytes: what slices have room for, and all that pointers lead to.
func sizeOf(v reflect.Value, seen map[uintptr]bool) int {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Kind() == reflect.Pointer && seen[v.Pointer()] {
			return 0
		}
		if v.Kind() == reflect.Pointer {
			seen[v.Pointer()] = true
		}
		return int(v.Elem().Type().Size()) + sizeOf(v.Elem(), seen)
	case reflect.Slice:
		size := v.Cap() * int(v.Type().Elem().Size())
		if k := v.Type().Elem().Kind(); k != reflect.Slice && k != reflect.Struct && k != reflect.Pointer && k != reflect.Interface && k != reflect.String {
			return size
		}
		for i := range v.Len() {
			size += sizeOf(v.Index(i), seen)
		}
		return size
	case reflect.String:
		return v.Len()
	case reflect.Struct:
		size := 0
		for i := range v.NumField() {
			size += sizeOf(v.Field(i), seen)
		}
		return size
	case reflect.Map:
		size := v.Len() * int(v.Type().Key().Size()+v.Type().Elem().Size())
		for iter := v.MapRange(); iter.Next(); {
			size += sizeOf(iter.Key(), seen) + sizeOf(iter.Value(), seen)
		}
		return size
	}
	return 0
}

// feeder gives an aggregate rows of three groups, every value a new one unless the values are what it keeps.
type feeder struct {
	f    *Function
	acc  Accumulator
	args []Argument
	row  int64
}

func newFeeder(t *testing.T, f *Function) *feeder {
	t.Helper()
	n := &feeder{f: f}
	constants := map[string]*column.Column{"percentile": i(90), "limit": i(5)}
	for _, p := range f.Params {
		if !p.Optional {
			c := constants[p.Name]
			kind := column.Long
			if c != nil {
				kind = c.Type()
			}
			n.args = append(n.args, Argument{Type: kind, Text: p.Name, Value: c})
		}
	}
	if f.Implied != "" {
		n.args = append(n.args, Argument{Type: column.Date, Text: f.Implied})
	}
	kind, err := f.Check("call", n.args[:len(f.Params)-countOptional(f)])
	if err == nil {
		n.acc, err = f.Aggregate(&Site{Args: n.args, Type: kind, Env: environment()})
	}
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return n
}

func countOptional(f *Function) int {
	n := 0
	for _, p := range f.Params {
		if p.Optional {
			n++
		}
	}
	return n
}

func (n *feeder) feed(rows int) {
	const batch = 1000
	for range rows / batch {
		var args []*column.Column
		for _, a := range n.args {
			if a.Value != nil {
				args = append(args, column.Repeat(a.Value, 0, batch))
				continue
			}
			values := make([]int64, batch)
			for k := range values {
				values[k] = n.row + int64(k)
				if n.f.Name == "VALUES" {
					values[k] %= 50
				}
			}
			args = append(args, column.OfInts(a.Type, values))
		}
		groups := make([]int32, batch)
		for k := range groups {
			groups[k] = int32(k % 3)
		}
		n.acc.Add(&Call{}, args, Members{Groups: groups, Count: 3})
		n.row += batch
	}
}

// The state of every aggregate grows with the groups, not with the rows.
func TestStateDoesNotGrowWithRows(t *testing.T) {
	const limit = 2 << 20 // three groups
	tested := 0
	for _, f := range All() {
		if f.Kind != Aggregate || f.Aggregate == nil {
			continue
		}
		tested++
		n := newFeeder(t, f)
		n.feed(100_000)
		before := sizeOf(reflect.ValueOf(n.acc), map[uintptr]bool{})
		n.feed(300_000)
		after := sizeOf(reflect.ValueOf(n.acc), map[uintptr]bool{})
		if before == 0 || after > before+before/4 || after > limit {
			t.Errorf("%s: %d bytes after 100,000 rows, %d after 400,000", f.Name, before, after)
		}
	}
	if tested < 20 {
		t.Errorf("only %d aggregates", tested)
	}
}

// Few values are exact; of many, the estimate lies near the truth, and nearest at the ends.
func TestDigest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, count := range []int{1, 2, 7, maxExact - 1, maxExact, 300_000} {
		for name, draw := range map[string]func() float64{
			"even": random.Float64, "skewed": random.ExpFloat64, "normal": random.NormFloat64, "few values": func() float64 { return float64(random.IntN(4)) },
		} {
			d, values := &digest{}, make([]float64, count)
			for k := range values {
				values[k] = draw()
				d.add(values[k])
			}
			slices.Sort(values)
			for _, percent := range []float64{0, 0.1, 1, 25, 50, 90, 99, 99.9, 100} {
				got, want := d.quantile(percent), percentileOf(slices.Clone(values), percent)
				if got == want {
					continue
				}
				tolerance := 0.0002 + 0.007*math.Min(percent, 100-percent)/50 // of the ranks
				low := values[max(0, int((percent/100-tolerance)*float64(count)))]
				high := values[min(count-1, int((percent/100+tolerance)*float64(count))+1)]
				if count < maxExact || got < low || got > high {
					t.Errorf("%d %s values, %v %%: %v, want %v", count, name, percent, got, want)
				}
			}
			if got, want := d.deviation(), deviation(slices.Clone(values)); name != "few values" && math.Abs(got-want) > 0.02*math.Max(want, 0.01) {
				t.Errorf("%d %s values: deviation %v, want %v", count, name, got, want)
			}
		}
	}
}

// A count is exact up to the precision, and near it above; two groups do not disturb each other.
func TestDistinctCountIsNearTheTruth(t *testing.T) {
	for _, c := range []struct {
		precision, distinct int
		exact               bool
		tolerance           float64
	}{
		{3000, 3072, true, 0}, {3000, 3073, false, 0.02}, {3000, 100_000, false, 0.03}, {3000, 1_000_000, false, 0.03},
		{100, 100, true, 0}, {100, 10_000, false, 0.2}, {40_000, 40_000, true, 0}, {1_000_000, 40_000, true, 0}, {0, 3, true, 0},
	} {
		for _, kind := range []column.Type{column.Long, column.Keyword} {
			acc, err := countDistinct(&Site{Args: []Argument{{Type: kind}, {Type: column.Integer, Value: i(int64(c.precision))}}})
			if err != nil {
				t.Fatal(err)
			}
			for from := 0; from < c.distinct; from += 1000 {
				out := column.NewBuilder(kind, 0)
				var members Members
				for n := from; n < min(from+1000, c.distinct); n++ {
					for range 2 { // every value comes twice
						if kind == column.Long {
							out.Int(int64(n))
						} else {
							out.Text(fmt.Sprint("user-", n))
						}
						members.Groups = append(members.Groups, 0)
					}
				}
				if kind == column.Long {
					out.Int(0)
				} else {
					out.Text("user-0")
				}
				members.Groups, members.Count = append(members.Groups, 1), 2
				acc.Add(nil, []*column.Column{out.Build()}, members)
			}
			got := acc.Result(nil, 2)
			if off := math.Abs(float64(got.Int(0)) - float64(c.distinct)); c.exact && off != 0 || off > c.tolerance*float64(c.distinct) {
				t.Errorf("precision %d, %s: %d different values are %d", c.precision, kind, c.distinct, got.Int(0))
			}
			if got.Int(1) != 1 {
				t.Errorf("precision %d, %s: the other group has %d", c.precision, kind, got.Int(1))
			}
		}
	}
}
