package workspace

import (
	"testing"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/fixture"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// starter is a rule of this repository with its fixture.
type starter struct {
	*RuleFile
	fixture *fixture.Fixture
}

func starters(t *testing.T) (*Workspace, []starter) {
	t.Helper()
	w, problems, err := Open("../..")
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	files, problems, err := w.Rules()
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var list []starter
	for _, file := range files {
		f, _, problems := w.Fixture(file)
		if f == nil || len(problems) > 0 {
			t.Errorf("%s: no fixture, or a broken one: %v", file.Path, problems)
			continue
		}
		list = append(list, starter{file, f})
	}
	return w, list
}

// Every starter rule has a positive case and a near miss, and all cases of all pass.
func TestStarterRules(t *testing.T) {
	w, list := starters(t)
	for _, s := range list {
		env, err := w.Environment(s.Rule)
		if err != nil {
			t.Fatal(err)
		}
		result := s.fixture.Run(s.Rule, env)
		if len(result.Problems) > 0 {
			t.Errorf("%s: %v", s.Path, result.Problems)
		}
		for _, c := range result.Cases {
			if c.Status != fixture.Passed {
				t.Errorf("%s: %s: %s %v", s.Path, c.Name, c.Status, c.Messages)
			}
		}
		if nearest(s.fixture.Cases) > nearMiss {
			t.Errorf("%s: no negative case is like a positive one but for %d values", s.Path, nearMiss/2)
		}
	}
}

// nearMiss is in how many values, of both together, a near miss and a positive case differ at most: two were replaced.
const nearMiss = 4

// nearest is in how many values the negative and the positive case that are most alike differ.
func nearest(cases []*fixture.Case) int {
	least := 1 << 30
	for _, positive := range cases {
		for _, negative := range cases {
			if positive.Positive && !negative.Positive {
				least = min(least, distance(values(positive), values(negative)))
			}
		}
	}
	return least
}

func distance(a, b map[string]bool) int {
	n := 0
	for _, pair := range [][2]map[string]bool{{a, b}, {b, a}} {
		for value := range pair[0] {
			if !pair[1][value] {
				n++
			}
		}
	}
	return n
}

// values are the values of all fields in all that a case gives.
func values(c *fixture.Case) map[string]bool {
	all := map[string]bool{}
	add := func(kind string, docs []*event.Document) {
		for _, doc := range docs {
			for _, leaf := range doc.Leaves() {
				for _, v := range leaf.Values {
					all[kind+" "+leaf.Path+"="+v.Text] = true
				}
			}
		}
	}
	add("event", c.Events)
	add("history", c.History)
	add("indicator", c.Indicators)
	add("anomaly", c.Anomalies)
	for _, r := range c.Runs {
		add("event", r.Events)
	}
	for name, rows := range c.Lookup {
		add(name, rows)
	}
	return all
}

// There are two rules of each type and one of each feature that rules of all types share.
func TestStarterRulesShowEveryType(t *testing.T) {
	_, list := starters(t)
	types, features := map[rule.Type]int{}, map[string]int{}
	for _, s := range list {
		r := s.Rule
		types[r.Type]++
		for name, has := range map[string]bool{
			"shared exceptions": len(r.ExceptionsList) > 0, "suppression": r.AlertSuppression != nil,
			"all three overrides": len(r.SeverityMapping) > 0 && len(r.RiskScoreMapping) > 0 && r.RuleNameOverride != "",
		} {
			if has {
				features[name]++
			}
		}
	}
	for _, kind := range rule.Types() {
		if types[kind] < 2 {
			t.Errorf("%d rules of type %s, want two", types[kind], kind)
		}
	}
	for _, name := range []string{"shared exceptions", "suppression", "all three overrides"} {
		if features[name] == 0 {
			t.Errorf("no rule with %s", name)
		}
	}
}

// The first fixture that tocsin test --init would write for each starter rule loads and runs.
func TestFirstFixturesOfStarterRules(t *testing.T) {
	w, list := starters(t)
	marked := 0
	for _, s := range list {
		env, err := w.Environment(s.Rule)
		if err != nil {
			t.Fatal(err)
		}
		text, problems := fixture.First(s.Rule, env)
		if len(problems) > 0 {
			t.Errorf("%s: %v", s.Path, problems)
			continue
		}
		doc, problems := tomltext.Parse(source.NewFile(s.Path, text))
		if doc == nil {
			t.Errorf("%s: %v\n%s", s.Path, problems, text)
			continue
		}
		violations, err := w.Schemas.Diagnose("fixture", doc.Tree, doc)
		f, problems := fixture.Decode(doc, nil)
		if err != nil || len(violations)+len(problems) > 0 {
			t.Errorf("%s: %v %v %v\n%s", s.Path, err, violations, problems, text)
			continue
		}
		for _, c := range f.Run(s.Rule, env).Cases {
			if c.Status == fixture.Failed {
				t.Errorf("%s: %s: %v\n%s", s.Path, c.Name, c.Messages, text)
			}
			if c.Todo != "" {
				marked++
			}
		}
	}
	t.Logf("%d of %d first fixtures' cases are left to the author", marked, 2*len(list))
	if marked > len(list)/2 {
		t.Error("too many cases are left to the author")
	}
}
