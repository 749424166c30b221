package esql

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// sourceNames are the commands that a query may begin with.
func sourceNames() []string {
	return []string{"FROM", "ROW", "SHOW", "TS", "PROMQL", "EXPLAIN", "EQL", "EXTERNAL"}
}

func (p *parser) sourceCommand() Command {
	start := p.token.at
	word := strings.ToUpper(p.token.text)
	switch {
	case p.token.kind != tokenName:
		p.unexpected("a source command such as FROM or ROW")
	case word == "FROM" || word == "TS":
		return p.fromCommand(Head{Word: word})
	case word == "ROW":
		p.advance()
		fields := p.fields()
		return &Row{Head{p.from(start.Start), word}, fields}
	case word == "SHOW" || word == "PROMQL" || word == "EXPLAIN" || word == "EQL" || word == "EXTERNAL":
		return p.opaque(word, start)
	default:
		p.fail(start, fmt.Sprintf("a query begins with a source command, not with `%s`", shorten(p.token.text)), orElse(diag.DidYouMean(word, sourceNames()), "begin with FROM and an index pattern"))
	}
	return nil
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// processor is the function that reads a processing command, by its first word; nil when there is no such command.
func processor(word string) func(*parser, Head) Command {
	switch word {
	case "WHERE":
		return (*parser).whereCommand
	case "EVAL":
		return (*parser).evalCommand
	case "KEEP":
		return (*parser).keepCommand
	case "DROP":
		return (*parser).dropCommand
	case "RENAME":
		return (*parser).renameCommand
	case "SORT":
		return (*parser).sortCommand
	case "LIMIT":
		return (*parser).limitCommand
	case "STATS":
		return (*parser).statsCommand
	case "INLINE", "INLINESTATS":
		return (*parser).inlineCommand
	case "MV_EXPAND":
		return (*parser).expandCommand
	case "DISSECT":
		return (*parser).dissectCommand
	case "GROK":
		return (*parser).grokCommand
	case "ENRICH":
		return (*parser).enrichCommand
	case "LOOKUP":
		return (*parser).lookupCommand
	}
	return rareProcessor(word)
}

func rareProcessor(word string) func(*parser, Head) Command {
	switch word {
	case "COMPLETION":
		return (*parser).completionCommand
	case "FORK":
		return (*parser).forkCommand
	case "SAMPLE":
		return (*parser).sampleCommand
	case "CHANGE_POINT":
		return (*parser).changePointCommand
	case "DEDUP":
		return (*parser).dedupCommand
	case "URI_PARTS", "REGISTERED_DOMAIN", "USER_AGENT", "IP_LOCATION":
		return (*parser).extractCommand
	case "RERANK":
		return (*parser).rerankCommand
	case "FUSE":
		return (*parser).fuseCommand
	}
	if isOpaque(word) {
		return func(p *parser, h Head) Command { return p.opaque(word, h.At) }
	}
	return nil
}

// processorNames are the processing commands that a misspelt one may have meant.
func processorNames() []string {
	return []string{
		"WHERE", "EVAL", "KEEP", "DROP", "RENAME", "SORT", "LIMIT", "STATS", "INLINE", "MV_EXPAND", "DISSECT", "GROK", "ENRICH",
		"LOOKUP", "COMPLETION", "FORK", "SAMPLE", "CHANGE_POINT", "DEDUP", "URI_PARTS", "REGISTERED_DOMAIN", "USER_AGENT", "IP_LOCATION",
		"RERANK", "FUSE",
	}
}

// isOpaque tells of the commands whose arguments are not looked into.
func isOpaque(word string) bool {
	switch word {
	case "HIGHLIGHT", "MMR", "METRICS_INFO", "TS_INFO", "TS_COLLAPSE", "FILLNULL", "TOPK", "BOTTOMK", "LIMITK", "INSIST", "DENSE_VECTOR":
		return true
	}
	return false
}

func (p *parser) processingCommand() Command {
	if p.failure != nil {
		return nil
	}
	at := p.token.at
	if p.token.kind != tokenName {
		p.unexpected("a command")
		return nil
	}
	word := strings.ToUpper(p.token.text)
	if read := processor(word); read != nil {
		return read(p, Head{At: at, Word: word})
	}
	help := diag.DidYouMean(word, processorNames())
	for _, name := range sourceNames() {
		if name == word {
			help = word + " can only stand at the beginning of a query"
		}
	}
	p.fail(at, fmt.Sprintf("there is no command `%s`", shorten(p.token.text)), help)
	return nil
}

// opaque takes the text of a command up to the pipe or parenthesis that ends it. It is not cut into tokens: what stands in
// it may be of another language, such as PromQL. Strings of either quote are passed over.
func (p *parser) opaque(word string, at source.Span) Command {
	start, depth := at.End, 0
	end := start
scan:
	for ; end < len(p.text); end++ {
		switch c := p.text[end]; c {
		case '"', '\'', '`':
			end += quotedLength(p.text[end:]) - 1
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				break scan
			}
			depth--
		case '|':
			if depth == 0 {
				break scan
			}
		}
	}
	text := strings.TrimSpace(p.text[start:end])
	p.at, p.mode = end, expressions
	p.advance()
	p.end = max(at.End, start+strings.Index(p.text[start:], text)+len(text))
	return &Opaque{Head{p.from(at.Start), word}, text}
}

