package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/cli"
	"github.com/tocsin-rules/tocsin/internal/scaffold"
)

// Whatever the type, and whatever index and technique are asked for, check has nothing against the draft, test passes, and fmt
// would leave it as it is.
func TestDraftsPass(t *testing.T) {
	for _, kind := range scaffold.Types() {
		for _, more := range [][]string{nil, {"--index", "logs-aws.cloudtrail-*,logs-okta.system-*", "--technique", "T1059.001", "--severity", "critical"}} {
			system, said := project(t, nil)
			if err := os.RemoveAll(filepath.Join(system.Dir, "rules")); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{append([]string{"new", "--name", "A Draft", "--type", kind.String()}, more...), {"check", "--level", "warning"}, {"test"}, {"fmt", "--check"}} {
				said.Reset()
				code := cli.Run(args, system)
				if code != 0 || args[0] == "check" && !strings.Contains(said.String(), "1 rule checked: no findings") || args[0] == "test" && !strings.Contains(said.String(), "0 failed") {
					t.Errorf("%s %v: %v gives %d\n%s", kind, more, args, code, said)
				}
			}
		}
	}
}

// On a terminal a wrong answer is asked for again, an empty one takes what stands in brackets, and a flag is not asked for.
func TestNewAsks(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		args        []string
		code        int
		want        []string
		not         string
	}{
		{"all questions", "\nA Draft\neqll\neql\nlogs-a-*, logs-b-*\nhigh\nMagic\nexecution\nT1003\nT1059\n", nil, 0, []string{
			"a rule needs a name", `the type "eqll" is not known (did you mean`, "[logs-endpoint.events.process-*]", `has no tactic "Magic"`, "T1003 OS Credential Dumping is no technique of Execution",
			"wrote rules/execution_a_draft.toml",
		}, ""},
		{"what stands in brackets", "A Draft\n\n\n\n\n\n", nil, 0, []string{"wrote rules/a_draft.toml"}, ""},
		{"a type without an index", "A Draft\nmachine_learning\n\n\n\n", nil, 0, []string{"wrote rules/a_draft.toml"}, "Index patterns"},
		{"flags", "\n\n\n\n", []string{"--name", "A Draft", "--type", "esql"}, 0, []string{"wrote rules/a_draft.toml"}, "Name of the rule"},
		{"a wrong flag", "", []string{"--name", "A Draft", "--type", "esqll"}, 2, []string{`the type "esqll" is not known`}, "Index patterns"},
		{"the input ends", "", nil, 2, []string{"a rule needs a name"}, "wrote"},
		{"the input ends in the middle", "A Draft\neqll", nil, 2, []string{`the type "eqll" is not known`}, "wrote"},
	} {
		system, said := project(t, nil)
		system.Interactive, system.In = true, strings.NewReader(c.typed)
		if code := cli.Run(append([]string{"new"}, c.args...), system); code != c.code {
			t.Errorf("%s: code %d\n%s", c.name, code, said)
		}
		for _, want := range c.want {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: %q is missing in\n%s", c.name, want, said)
			}
		}
		if c.not != "" && strings.Contains(said.String(), c.not) {
			t.Errorf("%s: %q is in\n%s", c.name, c.not, said)
		}
	}
	system, _ := project(t, nil)
	system.Interactive, system.In = true, strings.NewReader("A Draft\neql\nlogs-a-*, logs-b-*\n\n\n\n")
	cli.Run([]string{"new"}, system)
	text, err := os.ReadFile(filepath.Join(system.Dir, "rules/a_draft.toml"))
	if err != nil || !strings.Contains(string(text), `index = ["logs-a-*", "logs-b-*"]`) {
		t.Errorf("%v\n%s", err, text)
	}
}
