package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tocsin-rules/tocsin/internal/event"
)

// Matches writes events as they were read, one a line.
func Matches(w io.Writer, docs []*event.Document, matched []int) error {
	var out bytes.Buffer
	for _, i := range matched {
		if err := json.Compact(&out, []byte(docs[i].JSON())); err != nil {
			return fmt.Errorf("event %s: %w", docs[i].Name(i), err)
		}
		out.WriteByte('\n')
	}
	_, err := out.WriteTo(w)
	return err
}

// MatchesJSON writes {"events": [...]}: the names of the events that a query matched.
func MatchesJSON(w io.Writer, docs []*event.Document, matched []int) error {
	names := make([]string, len(matched))
	for k, i := range matched {
		names[k] = docs[i].Name(i)
	}
	return writeJSON(w, struct {
		Events []string `json:"events"`
	}{names})
}

// Sequences writes the sequences or samples that a query found, the events of each as they were read. A place of -1 is an
// event that had to be missing.
func Sequences(w io.Writer, docs []*event.Document, groups [][]int, style Style) error {
	p := newPrinter(style)
	for n, group := range groups {
		p.printf("%s\n", p.bold.Render(fmt.Sprintf("sequence %d", n+1)))
		for _, i := range group {
			if i < 0 {
				p.printf("  %s\n", p.faint.Render("(missing, as it must be)"))
				continue
			}
			var line bytes.Buffer
			if err := json.Compact(&line, []byte(docs[i].JSON())); err != nil {
				return fmt.Errorf("event %s: %w", docs[i].Name(i), err)
			}
			p.printf("  %s\n", line.String())
		}
	}
	return p.flush(w)
}

// SequencesJSON writes {"sequences": [["name", null, ...], ...]}, with null for an event that had to be missing.
func SequencesJSON(w io.Writer, docs []*event.Document, groups [][]int) error {
	out := make([][]*string, len(groups))
	for n, group := range groups {
		out[n] = make([]*string, len(group))
		for k, i := range group {
			if i >= 0 {
				name := docs[i].Name(i)
				out[n][k] = &name
			}
		}
	}
	return writeJSON(w, struct {
		Sequences [][]*string `json:"sequences"`
	}{out})
}
