package extract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/backtrack"
)

// Kind is the type of a field that a GROK pattern fills.
type Kind uint8

// The kinds: what :int, :long, :float, :double and :boolean ask for, and text.
const (
	Text Kind = iota
	Int
	Long
	Float
	Double
	Boolean
)

// Field is a field that a pattern fills.
type Field struct {
	Name string
	Kind Kind
}

// Value is one value of a field: which member holds it is told by the field's kind. Booleans are 0 and 1.
type Value struct {
	Text  string
	Whole int64
	Float float64
}

// Grok is a compiled GROK command: patterns of which the first that matches counts.
type Grok struct {
	fields   []Field
	patterns []grokPattern
}

type grokPattern struct {
	re *backtrack.Regexp
	// field is the place in fields that each group fills, -1 for none.
	field []int
}

// CompileGrok compiles the patterns of one GROK command.
func CompileGrok(patterns ...string) (*Grok, error) {
	g := &Grok{}
	bank := stockPatterns()
	for _, pattern := range patterns {
		text, err := expand(pattern, bank)
		if err != nil {
			return nil, fmt.Errorf("invalid pattern [%s] for grok: %w", pattern, err)
		}
		re, err := backtrack.Compile(text, backtrack.Options{Dialect: backtrack.Ruby})
		if err != nil {
			return nil, fmt.Errorf("invalid pattern [%s] for grok: %w", pattern, err)
		}
		if err := g.add(re); err != nil {
			return nil, fmt.Errorf("invalid GROK pattern [%s]: %w", pattern, err)
		}
	}
	g.sort()
	return g, nil
}

// sort puts the fields in the order of their names, in which they become columns (Elasticsearch: plan.logical.Grok).
func (g *Grok) sort() {
	old := slices.Clone(g.fields)
	slices.SortFunc(g.fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	for _, p := range g.patterns {
		for i, at := range p.field {
			if at >= 0 {
				p.field[i] = g.find(old[at].Name)
			}
		}
	}
}

// add takes the named groups of a pattern as fields. A name is PATTERN:field:kind, where the pattern stems from
// %{PATTERN:field}, or the name of a group that the author wrote.
func (g *Grok) add(re *backtrack.Regexp) error {
	p := grokPattern{re: re}
	for _, name := range re.Names() {
		if name == "" {
			p.field = append(p.field, -1)
			continue
		}
		field := Field{Name: name}
		if parts := strings.Split(name, ":"); len(parts) >= 2 {
			field.Name = parts[1]
			if len(parts) == 3 {
				field.Kind = kindOf(parts[2])
			}
		}
		at := g.find(field.Name)
		if at < 0 {
			at = len(g.fields)
			g.fields = append(g.fields, field)
		}
		if g.fields[at].Kind != field.Kind {
			return fmt.Errorf("the attribute [%s] is defined multiple times with different types", field.Name)
		}
		p.field = append(p.field, at)
	}
	g.patterns = append(g.patterns, p)
	return nil
}

func (g *Grok) find(name string) int {
	for i, field := range g.fields {
		if field.Name == name {
			return i
		}
	}
	return -1
}

func kindOf(name string) Kind {
	return map[string]Kind{"int": Int, "long": Long, "float": Float, "double": Double, "boolean": Boolean}[name]
}

// Fields are the fields that the patterns fill, in the order of their names.
func (g *Grok) Fields() []Field { return g.fields }

// GrokRun runs a GROK command; each goroutine needs its own.
type GrokRun struct {
	grok     *Grok
	matchers []*backtrack.Matcher
	values   [][]Value
}

// Run makes what runs the command.
func (g *Grok) Run() *GrokRun {
	r := &GrokRun{grok: g, values: make([][]Value, len(g.fields))}
	for _, p := range g.patterns {
		r.matchers = append(r.matchers, p.re.Matcher())
	}
	return r
}

// Row matches the texts of one row and gives the values of each field, in the order of Fields; a field without values is
// null. A text that does not match gives none. When a value does not convert, or a pattern takes too many steps, the
// row has no values and the error says why. The slices are valid until the next row.
func (r *GrokRun) Row(texts ...string) ([][]Value, error) {
	for i := range r.values {
		r.values[i] = r.values[i][:0]
	}
	for _, text := range texts {
		if err := r.text(text); err != nil {
			for i := range r.values {
				r.values[i] = r.values[i][:0]
			}
			return r.values, err
		}
	}
	return r.values, nil
}

func (r *GrokRun) text(text string) error {
	for i, m := range r.matchers {
		groups, err := m.Find(text, 0)
		if err != nil {
			return err
		}
		if groups == nil {
			continue
		}
		for k, field := range r.grok.patterns[i].field {
			begin := groups[2*k]
			if field < 0 || begin < 0 {
				continue
			}
			v, err := convert(text[begin:groups[2*k+1]], r.grok.fields[field].Kind)
			if err != nil {
				return err
			}
			r.values[field] = append(r.values[field], v)
		}
		return nil
	}
	return nil
}

// NumberError says that a text is not a number of the kind that the pattern asks for.
type NumberError struct{ Text string }

// Error is the message of Java's NumberFormatException.
func (e *NumberError) Error() string {
	if e.Text == "" {
		return "empty String"
	}
	return fmt.Sprintf("For input string: %q", e.Text)
}

func convert(text string, kind Kind) (Value, error) {
	var v Value
	var err error
	switch kind {
	case Text:
		v.Text = text
	case Int:
		v.Whole, err = strconv.ParseInt(text, 10, 32)
	case Long:
		v.Whole, err = strconv.ParseInt(text, 10, 64)
	case Float, Double:
		v.Float, err = parseFloat(text, kind == Float)
	case Boolean:
		if strings.EqualFold(text, "true") {
			v.Whole = 1
		}
	}
	if err != nil {
		return v, &NumberError{text}
	}
	return v, nil
}

// parseFloat reads what Java's Double.parseDouble and Float.parseFloat read: white space around the number and a letter
// f or d behind it are allowed; infinities have their long names, and too large a number is one.
func parseFloat(text string, single bool) (float64, error) {
	trimmed := strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	if n := len(trimmed); n > 1 && strings.IndexByte("fFdD", trimmed[n-1]) >= 0 && !strings.HasPrefix(strings.ToLower(trimmed), "0x") {
		trimmed = trimmed[:n-1]
	}
	size := 64
	if single {
		size = 32
	}
	f, err := strconv.ParseFloat(trimmed, size)
	switch lower := strings.ToLower(strings.TrimLeft(trimmed, "+-")); {
	case strings.ContainsRune(trimmed, '_'), strings.HasPrefix(lower, "inf") && !strings.HasSuffix(trimmed, "Infinity"):
		return 0, strconv.ErrSyntax
	case err != nil && f != 0 && f-f != 0: // out of range: an infinity
		return f, nil
	}
	return f, err
}
