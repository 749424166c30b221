package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// fieldChecks hold a query against the types of its fields.
func fieldChecks() []*Check {
	search := []rule.Language{rule.KQL, rule.Lucene}
	return []*Check{
		{
			Name: "unknown-field", Set: Correctness, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "a field that no index has never matches; in EQL and ES|QL it fails the whole rule",
			Avoid:  `proccess.name: x`, Prefer: `process.name: x`,
			query: unknownField, rule: unknownRuleField,
		},
		{
			Name: "unneeded-optional-field", Set: Suspicious, Level: Off, Languages: onlyEQL(),
			Reason: "a ? before a field that every index has only hides typing slips",
			Avoid:  `?process.name`, Prefer: `process.name`,
			query: unneededOptional,
		},
		{
			Name: "range-on-keyword", Set: Correctness, Level: diag.Error, Languages: queryLanguages(),
			Reason: "a range on a keyword compares texts: \"9\" is greater than \"10\"",
			Avoid:  `winlog.event_data.LogonType > 9`, Prefer: `a field of a numeric type, or a list of values`,
			query: rangeOnKeyword,
		},
		{
			Name: "cidr-on-keyword", Set: Correctness, Level: diag.Error, Languages: search,
			Reason: "a block of addresses means something on a field of type ip only; elsewhere it is a text",
			Avoid:  `client.address: 10.0.0.0/8`, Prefer: `client.ip: 10.0.0.0/8`,
			query: cidrOnKeyword,
		},
		{
			Name: "wildcard-on-text", Set: Suspicious, Level: diag.Warning, Languages: search,
			Reason: "a text is split into words: a pattern with a space in it never fits a word",
			Avoid:  `powershell.file.script_block_text: *Invoke Web*`, Prefer: `powershell.file.script_block_text: "Invoke Web"`,
			query: wildcardOnText,
		},
		{
			Name: "range-on-array", Set: Suspicious, Level: diag.Warning, Languages: []rule.Language{rule.KQL, rule.Lucene, rule.EQL},
			Reason: "each side of a range may be met by another value of a field with several",
			Avoid:  `vulnerability.score.base > 5 and vulnerability.score.base < 9`, Prefer: `a field that has one value`,
			query: rangeOnArray,
		},
		{
			Name: "field-pattern-of-many-types", Set: Suspicious, Level: diag.Warning, Languages: onlyKQL(),
			Reason: "a field name with a wildcard stands for fields of different types, in which the value means different things",
			Avoid:  `process.*: 5`, Prefer: `process.pid: 5 or process.exit_code: 5`,
			query: patternOfTypes,
		},
		{
			Name: "keyword-case", Set: Suspicious, Level: Off, Languages: search,
			Reason: "a keyword is compared with regard to case, while Windows and many sources write names in any",
			Avoid:  `process.name: Cmd.exe`, Prefer: `process.name.caseless: cmd.exe`,
			query: keywordCase,
		},
		{
			Name: "dataset-field", Set: Style, Level: Off, Languages: queryLanguages(),
			Reason: "data_stream.dataset is a constant of its index, by which Elasticsearch skips whole shards; event.dataset is not",
			Avoid:  `event.dataset: okta.system`, Prefer: `data_stream.dataset: okta.system`,
			query: datasetField,
		},
	}
}

// typeOf is the mapping of the field that a test is about.
func (q *query) typeOf(c *Comparison) (field.Mapping, bool) {
	if c.Computed {
		return field.Mapping{}, false
	}
	return q.schema.Lookup(c.Field)
}

// several tells whether a field may have several values.
func (q *query) several(name string) bool { return q.schema.Cardinality(name) == field.Several }

func unknownField(p *pass, q *query) {
	if p.skipsFields() {
		return
	}
	told := map[string]bool{}
	for _, f := range q.fields {
		if f.pattern || told[f.name] {
			continue
		}
		if help, unknown := p.unknown(q.schema, f.name, f.optional); unknown {
			told[f.name] = true
			p.report(f.at, finding{message: fmt.Sprintf("unknown field `%s`", f.name), help: help})
		}
	}
}

