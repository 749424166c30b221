package field

import (
	"fmt"
	"slices"
	"strings"
)

// ecsIgnoreAbove is what Elastic's templates set for every ECS keyword.
const ecsIgnoreAbove = 1024

// ParseECS reads the table that internal/tools/genecs writes and gives the fields of one ECS version; "" is the
// newest one in the table.
func ParseECS(table, version string) (*Table, error) {
	versions, body, err := ecsVersions(table)
	if err != nil {
		return nil, err
	}
	if version == "" {
		version = versions[len(versions)-1]
	}
	if !slices.Contains(versions, version) {
		return nil, fmt.Errorf("no ECS %s: there is %s", version, strings.Join(versions, ", "))
	}
	t := &Table{fields: make(map[string]Mapping, 3000)}
	for line := range strings.Lines(body) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 5 {
			return nil, fmt.Errorf("the ECS table has a line of %d columns, want 5: %q", len(columns), line)
		}
		if columns[4] != "" && !slices.Contains(strings.Fields(columns[4]), version) {
			continue
		}
		if err := t.addECS(columns, "ECS "+version); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// ECSVersion is the version of ECS in the table that fits a release of the stack such as "8.19" best: the newest one of its
// major version or below; the oldest for a stack before all of them, the newest for "".
func ECSVersion(table, stack string) (string, error) {
	versions, _, err := ecsVersions(table)
	if err != nil || stack == "" {
		return "", err
	}
	major, _, _ := strings.Cut(stack, ".")
	fitting := versions[0]
	for _, v := range versions {
		own, _, _ := strings.Cut(v, ".")
		if len(own) < len(major) || len(own) == len(major) && own <= major {
			fitting = v
		}
	}
	return fitting, nil
}

func ecsVersions(table string) (versions []string, body string, err error) {
	for {
		line, rest, ok := strings.Cut(table, "\n")
		if !ok || !strings.HasPrefix(line, "#") {
			break
		}
		if list, ok := strings.CutPrefix(line, "# versions "); ok {
			versions = strings.Fields(list)
		}
		table = rest
	}
	if len(versions) == 0 {
		return nil, "", fmt.Errorf("the ECS table names no versions")
	}
	return versions, table, nil
}

func (t *Table) addECS(columns []string, origin string) error {
	m := Mapping{Name: columns[0], Path: columns[0], Array: columns[2] == "array", Origin: origin}
	var err error
	if m.Type, err = ParseType(columns[1]); err != nil {
		return fmt.Errorf("field %s: %w", m.Name, err)
	}
	if m.Type == Keyword {
		m.IgnoreAbove = ecsIgnoreAbove
	}
	t.fields[m.Name] = m
	for _, multi := range strings.Fields(columns[3]) {
		name, kind, _ := strings.Cut(multi, ":")
		sub := Mapping{Name: m.Name + "." + name, Path: m.Name, Origin: origin}
		if sub.Type, err = ParseType(kind); err != nil {
			return fmt.Errorf("field %s: %w", sub.Name, err)
		}
		t.fields[sub.Name] = sub
	}
	return nil
}
