package integration

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// maxNesting bounds how deep lists and tables may stand in each other. A package's fields are nested about ten deep.
const maxNesting = 200

// BadYAML is the name of the finding of a file that is no YAML, or not the YAML that it should be.
const BadYAML = "package-yaml"

// node is a value of a YAML file with its place. The zero node is one that is not there.
type node struct {
	file *source.File
	ast.Node
}

// parseYAML reads a file of one document.
func parseYAML(file *source.File) (node, *diag.Diagnostic) {
	if at := tooDeep(file.Text()); at >= 0 {
		return node{}, problem(file, at, fmt.Sprintf("lists and tables stand in each other more than %d deep", maxNesting))
	}
	tree, err := parser.ParseBytes([]byte(file.Text()), 0)
	if err != nil {
		return node{}, syntax(file, err)
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return node{file: file}, nil
	}
	return node{file, tree.Docs[0].Body}, nil
}

func syntax(file *source.File, err error) *diag.Diagnostic {
	var wrong *yaml.SyntaxError
	if errors.As(err, &wrong) && wrong.Token != nil {
		return problem(file, offset(file, wrong.Token), "it is no YAML: "+wrong.Message)
	}
	return problem(file, 0, "it is no YAML: "+strings.SplitN(err.Error(), "\n", 2)[0])
}

func problem(file *source.File, at int, message string) *diag.Diagnostic {
	end := at
	if at < len(file.Text()) {
		end = at + 1
	}
	return &diag.Diagnostic{
		Name: BadYAML, Severity: diag.Error, Message: message,
		Subject: diag.Place{File: file, Span: source.Span{Start: at, End: end}},
	}
}

// offset is where a token begins. Line and column are what the parser keeps reliably; columns count characters.
func offset(file *source.File, t *token.Token) int {
	line, ok := file.LineSpan(t.Position.Line)
	if !ok {
		return len(file.Text())
	}
	column := 1
	for i := range file.Text()[line.Start:line.End] {
		if column == t.Position.Column {
			return line.Start + i
		}
		column++
	}
	return line.End
}

// tooDeep finds where a text nests deeper than the parser, which calls itself for every level, should be trusted with; -1
// when nowhere. Brackets in texts count as well: no package has hundreds of them without their partners.
func tooDeep(text string) int {
	depth, run := 0, 0
	for i := range len(text) {
		switch c := text[i]; c {
		case '[', '{':
			depth++
			run++
		case ']', '}':
			depth = max(0, depth-1)
		case '-', '?', '&', '!':
			run++
		case ' ', '\t':
		default:
			run = 0
		}
		// A rule of dashes is a comment; only "- - -" opens lists.
		if depth > maxNesting || run > maxNesting && strings.HasPrefix(text[i+1:], " ") {
			return i
		}
	}
	return -1
}

// missing tells that the node is not there, or null.
func (n node) missing() bool {
	return n.Node == nil || n.Type() == ast.NullType
}

// place is where the node stands.
func (n node) place() diag.Place {
	t := n.GetToken()
	at := offset(n.file, t)
	return diag.Place{File: n.file, Span: source.Span{Start: at, End: min(len(n.file.Text()), at+max(1, len(t.Value)))}}
}

// fail is an error at the node.
func (n node) fail(format string, args ...any) *diag.Diagnostic {
	return &diag.Diagnostic{Name: BadYAML, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Subject: n.place()}
}

// get is the entry of a table by a key. A dotted key such as "kibana.version" stands for the tables that it names.
func (n node) get(key string) node {
	for _, pair := range n.pairs() {
		name := pair.Key.GetToken().Value
		if name == key {
			return node{n.file, pair.Value}
		}
		if rest, ok := strings.CutPrefix(key, name+"."); ok {
			if found := (node{n.file, pair.Value}).get(rest); !found.missing() {
				return found
			}
		}
	}
	return node{file: n.file}
}

func (n node) pairs() []*ast.MappingValueNode {
	switch m := n.Node.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	return nil
}

// items are the items of a list.
func (n node) items() []node {
	list, ok := n.Node.(*ast.SequenceNode)
	if !ok {
		return nil
	}
	nodes := make([]node, 0, len(list.Values))
	for _, v := range list.Values {
		nodes = append(nodes, node{n.file, v})
	}
	return nodes
}

// text is a scalar as it is written; "" for other nodes.
func (n node) text() string {
	switch v := n.Node.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	return ""
}
