package tomltext

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Edit makes fixes in a text and tells how many it made. The edits of one fix belong together: all are made, or none when one of
// them touches what an earlier fix has changed. Every other byte stays as it is.
func Edit(text string, fixes [][]diag.Edit) (string, int) {
	var made []diag.Edit
	count := 0
	for _, fix := range fixes {
		free := func(e diag.Edit) bool {
			return !slices.ContainsFunc(made, func(m diag.Edit) bool { return overlap(m, e) })
		}
		if len(fix) == 0 || !slices.ContainsFunc(fix, func(e diag.Edit) bool { return !free(e) }) {
			made = append(made, fix...)
			count += min(len(fix), 1)
		}
	}
	slices.SortStableFunc(made, func(a, b diag.Edit) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	var b strings.Builder
	at := 0
	for _, e := range made {
		b.WriteString(text[at:e.Span.Start])
		b.WriteString(e.Text)
		at = e.Span.End
	}
	b.WriteString(text[at:])
	return b.String(), count
}

// overlap tells whether two edits change the same bytes, or insert at the same place.
func overlap(a, b diag.Edit) bool {
	if a.Span == b.Span {
		return true
	}
	return a.Span.Start < b.Span.End && b.Span.Start < a.Span.End
}
