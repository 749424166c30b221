package field

import (
	"slices"
	"strings"
)

// Change is a field that differs between two states of a catalog, in words; "" is a state without the field.
type Change struct{ Name, Before, After string }

// Difference is what differs between two states of a catalog, sorted by name.
type Difference struct {
	// NewStreams and GoneStreams are data streams that only one of the states has. A field counts as changed by what it is
	// in the streams that both have.
	NewStreams, GoneStreams []string
	Fields                  []Change
}

// Compare tells how a catalog came from one state to another. Without a state before, everything is new.
func Compare(before, after *Compact) Difference {
	if before == nil {
		before = &Compact{}
	}
	var d Difference
	old, current := streamNames(before), streamNames(after)
	shared := func(name string) bool { return slices.Contains(old, name) && slices.Contains(current, name) }
	d.NewStreams = slices.DeleteFunc(slices.Clone(current), shared)
	d.GoneStreams = slices.DeleteFunc(slices.Clone(old), shared)
	was, is := before.described(shared), after.described(shared)
	allBefore, allAfter := before.described(nil), after.described(nil)
	for _, name := range keys(allBefore, allAfter) {
		switch {
		case allBefore[name] == "":
			d.Fields = append(d.Fields, Change{name, "", allAfter[name]})
		case allAfter[name] == "":
			d.Fields = append(d.Fields, Change{name, allBefore[name], ""})
		case was[name] != is[name]:
			d.Fields = append(d.Fields, Change{name, was[name], is[name]})
		}
	}
	return d
}

func streamNames(c *Compact) []string {
	var list []string
	for _, s := range c.Streams {
		list = append(list, s.Name)
	}
	slices.Sort(list)
	return list
}

func keys(tables ...map[string]string) []string {
	var list []string
	for _, table := range tables {
		for name := range table {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// described are the fields of some streams, or of all of them, with what the catalog says of each.
func (c *Compact) described(wanted func(stream string) bool) map[string]string {
	var streams []int
	for i, s := range c.Streams {
		if wanted == nil || wanted(s.Name) {
			streams = append(streams, i)
		}
	}
	fields := map[string]string{}
	for line := range strings.Lines(c.body) {
		columns := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
		var in []string
		for _, i := range streams {
			if c.holds(columns, i) {
				in = append(in, c.Streams[i].Name)
			}
		}
		if len(in) == 0 {
			continue
		}
		text := strings.TrimSpace(strings.Join(columns[1:min(len(columns), 3)], " "))
		if len(in) < len(streams) {
			text += " in " + strings.Join(in, " ")
		}
		if before := fields[columns[0]]; before != "" {
			text = before + ", " + text
		}
		fields[columns[0]] = text
	}
	return fields
}
