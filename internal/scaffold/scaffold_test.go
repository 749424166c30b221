package scaffold_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/scaffold"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"

	"github.com/tocsin-rules/tocsin/internal/schema"
)

// Every type has a draft, and its rule and fixture are what their schemas ask for. The script new.txtar runs them.
func TestEveryTypeHasADraft(t *testing.T) {
	if !slices.Equal(scaffold.Types(), rule.Types()) {
		t.Errorf("there are drafts of %v, and the types are %v", scaffold.Types(), rule.Types())
	}
	set, err := schema.Compile(schemas.Files(), schemas.Patterns())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range scaffold.Types() {
		d := scaffold.New(scaffold.Options{
			Name: "N", Description: "D", Author: "A", Type: kind, Severity: rule.High, RuleID: "0d3c3f52-0a4e-4ee8-9d1c-3f7c9e7b8a10",
			Date: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
		})
		if d.Rule.RiskScore != 73 || d.Rule.Metadata.CreationDate != "2026/11/26" {
			t.Errorf("%s: risk score %d, %s", kind, d.Rule.RiskScore, d.Rule.Metadata.CreationDate)
		}
		doc, problems := tomltext.Parse(source.NewFile("fixture.toml", d.Fixture))
		if doc == nil {
			t.Fatal(problems)
		}
		found, err := set.Diagnose("fixture", doc.Tree, doc)
		if err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", kind, found, err)
		}
	}
}
