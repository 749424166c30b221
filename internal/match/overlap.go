package match

// Overlap tells whether some text fits both patterns, in which "*" stands for any run of characters: whether two
// index patterns can name the same index.
func Overlap(a, b string) bool {
	if !sameStart(a, b) {
		return false
	}
	// row[j] says whether a[:i] and b[:j] can describe the same text.
	row := make([]bool, len(b)+1)
	row[0] = true
	for j := 0; j < len(b) && b[j] == '*'; j++ {
		row[j+1] = true
	}
	for i := range len(a) {
		next := make([]bool, len(b)+1)
		next[0] = row[0] && a[i] == '*'
		for j := range len(b) {
			switch {
			case a[i] == '*' || b[j] == '*':
				next[j+1] = row[j+1] && a[i] == '*' || next[j] && b[j] == '*' || a[i] == '*' && next[j] || b[j] == '*' && row[j+1]
			default:
				next[j+1] = row[j] && a[i] == b[j]
			}
		}
		row = next
	}
	return row[len(b)]
}

// sameStart tells whether what stands before the first "*" of each pattern can begin the same text: most patterns already
// differ there.
func sameStart(a, b string) bool {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == '*' || b[i] == '*':
			return true
		case a[i] != b[i]:
			return false
		}
	}
	return true
}
