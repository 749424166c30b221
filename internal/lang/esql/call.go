package esql

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// call resolves a function call outside of aggregates.
func (c *checker) call(s *scope, e *Call) Value {
	f, ok := c.Functions.Lookup(e.Name)
	if !ok {
		c.unknownFunction(e)
		return c.null(e)
	}
	switch f.Kind {
	case function.Aggregate, function.TimeSeries:
		if c.within != nil {
			c.fail(e.At, "esql-semantics", fmt.Sprintf("nested aggregations [%s] not allowed inside other aggregations [%s]", c.text(e.At), c.text(c.within.At)), "")
			return c.null(e)
		}
		c.fail(e.At, "esql-semantics", fmt.Sprintf("aggregate function [%s] not allowed outside STATS command", c.text(e.At)), "")
		return c.null(e)
	case function.Grouping:
		if _, ok := c.command.(*Stats); !ok {
			c.fail(e.At, "esql-semantics", fmt.Sprintf("cannot use grouping function [%s] outside of a STATS command", c.text(e.At)), "")
			return c.null(e)
		}
	case function.FullText:
		return c.search(s, f, e, e.Args, e.Options)
	}
	return c.apply(s, f, e, e.Args, e.Options)
}

func (c *checker) unknownFunction(e *Call) {
	message := fmt.Sprintf("Unknown function [%s]", e.Name)
	if near := diag.Nearest(strings.ToLower(e.Name), c.Functions.Names(), 3); len(near) == 1 {
		message += fmt.Sprintf(", did you mean [%s]?", near[0])
	} else if len(near) > 1 {
		message += fmt.Sprintf(", did you mean any of [%s]?", strings.Join(near, ", "))
	}
	c.fail(e.NameAt, "esql-unknown-function", message, "")
}

// arguments resolves the arguments of a call. A constant text where a date, address or version is wanted is read as one.
func (c *checker) arguments(s *scope, f *function.Function, exprs []Expr) ([]Value, []function.Argument) {
	values, args := make([]Value, len(exprs)), make([]function.Argument, len(exprs))
	for i, e := range exprs {
		v, united := c.converted(s, f, e)
		if !united {
			v = c.value(s, e)
		}
		if len(f.Params) > 0 && f.Resolve == nil {
			v = c.fit(v, f.Params[min(i, len(f.Params)-1)].Types)
		}
		values[i], args[i] = v, c.argument(v, e)
	}
	return values, args
}

// converted gives the argument of a conversion that its indices map to different types; false for any other.
func (c *checker) converted(s *scope, f *function.Function, e Expr) (Value, bool) {
	n, ok := e.(*Name)
	if !ok || f.Family != "Type conversion" || n.Param {
		return nil, false
	}
	found, ok := c.find(s, n.Text)
	if !ok || found.ambiguous == "" && !found.doubtful {
		return nil, false
	}
	return c.united(s, found, e), true
}

// implied adds the column that a function takes without naming it.
func (c *checker) implied(s *scope, f *function.Function, e Expr, values []Value, args []function.Argument) ([]Value, []function.Argument) {
	if f.Implied == "" {
		return values, args
	}
	name := &Name{Place: Place{e.Span()}, Text: f.Implied}
	v := c.value(s, name)
	return append(values, v), append(args, c.argument(v, name))
}

func (c *checker) argument(v Value, e Expr) function.Argument {
	arg := function.Argument{Type: v.Type(), Text: c.text(e.Span())}
	if k, ok := v.(*Constant); ok {
		arg.Value = k.Value
	}
	if k, ok := c.fold(v); ok {
		arg.Value = k
	}
	arg.Field = fieldOf(v)
	return arg
}

// fieldOf is the field of an index that a value is, converted or not.
func fieldOf(v Value) string {
	switch v := v.(type) {
	case *Ref:
		return v.Field
	case *Apply:
		if len(v.Args) == 1 && strings.HasPrefix(v.Function.Name, "TO_") {
			if ref, ok := v.Args[0].(*Ref); ok {
				return ref.Field
			}
		}
	}
	return ""
}

// fit reads a constant text as the first type that a parameter takes instead of texts.
func (c *checker) fit(v Value, types function.Types) Value {
	k, ok := v.(*Constant)
	if !ok || v.Type() != column.Keyword || types.Has(column.Keyword) || k.Value.Count(0) != 1 {
		return v
	}
	for _, t := range []column.Type{column.Date, column.DateNanos, column.TimeDuration, column.DatePeriod, column.IP, column.Version} {
		if types.Has(t) {
			b := column.NewBuilder(t, 1)
			if column.ReadText(b, k.Value.Text(0)) {
				return constant(k.Source, b.Build())
			}
		}
	}
	return v
}