// skipsFields tells whether the rule switches checks of field names off.
func (p *pass) skipsFields() bool {
	validate := p.Rule.Metadata.QuerySchemaValidation
	return validate != nil && !*validate
}

// unknownRuleField looks at the fields that the rule's own keys name.
func unknownRuleField(p *pass) {
	if p.skipsFields() || p.Rule.LanguageOrDefault() == rule.ESQL || p.Rule.Type == rule.TypeMachineLearning {
		return
	}
	look := func(name string, path ...string) {
		if help, unknown := p.unknown(p.Environment.Schema, name, false); unknown && name != "" {
			p.reportAt(finding{message: fmt.Sprintf("unknown field `%s`", name), help: help}, path...)
		}
	}
	p.eachGrouping(look)
	if t := p.Rule.Threshold; t != nil {
		for i, c := range t.Cardinality {
			look(c.Field, "rule", "threshold", "cardinality", strconv.Itoa(i), "field")
		}
	}
}

// unknown tells whether a name is most probably no field. In the catalog of a cluster every name that it lacks is unknown; elsewhere
// only one that is a slip away from a known name is, for an integration may well have the field.
func (p *pass) unknown(schema *field.Schema, name string, optional bool) (help string, unknown bool) {
	if schema == nil || strings.HasPrefix(name, "_") || strings.Contains(name, "[") {
		return "", false
	}
	if _, ok := schema.Lookup(name); ok || schema.Declares(name) {
		return "", false
	}
	near := slips(name, schema.Names())
	switch {
	case len(near) > 0:
		return didYouMean(near), true
	case p.Coverage != ByCluster || optional:
		return "", false
	}
	if near = nearFields(name, schema.Names()); len(near) > 0 {
		return didYouMean(near), true
	}
	return "the cluster has no such field: update its catalog (tocsin fields pull), or correct the name", true
}

func didYouMean(near []string) string { return "did you mean `" + strings.Join(near, "`, `") + "`?" }

// nearFields are the names that someone may have meant by a name that is no field: those beside it whose last part is near, or else
// those elsewhere that end in the same part.
func nearFields(name string, names []string) []string {
	cut := strings.LastIndexByte(name, '.') + 1
	parent, leaf := name[:cut], name[cut:]
	var beside, elsewhere []string
	for _, other := range names {
		if own, ok := strings.CutPrefix(other, parent); ok && !strings.Contains(own, ".") {
			beside = append(beside, own)
		}
		if strings.HasSuffix(other, "."+leaf) {
			elsewhere = append(elsewhere, other)
		}
	}
	if near := diag.Nearest(leaf, beside, 3); len(near) > 0 {
		for i := range near {
			near[i] = parent + near[i]
		}
		return near
	}
	return diag.Nearest(name, elsewhere, 3)
}

// slips are the names that a small slip turns into a word: a few letters that differ in one place.
func slips(word string, names []string) []string {
	var near []string
	for _, name := range names {
		if d := len(name) - len(word); d > 2 || d < -2 || name == word {
			continue
		}
		if strings.EqualFold(name, word) || oneSlip(name, word) {
			near = append(near, name)
		}
	}
	return near[:min(len(near), 3)]
}

// oneSlip tells whether two names differ by one letter more, less or other, or by two neighbours that are swapped. Names that
// differ in a digit are different names, and so are those that differ in an ending such as a plural's.
func oneSlip(a, b string) bool {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	x, y := a[start:len(a)-end], b[start:len(b)-end]
	if strings.ContainsAny(x+y, "0123456789") || end == 0 && start > 0 && len(x)+len(y) == 1 && x+y == "s" {
		return false
	}
	swapped := len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
	return swapped || len(x)+len(y) == 1 || len(x) == 1 && len(y) == 1
}

func unneededOptional(p *pass, q *query) {
	if p.Coverage == Partly {
		return
	}
	for _, f := range q.fields {
		if m, ok := q.schema.Lookup(f.name); ok && f.optional {
			p.report(f.at, finding{message: fmt.Sprintf("`%s` is mapped (%s): the ? only hides typing slips", f.name, m.Origin), help: "remove the ?", fix: []diag.Edit{{Span: f.at, Text: strings.TrimPrefix(q.slice(f.at), "?")}}})
		}
	}
}

