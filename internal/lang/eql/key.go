package eql

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// keyReader reads the join keys of a step.
type keyReader []keyField

type keyField struct {
	name     string
	family   family
	optional bool
	// unmapped is null in every event.
	unmapped bool
	values   filter.Getter
	at       Expr
}

func (c *compiler) keyReader(keys []Expr) keyReader {
	var reader keyReader
	for _, e := range keys {
		f, isField := e.(*Field)
		if !isField {
			c.fail(e.Span(), "eql-key", "a join key is a field", "")
			continue
		}
		r := c.resolve(f)
		if !r.ok {
			continue
		}
		k := keyField{name: f.Name, family: familyOf(r.Type), optional: f.Optional, unmapped: r.unmapped, at: e}
		if r.Origin == "assumed" {
			k.family = unknownFamily
		}
		if !r.unmapped {
			k.values = c.Builder.Getter(r.Mapping)
		}
		reader = append(reader, k)
	}
	return reader
}

// checkKeyTypes refuses keys that can never be equal: those of different families at the same place.
func (c *compiler) checkKeyTypes(p *Program) {
	steps := p.steps
	if p.until != nil {
		steps = append(slices.Clone(steps), *p.until)
	}
	for _, s := range steps[min(1, len(steps)):] {
		for i := range min(len(s.keys), len(steps[0].keys)) {
			a, b := steps[0].keys[i], s.keys[i]
			if a.family != b.family && a.family != unknownFamily && b.family != unknownFamily {
				c.fail(b.at.Span(), "eql-key", fmt.Sprintf("the key `%s` is %s, and `%s` of the first event is %s", b.name, b.family, a.name, a.family), "")
			}
		}
	}
}

// read calls each with every combination of the event's keys in an encoded form, valid during the call; several values
// of a field make several combinations. An event without a value of a key that is not optional has none.
func (k keyReader) read(r *filter.Record, buffer []byte, each func(key []byte)) {
	if len(k) == 0 {
		each(buffer)
		return
	}
	var space [8]value.Datum
	values := space[:0]
	if !k[0].unmapped {
		values = k[0].values.Values(values, r)
	}
	if len(values) == 0 {
		if k[0].optional {
			k[1:].read(r, encode(buffer, value.Datum{}), each)
		}
		return
	}
	for i, v := range values {
		if !slices.Contains(values[:i], v) {
			k[1:].read(r, encode(buffer, v), each)
		}
	}
}

// encode appends a value so that different lists of values never have the same bytes. Numbers of all types are equal
// when their values are.
func encode(buffer []byte, v value.Datum) []byte {
	buffer = append(buffer, byte(v.Kind))
	switch v.Kind {
	case value.Null:
		return buffer
	case value.Bool:
		return append(buffer, byte(v.Int))
	case value.Long:
		return binary.BigEndian.AppendUint64(buffer, uint64(v.Int)^1<<63)
	case value.Double:
		if whole := math.Trunc(v.F); whole == v.F && math.Abs(whole) < 1<<62 {
			buffer[len(buffer)-1] = byte(value.Long)
			return binary.BigEndian.AppendUint64(buffer, uint64(int64(whole))^1<<63)
		}
		return binary.BigEndian.AppendUint64(buffer, uint64(value.FloatBits(v.F))^1<<63)
	}
	// A text ends with two zero bytes; a zero byte within it is followed by a one, so that the order of texts stays.
	for i := range len(v.Str) {
		buffer = append(buffer, v.Str[i])
		if v.Str[i] == 0 {
			buffer = append(buffer, 1)
		}
	}
	return append(buffer, 0, 0)
}

// texts are the key values of an event, for people.
func (k keyReader) texts(r *filter.Record) []string {
	out := make([]string, len(k))
	for i, f := range k {
		var values []value.Datum
		if !f.unmapped {
			values = f.values.Values(nil, r)
		}
		out[i] = f.name + " is missing"
		if len(values) > 0 {
			out[i] = f.name + " is " + quoted(values[0])
		}
	}
	return out
}

func number(s event.Scalar) (float64, bool) {
	if s.Kind != event.Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(s.Text, 64)
	return f, err == nil
}