// fold computes a value that is made of constants alone.
func (c *checker) fold(v Value) (*column.Column, bool) {
	switch v := v.(type) {
	case *Constant:
		return v.Value, true
	case *Negative:
		x, ok := c.fold(v.X)
		if ok && x.Count(0) == 1 && x.Type().Store() == column.Ints && x.Type() != column.DatePeriod {
			return column.OfInts(x.Type(), []int64{-x.Int(0)}), true
		}
	case *Apply:
		if v.Function.Scalar == nil {
			return nil, false
		}
		args := make([]*column.Column, len(v.Args))
		for i, arg := range v.Args {
			k, ok := c.fold(arg)
			if !ok {
				return nil, false
			}
			args[i] = column.Repeat(k, 0, 1)
		}
		kernel, err := v.Function.Scalar(v.Site)
		if err != nil {
			return nil, false
		}
		var warnings function.Warnings
		return kernel(warnings.NewCall(v.Site.Env, v.As, 1, 1, ""), args, 1), true
	}
	return nil, false
}

// apply resolves a call of a scalar or grouping function.
func (c *checker) apply(s *scope, f *function.Function, e Expr, exprs []Expr, options *Map) Value {
	values, args := c.arguments(s, f, exprs)
	t, err := f.Check(c.text(e.Span()), args)
	if err != nil {
		c.callError(e, exprs, err)
		return c.null(e)
	}
	if f.Undecided != "" {
		c.undecided(f.Name)
		return &Constant{valueOf{t, e}, column.Nulls(t, 1)}
	}
	values, args = c.implied(s, f, e, values, args)
	site := &function.Site{Args: args, Type: t, Env: c.env(), Options: optionsOf(options)}
	if err := compiles(f, site); err != nil {
		c.callError(e, exprs, err)
		return c.null(e)
	}
	return &Apply{valueOf{t, e}, f, site, values}
}

func (c *checker) env() *function.Environment {
	if c.Env == nil {
		c.Env = &function.Environment{}
	}
	return c.Env
}

// compiles tells what is wrong with the constants of a call.
func compiles(f *function.Function, site *function.Site) error {
	var err error
	switch {
	case f.Scalar != nil:
		_, err = f.Scalar(site)
	case f.Lazy != nil:
		_, err = f.Lazy(site)
	case f.Aggregate != nil:
		_, err = f.Aggregate(site)
	}
	return err
}

// callError reports what a function says of a call: at the argument that it is about.
func (c *checker) callError(e Expr, exprs []Expr, err error) {
	at := e.Span()
	var bad *function.ArgumentError
	if errors.As(err, &bad) && bad.Index < len(exprs) {
		at = exprs[bad.Index].Span()
	}
	c.fail(at, "esql-type", err.Error(), "")
}

// optionsOf gives the entries of a map as texts.
func optionsOf(m *Map) map[string]string {
	if m == nil {
		return nil
	}
	options := map[string]string{}
	for _, entry := range m.Entries {
		if lit, ok := entry.Value.(*Literal); ok && lit.Value.Count(0) == 1 {
			options[entry.Key] = lit.Value.Render(0)
		}
	}
	return options
}

// match resolves the operator `:`, which is MATCH in another form.
func (c *checker) match(s *scope, e *Match) Value {
	f, ok := c.Functions.Lookup("MATCH")
	if !ok {
		c.undecided(":")
		return c.null(e)
	}
	return c.search(s, f, e, []Expr{e.Field, e.Query}, nil)
}

// search resolves a full-text function. It looks into the documents, so it must stand where rows still are documents.
func (c *checker) search(s *scope, f *function.Function, e Expr, exprs []Expr, options *Map) Value {
	name, kind := f.Name, "function"
	if _, ok := e.(*Match); ok {
		name, kind = ":", "operator"
	}
	switch _, where := c.command.(*Where); {
	case c.barrier != "":
		c.fail(e.Span(), "esql-semantics", fmt.Sprintf("[%s] %s cannot be used after %s", name, kind, c.barrier), "move the condition up, before "+c.barrier)
		return c.null(e)
	case !where && !c.aggregating:
		c.fail(e.Span(), "esql-semantics", fmt.Sprintf("[%s] %s is only supported in WHERE and STATS commands", name, kind), "")
		return c.null(e)
	}
	values, args := c.arguments(s, f, exprs)
	for i, v := range values {
		_, isField := v.(*Ref)
		if isField && args[i].Field == "" {
			c.fail(exprs[i].Span(), "esql-semantics", fmt.Sprintf("[%s] %s cannot operate on [%s], which is not a field from an index mapping", name, kind, c.text(exprs[i].Span())), "")
			return c.null(e)
		}
	}
	t, err := f.Check(c.text(e.Span()), args)
	if err != nil {
		c.callError(e, exprs, err)
		return c.null(e)
	}
	if f.Undecided != "" || c.Builder == nil {
		c.undecided(f.Name)
		return &Constant{valueOf{t, e}, column.Nulls(t, 1)}
	}
	for _, arg := range args {
		if _, known := c.lookup(arg.Field); arg.Field != "" && !known {
			// A field that is taken to be mapped has no value, so no search finds one.
			return &Constant{valueOf{t, e}, column.OfInts(column.Boolean, []int64{0})}
		}
	}
	site := &function.SearchSite{Site: function.Site{Args: args, Type: t, Env: c.env(), Options: optionsOf(options)}, Schema: c.Schema, Builder: c.Builder}
	v := &Search{valueOf{t, e}, f, nil}
	node, err := f.Search(site)
	if err != nil {
		c.callError(e, exprs, err)
		return c.null(e)
	}
	v.Node = node
	return v
}
