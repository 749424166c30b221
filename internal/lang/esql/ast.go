package esql

import "github.com/tocsin-rules/tocsin/internal/source"

// Query is a parsed query.
type Query struct {
	// Settings are the SET directives before the query.
	Settings []Setting
	Pipeline *Pipeline
	// Text is the query as it was written.
	Text string
}

// Setting is one SET directive.
type Setting struct {
	Place
	Name  string
	Value Expr
}

// Pipeline is a source command and the commands that process its rows, in order.
type Pipeline struct {
	Commands []Command
}

// Command is one command of a pipeline.
type Command interface {
	// Span is the place of the command in the query.
	Span() source.Span
	// String prints the command.
	String() string
	// Keyword is the command's name in capitals.
	Keyword() string
}

// Field is a named or unnamed expression of EVAL, ROW, STATS or BY. At covers the expression with its parentheses: its
// text is the name of an unnamed field.
type Field struct {
	Place
	Name *Name
	Expr Expr
	// Where is the condition of an aggregate, or nil.
	Where Expr
}

// Pattern is a column name that may hold asterisks.
type Pattern struct {
	Place
	Text string
	// Wildcard tells that asterisks stand for any characters. Param tells that it is a parameter.
	Wildcard, Param bool
}

// Index is one source of FROM: an index pattern, or a subquery.
type Index struct {
	Place
	Text  string
	Query *Pipeline
}

// Head is what every command has: its place and its name in capitals.
type Head struct {
	At   source.Span
	Word string
}

// Span is the place of the command in the query.
func (h Head) Span() source.Span { return h.At }

// Keyword is the command's name in capitals, such as "INLINE STATS".
func (h Head) Keyword() string { return h.Word }

// The commands. Each holds what was written, nothing resolved.
type (
	// From reads indices; its keyword is FROM or TS.
	From struct {
		Head
		Indices  []Index
		Metadata []*Name
	}
	// Row makes one row of constants.
	Row struct {
		Head
		Fields []Field
	}
	// Where keeps rows.
	Where struct {
		Head
		Condition Expr
	}
	// Eval computes columns.
	Eval struct {
		Head
		Fields []Field
	}
	// Keep keeps columns.
	Keep struct {
		Head
		Patterns []Pattern
	}
	// Drop drops columns.
	Drop struct {
		Head
		Patterns []Pattern
	}
	// Rename renames columns.
	Rename struct {
		Head
		Pairs []Renaming
	}
	// Sort orders rows.
	Sort struct {
		Head
		Orders []Order
	}
	// Limit cuts rows; By, when given, counts for each combination of values.
	Limit struct {
		Head
		Count Expr
		By    []Field
	}
	// Stats aggregates. Its keyword is STATS, or INLINE STATS, after which the rows stay.
	Stats struct {
		Head
		Aggregates []Field
		By         []Field
	}
	// MvExpand makes a row of each value.
	MvExpand struct {
		Head
		Column *Name
	}
	// Dissect cuts a text at delimiters.
	Dissect struct {
		Head
		Input   Expr
		Pattern Expr
		Options []Setting
	}
	// Grok takes a text apart by regular expressions.
	Grok struct {
		Head
		Input    Expr
		Patterns []Expr
	}
	// Enrich looks a column up in an enrich policy.
	Enrich struct {
		Head
		Policy   string
		PolicyAt source.Span
		On       *Pattern
		With     []Renaming
	}
	// LookupJoin joins the rows of a lookup index.
	LookupJoin struct {
		Head
		Index   string
		IndexAt source.Span
		On      []Expr
	}
	// Completion asks a language model.
	Completion struct {
		Head
		Target  *Name
		Prompt  Expr
		Options *Map
	}
	// Fork runs branches over the same rows.
	Fork struct {
		Head
		Branches []*Pipeline
	}
	// Sample takes rows by chance.
	Sample struct {
		Head
		Probability Expr
	}
	// ChangePoint looks for a change in a series.
	ChangePoint struct {
		Head
		Value        *Name
		On           *Name
		Type, PValue *Name
	}
	// Dedup drops rows that were there before.
	Dedup struct{ Head }
	// Extract derives columns from a text: URI_PARTS, REGISTERED_DOMAIN, USER_AGENT, IP_LOCATION.
	Extract struct {
		Head
		Prefix  *Name
		Input   Expr
		Options *Map
	}
	// Rerank orders rows by a model.
	Rerank struct {
		Head
		Target  *Name
		Query   Expr
		Fields  []Field
		Options *Map
	}
	// Fuse merges the branches of a FORK by score.
	Fuse struct {
		Head
		Method     string
		Score, Key []*Name
		Group      *Name
		Options    *Map
	}
	// Opaque is a command whose arguments are not looked into, because it cannot run here: SHOW, PROMQL, HIGHLIGHT ...
	Opaque struct {
		Head
		Text string
	}
)

// Renaming gives a column a new name. Assigned tells that it was written new = old.
type Renaming struct {
	Place
	Old, New Pattern
	Assigned bool
}

// Order is one criterion of SORT. NullsFirst is nil when it was not written.
type Order struct {
	Place
	Expr       Expr
	Descending bool
	NullsFirst *bool
}
