package check

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// The checks that look at all rules together.
const (
	duplicateName     = "duplicate-name"
	duplicateFileName = "duplicate-file-name"
	tagSpelling       = "tag-spelling"
	timelineTitle     = "timeline-title"
)

func collectionChecks() []*Check {
	return []*Check{
		{
			Name: duplicateName, Set: Suspicious, Level: diag.Warning, Reason: "alerts are told apart by the rule's name",
		},
		{
			Name: duplicateFileName, Set: Policy, Level: Off, Reason: "rules are looked for by the names of their files: two of the same name in different folders are mixed up",
		},
		{
			Name: tagSpelling, Set: Suspicious, Level: diag.Warning,
			Reason: "tags are compared letter by letter: one that differs in case or spaces from a tag of other rules is not found with it",
			Avoid:  `tags = ["OS: linux"] beside "OS: Linux"`, Prefer: `tags = ["OS: Linux"]`,
		},
		{
			Name: timelineTitle, Set: Suspicious, Level: diag.Warning, Reason: "a timeline template has one title: rules that name the same id with another title name a wrong one",
		},
	}
}

// Collection reports what is wrong between rules: identifiers that stand twice are errors, the rest is what the collection's checks
// find, at the levels of the registry until [Suite.Settle].
func Collection(rules []*rule.Rule) diag.List {
	var list diag.List
	list = append(list, duplicates(rules, "duplicate-rule-id", diag.Error, "rule_id", func(r *rule.Rule) string { return r.RuleID },
		"give every rule an id of its own: with the same one, publishing one rule overwrites the other")...)
	list = append(list, duplicates(rules, duplicateName, diag.Warning, "name", func(r *rule.Rule) string { return r.Name },
		"alerts are told apart by the rule's name")...)
	list = append(list, duplicateFiles(rules)...)
	list = append(list, tagSpellings(rules)...)
	return append(list, timelineTitles(rules)...)
}

func duplicates(rules []*rule.Rule, name string, severity diag.Severity, key string, get func(*rule.Rule) string, help string) diag.List {
	first := map[string]*rule.Rule{}
	var list diag.List
	for _, r := range rules {
		value := get(r)
		if value == "" {
			continue
		}
		before, seen := first[value]
		if !seen {
			first[value] = r
			continue
		}
		list = append(list, diag.Diagnostic{
			Name: name, Severity: severity, Message: fmt.Sprintf("the %s %q stands in another rule too", key, value), Help: help,
			Subject: r.Place("rule", key), Related: []diag.Related{{Place: before.Place("rule", key), Message: "first here"}},
		})
	}
	return list
}

func duplicateFiles(rules []*rule.Rule) diag.List {
	first := map[string]string{}
	var list diag.List
	for _, r := range rules {
		if r.Doc() == nil {
			continue
		}
		file := r.Doc().File.Name()
		base := path.Base(file)
		if before, seen := first[base]; seen {
			list = append(list, diag.Diagnostic{
				Name: duplicateFileName, Severity: diag.Warning, Message: fmt.Sprintf("%s has the same file name", before), Help: "rename one of the two",
				Subject: diag.Place{File: r.Doc().File, Span: diag.NoSpan},
			})
			continue
		}
		first[base] = file
	}
	return list
}

// plainTag is a tag without case and spaces.
func plainTag(tag string) string { return strings.ToLower(strings.Join(strings.Fields(tag), "")) }

// tagSpellings finds tags that other rules spell in another way, more of them.
func tagSpellings(rules []*rule.Rule) diag.List {
	count := map[string]int{}
	for _, r := range rules {
		for _, tag := range r.Tags {
			count[tag]++
		}
	}
	usual := map[string]string{}
	for tag, n := range count {
		plain := plainTag(tag)
		if before, ok := usual[plain]; !ok || cmp.Or(cmp.Compare(n, count[before]), cmp.Compare(before, tag)) > 0 {
			usual[plain] = tag
		}
	}
	var list diag.List
	for _, r := range rules {
		for i, tag := range r.Tags {
			if other := usual[plainTag(tag)]; other != tag && !slices.Contains(r.Tags, other) {
				list = append(list, diag.Diagnostic{
					Name: tagSpelling, Severity: diag.Warning, Message: fmt.Sprintf("other rules write this tag %q", other), Help: "write it as they do",
					Subject: r.Place("rule", "tags", strconv.Itoa(i)),
				})
			}
		}
	}
	return list
}

func timelineTitles(rules []*rule.Rule) diag.List {
	first := map[string]*rule.Rule{}
	var list diag.List
	for _, r := range rules {
		if r.TimelineID == "" || r.TimelineTitle == "" {
			continue
		}
		before, seen := first[r.TimelineID]
		switch {
		case !seen:
			first[r.TimelineID] = r
		case before.TimelineTitle != r.TimelineTitle:
			list = append(list, diag.Diagnostic{
				Name: timelineTitle, Severity: diag.Warning, Message: fmt.Sprintf("another rule calls this timeline template %q", before.TimelineTitle), Help: "correct the id or the title",
				Subject: r.Place("rule", "timeline_title"), Related: []diag.Related{{Place: before.Place("rule", "timeline_title"), Message: "first here"}},
			})
		}
	}
	return list
}