// quotedLength is the length of the quoted text at the start of a text; of the rest, when it is not closed.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		}
	}
	return len(text)
}

// done completes the head of a command, whose last token has been taken.
func (p *parser) done(h Head) Head {
	h.At = p.from(h.At.Start)
	return h
}

func (p *parser) fromCommand(h Head) Command {
	h.At = p.token.at
	p.advanceIn(indices)
	c := &From{}
	for p.failure == nil {
		c.Indices = append(c.Indices, p.index())
		if !p.accept(",") {
			break
		}
	}
	if p.token.is("metadata") {
		p.advance()
		for p.failure == nil {
			c.Metadata = append(c.Metadata, p.metadata())
			if !p.accept(",") {
				break
			}
		}
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) index() Index {
	start := p.token.at.Start
	if p.token.is("(") {
		p.advanceIn(expressions)
		query := p.subquery(true)
		p.reread(indices)
		return Index{Place{p.from(start)}, "", query}
	}
	text := p.indexText()
	for p.failure == nil && (p.token.is(":") || p.token.is("::")) && p.token.at.Start == p.end {
		text += p.token.text
		p.advance()
		text += p.indexText()
	}
	return Index{Place{p.from(start)}, text, nil}
}

// indexText takes the name or pattern of an index.
func (p *parser) indexText() string {
	if p.token.kind != tokenIndex && p.token.kind != tokenString {
		p.unexpected("an index pattern")
		return ""
	}
	text := p.token.text
	p.advance()
	return text
}

func (p *parser) metadata() *Name {
	n := &Name{Place: Place{p.token.at}, Text: p.token.text}
	if p.token.kind != tokenIndex {
		p.unexpected("a metadata field such as _id")
	}
	p.advance()
	return n
}

func (p *parser) whereCommand(h Head) Command {
	p.advance()
	condition := p.expression()
	return &Where{p.done(h), condition}
}

func (p *parser) evalCommand(h Head) Command {
	p.advance()
	fields := p.fields()
	return &Eval{p.done(h), fields}
}

func (p *parser) keepCommand(h Head) Command {
	list := p.patternList()
	return &Keep{p.done(h), list}
}

func (p *parser) dropCommand(h Head) Command {
	list := p.patternList()
	return &Drop{p.done(h), list}
}

func (p *parser) renameCommand(h Head) Command {
	p.advanceIn(patterns)
	c := &Rename{}
	for p.failure == nil {
		start := p.token.at.Start
		first := p.pattern()
		pair := Renaming{Old: first}
		if p.accept("=") {
			pair = Renaming{New: first, Old: p.pattern(), Assigned: true}
		} else {
			p.expect("as", "between the old name and the new one")
			pair.New = p.pattern()
		}
		pair.At = p.from(start)
		c.Pairs = append(c.Pairs, pair)
		if !p.accept(",") {
			break
		}
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) sortCommand(h Head) Command {
	p.advance()
	c := &Sort{}
	for p.failure == nil {
		c.Orders = append(c.Orders, p.order())
		if !p.accept(",") {
			break
		}
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) order() Order {
	start := p.token.at.Start
	o := Order{Expr: p.expression()}
	if p.accept("desc") {
		o.Descending = true
	} else {
		p.accept("asc")
	}
	if p.accept("nulls") {
		first := p.accept("first")
		if !first {
			p.expect("last", "or `first` after NULLS")
		}
		o.NullsFirst = &first
	}
	o.At = p.from(start)
	return o
}

func (p *parser) limitCommand(h Head) Command {
	p.advance()
	c := &Limit{Count: p.constant()}
	if p.accept("by") {
		c.By = p.fields()
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) inlineCommand(h Head) Command {
	if h.Word == "INLINE" {
		p.advance()
		if !p.token.is("stats") {
			p.unexpected("`STATS` after INLINE")
			return nil
		}
	}
	h.Word = "INLINE STATS"
	return p.statsCommand(h)
}

func (p *parser) statsCommand(h Head) Command {
	p.advance()
	c := &Stats{}
	if !p.token.is("by") {
		c.Aggregates = p.aggregates()
	}
	if p.accept("by") {
		c.By = p.fields()
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) aggregates() []Field {
	var list []Field
	for p.failure == nil {
		f := p.field()
		if p.accept("where") {
			f.Where = p.expression()
		}
		list = append(list, f)
		if !p.accept(",") {
			break
		}
	}
	return list
}

func (p *parser) expandCommand(h Head) Command {
	p.advance()
	name := p.name("the column to expand")
	return &MvExpand{p.done(h), name}
}

func (p *parser) dissectCommand(h Head) Command {
	p.advance()
	c := &Dissect{Input: p.primary()}
	c.Pattern = p.stringLiteral("the pattern in double quotes")
	for p.failure == nil && (p.token.kind == tokenName || p.token.is(",")) {
		p.accept(",")
		start := p.token.at.Start
		option := Setting{Name: p.identifier("an option such as append_separator")}
		p.expect("=", "after the name of the option")
		option.Value = p.constant()
		option.At = p.from(start)
		c.Options = append(c.Options, option)
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) grokCommand(h Head) Command {
	p.advance()
	c := &Grok{Input: p.primary()}
	for p.failure == nil {
		c.Patterns = append(c.Patterns, p.stringLiteral("the pattern in double quotes"))
		if !p.accept(",") {
			break
		}
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) enrichCommand(h Head) Command {
	p.advanceIn(indices)
	c := &Enrich{PolicyAt: p.token.at}
	if p.token.is(":") || p.token.is("_") {
		p.unexpected("the name of an enrich policy")
	}
	c.Policy = p.indexText()
	for p.failure == nil && p.token.is(":") && p.token.at.Start == p.end {
		p.advance()
		c.Policy += ":" + p.indexText()
		c.PolicyAt.End = p.end
	}
	p.reread(patterns)
	if p.accept("on") {
		on := p.pattern()
		c.On = &on
	}
	if p.accept("with") {
		c.With = p.enrichFields()
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) enrichFields() []Renaming {
	var list []Renaming
	for p.failure == nil {
		start := p.token.at.Start
		first := p.pattern()
		pair := Renaming{Old: first, New: first}
		if p.accept("=") {
			pair = Renaming{New: first, Old: p.pattern(), Assigned: true}
		}
		pair.At = p.from(start)
		list = append(list, pair)
		if !p.accept(",") {
			break
		}
	}
	return list
}

func (p *parser) lookupCommand(h Head) Command {
	p.advance()
	if !p.token.is("join") {
		p.unexpected("`JOIN` after LOOKUP")
		return nil
	}
	h.Word = "LOOKUP JOIN"
	p.advanceIn(indices)
	c := &LookupJoin{IndexAt: p.token.at}
	c.Index = p.index().Text
	c.IndexAt.End = p.end
	p.reread(expressions)
	p.expect("on", "and the columns to join on")
	for p.failure == nil {
		c.On = append(c.On, p.expression())
		if !p.accept(",") {
			break
		}
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) completionCommand(h Head) Command {
	p.advance()
	target, prompt := p.assigned()
	c := &Completion{Target: target, Prompt: prompt}
	if p.accept("with") {
		c.Options = p.mapping()
	}
	c.Head = p.done(h)
	return c
}

// assigned reads "name = expression" or an expression alone.
func (p *parser) assigned() (*Name, Expr) {
	e := p.primary()
	if n, ok := e.(*Name); ok && p.accept("=") {
		return n, p.primary()
	}
	return nil, e
}

func (p *parser) forkCommand(h Head) Command {
	p.advance()
	c := &Fork{}
	for p.failure == nil && p.token.is("(") {
		p.advance()
		c.Branches = append(c.Branches, p.subquery(false))
	}
	if len(c.Branches) == 0 {
		p.unexpected("a branch in parentheses")
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) sampleCommand(h Head) Command {
	p.advance()
	probability := p.constant()
	return &Sample{p.done(h), probability}
}

func (p *parser) changePointCommand(h Head) Command {
	p.advance()
	c := &ChangePoint{Value: p.name("the column to look at")}
	if p.accept("on") {
		c.On = p.name("a column after ON")
	}
	if p.accept("as") {
		c.Type = p.name("a name for the type")
		p.expect(",", "between the two names")
		c.PValue = p.name("a name for the p-value")
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) dedupCommand(h Head) Command {
	p.advance()
	return &Dedup{p.done(h)}
}

func (p *parser) extractCommand(h Head) Command {
	p.advance()
	c := &Extract{Prefix: p.name("a name for the new columns")}
	p.expect("=", "after the name")
	c.Input = p.primary()
	if p.accept("with") {
		c.Options = p.mapping()
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) rerankCommand(h Head) Command {
	p.advance()
	target, query := p.assigned()
	c := &Rerank{Target: target, Query: query}
	p.expect("on", "and the columns to rank by")
	c.Fields = p.fields()
	if p.accept("with") {
		c.Options = p.mapping()
	}
	c.Head = p.done(h)
	return c
}

func (p *parser) fuseCommand(h Head) Command {
	p.advance()
	c := &Fuse{}
	if p.token.kind == tokenName && !p.token.is("score") && !p.token.is("key") && !p.token.is("group") && !p.token.is("with") {
		c.Method = p.token.text
		p.advance()
	}
	for p.failure == nil {
		switch {
		case p.accept("score"):
			p.expect("by", "after SCORE")
			c.Score = []*Name{p.name("the column of the score")}
		case p.accept("key"):
			p.expect("by", "after KEY")
			c.Key = p.names()
		case p.accept("group"):
			p.expect("by", "after GROUP")
			c.Group = p.name("the column of the group")
		case p.accept("with"):
			c.Options = p.mapping()
		default:
			c.Head = p.done(h)
			return c
		}
	}
	return c
}

func (p *parser) names() []*Name {
	list := []*Name{p.name("a column")}
	for p.accept(",") {
		list = append(list, p.name("a column"))
	}
	return list
}

// patternList takes the keyword and reads column patterns after it.
func (p *parser) patternList() []Pattern {
	p.advanceIn(patterns)
	list := []Pattern{p.pattern()}
	for p.accept(",") {
		list = append(list, p.pattern())
	}
	return list
}

// pattern reads a column name that may hold asterisks: parts joined by dots.
func (p *parser) pattern() Pattern {
	start := p.token.at.Start
	if p.token.kind == tokenParam {
		text := p.token.text
		p.advance()
		return Pattern{Place: Place{p.from(start)}, Text: text, Param: true}
	}
	var text strings.Builder
	wildcard, literal := false, false
	for p.failure == nil {
		switch {
		case p.token.kind == tokenName && (text.Len() > 0 || !reservedPart(p.token.text)):
			wildcard = wildcard || strings.Contains(p.token.text, "*")
		case p.token.kind == tokenQuoted:
			literal = literal || strings.Contains(p.token.text, "*")
		default:
			p.unexpected("a column")
		}
		if wildcard && literal {
			p.fail(p.token.at, "a pattern cannot hold an asterisk that stands for itself beside one that does not", "")
		}
		text.WriteString(p.token.text)
		p.advance()
		if !p.token.is(".") {
			break
		}
		text.WriteByte('.')
		p.advance()
	}
	return Pattern{Place: Place{p.from(start)}, Text: text.String(), Wildcard: wildcard}
}

// reservedPart tells whether a word must be quoted even where only columns stand.
func reservedPart(word string) bool {
	return strings.EqualFold(word, "on") || strings.EqualFold(word, "with") || strings.EqualFold(word, "as")
}

func (p *parser) stringLiteral(want string) Expr {
	switch p.token.kind {
	case tokenString:
		lit := &Literal{Place{p.token.at}, column.OfTexts(column.Keyword, []string{p.token.text})}
		p.advance()
		return lit
	case tokenParam:
		return p.parameter()
	}
	p.unexpected(want)
	return nil
}
