package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// Plan writes what plans would change, one line an object with the fields below it, and a summary for each space. What
// stays as it is only counts.
func Plan(w io.Writer, plans []publish.Planned, style Style) error {
	p := newPrinter(style)
	for i, plan := range plans {
		if i > 0 {
			p.printf("\n")
		}
		if len(plans) > 1 || plan.Environment != "" {
			p.place(plan.Target)
		}
		for _, c := range plan.Changes {
			if c.Action != publish.None {
				p.change(c)
			}
		}
		p.planSummary(plan.Plan)
	}
	return p.flush(w)
}

// planJSON is how a plan is shown to programs.
type planJSON struct {
	Spaces []publish.Planned `json:"spaces"`
}

// PlanJSON writes plans as JSON.
func PlanJSON(w io.Writer, plans []publish.Planned) error { return writeJSON(w, planJSON{plans}) }

// Place names the space that what follows is about.
func Place(w io.Writer, t publish.Target, style Style) error {
	p := newPrinter(style)
	p.place(t)
	return p.flush(w)
}

func (p *printer) place(t publish.Target) { p.printf("%s\n", p.bold.Render(clean(placeName(t))+":")) }

// placeName is a space in a few words.
func placeName(t publish.Target) string {
	if t.Environment == "" {
		return t.Address
	}
	return fmt.Sprintf("%s (%s)", t.Environment, t.Address)
}

// Moved tells of an object that is not what it was when a plan was made.
func Moved(w io.Writer, c publish.Change, style Style) error {
	p := newPrinter(style)
	what := "was changed or deleted"
	if c.Action == publish.Create {
		what = "was created"
	}
	p.printf("%s %s%s %s in kibana since the plan was made\n", p.red.Render("!"), kindName(c.Kind), p.bold.Render(clean(c.Name)), what)
	return p.flush(w)
}

// kindName names what is no rule, with a space behind it.
func kindName(k publish.Kind) string {
	if k == publish.Rule || k == "" {
		return ""
	}
	return strings.ReplaceAll(string(k), "_", " ") + " "
}

func (p *printer) change(c publish.Change) {
	sign := p.blue.Render("?")
	switch c.Action {
	case publish.Create:
		sign = p.green.Render("+")
	case publish.Update:
		sign = p.yellow.Render("~")
	case publish.Delete:
		sign = p.red.Render("-")
	case publish.Drifted, publish.Refuse:
		sign = p.red.Render("!")
	}
	source := ""
	if c.Source != "" {
		source = "  " + p.faint.Render(clean(c.Source))
	}
	p.printf("%s %s %s%s%s\n", sign, c.Action, kindName(c.Kind), p.bold.Render(clean(c.Name)), source)
	if c.Reason != "" {
		p.printf("    %s\n", clean(c.Reason))
	}
	if c.Drift && c.Action.Writes() && c.Reason == "" {
		p.printf("    %s\n", p.yellow.Render("it was changed in kibana since it was published; that is overwritten"))
	}
	for _, f := range c.Fields {
		p.fieldChange(f)
	}
	if c.Version > 0 && c.Action.Writes() {
		p.printf("    version rises to %d\n", c.Version)
	}
}

func (p *printer) fieldChange(f publish.FieldChange) {
	before, after := p.value(f.Before), p.value(f.After)
	line := fmt.Sprintf("%s: %s -> %s", clean(f.Path), before, after)
	multiline := strings.Contains(fmt.Sprint(f.Before, f.After), "\n")
	if fits := p.style.Width == 0 || len(line)+4 <= p.style.Width; fits && !multiline {
		p.printf("    %s: %s -> %s\n", clean(f.Path), p.red.Render(before), p.green.Render(after))
		return
	}
	room := 0
	if p.style.Width > 0 {
		room = max(p.style.Width-8, 20)
	}
	lines := changedLines(f, room)
	if lines == nil {
		lines = []string{"- " + shorten(before, room), "+ " + shorten(after, room)}
	}
	p.printf("    %s:\n", clean(f.Path))
	for _, line := range lines {
		p.printf("      %s\n", p.signed(line))
	}
}

// signed colours a line of a diff by its sign.
func (p *printer) signed(line string) string {
	switch line[0] {
	case '-':
		return p.red.Render(line)
	case '+':
		return p.green.Render(line)
	}
	return p.faint.Render(line)
}

