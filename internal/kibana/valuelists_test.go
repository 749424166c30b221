package kibana_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// TestSetValuesInParts: neither too many nor too long values go into one import.
func TestSetValuesInParts(t *testing.T) {
	long := func(n int) []string {
		var values []string
		for i := range n {
			values = append(values, strings.Repeat(string(rune('a'+i)), 3_000_000))
		}
		return values
	}
	rows := []struct {
		name    string
		values  []string
		imports int
	}{
		{"none", nil, 0},
		{"two that fit", long(2), 1},
		{"three that do not", long(3), 2},
		{"one that never fits", []string{strings.Repeat("a", 9_000_001)}, 1},
		{"as many as fit", slices.Repeat([]string{"a"}, 50_000), 1},
		{"one more", slices.Repeat([]string{"a"}, 50_001), 2},
	}
	for _, row := range rows {
		imports := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/_export") {
				return // The list is empty.
			}
			imports++
			if n, err := io.Copy(io.Discard, r.Body); err != nil || n > 9_000_000 && len(row.values) > 1 {
				t.Errorf("%s: an import of %d bytes, %v", row.name, n, err)
			}
			says(http.StatusOK, `{"id":"v"}`)(w, r)
		}))
		c, err := kibana.New(kibana.Config{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetValues(t.Context(), "v", row.values); err != nil || imports != row.imports {
			t.Errorf("%s: %d imports, want %d, %v", row.name, imports, row.imports, err)
		}
		server.Close()
	}
}
