// Command genecs writes schemas/ecs.tsv, the compact table of ECS fields that tocsin embeds, from one CSV a version
// with the columns field, type, normalize and multi_fields.
//
//	go run ./internal/tools/genecs -out schemas/ecs.tsv 8.17.0=ecs-8.17.0.csv 9.5.0=ecs-9.5.0.csv
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	out := flag.String("out", "schemas/ecs.tsv", "the table to write")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "genecs:", err)
		os.Exit(1)
	}
}

func run(out string, args []string) error {
	// rows maps a field as one version has it to the versions that have it so.
	rows := map[string][]string{}
	var versions []string
	for _, arg := range args {
		version, path, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q: want VERSION=FILE.csv", arg)
		}
		versions = append(versions, version)
		if err := read(rows, version, path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	var text strings.Builder
	text.WriteString("# ECS fields: name, type, normalize, multi-fields, versions (empty: all). Written by internal/tools/genecs.\n")
	fmt.Fprintf(&text, "# versions %s\n", strings.Join(versions, " "))
	lines := make([]string, 0, len(rows))
	for row, in := range rows {
		if len(in) == len(versions) {
			in = nil
		}
		lines = append(lines, row+"\t"+strings.Join(in, " "))
	}
	slices.Sort(lines)
	text.WriteString(strings.Join(lines, "\n") + "\n")
	return os.WriteFile(out, []byte(text.String()), 0o644)
}

func read(rows map[string][]string, version, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range records[1:] {
		if len(r) != 4 {
			return fmt.Errorf("a row has %d columns, want 4", len(r))
		}
		row := strings.Join(r, "\t")
		rows[row] = append(rows[row], version)
	}
	return nil
}
