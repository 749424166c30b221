package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// PreviewResult is what a preview of one rule gave.
type PreviewResult struct {
	Rule *rule.Rule
	// Undecided says why there is no verdict; "" when there is one.
	Undecided string
	Runs      []detect.Result
	// Total is what came of all runs.
	Total detect.Result
	// Events are the names of the events; Fates are the phases at which their ways ended.
	Events, Fates []string
}

// PreviewOf gathers what a preview gave.
func PreviewOf(r *rule.Rule, d *detect.Detector, in detect.Input, runs []detect.Result) PreviewResult {
	p := PreviewResult{Rule: r, Undecided: d.Undecided, Runs: runs}
	for _, run := range runs {
		p.Total.Add(run)
	}
	if p.Undecided != "" {
		return p
	}
	p.Undecided = p.Total.Undecided
	p.Fates = d.Fates(in, runs)
	docs := in.Events
	if r.Type == rule.TypeMachineLearning {
		docs = in.Anomalies
	}
	for i, doc := range docs {
		p.Events = append(p.Events, doc.Name(i))
	}
	return p
}

// phases counts the events of each phase, in the order of the phases, and names them; empty ones are left out.
func (p PreviewResult) phases() (names []string, events map[string][]string) {
	events = map[string][]string{}
	for i, fate := range p.Fates {
		events[fate] = append(events[fate], p.Events[i])
	}
	for _, phase := range detect.Phases() {
		if len(events[phase]) > 0 {
			names = append(names, phase)
		}
	}
	return names, events
}

// Preview writes the alerts as a table, and what became of all events.
func Preview(w io.Writer, result PreviewResult, style Style) error {
	p := newPrinter(style)
	p.printf("%s  %s from %s in %s\n", p.bold.Render(clean(result.Rule.Name)), plural(len(result.Total.Alerts), "alert"),
		plural(len(result.Events), "event"), plural(len(result.Runs), "run"))
	if result.Undecided != "" {
		p.printf("%s %s\n", p.yellow.Render("undecided:"), clean(result.Undecided))
	}
	p.alertTable(result.Total.Alerts)
	p.told(result.Total)
	p.fates(result)
	return p.flush(w)
}

// alertTable writes one line an alert, and one for each building block below it.
func (p *printer) alertTable(alerts []*detect.Alert) {
	if len(alerts) == 0 {
		return
	}
	rows := [][]string{{"time", "severity", "risk", "event", "reason"}}
	for _, a := range alerts {
		rows = append(rows, alertRow(a, ""))
		for i, b := range a.Blocks {
			if b != nil {
				rows = append(rows, alertRow(b, fmt.Sprintf("└ %d ", i+1)))
			}
		}
	}
	p.printf("\n")
	p.columns(rows)
}

func alertRow(a *detect.Alert, mark string) []string {
	var names []string
	for _, doc := range a.Events {
		names = append(names, eventName(doc))
	}
	const most = 3
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	fields := a.Fields()
	return []string{
		mark + fields.First("kibana.alert.original_time"), a.Severity.String(), fmt.Sprint(a.RiskScore), strings.Join(names, ", "),
		fields.First("kibana.alert.reason"),
	}
}

func eventName(doc *event.Document) string {
	if doc.ID == "" && doc.Line == 0 {
		return "?"
	}
	return doc.Name(0)
}

// columns writes rows with aligned columns; the first row is the heading, the last column is cut to the width.
func (p *printer) columns(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(clean(cell)))
		}
	}
	for n, row := range rows {
		var b strings.Builder
		b.WriteString("  ")
		for i, cell := range row[:len(row)-1] {
			cell = clean(cell)
			b.WriteString(cell + strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+2))
		}
		b.WriteString(clean(row[len(row)-1]))
		line := strings.TrimRight(shorten(b.String(), p.style.Width), " ")
		if n == 0 {
			line = p.faint.Render(line)
		}
		p.printf("%s\n", line)
	}
}

// told writes warnings, errors and notes.
func (p *printer) told(r detect.Result) {
	for _, part := range []struct {
		name  string
		tone  lipgloss.Style
		texts []string
	}{{"error", p.red, r.Errors}, {"warning", p.yellow, r.Warnings}, {"note", p.blue, r.Notes}} {
		for _, text := range part.texts {
			p.printf("\n%s %s\n", part.tone.Render(part.name+":"), clean(text))
		}
	}
}

func (p *printer) fates(result PreviewResult) {
	names, events := result.phases()
	if len(names) == 0 {
		return
	}
	p.printf("\n%s\n", p.bold.Render("what became of the events"))
	for _, phase := range names {
		list := events[phase]
		what := "dropped at " + phase
		switch phase {
		case detect.PhaseType:
			what = "not enough for a " + string(result.Rule.Type) + " rule"
			if result.Rule.Type == rule.TypeESQL {
				what = "read by the query"
			}
		case detect.PhaseSuppression:
			what = "counted by another alert"
		case detect.PhaseAlert:
			what = "alerted"
		}
		line := fmt.Sprintf("  %6d  %s", len(list), what)
		shown := list
		const most = 5
		if len(list) > most {
			shown = append(slices.Clone(list[:most]), "...")
		}
		if phase != detect.PhaseAlert {
			line += ": " + clean(strings.Join(shown, ", "))
		}
		p.printf("%s\n", shorten(line, p.style.Width))
	}
}

