package page

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

func TestPlain(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", ""},
		{" \n\t ", ""},
		{"a\n  b\r\nc\td", "a b c d"},
		{"a\x00\x1b[1mb", `a \[1mb`},
		{"logs-*", "logs-*"},
		{"*a*", `\*a\*`},
		{"*", `\*`},
		{"* a", `\* a`},
		{"*a", "*a"},
		{"a_b_c", "a_b_c"},
		{"_a_", `\_a\_`},
		{"_a", "_a"},
		{"a __init__ b", `a \_\_init\_\_ b`},
		{"~a~", `\~a\~`},
		{"~a", "~a"},
		{"a | b", `a \| b`},
		{"`a`", "\\`a\\`"},
		{"[a](b)", `\[a\](b)`},
		{"a <b> 2 > 1", `a \<b> 2 > 1`},
		{`C:\Windows`, `C:\Windows`},
		{`C:\*`, `C:\\*`},
		{`a\`, `a\\`},
		{`\|`, `\\\|`},
		{"R&D; &amp; &#33; ATT&CK", `R\&D; \&amp; \&#33; ATT&CK`},
		{"# a", `\# a`},
		{"#a", "#a"},
		{"a # b", "a # b"},
		{"> a", `\> a`},
		{"- a", `\- a`},
		{"-a", "-a"},
		{"---", `\---`},
		{"--flag", "--flag"},
		{"+ a", `\+ a`},
		{"~~~", `\~\~\~`},
		{"1. a", `1\. a`},
		{"1) a", `1\) a`},
		{"1.5 a", "1.5 a"},
		{"1a", "1a"},
		{"Größe 日本", "Größe 日本"},
	} {
		if got := plain(row.text); got != row.want {
			t.Errorf("plain(%q) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestCode(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", ""},
		{" a\nb ", "`a b`"},
		{"a*b_c|d", "`a*b_c|d`"},
		{"a`b", "`` a`b ``"},
		{"``", "``` `` ```"},
	} {
		if got := code(row.text); got != row.want {
			t.Errorf("code(%q) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestCell(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"`a|b`", `¬a\|b¬`},
		{`a \| b`, `a \| b`},
		{"a", "a"},
	} {
		if want := strings.ReplaceAll(row.want, "¬", "`"); cell(row.text) != want {
			t.Errorf("cell(%q) = %q, want %q", row.text, cell(row.text), want)
		}
	}
}

func TestFenced(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", ""},
		{" \n\n ", ""},
		{"a\n", "```x\na\n```"},
		{"\n \n  a\n\n  b \n\n", "```x\n  a\n\n  b\n```"},
		{"a ``b`` c", "```x\na ``b`` c\n```"},
		{"a ``` b", "````x\na ``` b\n````"},
		{"`````", "``````x\n`````\n``````"},
		{"a\r\nb", "```x\na\nb\n```"},
	} {
		if got := fenced("x", row.text); got != row.want {
			t.Errorf("fenced(%q) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestLink(t *testing.T) {
	for _, row := range []struct{ address, want string }{
		{"", ""},
		{"https://example.com/a", "[https://example.com/a](https://example.com/a)"},
		{" http://example.com ", "[http://example.com](http://example.com)"},
		{"https://example.com/a_(b)", "[https://example.com/a_(b)](https://example.com/a_(b))"},
		{"https://example.com/a)b(", "[https://example.com/a)b(](https://example.com/a%29b%28)"},
		{"https://example.com/<a>*", `[https://example.com/\<a>*](https://example.com/%3Ca%3E%2A)`},
		{"https://example.com/a b", "https://example.com/a b"},
		{"javascript:alert(1)", "javascript:alert(1)"},
		{"a book", "a book"},
	} {
		if got := link(row.address, row.address); got != row.want {
			t.Errorf("link(%q) = %q, want %q", row.address, got, row.want)
		}
	}
}

func TestSlug(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"Kubernetes Pod Created With HostPID", "kubernetes-pod-created-with-hostpid"},
		{"a_b", "a-b"},
		{"  a -- (b)! ", "a-b"},
		{"AWS S3: 100% Öffentlich", "aws-s3-100-öffentlich"},
		{"prebuilt-rule-8-4-2", "prebuilt-rule-8-4-2"},
		{"-_.", ""},
		{"", ""},
	} {
		if got := Slug(row.text); got != row.want {
			t.Errorf("Slug(%q) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestAnchor(t *testing.T) {
	for _, row := range []struct{ name, id, prefix, want string }{
		{"A Rule", "id", "", "rule-a-rule"},
		{"A Rule", "id", "Prebuilt Rule 8.4.2", "prebuilt-rule-8-4-2-a-rule"},
		{"!", "1-2", "x", "x-1-2"},
		{"", "", "", "rule"},
	} {
		if got := Anchor(&rule.Rule{Name: row.name, RuleID: row.id}, row.prefix); got != row.want {
			t.Errorf("Anchor(%q, %q, %q) = %q, want %q", row.name, row.id, row.prefix, got, row.want)
		}
	}
}

func TestFileName(t *testing.T) {
	for _, row := range []struct{ file, want string }{
		{"a/b.toml", "a/b.md"},
		{"b.toml", "b.md"},
		{"a/b.c.toml", "a/b.c.md"},
		{"./a//b.toml", "a/b.md"},
		{"a/b", "a/b.md"},
	} {
		if got := FileName(row.file); got != row.want {
			t.Errorf("FileName(%q) = %q, want %q", row.file, got, row.want)
		}
	}
}

func TestGuide(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"nothing", " \n\n", ""},
		{"no heading", "a\n\nb\n", "a\n\nb"},
		{"already deep enough", "### a\n#### b", "### a\n#### b"},
		{"deeper stays", "#### a", "#### a"},
		{"one down", "## a\n### b\n## c", "### a\n#### b\n### c"},
		{"two down", "# a\n## b", "### a\n#### b"},
		{"none below six", "# a\n##### b\n###### c", "### a\n###### b\n###### c"},
		{"seven marks are text", "####### a", "####### a"},
		{"no space, no heading", "#a\n## b", "#a\n### b"},
		{"closing marks", "## a ##\n## b#\n## c \\# ##  ", "### a\n### b#\n### c \\#"},
		{"up to three spaces", "   ## a\n    ## code", "### a\n    ## code"},
		{"an empty heading goes", "##\n## ##\na", "a"},
		{"an empty heading does not count", "#\n## a", "### a"},
		{"in a code block", "```\n# a\n```\n## b", "```\n# a\n```\n### b"},
		{"in a longer code block", "````\n```\n# a\n````\n## b", "````\n```\n# a\n````\n### b"},
		{"in a code block of tildes", "~~~ x`y\n# a\n```\n~~~\n## b", "~~~ x`y\n# a\n```\n~~~\n### b"},
		{"inline code opens nothing", "```a``` b\n## c", "```a``` b\n### c"},
		{"a closing fence has no words", "```\n``` x\n# a\n```\n## b", "```\n``` x\n# a\n```\n### b"},
		{"left open", "```sh\na\n\n", "```sh\na\n```"},
		{"left open in a list", "- a\n  ```sh\n  b", "- a\n  ```sh\n  b\n  ```"},
		{"left open behind a marker", "1. ```\n   b", "1. ```\n   b\n   ```"},
		{"underlined", "a\n===\nb\nc\n-\nd", "### a\n#### b c\nd"},
		{"a rule is no underline", "a\n\n---\n\nb", "a\n\n---\n\nb"},
		{"a list item is not underlined", "- a\n---\nb", "- a\n---\nb"},
		{"a lazy line is not underlined", "> a\nb\n---", "> a\nb\n---"},
		{"a table is not underlined", "| a |\n---", "| a |\n---"},
		{"indented text is not underlined", "    a\n---", "    a\n---"},
		{"a number that marks no item", "2026 was\n---", "### 2026 was"},
		{"in a quote it is text", "> # a\n## b", "> # a\n### b"},
		{"CRLF", "## a\r\nb\r\n", "### a\nb"},
		{"HTML stays", "<h1>a</h1>\n## b", "<h1>a</h1>\n### b"},
		{"hard breaks stay", "a  \nb", "a  \nb"},
	} {
		if got := guide(row.text, nil); got != row.want {
			t.Errorf("%s: guide(%q) =\n%q, want\n%q", row.name, row.text, got, row.want)
		}
	}
}

func TestSetupTitle(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"## Setup\n\na", "a"},
		{"\n# setup #\na", "a"},
		{"## Setup\n### b", "### b"},
		{"## Setup of a\nb", "### Setup of a\nb"},
		{"a\n## Setup\nb", "a\n### Setup\nb"},
		{"## Setup\n", ""},
	} {
		if got := guide(withoutTitle(row.text, "Setup"), nil); got != row.want {
			t.Errorf("%q becomes %q, want %q", row.text, got, row.want)
		}
	}
}

func TestPlugins(t *testing.T) {
	yes, no := true, false
	transform := &rule.Transform{
		Osquery: []rule.Osquery{{Label: "Users *here*", Query: "SELECT 1"}, {Query: "SELECT 2"}, {}},
		Investigate: []rule.Investigate{{Label: "Hosts", Providers: [][]rule.Provider{
			{{Excluded: &no, Field: "host.id", Value: "{{host.id}}"}, {Excluded: &yes, Field: "user.id", Value: "0"}}, {},
			{{Field: "user.name", Value: "a"}},
		}}},
	}
	for _, row := range []struct{ text, want string }{
		{"- $osquery_0", "- Users *here*: `SELECT 1`"},
		{"${osquery_1}x", "`SELECT 2`x"},
		{"$osquery_2 $osquery_3 $osquery_99999999 $osquery $other_0", "$osquery_2 $osquery_3 $osquery_99999999 $osquery $other_0"},
		{"$investigate_0", "Hosts: `host.id: {{host.id}}` and `not user.id: 0`, or `user.name: a`"},
		{"$investigate_1", "$investigate_1"},
		{"${osquery_0", "${osquery_0"},
	} {
		want := row.want
		if strings.Contains(want, "*here*") {
			want = strings.ReplaceAll(want, "*", `\*`)
		}
		if got := plugins(row.text, transform); got != want {
			t.Errorf("plugins(%q) = %q, want %q", row.text, got, want)
		}
	}
	if got := plugins("$osquery_0", nil); got != "$osquery_0" {
		t.Errorf("without transforms a placeholder becomes %q", got)
	}
}
