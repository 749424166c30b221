package report

import (
	"io"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// SpaceDiff is how one space differs from another.
type SpaceDiff struct {
	From    publish.Target   `json:"from"`
	To      publish.Target   `json:"to"`
	Changes []publish.Change `json:"changes"`
}

// Diff writes how two spaces differ.
func Diff(w io.Writer, d SpaceDiff, style Style) error {
	p := newPrinter(style)
	p.printf("%s -> %s\n", p.bold.Render(clean(placeName(d.From))), p.bold.Render(clean(placeName(d.To))))
	count := map[publish.Action]int{}
	for _, c := range d.Changes {
		count[c.Action]++
		sign := map[publish.Action]string{publish.Create: p.green.Render("+"), publish.Update: p.yellow.Render("~"), publish.Delete: p.red.Render("-")}[c.Action]
		p.printf("%s %s  %s\n", sign, p.bold.Render(clean(c.Name)), p.faint.Render(clean(c.ID)))
		for _, f := range c.Fields {
			p.fieldChange(f)
		}
	}
	if len(d.Changes) == 0 {
		p.printf("%s\n", p.green.Render("The spaces hold the same rules."))
	} else {
		p.printf("%d only in the first, %d only in the second, %d differ.\n", count[publish.Delete], count[publish.Create], count[publish.Update])
	}
	return p.flush(w)
}

// DiffJSON writes how two spaces differ as JSON.
func DiffJSON(w io.Writer, d SpaceDiff) error {
	if d.Changes == nil {
		d.Changes = []publish.Change{}
	}
	return writeJSON(w, d)
}
