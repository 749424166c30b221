package exception

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// ValueList is a long list of values that entries of type list ask for. Its values stand in a text file of their own,
// one a line.
type ValueList struct {
	ID, Name, Description string
	// Type is the Elasticsearch type of the values: keyword, ip, ip_range and others.
	Type string
	// File is the name of the file relative to the folder of exceptions.
	File string
	// Values are read by the caller with ReadValues; nil until then.
	Values           *Values
	Place, FilePlace diag.Place
}

// Values are the values of a value list, without blanks and repetitions.
type Values struct {
	kind string
	// lines are the values as they were written, in order.
	lines []string
	texts map[string]struct{}
	// ranges are sorted by their first address and do not overlap.
	ranges []match.Block
	dashes int
}

// ReadValues reads the values of a list of some type from a text: one a line, blank lines left out. A line that the type
// cannot hold is an error with its place; the others are read all the same.
func ReadValues(kind string, file *source.File) (*Values, diag.List) {
	v := &Values{kind: kind}
	var problems diag.List
	start := 0
	for line := range strings.Lines(file.Text()) {
		text := strings.TrimSpace(line)
		if text != "" {
			if err := v.add(text); err != nil {
				at := start + strings.Index(line, text)
				problems = append(problems, diag.Diagnostic{
					Name: "value-list", Severity: diag.Error, Message: err.Error(),
					Subject: diag.Place{File: file, Span: source.Span{Start: at, End: at + len(text)}},
				})
			}
		}
		start += len(line)
	}
	v.finish()
	return v, problems
}

func (v *Values) add(text string) error {
	if !v.hasAddresses() {
		if v.texts == nil {
			v.texts = map[string]struct{}{}
		}
		if _, seen := v.texts[text]; !seen {
			v.texts[text] = struct{}{}
			v.lines = append(v.lines, text)
		}
		return nil
	}
	block, dash, err := parseRange(text)
	switch {
	case err != nil:
		return err
	case v.kind == "ip" && (dash || strings.Contains(text, "/")):
		return fmt.Errorf("%q is a range, and the list is of type ip: lists of ranges are of type ip_range", text)
	case dash:
		v.dashes++
	}
	v.lines = append(v.lines, text)
	v.ranges = append(v.ranges, block)
	return nil
}

func (v *Values) hasAddresses() bool { return v.kind == "ip" || v.kind == "ip_range" }

// parseRange reads an address, a CIDR block, or two addresses with a dash between them.
func parseRange(text string) (block match.Block, dash bool, err error) {
	low, high, dash := strings.Cut(text, "-")
	if !dash {
		block, err = match.ParseBlock(text)
		return block, false, err
	}
	first, okFirst := match.ParseAddress(strings.TrimSpace(low))
	last, okLast := match.ParseAddress(strings.TrimSpace(high))
	if !okFirst || !okLast || string(first[:]) > string(last[:]) {
		return block, true, fmt.Errorf("%q is not a range of addresses such as 10.0.0.1-10.0.0.9", text)
	}
	return match.Block{First: first, Last: last}, true, nil
}

// finish sorts the ranges and joins those that overlap, so that a look-up is a binary search.
func (v *Values) finish() {
	slices.SortFunc(v.ranges, func(a, b match.Block) int { return strings.Compare(string(a.First[:]), string(b.First[:])) })
	joined := v.ranges[:0]
	for _, r := range v.ranges {
		if n := len(joined); n > 0 && joined[n-1].Holds(r.First) {
			if string(r.Last[:]) > string(joined[n-1].Last[:]) {
				joined[n-1].Last = r.Last
			}
			continue
		}
		joined = append(joined, r)
	}
	v.ranges = joined
}

// Len is the number of values.
func (v *Values) Len() int { return len(v.lines) }

// Lines are the values as they were written, in order. The caller must not change them.
func (v *Values) Lines() []string { return v.lines }

// Holds tells whether the list has a value: an address by the ranges of the list, anything else by its text.
func (v *Values) Holds(text string) bool {
	if !v.hasAddresses() {
		_, ok := v.texts[text]
		return ok
	}
	address, ok := match.ParseAddress(text)
	if !ok {
		return false
	}
	i, found := slices.BinarySearchFunc(v.ranges, address, func(r match.Block, a match.Address) int {
		return strings.Compare(string(r.First[:]), string(a[:]))
	})
	return found || i > 0 && v.ranges[i-1].Holds(address)
}
