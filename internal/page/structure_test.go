package page_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/page"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// The sections that a page may have of its own.
var sections = []string{
	"Investigation guide", "Setup", "Rule query", "Rule settings", "Indicator query", "Rule filters", "Indicator filters", "False positives",
}

var (
	headingLine = regexp.MustCompile(`^(#{1,6})(?:\s+(.*))?$`)
	ownHeading  = regexp.MustCompile(`^(.+) \[(_[a-z_]+)\]$`)
	fenceLine   = regexp.MustCompile("^\\s*(?:(?:[-*+]|[0-9]+[.)])\\s+)*(?:(`{3,})[^`]*|(~{3,}).*)$")
	labelLine   = regexp.MustCompile(`^\*\*[^*]+\*\*:(.*)$`)
)

// checkPage holds for every page: one title, only known sections, none of them empty, no empty label, no "None", every code
// block closed.
func checkPage(tb rapid.TB, text string) {
	tb.Helper()
	c := &pageCheck{tb: tb, text: text}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		c.number++
		switch {
		case c.fence != "":
			c.inFence(line)
		case strings.TrimSpace(line) != "":
			c.line(line)
		}
		if strings.TrimSpace(line) != "" {
			c.last = line
		}
	}
	c.require(c.fence == "", "a code block stays open")
	c.require(c.titles == 1, "not one title")
	c.require(!strings.HasPrefix(c.last, "## ") && !isListLabel(c.last), "nothing follows")
	c.require(strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"), "not one line break at the end")
}

type pageCheck struct {
	tb           rapid.TB
	text, fence  string
	last         string
	number       int
	titles       int
	failedBefore bool
}

func (c *pageCheck) require(holds bool, message string) {
	c.tb.Helper()
	if !holds && !c.failedBefore {
		c.failedBefore = true
		c.tb.Errorf("line %d: %s in\n%s", c.number, message, c.text)
	}
}

func (c *pageCheck) inFence(line string) {
	mark := strings.TrimSpace(line)
	if strings.HasPrefix(mark, c.fence) && strings.Trim(mark, c.fence[:1]) == "" {
		c.fence = ""
	}
}

func (c *pageCheck) line(line string) {
	c.tb.Helper()
	c.require(!isListLabel(c.last) || strings.HasPrefix(line, "* "), "the label before has no value")
	if m := fenceLine.FindStringSubmatch(line); m != nil {
		c.fence = m[1] + m[2]
	}
	if m := headingLine.FindStringSubmatch(line); m != nil {
		c.heading(len(m[1]), m[2])
	}
	if m := labelLine.FindStringSubmatch(line); m != nil {
		value := strings.TrimSpace(m[1])
		c.require(value != "None" && !strings.HasPrefix(value, "None ("), "None is no value")
	}
	c.require(line != "* None" && !strings.Contains(line, "| None |") && !strings.Contains(line, "|  |"), "None is no value")
}

// isListLabel tells whether a line is a label of the page that must have a list below; a guide may have labels of its own.
func isListLabel(line string) bool {
	return slices.Contains([]string{"**Rule indices**:", "**References**:", "**Tags**:", "**Rule authors**:"}, line)
}

func (c *pageCheck) heading(level int, name string) {
	c.tb.Helper()
	c.require(strings.TrimSpace(name) != "", "an empty heading")
	switch level {
	case 1:
		c.titles++
	case 2:
		own := ownHeading.FindStringSubmatch(name)
		c.require(own != nil && slices.Contains(sections, own[1]), "no section of the page")
	}
	c.require(level > 2 || !strings.HasPrefix(c.last, "## "), "the section before is empty")
}

// TestCheckPageFindsFaults shows that the law of all pages can be broken.
func TestCheckPageFindsFaults(t *testing.T) {
	good := "# Name [a]\n\n**Tags**:\n\n* a\n\n## Rule query [_rule_query]\n\n```eql\n# x\n```\n"
	checkPage(t, good)
	for _, bad := range []string{
		strings.Replace(good, "* a", "* None", 1),
		strings.Replace(good, "* a\n\n", "", 1),
		strings.Replace(good, "# Name", "## Name", 1),
		strings.Replace(good, "Rule query", "Other", 1),
		strings.Replace(good, "```eql", "## Setup [_setup]\n\n```eql", 1) + "\n### \n",
		strings.Replace(good, "\n```\n", "\n", 1),
		good + "\n## Setup [_setup]\n",
		strings.Replace(good, "**Tags**:\n\n* a", "**Tags**: None", 1),
	} {
		found := &recorder{TB: t}
		checkPage(found, bad)
		if !found.failed {
			t.Errorf("no fault found in\n%s", bad)
		}
	}
}

