package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// cell is one value of any type, outside of a column.
type cell struct {
	whole    int64
	fraction float64
	text     string
}

func cellOf(c *column.Column, at int) cell {
	switch c.Type().Store() {
	case column.Ints:
		return cell{whole: c.Int(at)}
	case column.Doubles:
		return cell{fraction: c.Double(at)}
	}
	return cell{text: c.Text(at)}
}

func (c cell) compare(other cell, t column.Type) int {
	switch {
	case t.Store() == column.Ints:
		return compareOrdered(c.whole, other.whole)
	case t.Store() == column.Doubles:
		return compareOrdered(c.fraction, other.fraction)
	case t == column.Version:
		return column.CompareVersions(c.text, other.text)
	}
	return strings.Compare(c.text, other.text)
}

func (c cell) appendTo(out *column.Builder) {
	switch out.Type().Store() {
	case column.Ints:
		out.Int(c.whole)
	case column.Doubles:
		out.Double(c.fraction)
	case column.Texts:
		out.Text(c.text)
	}
}

// top keeps the greatest or least values of each group, so many, and with an output field the values beside them.
type top struct {
	limit, sign int
	key, kind   column.Type
	groups      [][]ranked
}

type ranked struct{ key, output cell }

// topType is the type of the output field where there is one.
func topType(args []column.Type) column.Type {
	if len(args) > 3 {
		return either(args[3:])
	}
	return either(args[:1])
}

func newTop(site *Site) (Accumulator, error) {
	limit, ok := constantNumberOf(site, 1)
	if !ok || limit <= 0 {
		return nil, &ArgumentError{1, fmt.Sprintf("Limit must be greater than 0 in [TOP], found [%s]", site.Args[1].Text)}
	}
	t := &top{limit: int(limit), sign: 1, key: site.Args[0].Type, kind: site.Type}
	switch order, given := site.ConstantText(2); {
	case strings.EqualFold(order, "desc"):
		t.sign = -1
	case given && !strings.EqualFold(order, "asc"):
		return nil, &ArgumentError{2, fmt.Sprintf("Invalid order value in [TOP], expected [ASC, DESC] but got [%s]", order)}
	}
	return t, nil
}

// Add puts values in their place.
func (t *top) Add(_ *Call, args []*column.Column, members Members) {
	t.groups = grow(t.groups, members.Count)
	for k, group := range members.Groups {
		row := members.Row(k)
		var output cell
		if len(args) > 3 {
			start, end := args[3].Span(row)
			if start == end {
				continue
			}
			output = cellOf(args[3], start)
		}
		start, end := args[0].Span(row)
		for at := start; at < end; at++ {
			entry := ranked{key: cellOf(args[0], at), output: output}
			if len(args) <= 3 {
				entry.output = entry.key
			}
			t.insert(group, entry)
		}
	}
}

// insert keeps the list of a group in order and within the limit; of equal values the earlier one stays in front.
func (t *top) insert(group int32, entry ranked) {
	list := t.groups[group]
	at := len(list)
	for at > 0 && t.sign*entry.key.compare(list[at-1].key, t.key) < 0 {
		at--
	}
	switch {
	case at >= t.limit:
		return
	case len(list) == t.limit:
		list = list[:t.limit-1]
	}
	t.groups[group] = slices.Insert(list, at, entry)
}

// Result gives the values in order.
func (t *top) Result(_ *Call, groups int) *column.Column {
	t.groups = grow(t.groups, groups)
	out := column.NewBuilder(t.kind, groups)
	for _, list := range t.groups[:groups] {
		out.Begin()
		for _, entry := range list {
			entry.output.appendTo(out)
		}
		out.End()
	}
	return out.Build()
}
