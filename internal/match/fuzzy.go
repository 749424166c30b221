package match

// AutoEdits is the number of edits that fuzziness AUTO allows for a text: none up to 2 characters, 1 up to 5, else 2.
func AutoEdits(text string) int {
	switch n := len([]rune(text)); {
	case n <= 2:
		return 0
	case n <= 5:
		return 1
	}
	return 2
}

// Within tells whether at most a number of edits turns a into b: insertions, deletions, replacements, and swaps of
// neighbouring characters, each counting 1.
func Within(a, b string, edits int) bool {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d > edits || -d > edits {
		return false
	}
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(y)] <= edits
}
