package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Config is what a project says about checks. The zero value is what holds without configuration.
type Config struct {
	// Sets and Levels give levels by the name of a set or a check; the more specific one wins.
	Sets, Levels map[string]diag.Severity
	// RequiredTags are tags that a rule must have, by an index pattern that it searches.
	RequiredTags map[string][]string
	// TagPrefixes are what every tag must begin with one of.
	TagPrefixes []string
	// FileName is the form of a rule's file name, without folders; "" is lower-case words joined by "_".
	FileName string
	// OldestStack is the oldest release that rules must run on; "" asks nothing.
	OldestStack string
}

// Suite is the checks of a project. It is immutable and safe for concurrent use.
type Suite struct {
	config   Config
	levels   map[string]diag.Severity
	known    map[string]*Check
	enabled  []*Check
	fileName *regexp.Regexp
}

// defaultFileName is the form of Elastic's repository.
const defaultFileName = `^[a-z0-9_]+\.toml$`

// ConfigError is what a configuration has wrong: the path below [check], the reason and a way out.
type ConfigError struct {
	Path          []string
	Message, Help string
}

// Error is the message.
func (e *ConfigError) Error() string { return e.Message }

// Refusals is the suite that only tells what Kibana or Elasticsearch would refuse.
func Refusals() *Suite {
	off := map[string]diag.Severity{}
	for _, set := range Sets() {
		if set != Refused {
			off[string(set)] = Off
		}
	}
	s, _ := NewSuite(Config{Sets: off})
	return s
}

// Default is the suite of a project that configures nothing.
func Default() *Suite {
	s, _ := NewSuite(Config{})
	return s
}

// NewSuite makes the suite of a configuration.
func NewSuite(config Config) (*Suite, *ConfigError) {
	s := &Suite{config: config, levels: map[string]diag.Severity{}, known: map[string]*Check{}}
	for _, c := range All() {
		s.known[c.Name] = c
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.known)) {
		c := s.known[name]
		level := c.Level
		if of, ok := config.Sets[string(c.Set)]; ok {
			level = of
		}
		if of, ok := config.Levels[name]; ok {
			level = of
		}
		s.levels[name] = level
		if level != Off && (c.rule != nil || c.query != nil) {
			s.enabled = append(s.enabled, c)
		}
	}
	pattern := config.FileName
	if pattern == "" {
		pattern = defaultFileName
	}
	var err error
	if s.fileName, err = regexp.Compile(pattern); err != nil {
		return nil, &ConfigError{Path: []string{"file_name"}, Message: fmt.Sprintf("`file_name` is no regular expression: %v", err), Help: "write one in Go's syntax, such as " + defaultFileName}
	}
	return s, nil
}

// validate finds names that no check and no set has, and levels that cannot be changed.
func (s *Suite) validate() *ConfigError {
	for _, name := range slices.Sorted(maps.Keys(s.config.Levels)) {
		c, ok := s.known[name]
		switch {
		case !ok:
			return &ConfigError{Path: []string{"levels", name}, Message: fmt.Sprintf("there is no check `%s`", name), Help: s.suggestion(name)}
		case c.Fixed():
			return &ConfigError{Path: []string{"levels", name}, Message: fmt.Sprintf("the level of `%s` cannot be changed", name), Help: "what it finds, Kibana refuses"}
		}
	}
	if _, ok := s.config.Sets[string(Refused)]; ok {
		return &ConfigError{Path: []string{"sets", string(Refused)}, Message: "the level of the set `refused` cannot be changed", Help: "what it finds, Kibana refuses"}
	}
	return nil
}

// suggestion is the help for a name that no check has.
func (s *Suite) suggestion(name string) string {
	if near := diag.DidYouMean(name, slices.Collect(maps.Keys(s.known))); near != "" {
		return near
	}
	return "`tocsin check --list` shows all"
}

// Find gives a check by its name; the help says what was probably meant when there is none.
func (s *Suite) Find(name string) (c *Check, help string) {
	if c, ok := s.known[name]; ok {
		return c, ""
	}
	return nil, s.suggestion(name)
}

// Level is the level of a check in this suite.
func (s *Suite) Level(name string) diag.Severity { return s.levels[name] }

// Subject is a rule with what is known about it.
type Subject struct {
	Rule *rule.Rule
	// Path is the rule's file, with slashes.
	Path string
	// Environment is what the rule is compiled for.
	Environment detect.Environment
	// Coverage is what the catalogs of Environment's schema know of the rule's indices.
	Coverage Coverage
	// Attack is the table that tactics and techniques are held against; without one they are not.
	Attack *attack.Table
}

// Rule reports what is wrong in a rule: what Kibana or Elasticsearch would refuse, and what the enabled checks find. The
// levels are those of the registry until [Suite.Settle].
func (s *Suite) Rule(subject Subject) diag.List {
	p := &pass{suite: s, Subject: subject}
	p.found = compile(subject)
	p.queries = p.parse()
	for _, c := range s.enabled {
		p.check = c
		if c.rule != nil {
			c.rule(p)
		}
		for _, q := range p.queries {
			if c.query != nil && slices.Contains(c.Languages, q.language) {
				p.at = q
				c.query(p, q)
			}
		}
	}
	return p.found
}

// withoutRemote is an index pattern without the name of a remote cluster.
func withoutRemote(pattern string) string { return pattern[strings.LastIndexByte(pattern, ':')+1:] }
