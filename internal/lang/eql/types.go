package eql

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// family is what EQL's operators and functions distinguish of types.
type family uint8

const (
	unknownFamily family = iota
	nullFamily
	boolFamily
	numberFamily
	stringFamily
	ipFamily
	dateFamily
)

func (f family) String() string {
	return [...]string{"unknown", "null", "boolean", "numeric", "string", "ip", "date"}[f]
}

func familyOf(t field.Type) family {
	switch {
	case t == field.Boolean:
		return boolFamily
	case t.IsNumber():
		return numberFamily
	case t == field.IP:
		return ipFamily
	case t.IsDate():
		return dateFamily
	case t.IsKeyword():
		return stringFamily
	}
	return unknownFamily
}

func familyOfConstant(v any) family {
	switch v.(type) {
	case nil:
		return nullFamily
	case bool:
		return boolFamily
	case int64, float64:
		return numberFamily
	}
	return stringFamily
}

// compiler turns a query into conditions and collects what Elasticsearch would refuse.
type compiler struct {
	Options
	problems []*diag.Problem
	// names are the schema's field names, and functions the functions by lower-case name, once they are needed.
	names     []string
	functions map[string]*function
}

func (c *compiler) fail(span source.Span, name, message, help string) {
	c.problems = append(c.problems, &diag.Problem{Name: name, Severity: diag.Error, Span: span, Message: message, Help: help})
}

// warnNever reports a condition that holds for no event.
func (c *compiler) warnNever(e Expr, n filter.Node) {
	reason := filter.NeverHolds(n)
	if reason == "" {
		return
	}
	c.problems = append(c.problems, &diag.Problem{
		Name: "eql-never", Severity: diag.Warning, Span: e.Span(), Message: fmt.Sprintf("`%s` can never hold: %s", e, reason),
	})
}

// resolved is a field as the schema knows it.
type resolved struct {
	field.Mapping
	// unmapped is an optional field that nobody knows: it is null in every event.
	unmapped bool
	// ok is false when a problem was reported; the field must not be used.
	ok bool
}

// resolve looks a field up. What EQL cannot search is reported: an unknown field without "?", texts without a keyword
// below them, nested fields, objects.
func (c *compiler) resolve(f *Field) resolved {
	m, known := c.Schema.Lookup(f.Name)
	switch {
	case !known && f.Optional:
		return resolved{unmapped: true, ok: true}
	case !known && c.AssumeMapped:
		return resolved{Mapping: field.Mapping{Name: f.Name, Path: f.Name, Type: field.Keyword, Origin: "assumed"}, ok: true}
	case !known:
		c.fail(f.At, "eql-unknown-field", fmt.Sprintf("unknown field `%s`", f.Name), c.unknownHelp(f.Name))
		return resolved{}
	case m.Type.IsText():
		if sub, ok := c.Schema.Lookup(f.Name + ".keyword"); ok && sub.Type == field.Keyword {
			return resolved{Mapping: sub, ok: true}
		}
		c.fail(f.At, "eql-type", fmt.Sprintf("`%s` is of type %s, which EQL cannot search", f.Name, m.Type), "use a keyword field")
		return resolved{}
	case m.Nested != "" || m.Type == field.Nested:
		c.fail(f.At, "eql-type", fmt.Sprintf("`%s` belongs to a nested field, which EQL cannot search", f.Name), "")
		return resolved{}
	case familyOf(m.Type) == unknownFamily:
		c.fail(f.At, "eql-type", fmt.Sprintf("`%s` is of type %s, which EQL cannot search", f.Name, m.Type), "")
		return resolved{}
	}
	return resolved{Mapping: m, ok: true}
}

func (c *compiler) unknownHelp(name string) string {
	if c.names == nil {
		c.names = c.Schema.Names()
	}
	near := diag.Nearest(name, c.names, 3)
	if len(near) == 0 {
		return fmt.Sprintf("write ?%s if it need not exist", name)
	}
	return fmt.Sprintf("did you mean `%s`? Or write ?%s if it need not exist", strings.Join(near, "`, `"), name)
}
