package rule

// ForAPI gives a copy of a rule without what the API does not carry.
func (r *Rule) ForAPI() *Rule {
	c := *r
	c.Metadata, c.Transform, c.ThreatMappings, c.doc = Metadata{}, nil, nil, nil
	return &c
}
