package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// Plan writes what a plan would change, one line a rule with the fields below it, and a summary. Rules that stay as
// they are only count.
func Plan(w io.Writer, plan publish.Plan, style Style) error {
	p := newPrinter(style)
	for _, c := range plan.Changes {
		if c.Action != publish.None {
			p.change(c)
		}
	}
	p.planSummary(plan)
	return p.flush(w)
}

// PlanJSON writes the plan as JSON.
func PlanJSON(w io.Writer, plan publish.Plan) error { return writeJSON(w, plan) }

func (p *printer) change(c publish.Change) {
	sign, word := p.blue.Render("?"), string(c.Action)
	switch c.Action {
	case publish.Create:
		sign = p.green.Render("+")
	case publish.Update:
		sign = p.yellow.Render("~")
	case publish.Refuse:
		sign = p.red.Render("!")
	}
	p.printf("%s %s %s  %s\n", sign, word, p.bold.Render(clean(c.Name)), p.faint.Render(clean(c.Source)))
	if c.Reason != "" {
		p.printf("    %s\n", clean(c.Reason))
	}
	for _, f := range c.Fields {
		p.fieldChange(f)
	}
}

func (p *printer) fieldChange(f publish.FieldChange) {
	before, after := p.value(f.Before), p.value(f.After)
	line := fmt.Sprintf("%s: %s -> %s", clean(f.Path), before, after)
	if p.style.Width == 0 || len(line)+4 <= p.style.Width {
		p.printf("    %s: %s -> %s\n", clean(f.Path), p.red.Render(before), p.green.Render(after))
		return
	}
	room := max(p.style.Width-8, 20)
	p.printf("    %s:\n      %s %s\n      %s %s\n", clean(f.Path), p.red.Render("-"), shorten(before, room), p.green.Render("+"), shorten(after, room))
}

// value is a value as JSON on one line; nothing is written as "(none)".
func (p *printer) value(v any) string {
	if v == nil {
		return "(none)"
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return clean(fmt.Sprint(v))
	}
	return clean(strings.TrimSpace(b.String()))
}

func (p *printer) planSummary(plan publish.Plan) {
	create, update, none, refuse := plan.Count(publish.Create), plan.Count(publish.Update), plan.Count(publish.None), plan.Count(publish.Refuse)
	if plan.Empty() {
		p.printf("%s\n", p.green.Render(fmt.Sprintf("Nothing to do: %s as desired.", plural(none, "rule"))))
		return
	}
	p.printf("%s", p.bold.Render(fmt.Sprintf("Plan: %d to create, %d to update, %d unchanged.", create, update, none)))
	if refuse > 0 {
		p.printf(" %s", p.red.Render(fmt.Sprintf("%d refused.", refuse)))
	}
	p.printf("\n")
}

// Outcome writes one line about a change as it was made.
func Outcome(w io.Writer, o publish.Outcome, style Style) error {
	p := newPrinter(style)
	word := map[publish.Action]string{publish.Create: "created", publish.Update: "updated", publish.Refuse: "refused"}[o.Action]
	switch {
	case o.Err != nil:
		p.printf("%s %s: %s\n", p.red.Render("failed "), p.bold.Render(clean(o.Name)), clean(o.Err.Error()))
	case word != "":
		p.printf("%s %s\n", p.green.Render(word), clean(o.Name))
	}
	return p.flush(w)
}

// Applied writes the summary of an apply.
func Applied(w io.Writer, outcomes []publish.Outcome, style Style) error {
	p := newPrinter(style)
	counts := map[publish.Action]int{}
	failed := 0
	for _, o := range outcomes {
		if o.Err != nil {
			failed++
			continue
		}
		counts[o.Action]++
	}
	text := fmt.Sprintf("Applied: %d created, %d updated, %d unchanged, %d failed.", counts[publish.Create], counts[publish.Update], counts[publish.None], failed)
	if failed > 0 {
		p.printf("%s\nThe others stand. Mend the cause and run `tocsin apply` again: it goes on where this run ended.\n", p.red.Render(text))
	} else {
		p.printf("%s\n", p.green.Render(text))
	}
	return p.flush(w)
}
