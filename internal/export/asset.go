package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/semver"
)

// AssetFolder is where a package has its rules.
const AssetFolder = "kibana/security_rule"

// assetIndent is the number of spaces of a level in a package's files.
const assetIndent = 4

// Asset is a rule as a package of prebuilt rules holds it: the name of its file in [AssetFolder] and its text, which ends
// without a line's end. The rule's version becomes part of the name; an object without one gets version 1.
func Asset(api map[string]any) (name, text string) {
	if api["version"] == nil {
		api = maps.Clone(api)
		api["version"] = json.Number("1")
	}
	id := fmt.Sprintf("%v_%v", api["rule_id"], api["version"])
	return id + ".json", indentedJSON(map[string]any{"attributes": api, "id": id, "type": "security-rule"}, assetIndent)
}

// stubStack is the release from which on a package tells of the rules that are gone.
func stubStack() semver.Version { return semver.Version{Major: 9, Minor: 4} }

// Stub is what a package for a stack has in the place of a deprecated rule, for [Asset]: enough for Kibana to tell its users.
// It is nil on stacks that do not know of such.
func Stub(stack semver.Version, id, name, reason string, version int) map[string]any {
	if stack.Compare(stubStack()) < 0 {
		return nil
	}
	stub := map[string]any{"rule_id": id, "name": name, "version": json.Number(strconv.Itoa(version)), "deprecated": true}
	if reason != "" {
		stub["deprecated_reason"] = reason
	}
	return stub
}

// Line is the object on one line of the file that Kibana's import reads, keys sorted, without the line's end.
func Line(api map[string]any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(api); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
