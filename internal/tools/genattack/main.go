// Command genattack writes schemas/attack.tsv, the compact table of MITRE ATT&CK that tocsin embeds, from a table with
// the columns id, kind, name, parent, tactics, status, replaced_by and url.
//
//	go run ./internal/tools/genattack -version 18.1 -out schemas/attack.tsv attack.tsv
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/attack"
)

func main() {
	out := flag.String("out", "schemas/attack.tsv", "the table to write")
	version := flag.String("version", "", "the version of ATT&CK")
	flag.Parse()
	if flag.NArg() != 1 || *version == "" {
		fmt.Fprintln(os.Stderr, "genattack: want -version and one table")
		os.Exit(2)
	}
	if err := run(*out, *version, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "genattack:", err)
		os.Exit(1)
	}
}

func run(out, version, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, rows, _ := strings.Cut(string(text), "\n")
	var entries []*attack.Entry
	for row := range strings.Lines(rows) {
		columns := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		if len(columns) != 8 {
			return fmt.Errorf("a row has %d columns, want 8", len(columns))
		}
		e := &attack.Entry{ID: columns[0], Name: columns[2], Status: attack.Status(columns[5]), ReplacedBy: columns[6]}
		e.Tactics = strings.FieldsFunc(columns[4], func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
		entries = append(entries, e)
	}
	table, err := attack.New(version, entries)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(table.Text()), 0o644)
}
