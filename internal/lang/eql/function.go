package eql

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// function is one of EQL's functions.
type function struct {
	name string
	// args are the families of the arguments; unknownFamily takes any. The last one repeats when variadic is set.
	args     []family
	required int
	variadic bool
	// folds tells that there is a case-insensitive form, name~.
	folds  bool
	result family
	// eval computes; a fold function is applied to texts in the case-insensitive form.
	eval func(args []value.Datum, fold func(string) string) value.Datum
	// search turns a call into a search where a field is compared with constants; done is false where it cannot.
	search func(c *compiler, e *Call) (node filter.Node, done bool)
}

// functions are all functions of Elasticsearch's EQL.
func functions() []*function {
	text, number, anything := stringFamily, numberFamily, unknownFamily
	arithmetic := func(name, operator string) *function {
		return &function{name: name, args: []family{number, number}, required: 2, result: number, eval: func(a []value.Datum, _ func(string) string) value.Datum {
			return compute(operator, a[0], a[1])
		}}
	}
	return []*function{
		arithmetic("add", "+"), arithmetic("subtract", "-"), arithmetic("multiply", "*"), arithmetic("divide", "/"), arithmetic("modulo", "%"),
		{name: "between", args: []family{text, text, text, boolFamily}, required: 3, folds: true, result: text, eval: between},
		{name: "cidrMatch", args: []family{ipFamily, text}, required: 2, variadic: true, result: boolFamily, eval: cidrMatch, search: searchCIDR},
		{name: "concat", args: []family{anything}, required: 1, variadic: true, result: text, eval: concat},
		{name: "endsWith", args: []family{text, text}, required: 2, folds: true, result: boolFamily, eval: textTest(strings.HasSuffix), search: searchAffix("*", "")},
		{name: "indexOf", args: []family{text, text, number}, required: 2, folds: true, result: number, eval: indexOf},
		{name: "length", args: []family{text}, required: 1, result: number, eval: length},
		{name: "number", args: []family{text, number}, required: 1, result: number, eval: parseNumber},
		{name: "startsWith", args: []family{text, text}, required: 2, folds: true, result: boolFamily, eval: textTest(strings.HasPrefix), search: searchAffix("", "*")},
		{name: "string", args: []family{anything}, required: 1, result: text, eval: toText},
		{name: "stringContains", args: []family{text, text}, required: 2, folds: true, result: boolFamily, eval: textTest(containsText), search: searchAffix("*", "*")},
		{name: "substring", args: []family{text, number, number}, required: 2, result: text, eval: substring},
	}
}

// function finds a function; names count in any case.
func (c *compiler) function(name string) (*function, bool) {
	if c.functions == nil {
		c.functions = map[string]*function{}
		for _, f := range functions() {
			c.functions[strings.ToLower(f.name)] = f
		}
	}
	f, ok := c.functions[strings.ToLower(name)]
	return f, ok
}

// checkCall finds the function of a call and checks its arguments.
func (c *compiler) checkCall(e *Call) (*function, bool) {
	f, ok := c.function(e.Name)
	if !ok {
		c.fail(e.NameAt, "eql-unknown-function", fmt.Sprintf("there is no function `%s`", e.Name), functionHelp(e.Name))
		return nil, false
	}
	before := len(c.problems)
	if e.IgnoreCase && !f.folds {
		c.fail(e.NameAt, "eql-unknown-function", fmt.Sprintf("%s has no case-insensitive form", f.name), "remove the ~")
	}
	most := len(f.args)
	switch {
	case len(e.Args) < f.required || len(e.Args) > most && !f.variadic:
		c.fail(e.At, "eql-arguments", fmt.Sprintf("%s takes %s, and %d are given", f.name, arity(f), len(e.Args)), "")
	default:
		for i, arg := range e.Args {
			c.checkArgument(f, arg, f.args[min(i, most-1)])
		}
	}
	return f, len(c.problems) == before
}

func functionHelp(name string) string {
	var names []string
	for _, f := range functions() {
		names = append(names, f.name)
	}
	if help := diag.DidYouMean(name, names); help != "" {
		return help
	}
	return "there are " + strings.Join(names, ", ")
}

