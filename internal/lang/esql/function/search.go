package function

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

func searchFunctions() []*Function {
	searchable := Param{Name: "field", Types: Booleans | Strings | Numbers | Dates | OneOf(column.IP, column.Version), Expected: "keyword, text, boolean, date, date_nanos, double, integer, ip, long, unsigned_long, version"}
	value := constantParam(Param{Name: "query", Types: searchable.Types, Expected: searchable.Expected})
	query := constantParam(Param{Name: "query", Types: Strings, Expected: "string"})
	words := Param{Name: "field", Types: Strings, Expected: "keyword, text"}
	search := func(name, doc string, compile func(*SearchSite) (filter.Node, error), params ...Param) *Function {
		return &Function{Name: name, Kind: FullText, Family: "Search", Doc: doc, Params: params, Returns: Gives(column.Boolean), Search: compile}
	}
	multi := search("MULTI_MATCH", "Whether any of the fields matches a text, as MATCH does.", multiMatch, value, searchable)
	multi.Variadic = true
	return []*Function{
		search("KQL", "Whether a query of Kibana's language finds the document.", searchKQL, query),
		search("MATCH", "Whether a field holds a word of a text; what is not analysed, the whole value.", searchMatch, searchable, value),
		search("MATCH_PHRASE", "Whether a field holds the words of a text side by side.", searchPhrase, words, query),
		multi,
		search("QSTR", "Whether a query of Lucene's syntax finds the document.", searchQueryString, query),
		search("TERM", "Whether a field holds exactly a value, which is not analysed.", searchTerm, words, query),
	}
}

// queryText is the text of what is searched for.
func (s *SearchSite) queryText(i int) (string, error) {
	c := s.Constant(i)
	if c == nil || c.Count(0) == 0 {
		return "", &ArgumentError{i, fmt.Sprintf("argument of [%s] cannot be null, received [%s]", callText(s.Args), s.Args[i].Text)}
	}
	return c.Render(0), nil
}

// mapping finds the field of an argument.
func (s *SearchSite) mapping(i int) (field.Mapping, error) {
	m, ok := s.Schema.Lookup(s.Args[i].Field)
	if !ok {
		return m, &ArgumentError{i, fmt.Sprintf("[%s] is not a field from an index mapping", s.Args[i].Text)}
	}
	return m, nil
}

// options checks the names of the options.
func (s *SearchSite) options(known ...string) error {
	for name := range s.Options {
		if !slices.Contains(known, name) {
			slices.Sort(known)
			return fmt.Errorf("Invalid option [%s], expected one of [%s]", name, strings.Join(known, ", ")) //nolint:staticcheck // Elasticsearch's words
		}
	}
	return nil
}

func searchKQL(site *SearchSite) (filter.Node, error) {
	text, err := site.queryText(0)
	if err != nil {
		return nil, err
	}
	if site.Env.KQL == nil {
		return nil, errors.New("KQL cannot be used here")
	}
	if err := site.options("boost", "case_insensitive", "default_field", "time_zone"); err != nil {
		return nil, err
	}
	return site.Env.KQL(text, site.Schema, site.Builder)
}

func searchQueryString(site *SearchSite) (filter.Node, error) {
	text, err := site.queryText(0)
	if err != nil {
		return nil, err
	}
	if site.Env.QueryString == nil {
		return nil, errors.New("QSTR cannot be used here")
	}
	var fields []string
	if name := site.Options["default_field"]; name != "" && name != "*" {
		fields = []string{name}
	}
	return site.Env.QueryString(text, fields, strings.EqualFold(site.Options["default_operator"], "and"), site.Schema, site.Builder)
}

// matchOptions are the options of a match query; those that only change scores or how hard it searches do nothing here.
func matchOptions() []string {
	return []string{
		"analyzer", "auto_generate_synonyms_phrase_query", "boost", "fuzziness", "fuzzy_rewrite", "fuzzy_transpositions", "lenient",
		"max_expansions", "minimum_should_match", "operator", "prefix_length", "slop", "tie_breaker", "type", "zero_terms_query",
	}
}

func searchMatch(site *SearchSite) (filter.Node, error) {
	text, err := site.queryText(1)
	if err == nil {
		err = site.options(matchOptions()...)
	}
	if err != nil {
		return nil, err
	}
	m, err := site.mapping(0)
	if err != nil {
		return nil, err
	}
	return site.match(m, text)
}

