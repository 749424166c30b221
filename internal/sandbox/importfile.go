package sandbox

import (
	"bytes"
	"fmt"
	"net/http"
)

// importFile is an import file taken apart: one JSON object a line, in any order, told apart by their shape.
type importFile struct {
	rules, lists, items, connectors []map[string]any
	// broken are the lines that hold no JSON.
	broken []string
}

// maxImport is how many objects an import takes unless configured otherwise.
const maxImport = 10_000

// importLimit is the size in bytes of the largest file of rules.
const importLimit = 10_485_760

// readImport takes a file apart. Kibana: a line that is JSON but no object ends the whole import as a failure of its own.
func readImport(text []byte) (importFile, error) {
	var f importFile
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		doc, err := decode(line)
		if err != nil {
			f.broken = append(f.broken, err.Error())
			continue
		}
		object, ok := doc.(map[string]any)
		if !ok {
			return f, siem(http.StatusInternalServerError, fmt.Sprintf("Cannot read properties of %s", kindOf(doc)))
		}
		f.put(object)
	}
	return f, nil
}

func (f *importFile) put(o map[string]any) {
	attributes, isSavedObject := o["attributes"].(map[string]any)
	switch {
	case o["exported_count"] != nil || o["exported_exception_list_count"] != nil:
	case o["type"] == "action" && isSavedObject && attributes["actionTypeId"] != nil:
		f.connectors = append(f.connectors, o)
	case o["list_id"] != nil && (o["item_id"] != nil || o["entries"] != nil):
		f.items = append(f.items, o)
	case o["list_id"] != nil:
		f.lists = append(f.lists, o)
	default:
		f.rules = append(f.rules, o)
	}
}

// importProblem is one entry of an import's errors: which object, and what is wrong.
func importProblem(status int, message string, names ...string) map[string]any {
	problem := map[string]any{"error": map[string]any{"status_code": status, "message": message}}
	for i := 0; i+1 < len(names); i += 2 {
		problem[names[i]] = names[i+1]
	}
	return problem
}

// textOf is the text in a field of an object, or "".
func textOf(o map[string]any, name string) string {
	text, _ := o[name].(string)
	return text
}
