package rule

import (
	"errors"
	"fmt"
	"strings"
)

// EncodeAPI gives the rule as an object of Kibana's detection API: values as encoding/json decodes them with
// UseNumber (map[string]any, []any, string, bool, json.Number, nil). What is for the repository only is left
// out, and the condition of a new_terms rule takes its flat form.
func (r *Rule) EncodeAPI() map[string]any {
	return encodeTable(&session{api: true}, r)
}

// DecodeAPI reads an object of Kibana's detection API; numbers may be json.Number or float64. Fields that the
// model does not know, and those that hold null, are kept in Extra. It fails when a field has another type than
// it should.
func DecodeAPI(object map[string]any) (*Rule, error) {
	r := &Rule{}
	s := &session{api: true}
	decodeTable(s, r, object)
	var errs []error
	for _, m := range s.problems {
		errs = append(errs, fmt.Errorf("%s is not %s", strings.Join(m.path, "."), m.want))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return r, nil
}

// Kibana's defaults for what a rule does not state.
const (
	DefaultInterval   = "5m"
	DefaultFrom       = "now-6m"
	DefaultTo         = "now"
	DefaultMaxSignals = 100
)

// IntervalOrDefault is how often the rule runs.
func (r *Rule) IntervalOrDefault() string { return orDefault(r.Interval, DefaultInterval) }

// FromOrDefault is the start of the time that a run searches, as date math.
func (r *Rule) FromOrDefault() string { return orDefault(r.From, DefaultFrom) }

// ToOrDefault is the end of the time that a run searches, as date math.
func (r *Rule) ToOrDefault() string { return orDefault(r.To, DefaultTo) }

// MaxSignalsOrDefault is the number of alerts that a run creates at most.
func (r *Rule) MaxSignalsOrDefault() int { return orDefault(r.MaxSignals, DefaultMaxSignals) }

// LanguageOrDefault is the language of the query: the one that is stated, or else the one of the rule's type.
func (r *Rule) LanguageOrDefault() Language {
	switch {
	case r.Language != "":
		return r.Language
	case r.Type == TypeEQL:
		return EQL
	case r.Type == TypeESQL:
		return ESQL
	case r.Type == TypeMachineLearning:
		return ""
	}
	return KQL
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
