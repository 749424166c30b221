package esql

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/extract"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// extract derives columns whose names begin with the prefix.
func (c *checker) extract(s *scope, e *Extract) {
	input := c.input(s, e.Input, e.Word)
	step := &Parts{base: base{Of: e}, Input: input}
	var parts []string
	switch e.Word {
	case "URI_PARTS":
		parts, step.Split = []string{"domain", "fragment", "path", "extension", "port", "query", "scheme", "user_info", "username", "password"}, uriParts
	case "REGISTERED_DOMAIN":
		parts, step.Split = []string{"domain", "registered_domain", "top_level_domain", "subdomain"}, domainParts
	default:
		c.suppliedParts(s, e)
		return
	}
	for _, part := range parts {
		t := column.Keyword
		if part == "port" {
			t = column.Integer
		}
		step.Outputs = append(step.Outputs, Part{Column{e.Prefix.Text + "." + part, t, c.newSlot()}, part})
	}
	c.add(step)
	for _, p := range step.Outputs {
		s.put(&entry{Column: p.Column})
	}
}

// suppliedParts brings into scope the columns below a prefix that a fixture gives: USER_AGENT and IP_LOCATION need a data base.
func (c *checker) suppliedParts(s *scope, e *Extract) {
	step := &Supplied{base: base{Of: e}}
	for _, name := range slices.Sorted(maps.Keys(c.Supplied)) {
		if strings.HasPrefix(name, e.Prefix.Text+".") {
			step.Outputs = append(step.Outputs, Column{name, column.Keyword, c.newSlot()})
		}
	}
	if len(step.Outputs) == 0 {
		c.lacksColumn(e.Word, e.Prefix.Text)
		s.open = true
		return
	}
	c.add(step)
	for _, out := range step.Outputs {
		s.put(&entry{Column: out})
	}
}

// uriParts are the parts that an address has, by name.
func uriParts(text string) (map[string]string, error) {
	u, err := extract.ParseURI(text)
	if err != nil {
		return nil, err
	}
	parts := map[string]string{}
	for name, part := range map[string]*string{
		"domain": u.Domain, "fragment": u.Fragment, "path": u.Path, "extension": u.Extension, "query": u.Query, "scheme": u.Scheme,
		"user_info": u.UserInfo, "username": u.Username, "password": u.Password,
	} {
		if part != nil {
			parts[name] = *part
		}
	}
	if u.Port != nil {
		parts["port"] = strconv.FormatInt(*u.Port, 10)
	}
	return parts, nil
}

// domainParts are the parts that a domain name has, by name.
func domainParts(text string) (map[string]string, error) {
	d, ok := extract.ParseDomain(text)
	if !ok {
		return nil, nil
	}
	parts := map[string]string{}
	for name, part := range map[string]string{"domain": d.Domain, "registered_domain": d.Registered, "top_level_domain": d.TopLevel, "subdomain": d.Subdomain} {
		if part != "" {
			parts[name] = part
		}
	}
	return parts, nil
}
