// Package schemas holds the JSON Schemas of the files that users write, for editors and for tocsin itself, and the
// tables of fields. It is data: what checks a document is package schema.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed *.schema.json
var files embed.FS

// Files holds rule.schema.json, fixture.schema.json, exceptions.schema.json, connectors.schema.json, fields.schema.json and tocsin.schema.json.
func Files() fs.FS { return files }

// Patterns says in words what each regular expression of the schemas asks for, to complete "must be ...".
func Patterns() map[string]string {
	const (
		attack = `^(https://attack\.mitre\.org/`
		atlas  = `/?|https://atlas\.mitre\.org/`
	)
	return map[string]string{
		`\S`: "a text that is not blank",
		`^\d{4}/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])$`:                  "a date as YYYY/MM/DD",
		`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`: "a UUID in lower case",
		`^now([+-]\d+[yMwdhHms])*(/[yMwdhHms])?$`:                        "date math that begins with now",
		`^[1-9]\d*[smhd]$`:             "a number followed by s, m, h or d",
		`^([1-9]\d*(ms|s|m|h))+$`:      "a number followed by ms, s, m or h",
		`^\d+\.\d+(\.\d+[\w-]*)*$`:     "a version such as 9.2.0",
		`^\d+\.\d+(\.\d+)?$`:           "a version such as 9.2",
		`^(TA\d+|AML\.TA\d+)$`:         "the id of a tactic",
		`^(T\d+|AML\.T\d+)$`:           "the id of a technique",
		`^(T\d+\.\d+|AML\.T\d+\.\d+)$`: "the id of a subtechnique",
		attack + `tactics/TA\d+` + atlas + `tactics/AML\.TA\d+/?)$`:              "the address of a tactic's page",
		attack + `techniques/T\d+` + atlas + `techniques/AML\.T\d+/?)$`:          "the address of a technique's page",
		attack + `techniques/T\d+/\d+` + atlas + `techniques/AML\.T\d+\.\d+/?)$`: "the address of a subtechnique's page",
		`^https?://[^/@\s?#]+(/[^@\s?#]*)?$`:                                     "an http or https address without user name and password",
		`^[a-z0-9_-]+$`:                                                          "made of a-z, 0-9, _ and - only",
		`^[A-Za-z0-9_-]+$`:                                                       "made of letters, digits, _ and - only",
		`^[a-z0-9_]+(@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)?$`:                        "the name of a package, or NAME@VERSION such as okta@3.2.0",
		`^[A-Za-z_][A-Za-z0-9_]*$`:                                               "the name of an environment variable",
		`^[+-]?(\d+(ms|s|m|h|d))+$`:                                              "an offset such as +30s or -5m",
		`^([+-](\d+(ms|s|m|h|d))+|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?)$`: "an offset such as +5m, or a date and time as in 2026-11-22T12:00:00Z",
		`^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$`:                          "a date, or a date and time as in 2026-11-22T12:00:00Z",
	}
}
