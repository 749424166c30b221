package esql

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// null is a value of which nothing is known: what a failure leaves.
func (c *checker) null(e Expr) Value {
	return &Constant{valueOf{column.Null, e}, column.Nulls(column.Null, 1)}
}

// constant is a value that is the same for all rows.
func constant(e Expr, v *column.Column) Value { return &Constant{valueOf{v.Type(), e}, v} }

// column finds a column by its name, or complains.
func (c *checker) column(s *scope, n *Name) (*entry, bool) {
	if n.Param {
		c.fail(n.At, "esql-semantics", fmt.Sprintf("Unknown query parameter [%s]", strings.TrimLeft(n.Text, "?")), "tocsin runs queries without parameters: write the value")
		return nil, false
	}
	e, ok := c.find(s, n.Text)
	if !ok {
		c.unknown(s, n.Text, n.Place)
		return nil, false
	}
	return e, true
}

// ref reads a column. What cannot be read is null, as Elasticsearch gives it.
func (c *checker) ref(s *scope, e *entry, of Expr) Value {
	r := &Ref{valueOf: valueOf{e.Type, of}, Slot: c.slot(s, e), Name: e.Name}
	if e.search {
		r.Field = e.Name
	}
	return r
}

// value resolves an expression.
func (c *checker) value(s *scope, e Expr) Value {
	switch e := e.(type) {
	case *Literal:
		return constant(e, e.Value)
	case *Timespan:
		return constant(e, e.Value())
	case *Param:
		c.fail(e.At, "esql-semantics", fmt.Sprintf("Unknown query parameter [%s]", strings.TrimLeft(e.Text, "?")), "tocsin runs queries without parameters: write the value")
	case *Name:
		if found, ok := c.column(s, e); ok {
			if !c.usable(found, e) {
				return c.null(e)
			}
			return c.ref(s, found, e)
		}
	case *Call:
		return c.call(s, e)
	case *Cast:
		return c.cast(s, e)
	case *Negate:
		return c.negate(s, e)
	case *Binary:
		if rank(e) == rankPredicate {
			return c.comparison(s, e)
		}
		return c.arithmetic(s, e)
	default:
		return c.predicate(s, e)
	}
	return c.null(e)
}

// usable tells whether a column has values to compute with, or complains.
func (c *checker) usable(found *entry, n *Name) bool {
	switch {
	case found.ambiguous != "":
		c.fail(n.At, "esql-type", fmt.Sprintf("Cannot use field [%s] due to %s", n.Text, found.ambiguous), "convert it, which reads each index by its own type: `"+n.String()+"::keyword`, or TO_LONG and the like")
		return false
	case found.Type == column.Unsupported:
		c.fail(n.At, "esql-type", fmt.Sprintf("Cannot use field [%s] with unsupported type [%s]", n.Text, found.mapping.Type), "")
		return false
	}
	return true
}

// united reads a field that its indices map to different types, for a conversion to one.
func (c *checker) united(s *scope, found *entry, of Expr) Value {
	if found.united == nil {
		found.united = &Ref{valueOf: valueOf{column.Keyword, of}, Slot: c.newSlot(), Name: found.Name}
		mapping := *found.mapping
		mapping.Type, mapping.IgnoreAbove, mapping.Normalizer = field.Keyword, 0, ""
		s.load.Fields = append(s.load.Fields, &LoadField{Mapping: mapping, As: column.Keyword, Slot: found.united.Slot})
	}
	return found.united
}

// predicate resolves what is true, false or null.
func (c *checker) predicate(s *scope, e Expr) Value {
	boolean := valueOf{column.Boolean, e}
	switch e := e.(type) {
	case *Logic:
		v := &Junction{valueOf: boolean, Or: e.Or}
		for i, o := range e.Operands {
			v.Operands = append(v.Operands, c.boolean(s, o, e, i))
		}
		return v
	case *Not:
		return &Negation{boolean, c.boolean(s, e.X, e, -1)}
	case *IsNull:
		return &NullTest{boolean, c.value(s, e.X), e.Not}
	case *Like:
		return c.like(s, e)
	case *In:
		return c.in(s, e)
	case *Match:
		return c.match(s, e)
	}
	return c.null(e)
}

