package filter

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// maxCombinations bounds the combinations of values that a script is tried with. Elasticsearch has no such bound; no
// real event comes near it.
const maxCombinations = 100_000

// Script is a condition that computes: it holds if its function gives true for any combination of the values of its
// fields. A field without a value takes part as null (Elasticsearch: EQL's script filters).
type Script struct {
	Fields []field.Mapping
	Source Clause
	slots  []int
	eval   func([]value.Datum) value.Datum
}

// NewScript makes a script over some fields. Eval gets one value of each field, in their order, and must keep neither
// the slice nor change it.
func (b *Builder) NewScript(fields []field.Mapping, c Clause, eval func([]value.Datum) value.Datum) *Script {
	s := &Script{Fields: fields, Source: c, eval: eval}
	for _, m := range fields {
		s.slots = append(s.slots, b.Layout.slotFor(m))
	}
	return s
}

// Clause is what the condition was written as.
func (s *Script) Clause() Clause { return s.Source }

// Match tells whether the function is true for some combination of values.
func (s *Script) Match(r *Record) bool {
	var space [4]value.Datum
	args := space[:0]
	if len(s.slots) > len(space) {
		args = make([]value.Datum, 0, len(s.slots))
	}
	left := maxCombinations
	return s.try(r, args, &left)
}

func (s *Script) try(r *Record, args []value.Datum, left *int) bool {
	i := len(args)
	if i == len(s.slots) {
		*left--
		return s.eval(args).IsTrue()
	}
	values := r.values[s.slots[i]]
	if len(values) == 0 {
		return s.try(r, append(args, value.Datum{}), left)
	}
	for k := range values {
		if *left <= 0 {
			return false
		}
		if s.try(r, append(args, DatumOf(s.Fields[i].Type, values[k])), left) {
			return true
		}
	}
	return false
}

// Getter reads the values of a field from records.
type Getter struct {
	slot int
	kind field.Type
}

// Getter makes a reader of a field's values.
func (b *Builder) Getter(m field.Mapping) Getter { return Getter{b.Layout.slotFor(m), m.Type} }

// Values appends the field's values to a list.
func (g Getter) Values(list []value.Datum, r *Record) []value.Datum {
	for _, v := range r.values[g.slot] {
		list = append(list, DatumOf(g.kind, v))
	}
	return list
}

// DatumOf turns an indexed value of a field into one to compute with: numbers, booleans and texts; addresses and dates
// are texts.
func DatumOf(kind field.Type, v Value) value.Datum {
	switch {
	case kind == field.UnsignedLong:
		return value.OfString(strconv.FormatUint(uint64(v.Bits)^1<<63, 10))
	case kind.IsWhole():
		return value.OfLong(v.Bits)
	case kind.IsFraction():
		return value.OfDouble(value.Float(v.Bits))
	case kind == field.Boolean:
		return value.OfBool(v.Bits == 1)
	case kind == field.Date:
		return value.OfString(time.UnixMilli(v.Bits).UTC().Format("2006-01-02T15:04:05.000Z"))
	case kind == field.DateNanos:
		return value.OfString(time.Unix(0, v.Bits).UTC().Format(time.RFC3339Nano))
	case kind == field.IP && len(v.Text) == 16:
		return value.OfString(netip.AddrFrom16([16]byte([]byte(v.Text))).Unmap().String())
	}
	return value.OfString(v.Text)
}

// Indexed are the field's values of a record in the form in which they are indexed, which orders them. The caller must not
// change them; they hold until the record is bound again.
func (g Getter) Indexed(r *Record) []Value { return r.values[g.slot] }
