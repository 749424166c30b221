package check

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// policyChecks are what one repository asks of its rules; all are off until a project switches them on.
func policyChecks() []*Check {
	of := func(name, reason string, find func(*pass)) *Check {
		return &Check{Name: name, Set: Policy, Level: Off, Reason: reason, rule: find}
	}
	return []*Check{
		of("file-name", "files are found by their names: lower-case words joined by _, or what check.file_name asks for", fileName),
		of("file-name-tactic", "a file name that begins with the first tactic puts like beside like", fileNameTactic),
		of("required-tags", "rules of an index are found by the tags that check.required_tags asks for", requiredTags),
		of("tag-prefix", "every tag begins with one of check.tag_prefixes, so that tags can be told apart", tagPrefix),
		of("tactic-tag", "the first tactic stands among the tags as `Tactic: NAME`", tacticTag),
		of("guide-tag", "a rule with an investigation guide says so in its tags", guideTag),
		of("building-block-tag", "a building block says so in its tags", buildingBlockTag),
		of("machine-learning-tag", "a rule on an anomaly job says so in its tags", machineLearningTag),
		of("completion-tag", "a rule that asks a language model says so in its tags", completionTag),
		of("os-tag", "a rule in a folder of an operating system has its tag", osTag),
		of("os-type-in-query", "a rule for one operating system says so in its query: integrations share indices", osTypeInQuery),
		of("building-block-folder", "building blocks lie in rules_building_block, and nothing else does", buildingBlockFolder),
		of("event-ingested", "timestamp_override = \"event.ingested\" also finds events that arrive late", eventIngested),
		of("lookback-required", "events of an endpoint arrive late: a rule on them states its own look-back", lookbackRequired),
		of("query-without-scope", "a query over a broad index that asks for no data set, category or operating system reads everything", queryWithoutScope),
	}
}

func fileName(p *pass) {
	if base := path.Base(p.Path); p.Path != "" && !p.suite.fileName.MatchString(base) {
		p.reportPlace(p.whole(), finding{message: fmt.Sprintf("the file name `%s` does not have the form %s", base, p.suite.fileName)})
	}
}

func snake(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "_") }

func (p *pass) firstTactic() string {
	if len(p.Rule.Threat) == 0 || p.Rule.Threat[0].Tactic == nil {
		return ""
	}
	return p.Rule.Threat[0].Tactic.Name
}

func fileNameTactic(p *pass) {
	tactic := p.firstTactic()
	if base := path.Base(p.Path); tactic != "" && p.Path != "" && !strings.HasPrefix(base, snake(tactic)) {
		p.reportPlace(p.whole(), finding{message: fmt.Sprintf("the file name does not begin with the first tactic, %s", snake(tactic)), help: "rename the file, or put the tactic that it names first"})
	}
}

func (p *pass) wantTag(tag string) {
	if !slices.Contains(p.Rule.Tags, tag) {
		p.reportAt(finding{message: fmt.Sprintf("the tag %q is missing", tag), help: "add it"}, "rule", "tags")
	}
}

func requiredTags(p *pass) {
	want := map[string]bool{}
	for pattern, tags := range p.suite.config.RequiredTags {
		for _, index := range p.Environment.Project.Indices(p.Rule) {
			if index == pattern || match.Glob(pattern).Match(withoutRemote(index)) {
				for _, tag := range tags {
					want[tag] = true
				}
			}
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(want)) {
		p.wantTag(tag)
	}
}

func tagPrefix(p *pass) {
	prefixes := p.suite.config.TagPrefixes
	if len(prefixes) == 0 {
		return
	}
	for i, tag := range p.Rule.Tags {
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(tag, prefix) }) {
			p.reportAt(finding{message: fmt.Sprintf("the tag %q begins with none of the known prefixes", tag), help: "the prefixes are " + strings.Join(prefixes, ", ")}, "rule", "tags", strconv.Itoa(i))
		}
	}
}

func tacticTag(p *pass) {
	if tactic := p.firstTactic(); tactic != "" {
		p.wantTag("Tactic: " + tactic)
	}
}

func guideTag(p *pass) {
	if strings.Contains(p.Rule.Note, "Investigating") {
		p.wantTag("Resources: Investigation Guide")
	}
}

