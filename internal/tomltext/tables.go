package tomltext

// Tables gives the tables of an array, however TOML wrote it: with [[headers]] or in brackets.
func Tables(v any) []map[string]any {
	switch v := v.(type) {
	case []map[string]any:
		return v
	case []any:
		var list []map[string]any
		for _, item := range v {
			if table, ok := item.(map[string]any); ok {
				list = append(list, table)
			}
		}
		return list
	}
	return nil
}

// Texts gives the strings of an array, and leaves out what is none.
func Texts(v any) []string {
	items, _ := v.([]any)
	var list []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			list = append(list, text)
		}
	}
	return list
}
