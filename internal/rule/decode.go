package rule

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// The names of the findings of Decode.
const (
	// UnknownKey is a key that no table of a rule has.
	UnknownKey = schema.UnknownKey
	// WrongType is a value of another type than its field.
	WrongType = schema.WrongType
)

// Decode reads a rule. It reads what it can: the rule is never nil, and what has no place in it is a finding;
// of those at most schema.MaxFindings are told. It does not judge values; the schema does.
func Decode(doc *tomltext.Document) (*Rule, diag.List) {
	r, mismatches := decodeTree(doc)
	var list diag.List
	for _, m := range mismatches[:min(len(mismatches), schema.MaxFindings)] {
		list = append(list, m.diagnostic(doc))
	}
	list.Sort()
	return r, list
}

func decodeTree(doc *tomltext.Document) (*Rule, []mismatch) {
	f := ruleFile{rule: &Rule{doc: doc}}
	s := &session{}
	decodeTable(s, &f, doc.Tree)
	return f.rule, s.problems
}

// ruleFile is the whole of a rule's TOML.
type ruleFile struct {
	rule *Rule
	record
}

func (f *ruleFile) fields(c *codec) {
	c.keep(&f.record)
	inPlace(c, "metadata", &f.rule.Metadata)
	inPlace(c, "rule", f.rule)
	table(c, "transform", &f.rule.Transform)
}

// inPlace carries a table into a struct that is always there.
func inPlace[T any, P mapped[T]](c *codec, name string, t *T) {
	if value, ok := c.take(name); ok {
		decodeTable[T, P](c.session, t, value, name)
	}
}

func (m mismatch) diagnostic(doc *tomltext.Document) diag.Diagnostic {
	node, _ := doc.Nearest(m.path...)
	last := m.path[len(m.path)-1]
	if m.want != "" {
		return diag.Diagnostic{
			Name: WrongType, Severity: diag.Error, Subject: doc.Place(node.Value),
			Message: fmt.Sprintf("`%s` must be %s", strings.Join(m.path, "."), m.want),
		}
	}
	return diag.Diagnostic{
		Name: UnknownKey, Severity: diag.Error, Subject: doc.Place(node.Key),
		Message: fmt.Sprintf("unknown key `%s`", last),
		Help:    diag.DidYouMean(last, m.known),
	}
}

// Doc is the TOML that the rule was read from; nil for a rule from elsewhere.
func (r *Rule) Doc() *tomltext.Document { return r.doc }

// Place tells where something stands in the rule's file: the value at a path such as "rule", "query", or the
// closest thing around it. It is the zero place for a rule that was not read from a file.
func (r *Rule) Place(path ...string) diag.Place {
	if r.doc == nil {
		return diag.Place{}
	}
	node, depth := r.doc.Nearest(path...)
	if depth == 0 {
		return diag.Place{File: r.doc.File, Span: diag.NoSpan}
	}
	return r.doc.Place(node.Value)
}

// View gives the string at a path of the rule's file with the place of each of its bytes.
func (r *Rule) View(path ...string) (*source.View, bool) {
	if r.doc == nil {
		return nil, false
	}
	node, ok := r.doc.Find(path...)
	if !ok || node.Kind != tomltext.String {
		return nil, false
	}
	return node.View(), true
}

// QueryView gives the query with the place of each of its bytes. The query of a rule that was not read from a
// file is a file of its own, named by the rule.
func (r *Rule) QueryView() *source.View { return r.viewOr(r.Query, "rule", "query") }

// ThreatQueryView is QueryView for the indicator query.
func (r *Rule) ThreatQueryView() *source.View { return r.viewOr(r.ThreatQuery, "rule", "threat_query") }

func (r *Rule) viewOr(text string, path ...string) *source.View {
	if view, ok := r.View(path...); ok {
		return view
	}
	return source.Whole(source.NewFile(r.RuleID, text))
}
