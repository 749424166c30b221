package esql

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// fields reads "name = expression" or expressions, separated by commas.
func (p *parser) fields() []Field {
	var list []Field
	for p.failure == nil {
		list = append(list, p.field())
		if !p.accept(",") {
			break
		}
	}
	return list
}

func (p *parser) field() Field {
	start := p.token.at.Start
	f := Field{Expr: p.expression()}
	if n, ok := f.Expr.(*Name); ok && p.token.is("=") {
		p.advance()
		f.Name, start = n, p.token.at.Start
		f.Expr = p.expression()
	}
	f.At = p.from(start)
	return f
}

// expression reads a condition or value: OR binds least.
func (p *parser) expression() Expr { return p.logic(true) }

func (p *parser) logic(or bool) Expr {
	operand := func() Expr {
		if or {
			return p.logic(false)
		}
		return p.negation()
	}
	word := "and"
	if or {
		word = "or"
	}
	start := p.token.at.Start
	first := operand()
	if !p.token.is(word) {
		return first
	}
	operands := []Expr{first}
	for p.accept(word) {
		operands = append(operands, operand())
	}
	return &Logic{Place{p.from(start)}, or, operands}
}

func (p *parser) negation() Expr {
	start := p.token.at.Start
	if !p.accept("not") {
		return p.predicate()
	}
	if !p.deeper() {
		return nil
	}
	x := p.negation()
	p.depth--
	return &Not{Place{p.from(start)}, x}
}

// predicate reads a value, and what is said of it.
func (p *parser) predicate() Expr {
	start := p.token.at.Start
	x := p.comparison()
	if p.failure != nil {
		return nil
	}
	switch {
	case p.token.is("=~"):
		p.fail(p.token.at, "the operator `=~` is not released", "compare TO_LOWER(field) with a text in lower case")
		return nil
	case p.token.is(":"):
		return p.match(x, start)
	case p.token.is("is"):
		p.advance()
		not := p.accept("not")
		p.expect("null", "after IS")
		return &IsNull{Place{p.from(start)}, x, not}
	}
	return p.listed(x, start)
}

// comparison reads a sum, or two that are compared: what may stand left of IS NULL and IN, and in the list of IN.
func (p *parser) comparison() Expr {
	start := p.token.at.Start
	x := p.sum()
	if p.failure != nil {
		return nil
	}
	if p.token.is("==") || p.token.is("!=") || p.token.is("<") || p.token.is("<=") || p.token.is(">") || p.token.is(">=") {
		op := p.token.text
		p.advance()
		y := p.sum()
		return &Binary{Place{p.from(start)}, op, x, y}
	}
	return x
}

// listed reads IN, LIKE and RLIKE, negated or not.
func (p *parser) listed(x Expr, start int) Expr {
	not := p.token.is("not")
	if not {
		p.advance()
		if !p.token.is("in") && !p.token.is("like") && !p.token.is("rlike") {
			p.unexpected("`IN`, `LIKE` or `RLIKE` after NOT")
		}
	}
	switch {
	case p.accept("in"):
		return p.in(x, not, start)
	case p.token.is("like") || p.token.is("rlike"):
		regexp := p.token.is("rlike")
		p.advance()
		c := &Like{X: x, Not: not, Regexp: regexp}
		if c.Listed = p.accept("("); c.Listed {
			for p.failure == nil {
				c.Patterns = append(c.Patterns, p.stringLiteral("a pattern in double quotes"))
				if !p.accept(",") {
					break
				}
			}
			p.expect(")", "after the patterns")
		} else {
			c.Patterns = []Expr{p.stringLiteral("a pattern in double quotes")}
		}
		c.At = p.from(start)
		return c
	}
	return x
}

func (p *parser) in(x Expr, not bool, start int) Expr {
	c := &In{X: x, Not: not}
	p.expect("(", "after IN")
	if p.token.is("from") {
		c.Query = p.subquery(true)
		c.At = p.from(start)
		return c
	}
	for p.failure == nil {
		c.List = append(c.List, p.comparison())
		if !p.accept(",") {
			break
		}
	}
	p.expect(")", "after the list")
	c.At = p.from(start)
	return c
}

