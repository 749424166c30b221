package field

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const compactTitle = "# Fields by data stream, written by tocsin fields: name, type, options, streams (empty: all"

// CompactText is the text of a catalog: the same bytes for the same fields.
func CompactText(h Header, fields []StreamField) string {
	var b strings.Builder
	b.WriteString(compactTitle)
	if h.Source == FromEnvironment {
		b.WriteString("; else their numbers")
	}
	b.WriteString(").\n")
	fmt.Fprintf(&b, "# %s\n", strings.TrimSpace(h.Source+" "+h.Title+" "+h.Version))
	if h.Kibana != "" {
		fmt.Fprintf(&b, "# kibana %s\n", h.Kibana)
	}
	for _, t := range h.Templates {
		fmt.Fprintf(&b, "# template %s\n", t)
	}
	for _, s := range h.Streams {
		fmt.Fprintf(&b, "# stream %s %s\n", s.Name, s.Index)
	}
	lines := make([]string, 0, len(fields))
	for _, f := range merged(fields) {
		lines = append(lines, strings.TrimRight(f.Name+"\t"+f.Type.String()+"\t"+options(f.Mapping)+"\t"+h.streams(f.Streams), "\t"))
	}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// merged joins fields that are the same in several streams.
func merged(fields []StreamField) []StreamField {
	at := map[Mapping]int{}
	var list []StreamField
	for _, f := range fields {
		if i, ok := at[f.Mapping]; ok {
			list[i].Streams = append(list[i].Streams, f.Streams...)
			continue
		}
		at[f.Mapping] = len(list)
		list = append(list, StreamField{f.Mapping, slices.Clone(f.Streams)})
	}
	return list
}

// streams is how a line says which streams it is about.
func (h Header) streams(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	switch {
	case len(names) == len(h.Streams):
		return ""
	case h.Source == FromPackage:
		return strings.Join(names, " ")
	}
	var ranges []string
	from := 0
	for i := range len(h.Streams) + 1 {
		inside := i < len(h.Streams) && slices.Contains(names, h.Streams[i].Name)
		switch {
		case inside && from == 0:
			from = i + 1
		case !inside && from == i && from > 0:
			ranges, from = append(ranges, strconv.Itoa(i)), 0
		case !inside && from > 0:
			ranges, from = append(ranges, fmt.Sprintf("%d-%d", from, i)), 0
		}
	}
	return strings.Join(ranges, " ")
}

// options are what a mapping says beside the type, in words that have no space in them.
func options(m Mapping) string {
	var list []string
	add := func(key, value string) {
		if value != "" {
			list = append(list, key+"="+value)
		}
	}
	if m.Path != m.Name {
		add("path", m.Path)
	}
	add("analyzer", m.Analyzer)
	add("normalizer", m.Normalizer)
	if m.IgnoreAbove > 0 {
		add("ignore_above", strconv.Itoa(m.IgnoreAbove))
	}
	if m.Array {
		list = append(list, "array")
	}
	if m.Runtime {
		list = append(list, "runtime")
	}
	return strings.Join(list, " ")
}
