package rule

// NewTerms is the condition of a new_terms rule, in the form of TOML: the fields whose combination of values must
// not have been seen within the window.
type NewTerms struct {
	// Field is the constant "new_terms_fields".
	Field string
	// Value are the one to three fields.
	Value []string
	// HistoryWindowStart holds the start of the window in its first item.
	HistoryWindowStart []HistoryWindow
	record
}

// HistoryWindow is the start of the window, as date math.
type HistoryWindow struct {
	// Field is the constant "history_window_start".
	Field string
	Value string
	record
}

// Start is the date math at which the window begins; "" when it is not stated.
func (t *NewTerms) Start() string {
	if len(t.HistoryWindowStart) == 0 {
		return ""
	}
	return t.HistoryWindowStart[0].Value
}

func (t *NewTerms) fields(c *codec) {
	c.keep(&t.record)
	text(c, "field", &t.Field)
	texts(c, "value", &t.Value)
	tables(c, "history_window_start", &t.HistoryWindowStart)
}

func (h *HistoryWindow) fields(c *codec) {
	c.keep(&h.record)
	text(c, "field", &h.Field)
	text(c, "value", &h.Value)
}

// newTermsFields carries the condition. The API knows only a flat form of two fields, which TOML may use, too.
func (r *Rule) newTermsFields(c *codec) {
	if c.mode != encoding && !c.api {
		table(c, "new_terms", &r.NewTerms)
	}
	var flat flatTerms
	if c.mode == encoding {
		flat = flatten(r.NewTerms)
	}
	texts(c, "new_terms_fields", &flat.fields)
	optionalText(c, "history_window_start", &flat.start)
	if c.mode == decoding && r.NewTerms == nil {
		r.NewTerms = flat.fold()
	}
}

// flatTerms is the flat form. Start is nil when absent.
type flatTerms struct {
	fields []string
	start  *string
}

func flatten(t *NewTerms) flatTerms {
	if t == nil {
		return flatTerms{}
	}
	flat := flatTerms{fields: t.Value}
	if len(t.HistoryWindowStart) > 0 {
		flat.start = &t.HistoryWindowStart[0].Value
	}
	return flat
}

func (f flatTerms) fold() *NewTerms {
	if f.fields == nil && f.start == nil {
		return nil
	}
	t := &NewTerms{Field: "new_terms_fields", Value: f.fields}
	if f.start != nil {
		t.HistoryWindowStart = []HistoryWindow{{Field: "history_window_start", Value: *f.start}}
	}
	return t
}

// optionalText carries a string that may be absent.
func optionalText(c *codec, name string, p **string) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = **p
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	s, ok := value.(string)
	if !ok {
		c.mismatch("a string", name)
		return
	}
	*p = &s
}
