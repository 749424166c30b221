package versions_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/versions"
)

const lockText = `{
  "a": {
    "min_stack_version": "9.3",
    "previous": {
      "8.19": {
        "max_allowable_version": 102,
        "rule_name": "Ol\u00e9 \ud83d\ude00 <b> & \"c\"",
        "sha256": "00",
        "type": "eql",
        "version": 3
      }
    },
    "rule_name": "New",
    "sha256": "01",
    "stack_emit": {
      "9.5": {
        "sha256": "02",
        "version": 104
      }
    },
    "type": "eql",
    "version": 103
  },
  "b": {
    "rule_name": "Other",
    "sha256": "03",
    "type": "query",
    "version": 1
  }
}
`

const deprecatedText = `{
  "a": {
    "deprecated_reason": "replaced",
    "deprecation_date": "2026/01/01",
    "note": "kept",
    "rule_name": "Old",
    "stack_version": "9.3.0"
  }
}
`

func TestFilesRoundTrip(t *testing.T) {
	lock, err := versions.ReadLock([]byte(lockText))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := lock.JSON(); err != nil || got != lockText {
		t.Errorf("%v (-want +got)\n%s", err, cmp.Diff(lockText, got))
	}
	if name := lock["a"].Previous["8.19"].Name; name != `Olé 😀 <b> & "c"` {
		t.Errorf("the name is %q", name)
	}
	list, err := versions.ReadDeprecated([]byte(deprecatedText))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := list.JSON(); err != nil || got != deprecatedText {
		t.Errorf("%v (-want +got)\n%s", err, cmp.Diff(deprecatedText, got))
	}
}

func TestReadLockRefuses(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", "EOF"},
		{"half a file", lockText[:60], "unexpected EOF"},
		{"a merge conflict", "{\n<<<<<<< HEAD\n", "line 2: invalid character '<'"},
		{"two texts", "{}\n{}", "line 2: something follows"},
		{"a brace too many", "{}}", "line 1: something follows"},
		{"a list", "[]", "line 1: it must hold an object for each rule, not a array"},
		{"a rule that is a text", `{"a": "x"}`, "an object for each rule, not a string"},
		{"a rule that is null", `{"a": null}`, "rule a: `version` must be 1 or more, not 0"},
		{"no version", `{"a": {"rule_name": "x"}}`, "rule a: `version` must be 1 or more, not 0"},
		{"a negative version", `{"a": {"version": -1}}`, "not -1"},
		{"a fraction", `{"a": {"version": 1.5}}`, "rule a: `version` must be a whole number"},
		{"a huge version", `{"a": {"version": 99999999999999999999}}`, "`version` must be a whole number"},
		{"a version that is a text", `{"a": {"version": "1"}}`, "rule a: `version` must be a whole number"},
		{"a name that is a number", `{"a": {"version": 1, "rule_name": 1}}`, "rule a: `rule_name` must be a string"},
		{"a fork that is a number", `{"a": {"version": 1, "previous": {"9.3": 1}}}`, "`previous.9.3` must be an object"},
		{"a fork without a version", `{"a": {"version": 1, "previous": {"9.3": {}}}}`, "rule a: previous 9.3: `version`"},
	} {
		_, err := versions.ReadLock([]byte(row.text))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
	if _, err := versions.ReadDeprecated([]byte(`{"a": {"rule_name": 1}}`)); err == nil || !strings.Contains(err.Error(), "rule a: `rule_name`") {
		t.Errorf("a name that is a number: %v", err)
	}
	if lock, err := versions.ReadLock([]byte(`{"a": {"version": 1}}`)); err != nil || lock["a"].Version != 1 {
		t.Errorf("the least that a lock needs: %v", err)
	}
}

func FuzzReadLock(f *testing.F) {
	f.Add(lockText)
	f.Add(`{"a": {"version": 1, "previous": {"9.3": {"version": 1}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		lock, err := versions.ReadLock([]byte(text))
		if err != nil {
			return
		}
		first, err := lock.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := versions.ReadLock([]byte(first))
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, first)
		}
		if second, _ := again.JSON(); second != first {
			t.Errorf("(-once +twice)\n%s", cmp.Diff(first, second))
		}
	})
}
