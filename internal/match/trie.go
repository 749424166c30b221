package match

// trie holds literals byte by byte. Its nodes are numbered level by level, so that the children of a node stand side
// by side, and a node is found by its label among them. Node 0 is the root, and stands for "no such node" too.
type trie struct {
	label    []byte     // by node: the byte that leads to it
	children []int32    // by node: where its children begin; they end where those of the next node begin
	literal  []int32    // by node: the literal that ends there, or -1
	root     [256]int32 // the children of the root by their label
}

// newTrie builds a trie of literals that are sorted, distinct and not empty.
func newTrie(literals []string) *trie {
	t := &trie{label: []byte{0}, literal: []int32{-1}}
	// Each node stands for the literals from first to last, which agree in their first depth bytes.
	type span struct{ first, last, depth int }
	nodes := []span{{0, len(literals), 0}}
	for at := 0; at < len(nodes); at++ {
		n := nodes[at]
		t.children = append(t.children, int32(len(nodes)))
		for first := n.first; first < n.last; {
			if len(literals[first]) == n.depth {
				t.literal[at] = int32(first)
				first++
				continue
			}
			label, last := literals[first][n.depth], first+1
			for last < n.last && literals[last][n.depth] == label {
				last++
			}
			if at == 0 {
				t.root[label] = int32(len(nodes))
			}
			nodes = append(nodes, span{first, last, n.depth + 1})
			t.label = append(t.label, label)
			t.literal = append(t.literal, -1)
			first = last
		}
	}
	t.children = append(t.children, int32(len(nodes)))
	return t
}

// child gives the node to which a byte leads, or 0.
func (t *trie) child(node int32, b byte) int32 {
	if node == 0 {
		return t.root[b]
	}
	for at := t.children[node]; at < t.children[node+1]; at++ {
		if t.label[at] == b {
			return at
		}
	}
	return 0
}

// beginsOf tells whether text begins with one of the literals.
func (t *trie) beginsOf(text string) bool {
	node := int32(0)
	for i := range len(text) {
		if node = t.child(node, text[i]); node == 0 {
			return false
		}
		if t.literal[node] >= 0 {
			return true
		}
	}
	return false
}

// endsOf tells whether text ends with one of the literals, which are in the trie backwards.
func (t *trie) endsOf(text string) bool {
	node := int32(0)
	for i := len(text) - 1; i >= 0; i-- {
		if node = t.child(node, text[i]); node == 0 {
			return false
		}
		if t.literal[node] >= 0 {
			return true
		}
	}
	return false
}

// maxDenseNodes is how many nodes, those nearest to the root, get a full row of transitions. A scan spends nearly all
// its time there.
const maxDenseNodes = 256

// automaton finds all the literals of a trie in one pass over a text, after Aho and Corasick.
type automaton struct {
	*trie
	fail []int32 // by node: the longest proper suffix that is a node as well
	hit  []int32 // by node: itself or the longest suffix at which a literal ends, or 0
	// rows holds, for each node below dense, the node that follows by each class of bytes.
	rows  []int32
	dense int32
	width int32
	class [256]int32 // 0 for bytes that are in no literal
}

func newAutomaton(literals []string) *automaton {
	a := &automaton{trie: newTrie(literals)}
	count := len(a.label)
	a.fail, a.hit = make([]int32, count), make([]int32, count)
	for node := range int32(count) {
		for child := a.children[node]; child < a.children[node+1]; child++ {
			if node != 0 {
				a.fail[child] = a.after(a.fail[node], a.label[child])
			}
			a.hit[child] = a.hit[a.fail[child]]
			if a.literal[child] >= 0 {
				a.hit[child] = child
			}
		}
	}
	a.addRows(min(count, maxDenseNodes))
	return a
}

// addRows fills in the rows of the first nodes. What follows by a byte without child follows after the failure node,
// whose number is lower.
func (a *automaton) addRows(dense int) {
	a.width = 1
	for _, b := range a.label[1:] {
		if a.class[b] == 0 {
			a.class[b] = a.width
			a.width++
		}
	}
	rows := make([]int32, dense*int(a.width))
	for node := range int32(dense) {
		row := rows[node*a.width : (node+1)*a.width]
		copy(row, rows[a.fail[node]*a.width:])
		for child := a.children[node]; child < a.children[node+1]; child++ {
			row[a.class[a.label[child]]] = child
		}
	}
	a.rows, a.dense = rows, int32(dense)
}

// after gives the node that follows a node by a byte: the longest suffix of what was read that is in the trie.
func (a *automaton) after(node int32, b byte) int32 {
	for node >= a.dense {
		if child := a.child(node, b); child != 0 || node == 0 {
			return child
		}
		node = a.fail[node]
	}
	return a.rows[node*a.width+a.class[b]]
}