// boolean resolves an operand of AND, OR or NOT.
func (c *checker) boolean(s *scope, e, of Expr, i int) Value {
	v := c.value(s, e)
	if t := v.Type(); t != column.Boolean && t != column.Null {
		which := ""
		if i >= 0 {
			which = []string{"first ", "second "}[min(i, 1)]
		}
		c.fail(e.Span(), "esql-type", fmt.Sprintf("%sargument of [%s] must be [boolean], found value [%s] type [%s]", which, c.text(of.Span()), c.text(e.Span()), t.Word()), "")
	}
	return v
}

// condition resolves the condition of a WHERE.
func (c *checker) condition(s *scope, e Expr) Value {
	v := c.value(s, e)
	if t := v.Type(); t != column.Boolean && t != column.Null {
		c.fail(e.Span(), "esql-type", fmt.Sprintf("Condition expression needs to be boolean, found [%s]", strings.ToUpper(t.Word())), "")
		return nil
	}
	return v
}

func (c *checker) negate(s *scope, e *Negate) Value {
	x := c.value(s, e.X)
	switch t := x.Type(); {
	case t == column.Null, t.IsNumber() && t != column.UnsignedLong, t.IsTimespan():
		return &Negative{valueOf{t, e}, x}
	default:
		c.fail(e.X.Span(), "esql-type", fmt.Sprintf("argument of [%s] must be [numeric, date_period or time_duration], found value [%s] type [%s]", c.text(e.At), c.text(e.X.Span()), t.Word()), "")
	}
	return c.null(e)
}

// like resolves LIKE and RLIKE. A LIKE "*" tells whether there is a value (Elasticsearch rewrites it so).
func (c *checker) like(s *scope, e *Like) Value {
	x := c.value(s, e.X)
	if t := x.Type(); !t.IsString() && t != column.Null {
		c.fail(e.X.Span(), "esql-type", fmt.Sprintf("argument of [%s] must be [string], found value [%s] type [%s]", c.text(e.At), c.text(e.X.Span()), t.Word()), "convert it with TO_STRING")
		return c.null(e)
	}
	v := &Fits{valueOf: valueOf{column.Boolean, e}, X: x}
	var patterns []string
	for _, p := range e.Patterns {
		text, ok := constantText(p)
		if !ok {
			c.fail(p.Span(), "esql-semantics", "Unknown query parameter ["+strings.TrimLeft(p.String(), "?")+"]", "")
			return c.null(e)
		}
		if !e.Regexp && len(e.Patterns) == 1 && strings.Trim(text, "*") == "" && text != "" {
			return &NullTest{valueOf{column.Boolean, e}, x, !e.Not}
		}
		patterns = append(patterns, text)
	}
	if e.Regexp {
		v.Match = c.regexps(e, patterns)
	} else {
		v.Match = wildcards(patterns)
	}
	if e.Not {
		return &Negation{valueOf{column.Boolean, e}, v}
	}
	return v
}

func (c *checker) in(s *scope, e *In) Value {
	x := c.value(s, e.X)
	if e.Query != nil {
		return c.among(e, x)
	}
	v := &Membership{valueOf: valueOf{column.Boolean, e}, X: x}
	for i, item := range e.List {
		y := c.value(s, item)
		left, right, ok := c.unify(v.X, y)
		if !ok {
			c.fail(item.Span(), "esql-type", fmt.Sprintf("%s argument of [%s] must be [%s], found value [%s] type [%s]", nth(i+2), c.text(e.At), x.Type().Word(), c.text(item.Span()), y.Type().Word()), "")
			return c.null(e)
		}
		v.X, v.List = left, append(v.List, right)
	}
	// A later item may have widened the left side.
	for i, item := range v.List {
		if _, right, ok := c.unify(v.X, item); ok {
			v.List[i] = right
		}
	}
	if e.Not {
		return &Negation{valueOf{column.Boolean, e}, v}
	}
	return v
}

