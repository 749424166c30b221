package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
)

// found are the findings of a rule as "name@line", those of the given checks or of all.
func found(t *testing.T, config check.Config, text string) []string {
	t.Helper()
	suite, problem := check.NewSuite(config)
	if problem != nil {
		t.Fatal(problem)
	}
	got := []string{}
	b := newBench(t)
	b.attack = nil
	for _, d := range b.lint(t, suite, "rules/a.toml", text) {
		got = append(got, fmt.Sprintf("%s@%d", d.Name, d.Subject.File.Position(d.Subject.Span.Start).Line))
	}
	return got
}

func TestIgnore(t *testing.T) {
	const reason = " -- on purpose"
	base := ruleOf("kuery: process.name: a?b or process.args: a?c\n---\ntags = [\"a\", \"a\"]")
	silence := func(line, comment string) string { return strings.Replace(base, line, comment+"\n"+line, 1) }
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"no comment":                {base, []string{"kql-question-mark@13", "kql-question-mark@13", "duplicate-tag@19"}},
		"above a value":             {silence("query = '''", "# tocsin: ignore kql-question-mark"+reason), []string{"duplicate-tag@20"}},
		"behind a value":            {strings.Replace(base, "tags = [\"a\", \"a\"]", "tags = [\"a\", \"a\"] # tocsin: ignore duplicate-tag"+reason, 1), []string{"kql-question-mark@13", "kql-question-mark@13"}},
		"behind a text":             {strings.Replace(base, "'''\nrisk", "''' # tocsin: ignore kql-question-mark"+reason+"\nrisk", 1), []string{"duplicate-tag@19"}},
		"at the top":                {"# tocsin: ignore duplicate-tag, kql-question-mark" + reason + "\n" + base, []string{}},
		"another value":             {silence("risk_score", "# tocsin: ignore duplicate-tag"+reason), []string{"kql-question-mark@13", "kql-question-mark@13", "unused-ignore@15", "duplicate-tag@20"}},
		"unused":                    {silence("risk_score", "# tocsin: ignore regexp-anchor"+reason), []string{"kql-question-mark@13", "kql-question-mark@13", "unused-ignore@15", "duplicate-tag@20"}},
		"unknown":                   {silence("tags", "# tocsin: ignore duplicate-tags"+reason), []string{"kql-question-mark@13", "kql-question-mark@13", "ignore-comment@19", "duplicate-tag@20"}},
		"what Kibana refuses":       {silence("tags", "# tocsin: ignore kql-syntax"+reason), []string{"kql-question-mark@13", "kql-question-mark@13", "ignore-comment@19", "duplicate-tag@20"}},
		"no reason":                 {silence("tags", "# tocsin: ignore duplicate-tag"), []string{"kql-question-mark@13", "kql-question-mark@13", "ignore-comment@19"}},
		"no name":                   {silence("tags", "# tocsin: ignore -- why"), []string{"kql-question-mark@13", "kql-question-mark@13", "ignore-comment@19", "duplicate-tag@20"}},
		"in a text of the rule":     {strings.Replace(base, `"d"`, `"# tocsin: ignore duplicate-tag"`, 1), []string{"kql-question-mark@13", "kql-question-mark@13", "duplicate-tag@19"}},
		"a check that is off":       {silence("tags", "# tocsin: ignore leading-wildcard, duplicate-tag"+reason), []string{"kql-question-mark@13", "kql-question-mark@13"}},
		"within an EQL query":       {ruleOf("eql: process where\n// tocsin: ignore duplicate-value -- wanted\nprocess.name : (\"a\", \"a\")\n  and user.name : (\"b\", \"b\")"), []string{"duplicate-value@16"}},
		"behind a line of EQL":      {ruleOf("eql: process where\nprocess.name : (\"a\", \"a\") // tocsin: ignore duplicate-value -- wanted\n  and user.name : (\"b\", \"b\")"), []string{"duplicate-value@15"}},
		"no comment of KQL":         {ruleOf("kuery: process.name: (a or \"// tocsin\" or a)"), []string{"duplicate-value@13"}},
		"unused within a query":     {ruleOf("eql: process where\n// tocsin: ignore eql-pipe -- wanted\nprocess.name : \"a\""), []string{"unused-ignore@14"}},
		"Windows line breaks":       {strings.ReplaceAll(silence("query = '''", "# tocsin: ignore kql-question-mark"+reason), "\n", "\r\n"), []string{"duplicate-tag@20"}},
		"comment between two lines": {silence("query = '''", "# tocsin: ignore kql-question-mark"+reason+"\n\n# more"), []string{"duplicate-tag@22"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, found(t, check.Config{}, c.text)); diff != "" {
				t.Errorf("%s\n%s", diff, c.text)
			}
		})
	}
}

func TestLevels(t *testing.T) {
	text := ruleOf("kuery: process.name: *a?b\n---\ntags = [\"a\", \"a\"]")
	for name, c := range map[string]struct {
		config check.Config
		want   []string
	}{
		"as they are": {check.Config{}, []string{"kql-question-mark@13", "duplicate-tag@19"}},
		"a check off": {check.Config{Levels: map[string]diag.Severity{"duplicate-tag": check.Off}}, []string{"kql-question-mark@13"}},
		"a set off":   {check.Config{Sets: map[string]diag.Severity{"suspicious": check.Off}}, []string{}},
		"a set on":    {check.Config{Sets: map[string]diag.Severity{"performance": diag.Info}}, []string{"leading-wildcard@13", "kql-question-mark@13", "duplicate-tag@19"}},
		"one of an off set": {check.Config{Sets: map[string]diag.Severity{"suspicious": check.Off}, Levels: map[string]diag.Severity{"duplicate-tag": diag.Error}},
			[]string{"duplicate-tag@19"}},
	} {
		if diff := cmp.Diff(c.want, found(t, c.config, text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		config check.Config
		want   string
	}{
		{check.Config{Levels: map[string]diag.Severity{"kql-questionmark": check.Off}}, "there is no check `kql-questionmark`; did you mean `kql-question-mark`?"},
		{check.Config{Levels: map[string]diag.Severity{"kql-syntax": check.Off}}, "the level of `kql-syntax` cannot be changed; what it finds, Kibana refuses"},
		{check.Config{Sets: map[string]diag.Severity{"refused": check.Off}}, "the level of the set `refused` cannot be changed; what it finds, Kibana refuses"},
		{check.Config{FileName: "("}, "`file_name` is no regular expression: error parsing regexp: missing closing ): `(`; write one in Go's syntax, such as ^[a-z0-9_]+\\.toml$"},
	} {
		_, problem := check.NewSuite(c.config)
		if problem == nil || problem.Message+"; "+problem.Help != c.want {
			t.Errorf("got %+v, want %s", problem, c.want)
		}
	}
}

func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range check.All() {
		switch {
		case seen[c.Name]:
			t.Errorf("%s stands twice", c.Name)
		case c.Reason == "" || strings.Contains(c.Reason, "\n") || strings.HasSuffix(c.Reason, "."):
			t.Errorf("%s: a reason is one line without a full stop: %q", c.Name, c.Reason)
		case c.Fixed() && c.Level != diag.Error:
			t.Errorf("%s: what is refused is an error", c.Name)
		}
		seen[c.Name] = true
	}
}