// match reads the operator `:` after a field.
func (p *parser) match(x Expr, start int) Expr {
	m := &Match{}
	if c, ok := x.(*Cast); ok {
		m.Cast, x = c.Type, c.X
	}
	n, ok := x.(*Name)
	if !ok {
		p.fail(x.Span(), "the operator `:` searches a field, and this is none", "")
		return nil
	}
	p.advance()
	m.Field, m.Query = n, p.constant()
	m.At = p.from(start)
	return m
}

func (p *parser) sum() Expr {
	return p.chain(func() Expr {
		return p.chain(p.unary, "*", "/", "%")
	}, "+", "-")
}

// chain reads operands joined by operators of the same rank, to be computed from the left.
func (p *parser) chain(operand func() Expr, operators ...string) Expr {
	start, before := p.token.at.Start, p.depth
	x := operand()
	for p.failure == nil && p.token.kind == tokenSymbol && contains(operators, p.token.text) {
		if !p.deeper() {
			break
		}
		op := p.token.text
		p.advance()
		y := operand()
		x = &Binary{Place{p.from(start)}, op, x, y}
	}
	p.depth = before
	return x
}

func contains(list []string, text string) bool {
	for _, item := range list {
		if item == text {
			return true
		}
	}
	return false
}

func (p *parser) unary() Expr {
	start := p.token.at.Start
	switch {
	case p.token.is("-"):
		p.advance()
		if p.token.kind == tokenWhole || p.token.kind == tokenDecimal {
			return p.casts(p.number(start, "-"), start)
		}
		if !p.deeper() {
			return nil
		}
		x := p.unary()
		p.depth--
		return &Negate{Place{p.from(start)}, x}
	case p.token.is("+"):
		if !p.deeper() {
			return nil
		}
		p.advance()
		x := p.unary()
		p.depth--
		return x
	}
	return p.primary()
}

// primary reads a value with its casts.
func (p *parser) primary() Expr {
	start := p.token.at.Start
	return p.casts(p.atom(), start)
}

func (p *parser) casts(x Expr, start int) Expr {
	before := p.depth
	for p.failure == nil && p.token.is("::") && p.deeper() {
		p.advance()
		at := p.token.at
		name := p.identifier("a type after `::`")
		x = &Cast{Place{p.from(start)}, x, name, at}
	}
	p.depth = before
	return x
}

func (p *parser) atom() Expr {
	if p.failure != nil {
		return nil
	}
	t := p.token
	switch {
	case t.kind == tokenWhole || t.kind == tokenDecimal:
		return p.number(t.at.Start, "")
	case t.kind == tokenString:
		return p.stringLiteral("")
	case t.kind == tokenQuoted || t.kind == tokenName && !reserved(t.text), t.kind == tokenName && (t.is("first") || t.is("last")) && p.callFollows(), t.kind == tokenParam:
		return p.nameOrCall()
	case t.is("true"), t.is("false"), t.is("null"), t.is("["):
		return p.constant()
	case t.is("("):
		if !p.deeper() {
			return nil
		}
		p.advance()
		x := p.expression()
		p.expect(")", "")
		p.depth--
		return x
	}
	p.unexpected("a value")
	return nil
}

// callFollows tells whether the token is followed by an opening parenthesis: FIRST and LAST are keywords elsewhere.
func (p *parser) callFollows() bool {
	ahead := lexer{text: p.text, at: p.at}
	t, failure := ahead.next()
	return failure == nil && t.is("(")
}

// nameOrCall reads a dotted name, a parameter, or a call.
func (p *parser) nameOrCall() Expr {
	start := p.token
	if start.kind == tokenParam && !strings.HasPrefix(start.text, "??") {
		return p.parameter()
	}
	if start.kind != tokenParam && p.callFollows() {
		p.advance()
		return p.call(start)
	}
	return p.name("a column")
}

