package filter

// Required gives values of a keyword field of which a record must have one to satisfy a condition. It is false when the condition
// asks for no such thing.
func Required(n Node, path string) (values []string, ok bool) {
	switch n := n.(type) {
	case *And:
		return requiredOfAll(n.Nodes, path)
	case *Or:
		return requiredOfAny(n.Nodes, path)
	case *Leaf:
		return n.required(path)
	}
	return nil, false
}

// requiredOfAll takes the shortest list that one of the nodes asks for.
func requiredOfAll(nodes []Node, path string) (values []string, ok bool) {
	for _, n := range nodes {
		if list, found := Required(n, path); found && (!ok || len(list) < len(values)) {
			values, ok = list, true
		}
	}
	return values, ok
}

// requiredOfAny joins the lists that all nodes ask for.
func requiredOfAny(nodes []Node, path string) (values []string, ok bool) {
	for _, n := range nodes {
		list, found := Required(n, path)
		if !found {
			return nil, false
		}
		values = append(values, list...)
	}
	return values, len(nodes) > 0
}

func (n *Leaf) required(path string) (values []string, ok bool) {
	if n.Field.Path != path || !n.Field.Type.IsKeyword() || n.Field.Normalizer != "" {
		return nil, false
	}
	switch t := n.test.(type) {
	case equals:
		return []string{string(t)}, true
	case *oneOf:
		for text := range t.texts {
			values = append(values, text)
		}
		return values, true
	}
	return nil, false
}
