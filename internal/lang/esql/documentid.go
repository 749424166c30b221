package esql

import "slices"

// documentID is the metadata field that tells documents apart.
const documentID = "_id"

// WithDocumentID gives the query with the _id of the documents as a column, as Kibana runs rules from 9.4 on: FROM loads it, and
// each KEEP keeps it, up to a command after which the name may stand for something else. The query itself stays as it is.
func (q *Query) WithDocumentID() *Query {
	if q.Pipeline == nil || len(q.Pipeline.Commands) == 0 {
		return q
	}
	from, ok := q.Pipeline.Commands[0].(*From)
	if !ok {
		return q
	}
	commands := slices.Clone(q.Pipeline.Commands)
	commands[0] = from.withDocumentID()
	for i, c := range commands[1:] {
		if losesDocumentID(c) {
			break
		}
		if keep, ok := c.(*Keep); ok {
			commands[i+1] = keep.withDocumentID()
		}
	}
	out := *q
	out.Pipeline = &Pipeline{Commands: commands}
	return &out
}

func (c *From) withDocumentID() *From {
	if slices.ContainsFunc(c.Metadata, func(n *Name) bool { return n.Text == documentID }) {
		return c
	}
	out := *c
	out.Metadata = append(slices.Clone(c.Metadata), &Name{Place: Place{c.At}, Text: documentID})
	return &out
}

func (c *Keep) withDocumentID() *Keep {
	if slices.ContainsFunc(c.Patterns, isDocumentID) {
		return c
	}
	out := *c
	out.Patterns = append(slices.Clone(c.Patterns), Pattern{Place: Place{c.At}, Text: documentID})
	return &out
}

func isDocumentID(p Pattern) bool { return !p.Wildcard && p.Text == documentID }

// losesDocumentID tells whether _id may no longer be that of the document behind a command.
func losesDocumentID(c Command) bool {
	switch c := c.(type) {
	case *Drop:
		return slices.ContainsFunc(c.Patterns, func(p Pattern) bool { return p.Wildcard || isDocumentID(p) })
	case *Rename:
		return slices.ContainsFunc(c.Pairs, func(r Renaming) bool { return isDocumentID(r.Old) || isDocumentID(r.New) })
	case *Eval:
		return slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Name != nil && f.Name.Text == documentID })
	case *Dissect, *Grok:
		return true
	}
	return false
}