func (p *parser) parameter() Expr {
	c := &Param{Place{p.token.at}, p.token.text}
	p.advance()
	return c
}

// name reads a dotted name.
func (p *parser) name(want string) *Name {
	n := &Name{}
	start := p.token.at.Start
	if p.token.kind == tokenParam {
		n.Param, n.Text = true, p.token.text
		p.advance()
		n.At = p.from(start)
		return n
	}
	var text strings.Builder
	text.WriteString(p.identifier(want))
	for p.failure == nil && p.token.is(".") {
		p.advance()
		text.WriteByte('.')
		switch p.token.kind {
		case tokenName, tokenQuoted:
			text.WriteString(p.token.text)
			p.advance()
		default:
			p.unexpected("the rest of the name after the dot")
		}
	}
	n.Text, n.At = text.String(), p.from(start)
	return n
}

// identifier takes one name.
func (p *parser) identifier(want string) string {
	t := p.token
	if p.failure != nil || t.kind != tokenQuoted && (t.kind != tokenName || reserved(t.text)) {
		p.unexpected(want)
		return ""
	}
	p.advance()
	return t.text
}

// call reads the arguments of a function, whose name has been taken.
func (p *parser) call(name token) Expr {
	c := &Call{Name: name.text, NameAt: name.at}
	if !p.deeper() {
		return nil
	}
	p.expect("(", "")
	switch {
	case p.token.is("*"):
		p.advance()
		c.Star = true
	case !p.token.is(")"):
		for p.failure == nil {
			if p.token.is("{") && len(c.Args) > 0 {
				c.Options = p.mapping()
				break
			}
			c.Args = append(c.Args, p.expression())
			if !p.accept(",") {
				break
			}
		}
	}
	p.expect(")", "after the arguments of "+strings.ToUpper(name.text))
	p.depth--
	c.At = p.from(name.at.Start)
	return c
}

// mapping reads {"key": value, ...}.
func (p *parser) mapping() *Map {
	m := &Map{Place: Place{p.token.at}}
	if !p.deeper() {
		return m
	}
	start := p.token.at.Start
	p.expect("{", "before the options")
	for p.failure == nil && !p.token.is("}") {
		key := p.token
		if key.kind != tokenString {
			p.unexpected("the name of an option in double quotes")
			break
		}
		p.advance()
		p.expect(":", "after the name of the option")
		var value Expr
		if p.token.is("{") {
			value = p.mapping()
		} else {
			value = p.constant()
		}
		m.Entries = append(m.Entries, Entry{key.text, value})
		if !p.accept(",") {
			break
		}
	}
	p.expect("}", "after the options")
	p.depth--
	m.At = p.from(start)
	return m
}

// constant reads a literal.
func (p *parser) constant() Expr {
	t := p.token
	start := t.at.Start
	switch {
	case p.failure != nil:
		return nil
	case t.kind == tokenWhole || t.kind == tokenDecimal:
		return p.number(start, "")
	case t.is("-") || t.is("+"):
		p.advance()
		if p.token.kind != tokenWhole && p.token.kind != tokenDecimal {
			p.unexpected("a number")
			return nil
		}
		return p.number(start, strings.TrimPrefix(t.text, "+"))
	case t.kind == tokenString || t.kind == tokenParam:
		return p.stringLiteral("")
	case t.is("true") || t.is("false"):
		p.advance()
		return &Literal{Place{t.at}, column.OfInts(column.Boolean, []int64{column.OfBool(t.is("true"))})}
	case t.is("null"):
		p.advance()
		return &Literal{Place{t.at}, column.Nulls(column.Null, 1)}
	case t.is("["):
		return p.list()
	}
	p.unexpected("a constant")
	return nil
}