// among resolves IN with a subquery, which gives one column and reads its own indices.
func (c *checker) among(e *In, x Value) Value {
	inner := checker{Options: c.Options, plan: c.plan, dropped: map[string]string{}}
	aggregating, expanded := c.plan.Aggregating, c.plan.Expanded
	s := inner.pipeline(e.Query)
	inner.spread(s)
	c.plan.Aggregating, c.plan.Expanded = aggregating, expanded
	c.problems = append(c.problems, inner.problems...)
	if len(s.columns) != 1 {
		if !diag.AnyError(inner.problems) {
			c.fail(e.At, "esql-semantics", fmt.Sprintf("IN subquery must return exactly one column, found %d", len(s.columns)), "end it with KEEP and the column")
		}
		return c.null(e)
	}
	found := s.columns[0]
	of := &Ref{valueOf: valueOf{found.Type, e}, Slot: inner.slot(s, found), Name: found.Name}
	left, right, ok := c.unify(x, of)
	if !ok {
		c.fail(e.At, "esql-type", fmt.Sprintf("2nd argument of [%s] must be [%s], found value [%s] type [%s]", c.text(e.At), x.Type().Word(), found.Name, found.Type.Word()), "")
		return c.null(e)
	}
	v := &Among{valueOf: valueOf{column.Boolean, e}, X: left, Slot: of.Slot}
	if right != Value(of) {
		v.Slot = c.newSlot()
		inner.add(&Compute{base{}, v.Slot, right})
	}
	v.Steps = inner.steps
	needs(v.Steps, []int{v.Slot}, func(int) {})
	if e.Not {
		return &Negation{valueOf{column.Boolean, e}, v}
	}
	return v
}

