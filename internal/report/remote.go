package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/parity"
)

// RemotePreview is what Kibana's preview of a rule gave.
type RemotePreview struct {
	Rule   string    `json:"rule"`
	Kibana string    `json:"kibana"`
	Runs   int       `json:"runs"`
	End    time.Time `json:"end"`
	// Errors and Warnings are what Kibana notes on the runs.
	Errors   []string `json:"errors,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	// Aborted tells that Kibana stopped before the last run.
	Aborted bool             `json:"aborted,omitempty"`
	Alerts  []map[string]any `json:"alerts"`
	// Undecided says why there is no local verdict to compare with; Comparison is nil when none was wanted.
	Undecided  string             `json:"undecided,omitempty"`
	Comparison *parity.Comparison `json:"comparison,omitempty"`
}

// Failed tells whether the preview failed or differs from the local verdict.
func (r RemotePreview) Failed() bool {
	return len(r.Errors) > 0 || r.Aborted || r.Undecided != "" || r.Comparison != nil && !r.Comparison.Agree()
}

// Remote writes Kibana's preview: its alerts or the comparison, and what Kibana noted.
func Remote(w io.Writer, r RemotePreview, style Style) error {
	p := newPrinter(style)
	p.printf("%s  %s by %s\n", p.bold.Render(clean(r.Rule)), plural(len(r.Alerts), "alert document"), clean(r.Kibana))
	p.printf("%s\n", p.faint.Render(fmt.Sprintf("%s, the last at %s", plural(r.Runs, "run"), r.End.Format(time.RFC3339))))
	switch {
	case r.Undecided != "":
		p.printf("%s\n", p.yellow.Render("no verdict here to compare with: "+clean(r.Undecided)))
	case r.Comparison != nil:
		p.comparison(*r.Comparison)
	default:
		var names []string
		for _, a := range r.Alerts {
			names = append(names, parity.Name(a))
		}
		slices.Sort(names)
		for _, name := range names {
			p.printf("  %s\n", shorten(clean(name), p.style.Width-2))
		}
	}
	for _, text := range r.Errors {
		p.printf("%s %s\n", p.red.Render("kibana fails:"), clean(text))
	}
	for _, text := range r.Warnings {
		p.printf("%s %s\n", p.yellow.Render("kibana warns:"), clean(text))
	}
	if r.Aborted {
		p.printf("%s\n", p.red.Render("kibana stopped after a minute, before the last run: ask for fewer runs"))
	}
	return p.flush(w)
}

func (p *printer) comparison(c parity.Comparison) {
	for _, name := range c.OnlyHere {
		p.printf("  %s only here: %s\n", p.yellow.Render("+"), clean(name))
	}
	for _, name := range c.OnlyThere {
		p.printf("  %s only in Kibana: %s\n", p.yellow.Render("-"), clean(name))
	}
	for _, d := range c.Different {
		p.printf("  %s %s: %s is %s here, %s in Kibana\n", p.yellow.Render("~"), clean(d.Alert), d.Field, clean(d.Here), clean(d.There))
	}
	text := fmt.Sprintf("%s here, %d in Kibana: ", plural(c.Here, "alert"), c.There)
	if c.Agree() {
		p.printf("%s\n", p.green.Render(text+"the verdicts agree."))
	} else {
		p.printf("%s\n", p.red.Render(text+"the verdicts differ."))
	}
}

// RemotePreviewJSON writes Kibana's preview as JSON.
func RemotePreviewJSON(w io.Writer, r RemotePreview) error { return writeJSON(w, r) }