func buildingBlockTag(p *pass) {
	if p.Rule.BuildingBlockType != "" {
		p.wantTag("Rule Type: BBR")
	}
}

func machineLearningTag(p *pass) {
	if p.Rule.Type == rule.TypeMachineLearning {
		p.wantTag("Rule Type: ML")
		p.wantTag("Rule Type: Machine Learning")
	}
}

func completionTag(p *pass) {
	for _, q := range p.queries {
		if q.esql == nil {
			continue
		}
		for _, c := range esql.Commands(q.esql) {
			if c.Keyword() == "COMPLETION" {
				p.wantTag("Domain: LLM")
				return
			}
		}
	}
}

// osOf is the operating system of the folder that a rule lies in, as its tag and as host.os.type have it; "" when it is none.
func osOf(file string) (tag, value string) {
	folders := strings.Split(path.Dir(file), "/")
	for _, os := range [][2]string{{"Windows", "windows"}, {"Linux", "linux"}, {"macOS", "macos"}} {
		if slices.Contains(folders, os[1]) {
			return os[0], os[1]
		}
	}
	return "", ""
}

func osTag(p *pass) {
	if tag, _ := osOf(p.Path); tag != "" {
		p.wantTag("OS: " + tag)
	}
}

func osTypeInQuery(p *pass) {
	_, value := osOf(p.Path)
	if value == "" || len(p.queries) == 0 {
		return
	}
	for _, f := range p.queries[0].fields {
		if f.name == "host.os.type" {
			return
		}
	}
	p.reportAt(finding{message: "the query does not ask for host.os.type", help: fmt.Sprintf("add host.os.type == %q", value)}, "rule", "query")
}

func buildingBlockFolder(p *pass) {
	inFolder := slices.Contains(strings.Split(p.Path, "/"), "rules_building_block")
	switch isBlock := p.Rule.BuildingBlockType != ""; {
	case p.Path == "" || isBlock == inFolder:
	case isBlock:
		p.reportAt(finding{message: "a building block lies outside of rules_building_block", help: "move the file"}, "rule", "building_block_type")
	default:
		p.reportPlace(p.whole(), finding{message: "a rule that is no building block lies in rules_building_block", help: "move the file, or set `building_block_type`"})
	}
}

func eventIngested(p *pass) {
	switch p.Rule.Type {
	case rule.TypeESQL, rule.TypeMachineLearning, rule.TypeThreshold:
		return
	}
	if p.Rule.TimestampOverride == "" && p.Rule.Query != "" && !strings.HasPrefix(strings.TrimSpace(p.Rule.Query), "sequence") {
		p.reportAt(finding{message: "events that arrive late are missed", help: `add timestamp_override = "event.ingested"`}, "rule", "type")
	}
}

func lookbackRequired(p *pass) {
	endpoint := slices.ContainsFunc(p.Rule.Index, func(index string) bool { return strings.HasPrefix(withoutRemote(index), "logs-endpoint.events") })
	if endpoint && p.Rule.From == "" {
		p.reportAt(finding{message: "the rule searches events of an endpoint, and states no look-back", help: `add from = "now-9m"`}, "rule", "index")
	}
}

// scopes are fields that restrict a query to one kind of events.
func scopes() []string {
	return []string{"event.dataset", "data_stream.dataset", "event.category", "event.kind", "event.module", "event.provider", "host.os.type", "event.code", "event.action"}
}

func queryWithoutScope(p *pass) {
	broad := slices.ContainsFunc(p.Rule.Index, func(index string) bool {
		name := withoutRemote(index)
		return name == "*" || name == "logs-*" || strings.HasSuffix(name, "beat-*")
	})
	if !broad || len(p.queries) == 0 {
		return
	}
	for _, f := range p.queries[0].fields {
		if slices.Contains(scopes(), f.name) {
			return
		}
	}
	for _, e := range p.queries[0].events {
		if e.category != "" {
			return
		}
	}
	p.reportAt(finding{message: "the query reads every event of a broad index", help: "ask for event.dataset, event.category or host.os.type, or name narrower indices"}, "rule", "query")
}