// value is a value as JSON on one line; nothing is written as "(none)".
func (p *printer) value(v any) string {
	if v == nil {
		return "(none)"
	}
	return jsonLine(v)
}

// jsonLine is a value as JSON on one line, safe for a terminal.
func jsonLine(v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return clean(fmt.Sprint(v))
	}
	return clean(strings.TrimSpace(b.String()))
}

// planCounts is a plan in numbers. What happens seldom is named only when it does.
func planCounts(plan publish.Plan) string {
	text := fmt.Sprintf("%d to create, %d to update", plan.Count(publish.Create), plan.Count(publish.Update))
	if n := plan.Count(publish.Delete); n > 0 {
		text += fmt.Sprintf(", %d to delete", n)
	}
	text += fmt.Sprintf(", %d unchanged", plan.Count(publish.None))
	if n := plan.Count(publish.Drifted); n > 0 {
		text += fmt.Sprintf(", %d drifted", n)
	}
	if n := plan.Count(publish.Refuse); n > 0 {
		text += fmt.Sprintf(", %d refused", n)
	}
	return text
}

func (p *printer) planSummary(plan publish.Plan) {
	if plan.Empty() {
		p.printf("%s\n", p.green.Render(fmt.Sprintf("Nothing to do: %s as desired.", objects(plan))))
	} else {
		p.printf("%s\n", p.bold.Render("Plan: "+planCounts(plan)+"."))
	}
	if plan.Count(publish.Drifted) > 0 {
		p.printf("What drifted is left alone: `tocsin pull` takes it into the repository, --overwrite-drift replaces it.\n")
	}
	if plan.Orphans > 0 {
		p.printf("%s published before and not in the repository any more: --prune deletes what is left of them.\n", plural(plan.Orphans, "object"))
	}
}

// objects counts what a plan compares.
func objects(plan publish.Plan) string {
	rules := 0
	for _, c := range plan.Changes {
		if c.Kind == publish.Rule {
			rules++
		}
	}
	if rest := len(plan.Changes) - rules; rest > 0 {
		return fmt.Sprintf("%s and %s", plural(rules, "rule"), plural(rest, "other object"))
	}
	return plural(rules, "rule")
}

// past says what was done.
func past(a publish.Action) string {
	return map[publish.Action]string{
		publish.Create: "created", publish.Update: "updated", publish.Delete: "deleted", publish.Refuse: "refused", publish.Drifted: "drifted",
	}[a]
}

// Outcome writes one line about a change as it was made.
func Outcome(w io.Writer, o publish.Outcome, style Style) error {
	p := newPrinter(style)
	word := past(o.Action)
	switch {
	case o.Action == publish.Refuse || o.Action == publish.Drifted:
		p.printf("%s %s%s: %s\n", p.yellow.Render(fmt.Sprintf("%-7s", word)), kindName(o.Kind), p.bold.Render(clean(o.Name)), clean(o.Err.Error()))
	case o.Err != nil:
		p.printf("%s %s%s: %s\n", p.red.Render("failed "), kindName(o.Kind), p.bold.Render(clean(o.Name)), clean(o.Err.Error()))
	case word != "":
		p.printf("%s %s%s\n", p.green.Render(word), kindName(o.Kind), clean(o.Name))
	}
	return p.flush(w)
}

// Applied writes the summary of an apply.
func Applied(w io.Writer, outcomes []publish.Outcome, style Style) error {
	p := newPrinter(style)
	counts := map[publish.Action]int{}
	failed, left := 0, 0
	for _, o := range outcomes {
		switch {
		case o.Err == nil:
			counts[o.Action]++
		case o.Action == publish.Drifted:
			left++
		default:
			failed++
		}
	}
	text := fmt.Sprintf("Applied: %d created, %d updated", counts[publish.Create], counts[publish.Update])
	if n := counts[publish.Delete]; n > 0 {
		text += fmt.Sprintf(", %d deleted", n)
	}
	text += fmt.Sprintf(", %d unchanged", counts[publish.None])
	if left > 0 {
		text += fmt.Sprintf(", %d drifted and left alone", left)
	}
	text += fmt.Sprintf(", %d failed.", failed)
	if failed > 0 {
		p.printf("%s\nThe others stand. Mend the cause and run `tocsin apply` again: it goes on where this run ended.\n", p.red.Render(text))
	} else {
		p.printf("%s\n", p.green.Render(text))
	}
	return p.flush(w)
}