// match is a match query with the options of the call.
func (s *SearchSite) match(m field.Mapping, text string) (filter.Node, error) {
	clause := filter.Clause{Label: m.Name + ": " + text}
	for _, name := range []string{"analyzer", "minimum_should_match"} {
		if s.Options[name] != "" {
			return nil, fmt.Errorf("the option %s is not supported offline", name)
		}
	}
	var node filter.Node
	var err error
	switch {
	case s.Options["fuzziness"] != "" && (m.Type.IsText() || m.Type.IsKeyword()):
		node, err = s.fuzzy(m, text, clause)
	case strings.EqualFold(s.Options["operator"], "and"):
		node, err = s.Builder.MatchAll(m, text, clause)
	default:
		node, err = s.Builder.Match(m, text, clause)
	}
	if err != nil {
		// MATCH is lenient by default: what cannot be a value of the field is not in it.
		return filter.NewOr(nil, clause), nil
	}
	return node, nil
}

// fuzzy lets each word of the text differ by some edits.
func (s *SearchSite) fuzzy(m field.Mapping, text string, clause filter.Clause) (filter.Node, error) {
	edits := -1
	if option := s.Options["fuzziness"]; !strings.HasPrefix(strings.ToUpper(option), "AUTO") {
		n, err := strconv.ParseFloat(option, 64)
		if err != nil || n < 0 || n > 2 {
			return nil, fmt.Errorf("fuzziness is AUTO, 0, 1 or 2, not %s", option)
		}
		edits = int(n)
	}
	words := []string{text}
	if m.Type.IsText() {
		words = words[:0]
		for _, token := range tokens(m, text) {
			words = append(words, token.Text)
		}
	}
	nodes := make([]filter.Node, 0, len(words))
	for _, word := range words {
		node, err := s.Builder.Fuzzy(m, word, edits, filter.Clause{Label: m.Name + ": " + word + "~"})
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	if strings.EqualFold(s.Options["operator"], "and") {
		return &filter.And{Nodes: nodes, Source: clause}, nil
	}
	return filter.NewOr(nodes, clause), nil
}

// tokens are the words of a text by the field's analyzer.
func tokens(m field.Mapping, text string) []match.Token {
	if analyze, ok := match.AnalyzerByName(m.Analyzer); ok {
		return analyze(text)
	}
	return match.Standard(text)
}

func searchPhrase(site *SearchSite) (filter.Node, error) {
	text, err := site.queryText(1)
	if err == nil {
		err = site.options("analyzer", "boost", "slop", "zero_terms_query")
	}
	if err != nil {
		return nil, err
	}
	m, err := site.mapping(0)
	if err != nil {
		return nil, err
	}
	slop, err := strconv.Atoi("0" + site.Options["slop"])
	if err != nil {
		return nil, fmt.Errorf("the option slop must be a whole number, not %s", site.Options["slop"])
	}
	return site.Builder.PhraseSlop(m, text, slop, filter.Clause{Label: fmt.Sprintf("%s: %q", m.Name, text)})
}

func searchTerm(site *SearchSite) (filter.Node, error) {
	text, err := site.queryText(1)
	if err != nil {
		return nil, err
	}
	m, err := site.mapping(0)
	if err != nil {
		return nil, err
	}
	return site.Builder.Term(m, text, filter.Clause{Label: m.Name + ": " + text})
}

func multiMatch(site *SearchSite) (filter.Node, error) {
	text, err := site.queryText(0)
	if err == nil {
		err = site.options(matchOptions()...)
	}
	if err != nil {
		return nil, err
	}
	clause := filter.Clause{Label: "multi_match " + text}
	var nodes []filter.Node
	for i := 1; i < len(site.Args); i++ {
		m, err := site.mapping(i)
		if err != nil {
			return nil, err
		}
		var node filter.Node
		switch kind := site.Options["type"]; kind {
		case "phrase":
			node, err = site.Builder.Phrase(m, text, filter.Clause{Label: fmt.Sprintf("%s: %q", m.Name, text)})
		case "", "best_fields", "most_fields":
			node, err = site.match(m, text)
		default:
			return nil, fmt.Errorf("the type %s of MULTI_MATCH is not supported offline", kind)
		}
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return filter.NewOr(nodes, clause), nil
}
