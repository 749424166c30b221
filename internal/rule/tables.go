package rule

// TextOrList is a field that may be written as a string or as a list of strings.
type TextOrList struct {
	Values []string
	// Single says that it was written as a string; Values then has one item.
	Single bool
}

// Threat is what a rule detects, in the words of an adversary framework.
type Threat struct {
	Framework string
	Tactic    *Tactic
	Technique []Technique
	record
}

// Tactic is an adversary's goal.
type Tactic struct {
	ID, Name, Reference string
	record
}

// Technique is a way to reach a tactic's goal.
type Technique struct {
	ID, Name, Reference string
	Subtechnique        []Subtechnique
	record
}

// Subtechnique is a variant of a technique.
type Subtechnique struct {
	ID, Name, Reference string
	record
}

// ThreatMapping is the threat of a rule in one version of one framework.
type ThreatMapping struct {
	Framework string
	Version   string
	Threat    []Threat
	record
}

// ExceptionList names an exception list that the rule uses.
type ExceptionList struct {
	ID, ListID, NamespaceType, Type string
	record
}

// RiskScoreMapping takes the risk score of an alert from a field of the event.
type RiskScoreMapping struct {
	Field, Operator, Value string
	RiskScore              int
	record
}

// SeverityMapping gives an alert another severity when a field of the event has a value.
type SeverityMapping struct {
	Field, Operator, Value string
	Severity               Severity
	record
}

// InvestigationFields are the fields to look at first.
type InvestigationFields struct {
	FieldNames []string
	record
}

// RelatedIntegration is a package whose data the rule searches.
type RelatedIntegration struct {
	Package, Version, Integration string
	record
}

// RequiredField is a field that the rule needs, with its Elasticsearch type.
type RequiredField struct {
	Name, Type string
	ECS        *bool
	record
}

// AlertSuppression makes one alert of several that agree in GroupBy. Without a duration it works per run.
type AlertSuppression struct {
	GroupBy               []string
	Duration              *Duration
	MissingFieldsStrategy string
	record
}

// Duration is a length of time in a unit: "s", "m" or "h".
type Duration struct {
	Value int
	Unit  string
	record
}

// Threshold is the condition of a threshold rule: at least Value events that agree in Field.
type Threshold struct {
	Field       *TextOrList
	Value       int
	Cardinality []Cardinality
	record
}

// Cardinality asks for at least Value different values of Field.
type Cardinality struct {
	Field string
	Value int
	record
}

// IndicatorMapping is a list of conditions that must all hold between an event and an indicator.
type IndicatorMapping struct {
	Entries []IndicatorEntry
	record
}

// IndicatorEntry compares Field of the event with the indicator's field Value.
type IndicatorEntry struct {
	Field, Type, Value string
	Negate             *bool
	record
}

func (t *Threat) fields(c *codec) {
	c.keep(&t.record)
	text(c, "framework", &t.Framework)
	table(c, "tactic", &t.Tactic)
	tables(c, "technique", &t.Technique)
}

func (t *Tactic) fields(c *codec) {
	c.keep(&t.record)
	named(c, &t.ID, &t.Name, &t.Reference)
}

func (t *Technique) fields(c *codec) {
	c.keep(&t.record)
	named(c, &t.ID, &t.Name, &t.Reference)
	tables(c, "subtechnique", &t.Subtechnique)
}

func (t *Subtechnique) fields(c *codec) {
	c.keep(&t.record)
	named(c, &t.ID, &t.Name, &t.Reference)
}

func named(c *codec, id, name, reference *string) {
	text(c, "id", id)
	text(c, "name", name)
	text(c, "reference", reference)
}

func (t *ThreatMapping) fields(c *codec) {
	c.keep(&t.record)
	text(c, "framework", &t.Framework)
	text(c, "version", &t.Version)
	tables(c, "threat", &t.Threat)
}

func (l *ExceptionList) fields(c *codec) {
	c.keep(&l.record)
	text(c, "id", &l.ID)
	text(c, "list_id", &l.ListID)
	text(c, "namespace_type", &l.NamespaceType)
	text(c, "type", &l.Type)
}

func (m *RiskScoreMapping) fields(c *codec) {
	c.keep(&m.record)
	text(c, "field", &m.Field)
	text(c, "operator", &m.Operator)
	text(c, "value", &m.Value)
	number(c, "risk_score", &m.RiskScore)
}

func (m *SeverityMapping) fields(c *codec) {
	c.keep(&m.record)
	text(c, "field", &m.Field)
	text(c, "operator", &m.Operator)
	text(c, "value", &m.Value)
	text(c, "severity", &m.Severity)
}

func (f *InvestigationFields) fields(c *codec) {
	c.keep(&f.record)
	texts(c, "field_names", &f.FieldNames)
}

func (i *RelatedIntegration) fields(c *codec) {
	c.keep(&i.record)
	text(c, "package", &i.Package)
	text(c, "version", &i.Version)
	text(c, "integration", &i.Integration)
}

func (f *RequiredField) fields(c *codec) {
	c.keep(&f.record)
	text(c, "name", &f.Name)
	text(c, "type", &f.Type)
	flag(c, "ecs", &f.ECS)
}

func (s *AlertSuppression) fields(c *codec) {
	c.keep(&s.record)
	texts(c, "group_by", &s.GroupBy)
	table(c, "duration", &s.Duration)
	text(c, "missing_fields_strategy", &s.MissingFieldsStrategy)
}

func (d *Duration) fields(c *codec) {
	c.keep(&d.record)
	number(c, "value", &d.Value)
	text(c, "unit", &d.Unit)
}

func (t *Threshold) fields(c *codec) {
	c.keep(&t.record)
	textOrList(c, "field", &t.Field)
	number(c, "value", &t.Value)
	tables(c, "cardinality", &t.Cardinality)
}

func (t *Cardinality) fields(c *codec) {
	c.keep(&t.record)
	text(c, "field", &t.Field)
	number(c, "value", &t.Value)
}

func (m *IndicatorMapping) fields(c *codec) {
	c.keep(&m.record)
	tables(c, "entries", &m.Entries)
}

func (e *IndicatorEntry) fields(c *codec) {
	c.keep(&e.record)
	text(c, "field", &e.Field)
	text(c, "type", &e.Type)
	text(c, "value", &e.Value)
	flag(c, "negate", &e.Negate)
}
