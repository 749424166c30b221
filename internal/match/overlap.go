package match

// Overlap tells whether some text fits both patterns, in which "*" stands for any run of characters: whether two
// index patterns can name the same index.
func Overlap(a, b string) bool {
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