// list reads [1, 2, 3]. Its values are of one type; numbers of several types take the widest.
func (p *parser) list() Expr {
	start := p.token.at.Start
	p.advance()
	var values []*column.Column
	for p.failure == nil && !p.token.is("]") {
		item, _ := p.constant().(*Literal)
		if p.failure == nil && (item == nil || item.Value.Count(0) != 1) {
			p.fail(p.from(start), "a list holds single values", "")
		}
		if p.failure != nil {
			return nil
		}
		values = append(values, item.Value)
		if !p.accept(",") {
			break
		}
	}
	p.expect("]", "after the list")
	if p.failure != nil {
		return nil
	}
	joined, ok := joinValues(values)
	if !ok {
		p.fail(p.from(start), "the values of a list must be of one type", "")
		return nil
	}
	return &Literal{Place{p.from(start)}, joined}
}

// joinValues makes one row of several single values.
func joinValues(values []*column.Column) (*column.Column, bool) {
	if len(values) == 0 {
		return column.Nulls(column.Null, 1), true
	}
	widest := values[0].Type()
	for _, v := range values {
		if v.Type() != widest && (!v.Type().IsNumber() || !widest.IsNumber()) {
			return nil, false
		}
		widest = max(widest, v.Type())
	}
	b := column.NewBuilder(widest, len(values))
	b.Begin()
	for _, v := range values {
		switch {
		case v.Type() == widest || widest == column.Long:
			b.AppendValue(v, 0)
		case widest == column.Double:
			b.Double(v.Float(0))
		case v.Int(0) < 0:
			return nil, false
		default:
			b.Int(column.OfUnsigned(uint64(v.Int(0))))
		}
	}
	b.End()
	return b.Build(), true
}

// number reads a number, and the timespan that it makes with a unit after it. The sign, if any, has been taken.
func (p *parser) number(start int, sign string) Expr {
	t := p.token
	p.advance()
	if t.kind == tokenDecimal {
		f, err := strconv.ParseFloat(sign+t.text, 64)
		if err != nil {
			p.fail(t.at, fmt.Sprintf("the number `%s` is too large", shorten(t.text)), "")
		}
		return &Literal{Place{p.from(start)}, column.OfDoubles([]float64{f})}
	}
	if p.token.kind == tokenName && isUnit(p.token.text) {
		return p.timespan(start, sign+t.text)
	}
	return &Literal{Place{p.from(start)}, wholeNumber(sign + t.text)}
}

// wholeNumber gives a number the smallest type that holds it (ES|QL: integer, long, unsigned_long, else double).
func wholeNumber(text string) *column.Column {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if int64(int32(n)) == n {
			return column.OfInts(column.Integer, []int64{n})
		}
		return column.OfInts(column.Long, []int64{n})
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return column.OfInts(column.UnsignedLong, []int64{column.OfUnsigned(n)})
	}
	f, _ := new(big.Float).SetPrec(64).SetString(text)
	if f == nil {
		return column.OfDoubles([]float64{0})
	}
	d, _ := f.Float64()
	return column.OfDoubles([]float64{d})
}

func (p *parser) timespan(start int, amount string) Expr {
	unit := p.token
	p.advance()
	n, err := strconv.ParseInt(amount, 10, 32)
	if err != nil {
		p.fail(span(start, unit.at.Start), fmt.Sprintf("the amount `%s` is too large", shorten(amount)), "")
	}
	return &Timespan{Place{p.from(start)}, n, unit.text}
}

func isUnit(word string) bool {
	_, _, _, ok := column.Unit(word)
	return ok
}

// Value is the timespan as a constant: a time duration, or a date period for days and longer.
func (t *Timespan) Value() *column.Column {
	millis, months, days, _ := column.Unit(t.Unit)
	if millis > 0 {
		return column.OfInts(column.TimeDuration, []int64{t.Amount * millis})
	}
	return column.OfInts(column.DatePeriod, []int64{column.OfPeriod(times(t.Amount, months), times(t.Amount, days))})
}

// times multiplies within 32 bits: what is beyond them is as far away as can be.
func times(amount int64, unit int) int {
	if unit == 0 {
		return 0
	}
	limit := int64(math.MaxInt32 / unit)
	if amount > limit {
		return math.MaxInt32
	}
	return int(max(amount, -limit)) * unit
}
