package report

import (
	"fmt"
	"io"

	"github.com/tocsin-rules/tocsin/internal/doctor"
)

// Examination is what a doctor found of one Kibana.
type Examination struct {
	URL      string           `json:"url"`
	Space    string           `json:"space"`
	Findings []doctor.Finding `json:"findings"`
}

// Count is the number of findings of a level.
func (e Examination) Count(level doctor.Level) int {
	n := 0
	for _, f := range e.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// Doctor writes an examination: a line a finding, below it what it breaks and the way out, and a summary.
func Doctor(w io.Writer, e Examination, style Style) error {
	p := newPrinter(style)
	p.printf("%s, space %s\n\n", p.bold.Render(clean(e.URL)), clean(e.Space))
	for _, f := range e.Findings {
		p.finding(f)
	}
	bad, doubtful := e.Count(doctor.Error), e.Count(doctor.Warning)
	text := fmt.Sprintf("%s, %s, %d fine.", plural(bad, "error"), plural(doubtful, "warning"), e.Count(doctor.Fine))
	switch {
	case bad > 0:
		text = p.red.Render(text)
	case doubtful > 0:
		text = p.yellow.Render(text)
	default:
		text = p.green.Render(text)
	}
	p.printf("\n%s\n", text)
	return p.flush(w)
}

func (p *printer) finding(f doctor.Finding) {
	sign := map[doctor.Level]string{
		doctor.Fine: p.green.Render("ok     "), doctor.Skipped: p.faint.Render("skipped"),
		doctor.Warning: p.yellow.Render("warning"), doctor.Error: p.red.Render("error  "),
	}[f.Level]
	const indent = 26
	for i, line := range wrap(clean(f.Message), p.style.Width-indent) {
		if i == 0 {
			p.printf("%s %-17s %s\n", sign, f.Check, line)
		} else {
			p.printf("%*s%s\n", indent, "", line)
		}
	}
	for _, more := range []struct{ label, text string }{{"breaks: ", f.Breaks}, {"way out: ", f.Help}} {
		if more.text == "" {
			continue
		}
		for i, line := range wrap(clean(more.text), p.style.Width-indent-len(more.label)) {
			label := more.label
			if i > 0 {
				label = fmt.Sprintf("%*s", len(label), "")
			}
			p.printf("%*s%s%s\n", indent, "", p.faint.Render(label), line)
		}
	}
}

// DoctorJSON writes an examination as JSON.
func DoctorJSON(w io.Writer, e Examination) error { return writeJSON(w, e) }
