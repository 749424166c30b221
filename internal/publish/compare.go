package publish

// Compare tells in which fields one state of a rule differs from an earlier one, both as Kibana's API takes them, sorted by
// path and by meaning: what Kibana fills in by itself is no difference.
func Compare(before, after map[string]any) []FieldChange { return differences(Rule, before, after) }