type runJSON struct {
	At         string   `json:"at"`
	Alerts     int      `json:"alerts"`
	Suppressed int      `json:"suppressed"`
	Warnings   []string `json:"warnings,omitempty"`
	Errors     []string `json:"errors,omitempty"`
}

// PreviewJSON writes {"alerts": [documents], "runs": [...], "events": {phase: [names]}}.
func PreviewJSON(w io.Writer, result PreviewResult) error {
	out := struct {
		Rule      string              `json:"rule"`
		Undecided string              `json:"undecided,omitempty"`
		Alerts    []map[string]any    `json:"alerts"`
		Runs      []runJSON           `json:"runs"`
		Notes     []string            `json:"notes,omitempty"`
		Events    map[string][]string `json:"events"`
	}{Rule: result.Rule.Name, Undecided: result.Undecided, Alerts: []map[string]any{}, Runs: []runJSON{}, Notes: result.Total.Notes}
	for _, a := range result.Total.Alerts {
		for _, one := range a.Documents() {
			out.Alerts = append(out.Alerts, one.Document())
		}
	}
	for _, r := range result.Runs {
		out.Runs = append(out.Runs, runJSON{
			At: r.At.UTC().Format(time.RFC3339), Alerts: len(r.Alerts), Suppressed: len(r.Suppressed), Warnings: r.Warnings, Errors: r.Errors,
		})
	}
	_, out.Events = result.phases()
	return writeJSON(w, out)
}

// PreviewRow is one rule of a preview of all.
type PreviewRow struct {
	Rule, Name, RuleID, Type string
	// Problems are why a rule was not run; Undecided is why there is no verdict.
	Problems  diag.List
	Undecided string
	detect.Result
}

// broken tells whether the rule could not be run.
func (r PreviewRow) broken() bool { return r.Problems.HasErrors() }

// PreviewAll writes the rules that alert, the most alerts first, then those that are undecided or broken, each with the reason.
func PreviewAll(w io.Writer, rows []PreviewRow, events int, style Style) error {
	p := newPrinter(style)
	loud := slices.DeleteFunc(slices.Clone(rows), func(r PreviewRow) bool { return len(r.Alerts) == 0 })
	slices.SortStableFunc(loud, func(a, b PreviewRow) int { return cmp.Compare(len(b.Alerts), len(a.Alerts)) })
	if len(loud) > 0 {
		table := [][]string{{"alerts", "suppressed", "rule", "file"}}
		for _, r := range loud {
			table = append(table, []string{fmt.Sprint(len(r.Alerts)), fmt.Sprint(len(r.Suppressed)), r.Name, r.Rule})
		}
		p.columns(table)
	}
	undecided, broken, alerts := 0, 0, 0
	for _, r := range rows {
		alerts += len(r.Alerts)
		if r.Undecided != "" {
			undecided++
			p.printf("%s %s: %s\n", p.yellow.Render("undecided:"), clean(r.Rule), clean(r.Undecided))
		}
		if r.broken() {
			broken++
			p.printf("%s %s: %s\n", p.red.Render("not run:"), clean(r.Rule), clean(firstError(r.Problems)))
		}
		for _, text := range r.Errors {
			p.printf("%s %s: %s\n", p.red.Render("error:"), clean(r.Rule), clean(text))
		}
	}
	p.printf("\n%s over %s: %s by %s", plural(len(rows), "rule"), plural(events, "event"), plural(alerts, "alert"), plural(len(loud), "rule"))
	if undecided > 0 {
		p.printf(", %d undecided", undecided)
	}
	if broken > 0 {
		p.printf(", %d not run", broken)
	}
	p.printf("\n")
	return p.flush(w)
}

func firstError(list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return d.Message
		}
	}
	return ""
}

type previewRowJSON struct {
	Rule       string    `json:"rule"`
	Name       string    `json:"name,omitempty"`
	RuleID     string    `json:"rule_id,omitempty"`
	Type       string    `json:"type,omitempty"`
	Alerts     int       `json:"alerts"`
	Suppressed int       `json:"suppressed"`
	Undecided  string    `json:"undecided,omitempty"`
	Warnings   []string  `json:"warnings,omitempty"`
	Errors     []string  `json:"errors,omitempty"`
	Findings   []finding `json:"findings,omitempty"`
}

// PreviewAllJSON writes {"events": n, "rules": [...]}: every rule with its number of alerts, or why there is no verdict.
func PreviewAllJSON(w io.Writer, rows []PreviewRow, events int) error {
	out := struct {
		Events int              `json:"events"`
		Rules  []previewRowJSON `json:"rules"`
	}{Events: events, Rules: []previewRowJSON{}}
	for _, r := range rows {
		one := previewRowJSON{
			Rule: r.Rule, Name: r.Name, RuleID: r.RuleID, Type: r.Type, Alerts: len(r.Alerts), Suppressed: len(r.Suppressed),
			Undecided: r.Undecided, Warnings: r.Warnings, Errors: r.Errors,
		}
		if len(r.Problems) > 0 {
			one.Findings = findingsOf(r.Problems)
		}
		out.Rules = append(out.Rules, one)
	}
	return writeJSON(w, out)
}
