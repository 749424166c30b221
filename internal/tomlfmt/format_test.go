package tomlfmt_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
)

// check formats a text, holds the result against the laws and gives it.
func check(t *testing.T, text string, kind tomlfmt.Kind) string {
	t.Helper()
	got, err := format(text, kind)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := format(got, kind); err != nil || again != got {
		t.Errorf("not stable: %v\n%s\n---- then\n%s", err, got, again)
	}
	return got
}

// cases are texts before and after; an empty after means that the text stays.
type cases []struct{ name, before, after string }

func (all cases) run(t *testing.T, kind tomlfmt.Kind, head string) {
	t.Helper()
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.after
			if want == "" {
				want = tt.before
			}
			if diff := cmp.Diff(head+want, check(t, head+tt.before, kind)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRuleStrings(t *testing.T) {
	cases{
		{"query in double quotes", "query = \"\"\"\na : \"b\\\\c\"\n\"\"\"\n", "query = '''\na : \"b\\c\"\n'''\n"},
		{"query with escapes on one line", `query = "a : 1\nb : 2\n"` + "\n", "query = '''\na : 1\nb : 2\n'''\n"},
		{"query without a line break at its end", "query = '''a\nb'''\n", "query = '''\na\nb'''\n"},
		{"query that begins with an empty line", "query = '''\n\na\nb'''\n", ""},
		{"query on one line", `query = "a : 1"` + "\n", ""},
		{"query on one line with quotes", `query = '''a : "1"'''` + "\n", `query = 'a : "1"'` + "\n"},
		{"query on one line with both quotes", `query = '''a : "it's"'''` + "\n", ""},
		{"query on one line that ended in a line break keeps it", `query = "a : 1\n"` + "\n", "query = '''\na : 1\n'''\n"},
		{"query with three single quotes", "query = \"\"\"a : '''\nb\"\"\"\n", "query = \"\"\"\na : '''\nb\"\"\"\n"},
		{"query with three single quotes on one line", `query = "a : '''\nb \"c\\d\""` + "\n", "query = \"\"\"\na : '''\nb \"c\\\\d\\\"\"\"\"\n"},
		{"query that ends in a single quote", "query = \"\"\"a\n'b'\"\"\"\n", "query = \"\"\"\na\n'b'\"\"\"\n"},
		{"query with a control character", `query = "a\nb\u0001"` + "\n", "query = \"\"\"\na\nb\\u0001\"\"\"\n"},
		{"query whose lines the author joined", "query = \"\"\"a \\\n  b\nc\"\"\"\n", ""},
		{"query that is empty", "query = \"\"\n", ""},
		{"threat query", "threat_query = \"\"\"\na\nb\"\"\"\n", "threat_query = '''\na\nb'''\n"},
		{"description on one line", `description = "a\nb\n"` + "\n", "description = \"\"\"\na\nb\n\"\"\"\n"},
		{"description begins on the next line", "description = \"\"\"a\nb\"\"\"\n", "description = \"\"\"\na\nb\"\"\"\n"},
		{"description is not wrapped", "description = \"" + strings.Repeat("word ", 60) + "\"\n", ""},
		{"description between single quotes", "description = '''a\nb'''\n", "description = \"\"\"\na\nb\"\"\"\n"},
		{"description between single quotes with a backslash", "description = '''a\n\\b'''\n", "description = '''\na\n\\b'''\n"},
		{"note begins at once", "note = \"\"\"\n## A\nb\n\"\"\"\n", "note = \"\"\"## A\nb\n\"\"\"\n"},
		{"note that begins with an empty line", "note = \"\"\"\n\n## A\nb\n\"\"\"\n", ""},
		{"note on one line with line breaks", `note = "a\nb"` + "\n", "note = \"\"\"a\nb\"\"\"\n"},
		{"note between single quotes", "note = '''\na\nb'''\n", "note = \"\"\"a\nb\"\"\"\n"},
		{"note between single quotes with backslashes", "note = '''\na\n\\b'''\n", "note = '''a\n\\b'''\n"},
		{"note keeps its escapes", "note = \"\"\"a\n\\u00e9 \\\\ \\\"\"\"\"\n", ""},
		{"single quotes without need", "name = 'a'\n", "name = \"a\"\n"},
		{"single quotes with need", `name = 'a "b"'` + "\n", ""},
		{"three quotes without need", "name = \"\"\"a\"\"\"\n", "name = \"a\"\n"},
		{"three quotes and a line break without need", "name = '''\na'''\n", "name = \"a\"\n"},
		{"three quotes, both kinds inside", "name = '''it's \"a\"'''\n", ""},
		{"a tab between three quotes", "name = '''a\tb'''\n", "name = \"a\tb\"\n"},
		{"escapes stay", `name = "a\u00e9\t\"b\""` + "\n", ""},
		{"other text of several lines stays", "from = '''\na\nb'''\n", ""},
	}.run(t, tomlfmt.Rule, "[rule]\n")
}

// TestDamage holds what the formatter of others is known to damage.
func TestDamage(t *testing.T) {
	for name, text := range map[string]string{
		"backslashes in single quotes":         `description = 'C:\Windows'`,
		"backslashes in a note on one line":    `note = 'see C:\Windows'`,
		"backslashes in a setup":               `setup = "see C:\\Windows"`,
		"an emoji":                             `name = "a 😀"`,
		"an emoji as an escape":                `name = "a \U0001F600"`,
		"three single quotes in a query":       `query = "process.args : '''x'''"`,
		"three double quotes in a setup":       `setup = """` + "\na ```" + `python\n\"\"\"doc\"\"\"` + "\nb" + `"""`,
		"both kinds of quotes":                 `name = "it's \"quoted\""`,
		"a short description with a line feed": `description = "short\n"`,
		"a false positive of one sentence":     `false_positives = ["This is \"one\" sentence that says something."]`,
		"a false positive with inner spaces":   `false_positives = ["a  b\n  c "]`,
		"white space around a query":           "query = '''\n  a : 1  \n\n'''",
		"line feeds before and after a query":  `query = "\n\na : 1\n\n"`,
		"a filter's literal":                   `meta = { value = "a  b\nc" }`,
		"an action's list":                     `actions = [{ params = { to = ["b", "a"] } }]`,
		"a null character":                     `name = "a\u0000"`,
		"a carriage return":                    `query = "a\r\nb\rc"`,
	} {
		t.Run(name, func(t *testing.T) { check(t, "[rule]\n"+text+"\n", tomlfmt.Rule) })
	}
	order := "[[transform.investigate]]\nproviders = [[{ field = \"b\" }, { field = \"a\" }], [{ field = \"0\" }]]\n"
	if got := check(t, order, tomlfmt.Rule); got != order {
		t.Errorf("providers were put in another order:\n%s", got)
	}
	techniques := "[[rule.threat.technique]]\nid = \"T2\"\n\n[[rule.threat.technique]]\nid = \"T1\"\n"
	if got := check(t, techniques, tomlfmt.Rule); got != techniques {
		t.Errorf("techniques were put in another order:\n%s", got)
	}
}

func TestRuleOrder(t *testing.T) {
	const before = `[transform]
[[transform.osquery]]
query = "q"
label = "l"
[[transform.osquery]]
label = "m"
[other]
x = 1
[rule]
threat_query = "t"
query = "q"
type = "query"
"b.c" = 1
author = ["a"]


[rule.threshold]
value = 1
[[rule.threat]]
framework = "f"
[rule.threat.tactic]
id = "TA1"
[[rule.threat.technique]]
id = "T1"
[[rule.threat.technique.subtechnique]]
id = "T1.1"
[[rule.threat]]
framework = "g"
[[rule.filters]]
[rule.filters.query.'match']
z = 1
[rule.filters.meta]
y = 1
[metadata]
b = 1
a = 1
`
	const after = `[metadata]
a = 1
b = 1

[rule]
author = ["a"]
"b.c" = 1
type = "query"

query = "q"

threat_query = "t"

[[rule.filters]]

[rule.filters.meta]
y = 1

[rule.filters.query.match]
z = 1

[[rule.threat]]
framework = "f"

[[rule.threat.technique]]
id = "T1"

[[rule.threat.technique.subtechnique]]
id = "T1.1"

[rule.threat.tactic]
id = "TA1"

[[rule.threat]]
framework = "g"

[rule.threshold]
value = 1

[transform]

[[transform.osquery]]
label = "l"
query = "q"

[[transform.osquery]]
label = "m"

[other]
x = 1
`
	if diff := cmp.Diff(after, check(t, before, tomlfmt.Rule)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLists(t *testing.T) {
	hundred, more := strings.Repeat("x", 97), strings.Repeat("x", 98)
	cases{
		{"short", "index = [ \"a\",\n  'b' , ]\n", "index = [\"a\", \"b\"]\n"},
		{"100 characters", "index = [\n    \"" + hundred + "\",\n]\n", "index = [\"" + hundred + "\"]\n"},
		{"101 characters", "index = [\"" + more + "\"]\n", "index = [\n    \"" + more + "\",\n]\n"},
		{"tags", `tags = ["a", "b"]` + "\n", "tags = [\n    \"a\",\n    \"b\",\n]\n"},
		{"one tag", "tags = [\n \"a\" ]\n", "tags = [\"a\"]\n"},
		{"no items", "index = [\n]\n", "index = []\n"},
		{"tables on one line", "a = [{x=1},{y=2,}]\n", "a = [{ x = 1 }, { y = 2 }]\n"},
		{"tables on several lines", "a = [\n  {x=1},\n{}]\n", "a = [\n    { x = 1 },\n    {},\n]\n"},
		{"tables that are too wide", "a = [{ x = \"" + strings.Repeat("y", 110) + "\" }]\n", "a = [\n    { x = \"" + strings.Repeat("y", 110) + "\" },\n]\n"},
		{"tables that just fit", "a = [{ x = \"" + strings.Repeat("y", 103) + "\" }]\n", ""},
		{"lists of lists", "a = [[\n1],[2]]\n", "a = [[1], [2]]\n"},
		{"lists of lists on several lines", "a = [\n[[1],\n[2]],\n[]]\n", "a = [\n    [\n        [1],\n        [2],\n    ],\n    [],\n]\n"},
		{"numbers and dates as written", "a = [0x1F, 1_000, +1.0e3, 1979-05-27 07:32:00Z, inf]\n", ""},
		{"a string of several lines", "a = ['''\nx''', \"\"\"\nx\n\"\"\"]\n", "a = [\n    \"x\",\n    \"\"\"\nx\n\"\"\",\n]\n"},
		{"wide list in a table stays", "a = { b = [\"" + more + "\", \"b\"] }\n", ""},
		{"broken list in a table", "a = { b = [\n[1],[2]] }\n", "a = { b = [\n    [1],\n    [2],\n] }\n"},
		{"table on several lines", "a = {\n b = 1,\n\n\n c.d = 2,\n}\n", "a = {\n    b = 1,\n\n    c.d = 2\n}\n"},
		{"empty table", "a = {\n}\n", ""},
		{"keys", "\"a\" . 'b c' . \"\\u00e9\".'d\"' = 1\n", "a.\"b c\".\"é\".\"d\\\"\" = 1\n"},
		{"empty key", "'' = 1\n", "\"\" = 1\n"},
	}.run(t, tomlfmt.Rule, "[rule]\n")
}

func TestComments(t *testing.T) {
	cases{
		{"they move with their entry",
			"# top\n\n# of b\n[rule] # here\n# opens\n\n# of b 1\n\n# of b 2\nb = 1#end\n# of a\na = 2\n# closes\n\n# of meta\n[rule.meta]\nx = 1\n\n\n# last",
			"# top\n\n# of b\n[rule] # here\n# opens\n\n# of b 1\n\n# of a\na = 2\n# of b 2\nb = 1 #end\n# closes\n\n# of meta\n[rule.meta]\nx = 1\n\n# last\n"},
		{"directive stays at the start", "#:schema x.json\n# of rule\n[rule]\na = 1\n[metadata]\n", "#:schema x.json\n\n[metadata]\n\n# of rule\n[rule]\na = 1\n"},
		{"the last are adjacent to nothing", "[rule]\na = 1\n\n# x\n\n[metadata]\n# y\n", "[metadata]\n# y\n\n[rule]\na = 1\n\n# x\n"},
		{"before the query", "[rule]\n# of query\nquery = \"a\" # b\nname = \"a\"\n", "[rule]\nname = \"a\"\n\n# of query\nquery = \"a\" # b\n"},
		{"in a list",
			"[rule]\nindex = [ # 1\n# 2\n\"a\" # 3\n# 4\n, # 5\n\n# 6\n\"b\", # 7\n# 8\n]# 9\n",
			"[rule]\nindex = [\n    # 1\n    # 2\n    \"a\", # 3\n    # 4\n    # 5\n\n    # 6\n    \"b\", # 7\n    # 8\n] # 9\n"},
		{"in an empty list", "[rule]\nindex = [# 1\n]\n", "[rule]\nindex = [\n    # 1\n]\n"},
		{"in a table", "[rule]\na = { # 1\nb = 1, # 2\n# 3\nc = 2 # 4\n}\n", "[rule]\na = {\n    # 1\n    b = 1, # 2\n    # 3\n    c = 2 # 4\n}\n"},
		{"that looks like one", "[rule]\na = \"# 1\"\n\"b#\" = '''\n# 2'''\n", "[rule]\na = \"# 1\"\n\"b#\" = \"# 2\"\n"},
		{"alone", "\n\n# a\n#b \n\n\n#\n", "# a\n#b\n\n#\n"},
	}.run(t, tomlfmt.Rule, "")
}

func TestOrderStays(t *testing.T) {
	cases{
		{"entries and empty lines",
			"\nb = 1\n\n\n\n# of a\n\na=2\n[x]\n\nz.b = 1\n  z.a=2\n[[positive]]\n[positive.c]\n[[positive]]\n[base]\n",
			"b = 1\n\n# of a\n\na = 2\n\n[x]\nz.b = 1\nz.a = 2\n\n[[positive]]\n\n[positive.c]\n\n[[positive]]\n\n[base]\n"},
		{"no style for the fields of rules", "[rule]\nquery = \"\"\"\na\nb\"\"\"\ntags = [\"b\", \"a\"]\n", ""},
	}.run(t, tomlfmt.Fixture, "")
	if got := check(t, " \n\t\n", tomlfmt.Config); got != "" {
		t.Errorf("got %q of an empty text", got)
	}
}

func TestLineBreaksAndMark(t *testing.T) {
	got := check(t, "\ufeff[rule]\r\nb = '''\r\nx\r\ny'''\r\na = [\r\n# c\r\n1]\r\n\r\n", tomlfmt.Rule)
	if want := "[rule]\r\na = [\r\n    # c\r\n    1,\r\n]\r\nb = '''\r\nx\r\ny'''\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKindOf(t *testing.T) {
	for text, want := range map[string]tomlfmt.Kind{
		"[rule]": tomlfmt.Rule, "[[positive]]": tomlfmt.Fixture, "[[negative]]": tomlfmt.Fixture, "[base]": tomlfmt.Fixture,
		"[metadata]\n[[exceptions]]": tomlfmt.Exceptions, "index = []\n[fields]": tomlfmt.Fields, "fields = \"x\"\nexceptions = \"y\"": tomlfmt.Config, "": tomlfmt.Config,
		"[base]\n[fields]": tomlfmt.Fixture,
	} {
		doc, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tomlfmt.KindOf(doc); got != want {
			t.Errorf("%q: got kind %d, want %d", text, got, want)
		}
	}
}

func TestTextAndKey(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "a": `"a"`, `a"b`: `'a"b'`, `a\b`: `'a\b'`, `it's "a"`: `"it's \"a\""`, "a\nb\t\\": `"a\nb\t\\"`, "\x00\r\x7f": `"\u0000\r\u007F"`, "é😀": `"é😀"`,
	} {
		if got := tomlfmt.Text(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	if got := tomlfmt.Key("a-1", "$state", "", "ü", "x\ny"); got != `a-1."$state".""."ü"."x\u000Ay"` {
		t.Errorf("got %s", got)
	}
}

// FuzzFormat holds the laws for any text, as a rule and as anything else.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"[rule]\nquery='''\na'''\n# c\n[[rule.threat]]\n[rule.threat.tactic]\n[metadata]\n", "a=[ # 1\n{b=1,# 2\n},# 3\n]# 4\n", "#:schema\n\n# a\n[rule]\n# b\n\n# c\nd=1",
		"[a.b]\nc=1\n[a]\nd.e=1\n[rule]\nnote=\"\"\"a\n\\\"\"\"\"\"\n", "rule.query=\"a\\nb\\r\\n'''\"\r\n[rule.x]\r\n", "[rule]\ndescription='''a\nb'''\nsetup=\"\"\"\n\na \\\n b\"\"\"",
		"[[positive]]\nevents=[{a.b=1,c=[[nan,-0.0,1979-05-27]]}]\n[[positive.alert]]\n[[positive]]\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		if _, err := parse(text); err != nil {
			return
		}
		if err := laws("fuzz.toml", text); err != nil {
			t.Fatal(err)
		}
		once, err := format(text, tomlfmt.Rule)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := format(once, tomlfmt.Rule); err != nil || once != twice {
			t.Fatalf("not stable as a rule: %v\n%q\n%q", err, once, twice)
		}
	})
}
