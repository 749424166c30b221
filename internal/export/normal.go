package export

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// whitespace puts strings on one line. Queries and Markdown are left as they are.
func (c *conversion) whitespace() {
	skip := func(key string) bool { return verbatim(key) || !c.env.Compat && matched(key) }
	for key, value := range c.api {
		if !skip(key) {
			c.api[key] = collapsed(value, skip)
		}
	}
}

// verbatim are the keys below which the peer changes nothing.
func verbatim(key string) bool {
	return slices.Contains([]string{"query", "note", "setup", "message"}, key)
}

// matched are the keys of what is compared with events, sent or the user's own: two spaces in it are not one.
func matched(key string) bool {
	return slices.Contains([]string{
		"threat_query", "filters", "threat_filters", "severity_mapping", "risk_score_mapping", "actions", "response_actions", "meta",
	}, key)
}

func collapsed(v any, skip func(key string) bool) any {
	switch v := v.(type) {
	case string:
		return collapse(v)
	case []any:
		for i, item := range v {
			v[i] = collapsed(item, skip)
		}
	case map[string]any:
		for key, value := range v {
			if !skip(key) {
				v[key] = collapsed(value, skip)
			}
		}
	}
	return v
}

// collapse joins the stripped lines of a text by single spaces. Spaces within a line stay.
func collapse(text string) string {
	text = strings.TrimFunc(text, isSpace)
	if strings.IndexFunc(text, isLineBreak) < 0 {
		return text
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var lines []string
	for {
		i := strings.IndexFunc(text, isLineBreak)
		if i < 0 {
			break
		}
		lines = append(lines, strings.TrimFunc(text[:i], isSpace))
		_, size := utf8.DecodeRuneInString(text[i:])
		text = text[i+size:]
	}
	return strings.Join(append(lines, strings.TrimFunc(text, isSpace)), " ")
}

// isSpace is what Python's str.strip removes.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// isLineBreak is what Python's str.splitlines splits at.
func isLineBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// knownNulls states that an action is not throttled, as Kibana does: for all but those of cases and workflows.
func (c *conversion) knownNulls() {
	for _, action := range objects(c.api["actions"]) {
		kind, _ := action["action_type_id"].(string)
		if kind == ".cases" || kind == ".workflows" {
			continue
		}
		frequency, ok := action["frequency"].(map[string]any)
		if !ok {
			frequency = map[string]any{}
			action["frequency"] = frequency
		}
		if _, ok := frequency["throttle"]; !ok {
			frequency["throttle"] = nil
		}
	}
}

// fillTechniques gives each tactic without techniques an empty list of them.
func (c *conversion) fillTechniques() {
	for _, threat := range objects(c.api["threat"]) {
		if threat["technique"] == nil {
			threat["technique"] = []any{}
		}
	}
}
