package rule

// WithoutDoc gives a copy of a rule that does not know its file.
func (r *Rule) WithoutDoc() *Rule {
	c := *r
	c.doc = nil
	return &c
}
