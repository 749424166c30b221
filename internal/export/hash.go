package export

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"regexp"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Hash is the content hash of a rule, 64 hexadecimal digits: of the published object without its version and its
// related integrations, so that a release of a package does not make a new version of a rule.
func Hash(r *rule.Rule, env Environment) string {
	env.Baseline, env.Manifests = true, nil
	api, _ := Rule(r, env)
	return HashOf(api)
}

// HashOf is the content hash of an object that [Rule] made with Environment.Baseline.
func HashOf(api map[string]any) string {
	counted := maps.Clone(api)
	delete(counted, "version")
	delete(counted, "related_integrations")
	if query, _ := counted["query"].(string); counted["language"] == string(rule.ESQL) && keepsPattern(query) {
		delete(counted, "required_fields")
	}
	sum := sha256.New()
	to := base64.NewEncoder(base64.StdEncoding, sum)
	_, _ = io.WriteString(to, spacedJSON(counted))
	_ = to.Close()
	return hex.EncodeToString(sum.Sum(nil))
}

// keepsPattern tells whether an ES|QL query keeps columns by a pattern, so that what it needs depends on the data.
func keepsPattern(query string) bool { return patternKept.MatchString(query) }

var patternKept = regexp.MustCompile(`(?i)\|\s*keep\s[^|]*\*`)