func rangeOnKeyword(p *pass, q *query) {
	q.each(func(c *Comparison, _ event, _ bool) {
		m, ok := q.typeOf(c)
		if !ok || !c.Operator.IsRange() || !m.Type.IsKeyword() || m.Type == field.Version {
			return
		}
		if _, err := strconv.ParseFloat(c.Values[0].Text, 64); err == nil {
			p.report(c.At, finding{message: fmt.Sprintf("`%s` is of type %s: the range compares texts, character by character", c.Field, m.Type), help: "list the values, or use a field of a numeric type"})
		}
	})
}

func cidrOnKeyword(p *pass, q *query) {
	q.each(func(c *Comparison, _ event, _ bool) {
		m, ok := q.typeOf(c)
		if !ok || !m.Type.IsKeyword() {
			return
		}
		for _, v := range c.Values {
			if _, err := netip.ParsePrefix(v.Text); err == nil && v.Wildcard == nil {
				p.report(v.At, finding{message: fmt.Sprintf("`%s` is of type %s, in which this is a text and no block of addresses", c.Field, m.Type), help: "use a field of type ip"})
			}
		}
	})
}

func wildcardOnText(p *pass, q *query) {
	q.each(func(c *Comparison, _ event, _ bool) {
		m, ok := q.typeOf(c)
		if !ok || !m.Type.IsText() {
			return
		}
		for _, v := range c.Values {
			if v.Wildcard != nil && strings.ContainsAny(strings.TrimSpace(v.Text), " \t") {
				p.report(v.At, finding{message: fmt.Sprintf("`%s` is of type %s: no single word of it fits a pattern with a space", c.Field, m.Type), help: "put words that follow each other in quotes, without wildcards"})
			}
		}
	})
}

func rangeOnArray(p *pass, q *query) {
	for _, e := range q.events {
		e.condition.walk(func(c *Condition) {
			if c.Kind != AllOf {
				return
			}
			low := map[string]bool{}
			for _, part := range c.Parts {
				t := part.Test
				if t == nil || !t.Operator.IsRange() {
					continue
				}
				if low[t.Field] && !t.Computed && q.several(t.Field) {
					p.report(t.At, finding{message: fmt.Sprintf("`%s` may have several values, and each side of the range may be met by another", t.Field)})
				}
				low[t.Field] = true
			}
		})
	}
}

func patternOfTypes(p *pass, q *query) {
	q.each(func(c *Comparison, _ event, _ bool) {
		if !c.Pattern || c.Operator == Exists {
			return
		}
		var types []string
		for _, m := range q.schema.Expand(match.Glob(c.Field)) {
			if name := family(m.Type); !slices.Contains(types, name) {
				types = append(types, name)
			}
		}
		if len(types) > 1 {
			slices.Sort(types)
			p.report(c.FieldAt, finding{message: fmt.Sprintf("`%s` stands for fields of different kinds: %s", c.Field, strings.Join(types, ", ")), help: "name the fields that are meant"})
		}
	})
}

// family is what a type has in common with others that a value means the same in.
func family(t field.Type) string {
	switch {
	case t.IsText(), t.IsKeyword():
		return "texts"
	case t.IsNumber():
		return "numbers"
	case t.IsDate():
		return "dates"
	}
	return t.String()
}

func keywordCase(p *pass, q *query) {
	q.each(func(c *Comparison, _ event, _ bool) {
		caseless, ok := q.schema.Lookup(c.Field + ".caseless")
		if !ok || c.Operator != Match {
			return
		}
		for _, v := range c.Values {
			if v.Text != match.Fold(v.Text) {
				p.report(v.At, finding{message: fmt.Sprintf("`%s` is compared with regard to case", c.Field), help: fmt.Sprintf("search `%s`, in lower case", caseless.Name)})
				return
			}
		}
	})
}

func datasetField(p *pass, q *query) {
	for _, f := range q.fields {
		if f.name == "event.dataset" {
			p.report(f.at, finding{message: "`event.dataset` is slower to search than `data_stream.dataset`", help: "use data_stream.dataset where all indices are data streams"})
		}
	}
}
