package filter

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// QueryString is a query_string query on one field in which "*" is the only operator: what Kibana sends for a KQL
// wildcard on anything but a pure keyword. The parts are literals and runs; the text splits at white space, and one
// fitting piece suffices.
func (b *Builder) QueryString(m field.Mapping, parts []match.Part, c Clause) (Node, error) {
	var nodes []Node
	for _, piece := range splitParts(parts) {
		node, err := b.piece(m, piece, c)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	if len(nodes) == 1 {
		return nodes[0], nil
	}
	return NewOr(nodes, c), nil
}

func (b *Builder) piece(m field.Mapping, parts []match.Part, c Clause) (Node, error) {
	pattern := match.NewWildcard(parts)
	switch {
	case pattern.MatchesAll():
		c.Label = m.Name + ": *"
		return b.Exists(m, c), nil
	case len(parts) == 1 && parts[0].Kind == match.Literal:
		c.Label = m.Name + ": " + parts[0].Literal
		return b.Match(m, parts[0].Literal, c)
	}
	c.Label = m.Name + ": " + pattern.String()
	return b.Wildcard(m, pattern, c)
}

// splitParts cuts a pattern at the white space of its literals.
func splitParts(parts []match.Part) [][]match.Part {
	var pieces [][]match.Part
	var current []match.Part
	flush := func() {
		if len(current) > 0 {
			pieces = append(pieces, current)
			current = nil
		}
	}
	for _, p := range parts {
		if p.Kind != match.Literal {
			current = append(current, p)
			continue
		}
		rest := p.Literal
		for rest != "" {
			i := strings.IndexAny(rest, " \t\r\n\u3000")
			if i < 0 {
				current = append(current, match.Part{Literal: rest})
				break
			}
			if i > 0 {
				current = append(current, match.Part{Literal: rest[:i]})
			}
			flush()
			rest = strings.TrimLeft(rest[i:], " \t\r\n\u3000")
		}
	}
	flush()
	return pieces
}
