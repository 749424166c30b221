package check

import (
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// builtIn are the findings that other packages make while files are read and queries compiled: they have names like the
// others, so that they can be explained.
func builtIn() []*Check {
	refused := func(name, reason string, languages ...rule.Language) *Check {
		return &Check{Name: name, Set: Refused, Level: diag.Error, Reason: reason, Languages: languages}
	}
	return []*Check{
		refused(tomltext.Syntax, "a file that is no TOML cannot be read"),
		refused(tomltext.NotText, "a rule is UTF-8 text"),
		refused(tomltext.TooLarge, "a file of this size, or nested this deeply, is no rule"),
		refused("unreadable-file", "a file that cannot be opened cannot be checked"),
		refused("no-rules", "the folders of rules that tocsin.toml names must exist"),
		refused("unknown-rule", "a rule that a command names must exist"),
		refused(schema.UnknownKey, "a key that Kibana does not know is lost, or refused"),
		refused(schema.MissingKey, "Kibana refuses a rule without the keys that its type needs"),
		refused(schema.WrongType, "Kibana refuses a value of another type"),
		refused(schema.NotAllowed, "Kibana refuses a value that is none of those allowed"),
		refused(schema.WrongForm, "Kibana refuses a text of another form, such as an interval without unit"),
		refused(schema.OutOfRange, "Kibana refuses a number that is too small or too large"),
		refused(schema.WrongLength, "Kibana refuses a list or text that is too short or too long"),
		refused(schema.TooMany, "a file with this many faults is told of the first ones only"),
		refused("rule-window", "times are relative to now: Kibana refuses what it cannot read as such"),
		refused("rule-filter", "Elasticsearch refuses a filter that it cannot read, or that does not fit the field's type"),
		refused("rule-grouping", "Elasticsearch cannot group by the values of such a field"),
		refused("exception", "an exception list must be one that Kibana takes, and name value lists that exist"),
		{
			Name: "exception-list", Set: Suspicious, Level: diag.Warning,
			Reason: "an exception list that is not in the repository must be in Kibana already, and tests do not see it",
		},
		refused("value-list", "a value list holds values of one type"),
		refused("check-config", "the table [check] of tocsin.toml names checks that exist, and levels that can be changed"),
		refused("connector", "a connector that a rule names must be one that Kibana takes"),
		refused("attack-table", "a project's own table of ATT&CK must be one that tocsin wrote"),
		refused("field-catalog", "a field catalog gives each field a type that Elasticsearch has"),
		refused("field-type-conflict", "catalogs of the same indices must agree on the type of a field, or it hangs on the names of the files which one counts"),
		refused("duplicate-rule-id", "with the same rule_id, publishing one rule overwrites the other"),
		refused("kql-syntax", "Kibana refuses a query that is no KQL", rule.KQL),
		refused("kql-type", "a value that cannot be of the field's type never matches, or is refused", rule.KQL),
		refused("kql-nested", "a nested field is searched within braces, and only a nested field is", rule.KQL),
		refused("eql-syntax", "Elasticsearch refuses a query that is no EQL", rule.EQL),
		refused("eql-type", "Elasticsearch refuses a comparison that the types do not allow", rule.EQL),
		refused("eql-key", "Elasticsearch refuses join keys that are no fields, or of different types", rule.EQL),
		refused("eql-two-fields", "Elasticsearch refuses a comparison of two fields", rule.EQL),
		refused("eql-arguments", "Elasticsearch refuses a function with arguments of another number or type", rule.EQL),
		refused("eql-pattern", "Elasticsearch refuses a pattern that is no regular expression of Lucene", rule.EQL),
		refused("eql-unknown-field", "Elasticsearch refuses a query with a field that no index maps", rule.EQL),
		refused("eql-unknown-function", "Elasticsearch refuses a function that it does not have", rule.EQL),
		{
			Name: "eql-never", Set: Suspicious, Level: diag.Warning, Languages: onlyEQL(),
			Reason: "a condition whose value the field can never have holds for no event",
			Avoid:  `process.pid == 0.5`, Prefer: `process.pid == 1`,
		},
		refused("lucene-syntax", "Elasticsearch refuses a query that is not in Lucene's syntax", rule.Lucene),
		refused("lucene-type", "Elasticsearch refuses a value that cannot be of the field's type", rule.Lucene),
		refused("esql-syntax", "Elasticsearch refuses a query that is no ES|QL", rule.ESQL),
		refused("esql-type", "Elasticsearch refuses an operator or function on columns of other types", rule.ESQL),
		refused("esql-semantics", "Elasticsearch refuses a command in a place, or with arguments, that it does not allow", rule.ESQL),
		refused("esql-pattern", "Elasticsearch refuses a pattern of LIKE, RLIKE, DISSECT or GROK that it cannot read", rule.ESQL),
		refused("esql-unknown-function", "Elasticsearch refuses a function that it does not have", rule.ESQL),
		refused("esql-unknown-column", "Elasticsearch refuses a query with a column that no index maps and no command made", rule.ESQL),
	}
}
