package check

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// guideChecks look at the investigation guide.
func guideChecks() []*Check {
	return []*Check{
		{
			Name: "guide-plugin", Set: Correctness, Level: diag.Error,
			Reason: "a guide names the entries of [transform] as $osquery_0, $investigate_0 and so on: one that is not there stays as text",
			rule:   guidePlugin,
		},
		{
			Name: "guide-raw-plugin", Set: Suspicious, Level: diag.Warning,
			Reason: "what stands in [transform] is checked, and what stands in the guide as !{osquery...} is not",
			Avoid:  `!{osquery{"query":"..."}} in note`, Prefer: `[[transform.osquery]] and $osquery_0`,
			rule: guideRawPlugin,
		},
		{
			Name: "setup-heading", Set: Suspicious, Level: diag.Warning,
			Reason: "only a heading `## Setup` becomes the rule's set-up text, and only where there is no `setup`",
			Avoid:  `### Setup`, Prefer: `setup = """..."""`,
			rule: setupHeading,
		},
		{
			Name: "guide-missing", Set: Policy, Level: Off,
			Reason: "whoever gets an alert of severity high or critical needs to know what to do",
			rule:   guideMissing,
		},
		{
			Name: "guide-title", Set: Policy, Level: Off,
			Reason: "a guide that names another rule was copied and not adapted",
			Avoid:  `### Investigating Another Rule`, Prefer: `### Investigating This Rule`,
			rule: guideTitle,
		},
	}
}

var plugin = regexp.MustCompile(`\$\{?(osquery|investigate)_(\d+)\}?`)

func guidePlugin(p *pass) {
	view, ok := p.Rule.View("rule", "note")
	if !ok {
		return
	}
	count := map[string]int{}
	if t := p.Rule.Transform; t != nil {
		count["osquery"], count["investigate"] = len(t.Osquery), len(t.Investigate)
	}
	named := map[string]bool{}
	for _, m := range plugin.FindAllStringSubmatchIndex(view.Text(), -1) {
		kind := view.Text()[m[2]:m[3]]
		n, _ := strconv.Atoi(view.Text()[m[4]:m[5]])
		named[kind+strconv.Itoa(n)] = true
		if n >= count[kind] {
			p.reportPlace(placeIn(view, m[0], m[1]), finding{
				message: fmt.Sprintf("the guide names entry %d of transform.%s, and there are %d", n, kind, count[kind]), help: fmt.Sprintf("entries count from 0: add [[transform.%s]], or correct the number", kind),
			})
		}
	}
	for _, kind := range []string{"osquery", "investigate"} {
		for n := range count[kind] {
			if !named[kind+strconv.Itoa(n)] {
				p.reportAt(finding{message: fmt.Sprintf("the guide does not name entry %d of transform.%s", n, kind), help: fmt.Sprintf("write $%s_%d where it belongs", kind, n)}, "transform", kind, strconv.Itoa(n))
			}
		}
	}
}

func placeIn(view *source.View, start, end int) diag.Place {
	return diag.Place{File: view.File(), Span: view.Span(source.Span{Start: start, End: end})}
}

func guideRawPlugin(p *pass) {
	view, ok := p.Rule.View("rule", "note")
	if !ok {
		return
	}
	for _, mark := range []string{"!{osquery", "!{investigate"} {
		if i := strings.Index(view.Text(), mark); i >= 0 {
			p.reportPlace(placeIn(view, i, i+len(mark)), finding{message: "a plugin stands in the guide itself", help: "move it to [transform], and name it as $osquery_0 or $investigate_0"})
		}
	}
}

var heading = regexp.MustCompile(`(?mi)^(#+)[ \t]*(setup|set-up|[^\n]*\bconfig\b[^\n]*)[ \t]*$`)

// headings are the matches of [heading] in a text.
func headings(text string) [][]int {
	var found [][]int
	start := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			if m := heading.FindStringSubmatchIndex(strings.TrimSuffix(line, "\n")); m != nil {
				for i := range m {
					m[i] += start
				}
				found = append(found, m)
			}
		}
		start += len(line)
	}
	return found
}

func setupHeading(p *pass) {
	view, ok := p.Rule.View("rule", "note")
	if !ok {
		return
	}
	// A guide is long, and the expression slow: only lines that begin as a heading are held against it.
	for _, m := range headings(view.Text()) {
		level, title := m[3]-m[2], view.Text()[m[4]:m[5]]
		at := placeIn(view, m[0], m[5])
		switch {
		case !strings.EqualFold(title, "setup") && level != 2:
		case title != "Setup" || level != 2:
			p.reportPlace(at, finding{message: fmt.Sprintf("`%s` is not the heading `## Setup`, and its text stays in the guide", view.Text()[m[0]:m[5]]), help: "move the text to `setup`"})
		case p.Rule.Setup != "":
			p.reportPlace(at, finding{message: "the rule has `setup` already, and this section stays in the guide", help: "move the text to `setup`"})
		}
	}
}

func guideMissing(p *pass) {
	serious := p.Rule.Severity == rule.High || p.Rule.Severity == rule.Critical
	if serious && strings.TrimSpace(p.Rule.Note) == "" && p.Rule.BuildingBlockType == "" {
		p.reportAt(finding{message: fmt.Sprintf("a rule of severity %s has no investigation guide", p.Rule.Severity), help: "add `note`"}, "rule", "severity")
	}
}

var investigating = regexp.MustCompile(`(?m)^#+ Investigating (.+?)[ \t]*$`)

func guideTitle(p *pass) {
	view, ok := p.Rule.View("rule", "note")
	if !ok {
		return
	}
	if m := investigating.FindStringSubmatchIndex(view.Text()); m != nil && view.Text()[m[2]:m[3]] != p.Rule.Name {
		p.reportPlace(placeIn(view, m[2], m[3]), finding{message: "the guide names another rule", help: fmt.Sprintf("write %q", p.Rule.Name)})
	}
}
