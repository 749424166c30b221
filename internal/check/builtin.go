package check

// builtIn are the findings that reading a repository makes; their levels cannot be changed. Those of the rule's schema
// carry the names of package schema.
func builtIn() []*Check {
	return []*Check{
		{Name: "toml-syntax", Scope: ScopeFile, Level: Error, Reason: "the file is no TOML, so nothing else can be told of it", Avoid: `name = "a`, Prefer: `name = "a"`},
		{Name: "unknown-key", Scope: ScopeFile, Level: Error, Reason: "Kibana drops a key that it does not know without a word", Avoid: `severty = "low"`, Prefer: `severity = "low"`},
		{Name: "kql-syntax", Scope: ScopeKQL, Level: Error, Reason: "Kibana refuses the query", Avoid: `not(a: 1)`, Prefer: `not (a: 1)`},
		{Name: "lucene-syntax", Scope: ScopeLucene, Level: Error, Reason: "Elasticsearch refuses the query", Avoid: `path:/etc/passwd`, Prefer: `path:"/etc/passwd"`},
		{Name: "eql-syntax", Scope: ScopeEQL, Level: Error, Reason: "Elasticsearch refuses the query", Avoid: `process where process.name = "sh"`, Prefer: `process where process.name == "sh"`},
		{Name: "eql-type", Scope: ScopeEQL, Level: Error, Reason: "Elasticsearch refuses what the types of the fields do not allow", Avoid: `process where process.pid == "one"`, Prefer: `process where process.pid == 1`},
		{Name: "rule-window", Scope: ScopeRule, Level: Error, Reason: "Kibana cannot read the time", Avoid: `from = "5 minutes ago"`, Prefer: `from = "now-5m"`},
		{Name: "rule-filter", Scope: ScopeRule, Level: Error, Reason: "Elasticsearch refuses the filter", Avoid: `[[rule.filters]] with an unknown query`, Prefer: "a query that Query DSL has"},
		{Name: "duplicate-rule-id", Scope: ScopeRepository, Level: Error, Reason: "with the same rule_id, publishing one rule overwrites the other", Avoid: "two files with one rule_id", Prefer: "an id for each"},
		{Name: "duplicate-name", Scope: ScopeRepository, Level: Warning, Reason: "alerts are told apart by the rule's name", Avoid: "two rules of one name", Prefer: "a name for each"},
		{Name: "unknown-check", Scope: ScopeFile, Level: Error, Reason: "a comment that allows a finding which there cannot be allows nothing", Avoid: `# tocsin: ignore kql-questionmark -- meant`, Prefer: `# tocsin: ignore kql-question-mark -- meant`},
		{Name: "unused-ignore", Scope: ScopeFile, Level: Warning, Reason: "a comment that allows nothing any more hides the next finding of its kind", Avoid: "a comment whose finding was mended", Prefer: "no comment"},
		{Name: "ignore-without-reason", Scope: ScopeFile, Level: Warning, Reason: "who reads the rule next must know why the finding is none", Avoid: `# tocsin: ignore leading-wildcard`, Prefer: `# tocsin: ignore leading-wildcard -- the field is of type wildcard`},
		{Name: "exception", Scope: ScopeRepository, Level: Error, Reason: "Kibana refuses the exception list", Avoid: `{ field = "a", type = "match" }`, Prefer: `{ field = "a", type = "match", value = "x" }`},
		{Name: "exception-list", Scope: ScopeRepository, Level: Warning, Reason: "Kibana publishes the rule without a list that it does not have", Avoid: "a list_id that no file has", Prefer: "the list in exceptions/"},
	}
}
