// Package page writes a rule's documentation page in Markdown, in the layout of Elastic's prebuilt-rule reference pages.
//
// [Markdown] gives one page, [Index] the page that lists all of them, [FileName] the file of a page. The order of a page is
// the one of the reference pages: front matter, title, description, key facts, investigation guide, setup, query, framework.
// What those pages never show (the settings of the rule's type, suppression, false positives, ...) follows after that.
//
// Two rules hold everywhere. Nothing empty is written: where the rule says nothing, Kibana's default stands with a word that
// says so, or the section is left out. And plain text stays plain: names, tags and descriptions are escaped, as Kibana shows
// them as they are, while the investigation guide and the setup are Markdown already and are kept, HTML included; only
// their headings move below those of the page, and a code fence that they leave open is closed.
package page

import (
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Options are what a page depends on besides its rule. The zero value is ready to use.
type Options struct {
	// BaseURL is the public folder of the pages, such as "https://www.elastic.co/guide/en/security/current/". The front
	// matter then names the page's address in it under mapped_pages: the base, the anchor, ".html". When it is "", the
	// page has no public address and the key is left out.
	BaseURL string
	// Exceptions gives the exception lists of a rule that the repository has; nil for none.
	Exceptions func(*rule.Rule) []*exception.List
	// Published gives the rule as it is published, with what is derived of its query; nil for what the rule itself says.
	Published func(*rule.Rule) *rule.Rule
	// Style is the layout: Full, the zero value, or Prebuilt.
	Style Style
	// Prefix begins every anchor; "" stands for [DefaultPrefix]. Elastic's pages have "prebuilt-rule-8-4-2", say.
	Prefix string
}

// Style is how much a page tells.
type Style uint8

const (
	// Full pages tell everything that a reader of the rule needs.
	Full Style = iota
	// Prebuilt pages end with the framework, as Elastic's reference pages do, line by line.
	Prebuilt
)

// DefaultPrefix begins the anchors of pages when the options name no other.
const DefaultPrefix = "rule"

// Markdown gives the page of a rule, with one line break at its end. The rule may be incomplete: what is missing is left out.
func Markdown(r *rule.Rule, o Options) string {
	p := &page{rule: r}
	anchor := Anchor(r, o.Prefix)
	p.add(frontMatter(anchor, o.BaseURL))
	p.add("# " + plain(title(r)) + " [" + anchor + "]")
	p.add(deprecation(r))
	p.add(plain(r.Description))
	p.facts()
	p.section("Investigation guide", guide(r.Note, r.Transform))
	p.section("Setup", guide(withoutTitle(r.Setup, "Setup"), nil))
	p.section("Rule query", fenced(r.LanguageOrDefault().String(), r.Query))
	p.framework()
	if o.Style == Full {
		p.beyond(o)
	}
	return strings.Join(p.blocks, "\n\n") + "\n"
}

// beyond appends what the reference pages leave out.
func (p *page) beyond(o Options) {
	r := p.rule
	published := r
	if o.Published != nil {
		published = o.Published(r)
	}
	p.settings(published)
	p.section("Indicator query", fenced(indicatorLanguage(r).String(), r.ThreatQuery))
	p.section("Rule filters", fencedJSON(r.Filters))
	p.section("Indicator filters", fencedJSON(r.ThreatFilters))
	if o.Exceptions != nil {
		p.section("Exceptions", exceptions(o.Exceptions(r)))
	}
	p.section("False positives", bullets(plainEach(r.FalsePositives)))
}

// page collects the blocks of a page, which a blank line parts.
type page struct {
	rule   *rule.Rule
	blocks []string
}

// add appends a block unless it is empty.
func (p *page) add(block string) {
	if block != "" {
		p.blocks = append(p.blocks, block)
	}
}

// section appends a heading with its text; without text there is no heading.
func (p *page) section(name, text string) {
	if text == "" {
		return
	}
	p.add("## " + name + " [_" + strings.ReplaceAll(strings.ToLower(name), " ", "_") + "]")
	p.add(text)
}

// fact appends a label with its value on one line.
func (p *page) fact(label, value string) {
	if value != "" {
		p.add("**" + label + "**: " + value)
	}
}

// list appends a label with its values as a bullet list.
func (p *page) list(label string, values []string) {
	if text := bullets(values); text != "" {
		p.add("**" + label + "**:")
		p.add(text)
	}
}

// title is the rule's name. The page of a rule without one is still a page of something.
func title(r *rule.Rule) string {
	switch {
	case collapse(r.Name) != "":
		return r.Name
	case r.RuleID != "":
		return r.RuleID
	}
	return "Unnamed rule"
}

func frontMatter(anchor, base string) string {
	lines := []string{"---", "applies_to:", "  stack: all", "  serverless:", "    security: all"}
	if base != "" {
		lines = append(lines, "mapped_pages:", "  - "+strings.TrimSuffix(base, "/")+"/"+anchor+".html")
	}
	return strings.Join(append(lines, "---"), "\n")
}

func deprecation(r *rule.Rule) string {
	m := r.Metadata
	if m.Maturity != "deprecated" {
		return ""
	}
	text := "> **This rule is deprecated**"
	if m.DeprecationDate != "" {
		text += " since " + plain(m.DeprecationDate)
	}
	if reason := plain(m.DeprecatedReason); reason != "" {
		text += ": " + reason
	}
	return text
}

// The pages that explain the time a rule searches.
const (
	dateMathPage = "https://www.elastic.co/docs/reference/elasticsearch/rest-apis/common-options#date-math"
	schedulePage = "https://www.elastic.co/docs/solutions/security/detect-and-alert/create-detection-rule#rule-schedule"
)

const kibanaDefault = " (Kibana's default)"

// facts appends the labelled lines between the description and the guide.
func (p *page) facts() {
	r := p.rule
	p.fact("Rule type", plain(r.Type.String()))
	p.indices()
	p.fact("Severity", plain(r.Severity.String()))
	p.fact("Risk score", strconv.Itoa(r.RiskScore))
	p.fact("Runs every", stated(r.Interval, r.IntervalOrDefault()))
	p.fact("Searches indices from", searchStart(r))
	p.fact("Maximum alerts per execution", stated(number(r.MaxSignals), number(r.MaxSignalsOrDefault())))
	p.list("References", references(r.References))
	p.list("Tags", plainEach(r.Tags))
	p.fact("Version", strconv.Itoa(max(r.Version, 1)))
	p.list("Rule authors", plainEach(r.Author))
	p.fact("Rule license", plain(r.License))
}

// searchStart is the start of the time that a run searches, with where to read about it.
func searchStart(r *rule.Rule) string {
	start, word := plain(r.From), ""
	if start == "" {
		start, word = plain(r.FromOrDefault()), "Kibana's default; "
	}
	return start + " (" + word + "[Date Math format](" + dateMathPage + "), see also [`Additional look-back time`](" + schedulePage + "))"
}

// indices tells what the rule searches, or where that is said when it is not said here.
func (p *page) indices() {
	const label = "Rule indices"
	r := p.rule
	switch indices := plainEach(r.Index); {
	case len(indices) > 0:
		p.list(label, indices)
	case collapse(r.DataViewID) != "":
		p.fact(label, "those of the data view "+code(r.DataViewID))
	case r.Type == rule.TypeMachineLearning:
		// The jobs stand for the data; see the settings.
	case r.LanguageOrDefault() == rule.ESQL:
		p.fact(label, "those that the query names")
	case r.Type == rule.TypeSavedQuery:
		p.fact(label, "those of the saved query")
	default:
		p.fact(label, "those of the space's settings"+kibanaDefault)
	}
}

// stated gives what the rule says, or else a default with a word that says so.
func stated(value, fallback string) string {
	if text := plain(value); text != "" {
		return text
	}
	return plain(fallback) + kibanaDefault
}

// number spells a number, of which 0 stands for an absent one.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func indicatorLanguage(r *rule.Rule) rule.Language {
	if r.ThreatLanguage != "" {
		return r.ThreatLanguage
	}
	return rule.KQL
}