func nth(n int) string {
	switch n {
	case 1:
		return "1st"
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return fmt.Sprintf("%dth", n)
}

func (c *checker) comparison(s *scope, e *Binary) Value {
	x, y := c.value(s, e.X), c.value(s, e.Y)
	left, right, ok := c.unify(x, y)
	if ok && ordered(left.Type(), e.Op) {
		return &Comparison{valueOf{column.Boolean, e}, e.Op, left, right}
	}
	a, b := x.Type(), y.Type()
	switch {
	case ok:
		c.fail(e.X.Span(), "esql-type", fmt.Sprintf("first argument of [%s] must be [date_nanos, datetime, double, integer, ip, keyword, long, text, unsigned_long or version], found value [%s] type [%s]", c.text(e.At), c.text(e.X.Span()), a.Word()), "")
	case a.IsNumber() && b.IsNumber():
		c.fail(e.At, "esql-type", fmt.Sprintf("first argument of [%s] is [%s] and second is [%s]. [unsigned_long] can only be operated on together with another [unsigned_long]", c.text(e.At), a.Word(), b.Word()), "convert one side with TO_UNSIGNED_LONG, or both with TO_DOUBLE")
	default:
		// Elasticsearch calls any number "numeric" here.
		word := a.Word()
		if a.IsNumber() {
			word = "numeric"
		}
		c.fail(e.At, "esql-type", fmt.Sprintf("first argument of [%s] is [%s] so second argument must also be [%s] but was [%s]", c.text(e.At), word, word, b.Word()), conversionHelp(a))
	}
	return c.null(e)
}

func conversionHelp(t column.Type) string {
	if name := converter(t); name != "" && t != column.Text {
		return "convert it with " + name
	}
	return ""
}

// ordered tells whether a comparison is defined for a type.
func ordered(t column.Type, op string) bool {
	switch t {
	case column.Boolean, column.GeoPoint, column.GeoShape:
		return op == "==" || op == "!="
	case column.DatePeriod, column.TimeDuration, column.Source:
		return false
	}
	return true
}

// unify brings two values to one type, as comparisons do: texts that are constants are read as what the other side is,
// numbers are widened. It is false when they cannot be compared.
func (c *checker) unify(x, y Value) (Value, Value, bool) {
	a, b := x.Type(), y.Type()
	switch {
	case a == b, a == column.Null, b == column.Null, a.IsString() && b.IsString():
		return x, y, true
	case a.IsNumber() && b.IsNumber():
		if (a == column.UnsignedLong) != (b == column.UnsignedLong) {
			return x, y, false
		}
		return widen(x, max(a, b)), widen(y, max(a, b)), true
	case a.IsDate() && b.IsDate():
		return widen(x, column.DateNanos), widen(y, column.DateNanos), true
	case b.IsString():
		if read, ok := c.readAs(y, a); ok {
			return x, read, true
		}
	case a.IsString():
		if read, ok := c.readAs(x, b); ok {
			return read, y, true
		}
	}
	return x, y, false
}

// widen converts a value to a wider type.
func widen(v Value, t column.Type) Value {
	if v.Type() == t || v.Type() == column.Null {
		return v
	}
	if k, ok := v.(*Constant); ok {
		return constant(k.Source, column.Widen(k.Value, t))
	}
	return &Widen{valueOf{t, v.Of()}, v}
}

// readAs reads a constant text as a date, address, version or boolean (Elasticsearch: implicit casting).
func (c *checker) readAs(v Value, t column.Type) (Value, bool) {
	k, ok := v.(*Constant)
	if !ok || k.Value.Count(0) == 0 {
		return v, false
	}
	start, end := k.Value.Span(0)
	b := column.NewBuilder(t, 1)
	b.Begin()
	for position := start; position < end; position++ {
		if !column.ReadText(b, k.Value.Text(position)) {
			if t.IsDate() || t == column.IP || t == column.Version || t == column.Boolean || t.IsTimespan() {
				c.fail(v.Of().Span(), "esql-type", fmt.Sprintf("Cannot convert string [%s] to [%s]", k.Value.Text(position), strings.ToUpper(t.Word())), "")
				return c.null(v.Of()), true
			}
			return v, false
		}
	}
	b.End()
	return constant(k.Source, b.Build()), true
}

func (c *checker) arithmetic(s *scope, e *Binary) Value {
	x, y := c.value(s, e.X), c.value(s, e.Y)
	// Elasticsearch reads a constant text beside a date or timespan as the other kind.
	if e.Op == "+" || e.Op == "-" {
		x, y = c.readDates(x, y)
	}
	a, b := x.Type(), y.Type()
	of := valueOf{column.Null, e}
	switch {
	case a == column.Null && b == column.Null:
		return c.null(e)
	case a == column.Null && b.IsNumber(), b == column.Null && a.IsNumber():
		of.As = max(a, b)
		return &Arithmetic{of, e.Op, x, y}
	case a.IsNumber() && b.IsNumber() && (a == column.UnsignedLong) == (b == column.UnsignedLong):
		of.As = max(a, b)
		return &Arithmetic{of, e.Op, widen(x, of.As), widen(y, of.As)}
	case a.IsNumber() && b.IsNumber():
		c.fail(e.At, "esql-type", fmt.Sprintf("first argument of [%s] is [%s] and second is [%s]. [unsigned_long] can only be operated on together with another [unsigned_long]", c.text(e.At), a.Word(), b.Word()), "convert one side with TO_UNSIGNED_LONG, or both with TO_DOUBLE")
		return c.null(e)
	case e.Op == "+" && (a.IsDate() || a.IsTimespan()) && (b.IsDate() || b.IsTimespan()) && (!a.IsDate() || !b.IsDate()), e.Op == "-" && a.IsDate() && b.IsTimespan(), e.Op == "-" && a.IsTimespan() && a == b,
		(e.Op == "+" || e.Op == "-") && (a == column.Null && isTemporal(b) || isTemporal(a) && b == column.Null):
		return c.dateMath(of, e, x, y)
	}
	c.arithmeticError(e, a, b)
	return c.null(e)
}

func isTemporal(t column.Type) bool { return t.IsDate() || t.IsTimespan() }

func (c *checker) readDates(x, y Value) (Value, Value) {
	a, b := x.Type(), y.Type()
	switch {
	case a == column.Keyword && b.IsTimespan():
		x, _ = c.readAs(x, column.Date)
	case b == column.Keyword && a.IsDate():
		for _, t := range []column.Type{column.TimeDuration, column.DatePeriod} {
			if k, ok := y.(*Constant); ok && k.Value.Count(0) == 1 {
				b := column.NewBuilder(t, 1)
				if column.ReadText(b, k.Value.Text(0)) {
					return x, constant(k.Source, b.Build())
				}
			}
		}
	}
	return x, y
}

func (c *checker) dateMath(of valueOf, e *Binary, x, y Value) Value {
	a, b := x.Type(), y.Type()
	switch {
	case a.IsDate():
		of.As = a
	case b.IsDate():
		of.As = b
	case a == b, b == column.Null:
		of.As = a
	case a == column.Null:
		of.As = b
	default:
		c.arithmeticError(e, a, b)
		return c.null(e)
	}
	return &Arithmetic{of, e.Op, x, y}
}

func (c *checker) arithmeticError(e *Binary, a, b column.Type) {
	expected := "numeric"
	if e.Op == "+" || e.Op == "-" {
		expected = "date_nanos, datetime or numeric"
	}
	for i, t := range []column.Type{a, b} {
		if !t.IsNumber() && t != column.Null && (expected == "numeric" || !t.IsDate() && !t.IsTimespan()) {
			x := []Expr{e.X, e.Y}[i]
			c.fail(x.Span(), "esql-type", fmt.Sprintf("%s argument of [%s] must be [%s], found value [%s] type [%s]", []string{"first", "second"}[i], c.text(e.At), expected, c.text(x.Span()), t.Word()), "")
			return
		}
	}
	c.fail(e.At, "esql-type", fmt.Sprintf("[%s] has arguments with incompatible types [%s] and [%s]", e.Op, a.Word(), b.Word()), "")
}

// converter is the function that a cast stands for.
func converter(t column.Type) string {
	switch t {
	case column.Boolean:
		return "TO_BOOLEAN"
	case column.Integer:
		return "TO_INTEGER"
	case column.Long:
		return "TO_LONG"
	case column.UnsignedLong:
		return "TO_UNSIGNED_LONG"
	case column.Double:
		return "TO_DOUBLE"
	case column.Keyword, column.Text:
		return "TO_STRING"
	case column.IP:
		return "TO_IP"
	case column.Version:
		return "TO_VERSION"
	case column.Date:
		return "TO_DATETIME"
	case column.DateNanos:
		return "TO_DATE_NANOS"
	case column.GeoPoint:
		return "TO_GEOPOINT"
	case column.GeoShape:
		return "TO_GEOSHAPE"
	case column.DatePeriod:
		return "TO_DATEPERIOD"
	case column.TimeDuration:
		return "TO_TIMEDURATION"
	}
	return ""
}

func (c *checker) cast(s *scope, e *Cast) Value {
	t, ok := column.Parse(strings.ToLower(e.Type))
	name := converter(t)
	if !ok || name == "" {
		c.fail(e.TypeAt, "esql-type", fmt.Sprintf("Unknown data type named [%s]", e.Type), diag.DidYouMean(e.Type, []string{"boolean", "integer", "long", "unsigned_long", "double", "keyword", "string", "ip", "version", "datetime", "date_nanos", "geo_point"}))
		return c.null(e)
	}
	f, ok := c.Functions.Lookup(name)
	if !ok {
		c.undecided("::" + e.Type)
		return c.null(e)
	}
	return c.apply(s, f, e, []Expr{e.X}, nil)
}

func (c *checker) zone(s Setting) {
	text, ok := constantText(s.Value)
	if !ok {
		return
	}
	zone, err := readZone(text)
	if err != nil {
		c.fail(s.Value.Span(), "esql-semantics", fmt.Sprintf("Error validating setting [time_zone]: unknown time zone [%s]", text), "")
		return
	}
	env := function.Environment{}
	if c.Env != nil {
		env = *c.Env
	}
	env.Zone = zone
	c.Env = &env
}

// readZone reads a time zone as Java does: a name, Z, or an offset with or without UTC, GMT or UT before it.
func readZone(text string) (*time.Location, error) {
	offset := text
	for _, name := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(text, name); ok {
			offset = rest
			break
		}
	}
	switch {
	case text == "" || text == "Local":
		return nil, errors.New("no name of a zone") // Go means this machine's
	case offset == "" || text == "Z":
		return time.UTC, nil
	case offset[0] != '+' && offset[0] != '-':
		return time.LoadLocation(text)
	}
	for _, layout := range []string{"-07:00:00", "-07:00", "-070000", "-0700", "-07"} {
		if at, err := time.Parse(layout, offset); err == nil {
			_, seconds := at.Zone()
			return time.FixedZone(text, seconds), nil
		}
	}
	if hours, err := strconv.Atoi(offset); err == nil && len(offset) == 2 {
		return time.FixedZone(text, hours*3600), nil
	}
	return nil, fmt.Errorf("%s is no offset", offset)
}
