package rule

// Type is the kind of a rule, as TOML and the API spell it.
type Type string

// The rule types.
const (
	TypeQuery           Type = "query"
	TypeSavedQuery      Type = "saved_query"
	TypeEQL             Type = "eql"
	TypeESQL            Type = "esql"
	TypeThreshold       Type = "threshold"
	TypeThreatMatch     Type = "threat_match"
	TypeNewTerms        Type = "new_terms"
	TypeMachineLearning Type = "machine_learning"
)

// Types gives all rule types, the most common first.
func Types() []Type {
	return []Type{
		TypeQuery, TypeEQL, TypeESQL, TypeThreshold, TypeNewTerms, TypeThreatMatch, TypeMachineLearning, TypeSavedQuery,
	}
}

// String is the spelling of TOML and the API.
func (t Type) String() string { return string(t) }

// Language is the language of a query, as TOML and the API spell it.
type Language string

// The query languages.
const (
	KQL    Language = "kuery"
	Lucene Language = "lucene"
	EQL    Language = "eql"
	ESQL   Language = "esql"
)

// Languages gives all query languages.
func Languages() []Language { return []Language{KQL, Lucene, EQL, ESQL} }

// String is the spelling of TOML and the API.
func (l Language) String() string { return string(l) }

// Severity ranks the alerts of a rule.
type Severity string

// The severities.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities gives all severities, the lowest first.
func Severities() []Severity { return []Severity{Low, Medium, High, Critical} }

// String is the spelling of TOML and the API.
func (s Severity) String() string { return string(s) }
