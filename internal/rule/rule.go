package rule

import "github.com/tocsin-rules/tocsin/internal/tomltext"

// Rule is a detection rule. Which fields a rule may have depends on its Type; the schema checks that, the model
// holds whatever was written.
type Rule struct {
	// Metadata and Transform are for the repository only; Kibana never sees them.
	Metadata  Metadata
	Transform *Transform

	Author            []string
	Name              string
	Description       string
	RiskScore         int
	Severity          Severity
	RuleID            string
	Type              Type
	Enabled           *bool
	Tags              []string
	License           string
	Note              string
	Setup             string
	References        []string
	Version           int
	Revision          int
	Meta              map[string]any
	Namespace         string
	OutputIndex       string
	Throttle          string
	FalsePositives    []string
	BuildingBlockType string

	// Interval, From, To and MaxSignals are as written; see IntervalOrDefault and its siblings.
	Interval   string
	From       string
	To         string
	MaxSignals int

	Threat []Threat
	// ThreatMappings are for the repository only: the threat in versions of the framework.
	ThreatMappings []ThreatMapping

	Actions         []map[string]any
	ResponseActions []map[string]any
	ExceptionsList  []ExceptionList

	RiskScoreMapping                  []RiskScoreMapping
	SeverityMapping                   []SeverityMapping
	RuleNameOverride                  string
	TimestampOverride                 string
	TimestampOverrideFallbackDisabled *bool
	TimelineID                        string
	TimelineTitle                     string
	InvestigationFields               *InvestigationFields
	RelatedIntegrations               []RelatedIntegration
	RequiredFields                    []RequiredField

	// What a rule searches: all types but machine_learning.
	Language         Language
	Query            string
	Index            []string
	DataViewID       string
	Filters          []map[string]any
	SavedID          string
	AlertSuppression *AlertSuppression

	// eql
	TimestampField        string
	EventCategoryOverride string
	TiebreakerField       string

	// threshold
	Threshold *Threshold

	// new_terms
	NewTerms *NewTerms

	// threat_match
	ThreatIndex         []string
	ThreatMapping       []IndicatorMapping
	ThreatQuery         string
	ThreatLanguage      Language
	ThreatFilters       []map[string]any
	ThreatIndicatorPath string
	ConcurrentSearches  int
	ItemsPerSearch      int

	// machine_learning
	AnomalyThreshold     int
	MachineLearningJobID *TextOrList

	record
	doc *tomltext.Document
}

func (r *Rule) fields(c *codec) {
	c.keep(&r.record)
	r.commonFields(c)
	r.overrideFields(c)
	r.queryFields(c)
	r.indicatorFields(c)
	r.newTermsFields(c)
	text(c, "timestamp_field", &r.TimestampField)
	text(c, "event_category_override", &r.EventCategoryOverride)
	text(c, "tiebreaker_field", &r.TiebreakerField)
	table(c, "threshold", &r.Threshold)
	number(c, "anomaly_threshold", &r.AnomalyThreshold)
	textOrList(c, "machine_learning_job_id", &r.MachineLearningJobID)
}

func (r *Rule) commonFields(c *codec) {
	texts(c, "author", &r.Author)
	text(c, "name", &r.Name)
	text(c, "description", &r.Description)
	number(c, "risk_score", &r.RiskScore)
	text(c, "severity", &r.Severity)
	text(c, "rule_id", &r.RuleID)
	text(c, "type", &r.Type)
	flag(c, "enabled", &r.Enabled)
	texts(c, "tags", &r.Tags)
	text(c, "license", &r.License)
	text(c, "note", &r.Note)
	text(c, "setup", &r.Setup)
	texts(c, "references", &r.References)
	number(c, "version", &r.Version)
	number(c, "revision", &r.Revision)
	open(c, "meta", &r.Meta)
	text(c, "namespace", &r.Namespace)
	text(c, "output_index", &r.OutputIndex)
	text(c, "throttle", &r.Throttle)
	texts(c, "false_positives", &r.FalsePositives)
	text(c, "building_block_type", &r.BuildingBlockType)
	text(c, "interval", &r.Interval)
	text(c, "from", &r.From)
	text(c, "to", &r.To)
	number(c, "max_signals", &r.MaxSignals)
	tables(c, "threat", &r.Threat)
	if !c.api {
		tables(c, "threat_mappings", &r.ThreatMappings)
	}
	opens(c, "actions", &r.Actions)
	opens(c, "response_actions", &r.ResponseActions)
	tables(c, "exceptions_list", &r.ExceptionsList)
}

func (r *Rule) overrideFields(c *codec) {
	tables(c, "risk_score_mapping", &r.RiskScoreMapping)
	tables(c, "severity_mapping", &r.SeverityMapping)
	text(c, "rule_name_override", &r.RuleNameOverride)
	text(c, "timestamp_override", &r.TimestampOverride)
	flag(c, "timestamp_override_fallback_disabled", &r.TimestampOverrideFallbackDisabled)
	text(c, "timeline_id", &r.TimelineID)
	text(c, "timeline_title", &r.TimelineTitle)
	table(c, "investigation_fields", &r.InvestigationFields)
	tables(c, "related_integrations", &r.RelatedIntegrations)
	tables(c, "required_fields", &r.RequiredFields)
}

func (r *Rule) queryFields(c *codec) {
	text(c, "language", &r.Language)
	text(c, "query", &r.Query)
	texts(c, "index", &r.Index)
	text(c, "data_view_id", &r.DataViewID)
	opens(c, "filters", &r.Filters)
	text(c, "saved_id", &r.SavedID)
	table(c, "alert_suppression", &r.AlertSuppression)
}

func (r *Rule) indicatorFields(c *codec) {
	texts(c, "threat_index", &r.ThreatIndex)
	tables(c, "threat_mapping", &r.ThreatMapping)
	text(c, "threat_query", &r.ThreatQuery)
	text(c, "threat_language", &r.ThreatLanguage)
	opens(c, "threat_filters", &r.ThreatFilters)
	text(c, "threat_indicator_path", &r.ThreatIndicatorPath)
	number(c, "concurrent_searches", &r.ConcurrentSearches)
	number(c, "items_per_search", &r.ItemsPerSearch)
}
