package report

import "io"

// MatchesJSON writes {"events": [...]}: the names of the events that a query matched.
func MatchesJSON(w io.Writer, names []string) error {
	return writeJSON(w, struct {
		Events []string `json:"events"`
	}{names})
}