// recorder notes a failure and does not fail.
type recorder struct {
	rapid.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Helper()               {}

// TestEveryPage draws rules of any shape and holds their pages against the law.
func TestEveryPage(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune("ab C1 \n\t#*_`~|<>[]()!\\&;-=+.$0é\x00\r")))
	lines := rapid.Custom(func(t *rapid.T) string {
		part := rapid.SampledFrom([]string{"", "# a", "## ", "###### b", "a", "===", "---", "```", "````x", "~~~", "    ```", "- ```", "> # q", "1. x", "# [", "\t# t"})
		return strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "lines"), "\n")
	})
	words := rapid.SliceOfN(text, 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		r := &rule.Rule{
			Name: text.Draw(t, "name"), Description: text.Draw(t, "description"), Type: rapid.SampledFrom(rule.Types()).Draw(t, "type"),
			Severity: rule.Severity(text.Draw(t, "severity")), Tags: words.Draw(t, "tags"), References: words.Draw(t, "references"),
			Author: words.Draw(t, "author"), License: text.Draw(t, "license"), Index: words.Draw(t, "index"), From: text.Draw(t, "from"),
			Interval: text.Draw(t, "interval"), FalsePositives: words.Draw(t, "false positives"), Query: lines.Draw(t, "query"),
			Note: lines.Draw(t, "note"), Setup: lines.Draw(t, "setup"), ThreatQuery: lines.Draw(t, "threat query"),
			RuleID: text.Draw(t, "id"), Threat: threats(t, text),
		}
		r.Metadata.Maturity = rapid.SampledFrom([]string{"", "deprecated", "production"}).Draw(t, "maturity")
		checkPage(t, page.Markdown(r, page.Options{Prefix: text.Draw(t, "prefix")}))
	})
}

func threats(t *rapid.T, text *rapid.Generator[string]) []rule.Threat {
	var list []rule.Threat
	for range rapid.IntRange(0, 3).Draw(t, "threats") {
		threat := rule.Threat{Framework: text.Draw(t, "framework")}
		if rapid.Bool().Draw(t, "has tactic") {
			threat.Tactic = &rule.Tactic{Name: text.Draw(t, "tactic"), ID: text.Draw(t, "tactic id")}
		}
		for range rapid.IntRange(0, 2).Draw(t, "techniques") {
			threat.Technique = append(threat.Technique, rule.Technique{ID: text.Draw(t, "technique id"), Reference: text.Draw(t, "technique URL")})
		}
		list = append(list, threat)
	}
	return list
}

func TestCorpus(t *testing.T) {
	for _, file := range corpus.Rules(t) {
		r := parse(t, file.Name, file.Text)
		got := page.Markdown(r, page.Options{})
		checkPage(t, got)
		if r.Query != "" && !strings.Contains(got, strings.TrimSpace(r.Query)+"\n```") {
			t.Errorf("%s: the query is not on its page", file.Name)
		}
	}
}

// TestReferencePage holds the page of the first starter rule against Elastic's page of its model: the same lines in the same
// order, where they do not depend on whose rule it is.
func TestReferencePage(t *testing.T) {
	reference, err := os.ReadFile(corpus.Path(t, "prebuilt-rule-page.md"))
	if err != nil {
		t.Fatal(err)
	}
	r := load(t, "../../rules/kubernetes/pod_created_with_host_pid.toml")
	got := page.Markdown(r, page.Options{BaseURL: "https://www.elastic.co/guide/en/security/current/", Prefix: "prebuilt-rule-8-4-2"})
	want, have := skeleton(string(reference)), skeleton(got)
	if len(have) < len(want) {
		t.Fatalf("the page has %d such lines, its model %d:\n%s", len(have), len(want), got)
	}
	// What the model's pages never show follows after what they do.
	if diff := cmp.Diff(want, have[:len(want)]); diff != "" {
		t.Errorf("(-model +page)\n%s", diff)
	}
}

var (
	counted = regexp.MustCompile(`\[(_[a-z_]+?)_[0-9]+\]$`)
	whose   = regexp.MustCompile(`^(\*\*(?:Version|Rule license|Searches indices from)\*\*:).*$`)
)

// skeleton leaves out what may differ: prose, the numbers of the anchors, the author, the version, the licence, the start of
// the search, the language of the fence, and the words on defaults.
func skeleton(text string) []string {
	var lines []string
	skip := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " ")
		if label := labelLine.MatchString(line); label || headingLine.MatchString(line) {
			skip = strings.HasPrefix(line, "**Rule authors") || strings.HasPrefix(line, "## Investigation") || strings.HasPrefix(line, "# ")
			line = whose.ReplaceAllString(counted.ReplaceAllString(line, "[$1]"), "$1")
			line = strings.TrimSuffix(strings.TrimSuffix(line, "TM"), " (Kibana's default)")
			if !strings.HasPrefix(line, "###") {
				lines = append(lines, line)
			}
			if strings.HasPrefix(line, "###") {
				skip = true
			}
			continue
		}
		if line == "" || skip && i > 10 {
			continue
		}
		if strings.HasPrefix(line, "```") {
			line = "```"
		}
		lines = append(lines, line)
	}
	return lines
}