func arity(f *function) string {
	switch {
	case f.variadic:
		return fmt.Sprintf("at least %d arguments", f.required)
	case f.required == len(f.args):
		return fmt.Sprintf("%d arguments", f.required)
	}
	return fmt.Sprintf("%d to %d arguments", f.required, len(f.args))
}

func (c *compiler) checkArgument(f *function, arg Expr, want family) {
	got := c.familyOf(arg)
	if want == unknownFamily || got == want || got == nullFamily || got == unknownFamily {
		return
	}
	c.fail(arg.Span(), "eql-arguments", fmt.Sprintf("%s wants a %s here, and this is %s", f.name, want, got), "")
}

// call compiles a function whose result is computed.
func (s *scripter) call(e *Call) evaluator {
	f, ok := s.checkCall(e)
	if !ok {
		return constantly(value.Datum{})
	}
	parts := make([]evaluator, len(e.Args))
	for i, arg := range e.Args {
		parts[i] = s.expr(arg)
	}
	fold := func(text string) string { return text }
	if e.IgnoreCase {
		fold = match.Fold
	}
	return func(args []value.Datum) value.Datum {
		values := make([]value.Datum, len(parts))
		for i, part := range parts {
			values[i] = part(args)
		}
		return f.eval(values, fold)
	}
}

// searchAffix makes startsWith, endsWith and stringContains of a field and a constant a pattern search.
func searchAffix(before, after string) func(*compiler, *Call) (filter.Node, bool) {
	return func(c *compiler, e *Call) (filter.Node, bool) {
		f, isField := e.Args[0].(*Field)
		constant, isConstant := c.fold(e.Args[1])
		if !isField || !isConstant || constant.Kind != value.String || constant.Str == "" {
			return nil, false
		}
		r := c.resolve(f)
		if !r.ok || r.unmapped {
			return nullFor(e, fmt.Sprintf("no field `%s` is mapped", f.Name)), true
		}
		pattern := match.NewWildcard(affixParts(before, constant.Str, after))
		search := c.Builder.Wildcard
		if e.IgnoreCase {
			search = c.Builder.WildcardFold
		}
		node, err := search(r.Mapping, pattern, clauseOf(e))
		if err != nil {
			c.fail(e.At, "eql-type", err.Error(), "")
			return &filter.Constant{}, true
		}
		return node, true
	}
}

func affixParts(before, text, after string) []match.Part {
	var parts []match.Part
	if before != "" {
		parts = append(parts, match.Part{Kind: match.AnyRun})
	}
	parts = append(parts, match.Part{Literal: text})
	if after != "" {
		parts = append(parts, match.Part{Kind: match.AnyRun})
	}
	return parts
}

// searchCIDR makes cidrMatch of a field and constants a search for each block.
func searchCIDR(c *compiler, e *Call) (filter.Node, bool) {
	f, isField := e.Args[0].(*Field)
	if !isField {
		return nil, false
	}
	r := c.resolve(f)
	switch {
	case !r.ok || r.unmapped:
		return nullFor(e, fmt.Sprintf("no field `%s` is mapped", f.Name)), true
	case r.Origin == "assumed":
		r.Type = field.IP
	}
	var nodes []filter.Node
	for _, arg := range e.Args[1:] {
		block, constant := c.fold(arg)
		if !constant {
			c.fail(arg.Span(), "eql-arguments", "the blocks of cidrMatch are constants", "")
			return &filter.Constant{}, true
		}
		node, err := c.Builder.Term(r.Mapping, block.Str, filter.Clause{Label: fmt.Sprintf("cidrMatch(%s, %s)", f, quoted(block)), Span: arg.Span()})
		if err != nil {
			c.fail(arg.Span(), "eql-arguments", err.Error(), "")
			return &filter.Constant{}, true
		}
		nodes = append(nodes, node)
	}
	if len(nodes) == 1 {
		return nodes[0], true
	}
	return filter.NewOr(nodes, clauseOf(e)), true
}
