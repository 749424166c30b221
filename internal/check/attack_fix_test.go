package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// entry is a table of a rule with what it names of ATT&CK.
func entry(header, id, name, address string) string {
	return header + "\nid = \"" + id + "\"\nname = \"" + name + "\"\nreference = \"https://attack.mitre.org/" + address + "\"\n"
}

// What was revoked is replaced where nothing but the words has to change, or where a subtechnique took the place of a technique.
func TestAttackFixes(t *testing.T) {
	const (
		head      = "[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n"
		technique = "[[rule.threat.technique]]"
		sub       = "[[rule.threat.technique.subtechnique]]"
	)
	collection := entry("[rule.threat.tactic]", "TA0009", "Collection", "tactics/TA0009/")
	exfiltration := entry("[rule.threat.tactic]", "TA0010", "Exfiltration", "tactics/TA0010/")
	execution := entry("[rule.threat.tactic]", "TA0002", "Execution", "tactics/TA0002/")
	interpreter := entry(technique, "T1059", "Command and Scripting Interpreter", "techniques/T1059/")
	powershell := entry(technique, "T1086", "PowerShell", "techniques/T1086/")
	for _, c := range []struct{ name, before, after string }{
		{"another tactic is left to a person", head + exfiltration + entry(technique, "T1002", "Data Compressed", "techniques/T1002/"), ""},
		{
			"a technique", head + collection + entry(technique, "T1002", "Data Compressed", "techniques/T1002/"),
			head + collection + entry(technique, "T1560", "Archive Collected Data", "techniques/T1560/"),
		},
		{
			"a subtechnique in the place of a technique", head + execution + powershell,
			head + execution + interpreter + entry(sub, "T1059.001", "PowerShell", "techniques/T1059/001/"),
		},
		{"the technique is there already", head + execution + interpreter + powershell, ""},
		{"a technique in an inline table", head + execution + "\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\ntactic = { id = \"TA0002\", name = \"Execution\", reference = \"https://attack.mitre.org/tactics/TA0002/\" }\ntechnique = [{ id = \"T1086\", name = \"PowerShell\", reference = \"https://attack.mitre.org/techniques/T1086/\" }]\n", ""},
		{
			"a name where the address agrees with the id", head + execution + entry(technique, "T1059", "PowerShell", "techniques/T1059/"),
			head + execution + interpreter,
		},
		{"a name where the address agrees with neither", head + execution + entry(technique, "T1059", "PowerShell", "techniques/T1003/"), ""},
		{
			"an address where the name agrees with the id", head + execution + entry(technique, "T1059", "Command and Scripting Interpreter", "techniques/T1003/"),
			head + execution + interpreter,
		},
	} {
		b := newBench(t)
		file := ruleOf(with(c.before))
		found := b.lint(t, suiteOf(t, check.Config{}, "attack-revoked"), "rules/a.toml", file)
		var fixes [][]diag.Edit
		for _, d := range found {
			if len(d.Fix) > 0 {
				fixes = append(fixes, d.Fix)
			}
		}
		got, _ := tomltext.Edit(file, fixes)
		want := file
		if c.after != "" {
			want = ruleOf(with(c.after))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s\n%v", c.name, diff, found)
		}
	}
}
