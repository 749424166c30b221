package rule

// Metadata is what a repository knows about a rule and Kibana does not.
type Metadata struct {
	// CreationDate, UpdatedDate and DeprecationDate are written as YYYY/MM/DD.
	CreationDate    string
	UpdatedDate     string
	DeprecationDate string
	// DeprecatedReason is allowed only when Maturity is "deprecated".
	DeprecatedReason string
	// Maturity is "development", "experimental", "beta", "production" or "deprecated".
	Maturity string
	// Integration names the packages whose data the rule searches.
	Integration      *TextOrList
	MinStackVersion  string
	MinStackComments string
	// QuerySchemaValidation, when false, switches the checks of field names off.
	QuerySchemaValidation *bool
	// BypassBBRTiming, when true, switches the timing checks of building blocks off.
	BypassBBRTiming      *bool
	Promotion            *bool
	OSTypeList           []string
	RelatedEndpointRules []string
	Comments             string
	// Extended holds the user's own data, as the TOML decodes.
	Extended map[string]any
	record
}

func (m *Metadata) fields(c *codec) {
	c.keep(&m.record)
	text(c, "creation_date", &m.CreationDate)
	text(c, "updated_date", &m.UpdatedDate)
	text(c, "deprecation_date", &m.DeprecationDate)
	text(c, "deprecated_reason", &m.DeprecatedReason)
	text(c, "maturity", &m.Maturity)
	textOrList(c, "integration", &m.Integration)
	text(c, "min_stack_version", &m.MinStackVersion)
	text(c, "min_stack_comments", &m.MinStackComments)
	flag(c, "query_schema_validation", &m.QuerySchemaValidation)
	flag(c, "bypass_bbr_timing", &m.BypassBBRTiming)
	flag(c, "promotion", &m.Promotion)
	texts(c, "os_type_list", &m.OSTypeList)
	texts(c, "related_endpoint_rules", &m.RelatedEndpointRules)
	text(c, "comments", &m.Comments)
	verbatim(c, "extended", &m.Extended)
}

// Transform holds the interactive parts of an investigation guide, which its text names as $osquery_0 and so on.
type Transform struct {
	Osquery     []Osquery
	Investigate []Investigate
	record
}

// Osquery is a query that an analyst can run on a host.
type Osquery struct {
	Label, Query string
	// ECSMapping maps an ECS field to {field = ...} or {value = ...}.
	ECSMapping map[string]any
	record
}

// Investigate is a search that an analyst can open. Of its providers one list must hold as a whole.
type Investigate struct {
	Label, Description       string
	Providers                [][]Provider
	RelativeFrom, RelativeTo string
	record
}

// Provider is a condition of such a search.
type Provider struct {
	Excluded                           *bool
	Field, QueryType, Value, ValueType string
	record
}

func (t *Transform) fields(c *codec) {
	c.keep(&t.record)
	tables(c, "osquery", &t.Osquery)
	tables(c, "investigate", &t.Investigate)
}

func (o *Osquery) fields(c *codec) {
	c.keep(&o.record)
	text(c, "label", &o.Label)
	text(c, "query", &o.Query)
	open(c, "ecs_mapping", &o.ECSMapping)
}

func (i *Investigate) fields(c *codec) {
	c.keep(&i.record)
	text(c, "label", &i.Label)
	text(c, "description", &i.Description)
	tableLists(c, "providers", &i.Providers)
	text(c, "relativeFrom", &i.RelativeFrom)
	text(c, "relativeTo", &i.RelativeTo)
}

func (p *Provider) fields(c *codec) {
	c.keep(&p.record)
	flag(c, "excluded", &p.Excluded)
	text(c, "field", &p.Field)
	text(c, "queryType", &p.QueryType)
	text(c, "value", &p.Value)
	text(c, "valueType", &p.ValueType)
}
