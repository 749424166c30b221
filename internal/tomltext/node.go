package tomltext

import "github.com/tocsin-rules/tocsin/internal/source"

// Kind says what a node is.
type Kind uint8

// The kinds.
const (
	Table Kind = iota + 1
	Array
	String
	Integer
	Float
	Bool
	// Datetime is any of TOML's four: offset date-time, local date-time, local date, local time.
	Datetime
)

// String is the kind as a user would call it, such as "a table".
func (k Kind) String() string {
	switch k {
	case Table:
		return "a table"
	case Array:
		return "an array"
	case String:
		return "a string"
	case Integer:
		return "an integer"
	case Float:
		return "a float"
	case Bool:
		return "a boolean"
	case Datetime:
		return "a date-time"
	}
	return "nothing"
}

// Node is a key and its value, or an item of an array, with its places in the file.
type Node struct {
	Kind   Kind
	origin origin
	depth  uint8
	// section is the table, counted in the order they are opened, in which a table came to be.
	section int32
	// Name is the decoded key; "" for the items of an array.
	Name string
	// Key is the key's own part: c in a.b.c = 1 and in [a.b.c], quotes included. For an item of an array it is
	// the same as Value.
	Key source.Span
	// Value is the value as it is written, quotes and brackets included. Of a table with a header it is the
	// header, [a.b.c]; of an array of tables the first header; of a table that only a dotted key implies it is
	// the part of the key that names it first.
	Value source.Span
	// Children are the entries of a table or the items of an array, in the order of the file.
	Children []*Node

	doc   *Document
	index map[string]*Node
}

// origin says how a table or an array came to be, because that decides what may still be added to it.
type origin uint8

const (
	fromValue    origin = iota // = 1, = [...], = {...}: complete
	fromHeader                 // [a]
	fromHeaders                // [[a]]: the array; its items are fromHeader
	fromImplicit               // a in [a.b]
	fromDotted                 // a in a.b = 1
)

// indexFrom is the number of entries from which a table is searched through a map.
const indexFrom = 16

func (n *Node) lookup(name string) *Node {
	if n.index != nil {
		return n.index[name]
	}
	for _, child := range n.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

func (n *Node) add(child *Node) {
	n.Children = append(n.Children, child)
	if n.Kind != Table {
		return
	}
	if n.index != nil {
		n.index[child.Name] = child
		return
	}
	if len(n.Children) < indexFrom {
		return
	}
	n.index = make(map[string]*Node, 2*indexFrom)
	for _, c := range n.Children {
		n.index[c.Name] = c
	}
}
