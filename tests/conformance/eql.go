package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Case is one query of a suite.
type Case struct {
	File  string
	Name  string `toml:"name"`
	Query string `toml:"query"`
	// Expected are the ids of the events found, in order; several sequences follow each other.
	Expected []int `toml:"expected_event_ids"`
}

// Outcome is what became of a case.
type Outcome struct {
	Case
	// Query is the query as it ran, after the dialect was mapped.
	Ran string
	Got []int
	// Err tells why the query did not run.
	Err error
}

// Passed tells whether the query found what the suite expects.
func (o Outcome) Passed() bool { return o.Err == nil && slices.Equal(o.Got, o.Expected) }

// Suite is a folder that was read.
type Suite struct {
	Cases  []Case
	events []*event.Document
	schema *field.Schema
	ids    []int
}

// LoadEQL reads a suite.
func LoadEQL(dir string) (*Suite, error) {
	s := &Suite{}
	files, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		var content struct {
			Queries []Case `toml:"queries"`
		}
		if _, err := toml.DecodeFile(path, &content); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for i, c := range content.Queries {
			c.File = filepath.Base(path)
			if c.Name == "" {
				c.Name = fmt.Sprint(i + 1)
			}
			s.Cases = append(s.Cases, c)
		}
	}
	data, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(data) != 1 || len(s.Cases) == 0 {
		return nil, errors.Join(err, fmt.Errorf("%s must hold TOML files with [[queries]] and one JSON file of events; it has %d queries and %d JSON files", dir, len(s.Cases), len(data)))
	}
	return s, s.loadEvents(data[0])
}

func (s *Suite) loadEvents(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var rows []map[string]any
	if err := json.Unmarshal(text, &rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	dynamic := field.NewDynamic(field.DataStream)
	for _, row := range rows {
		id := idOf(row)
		row["@timestamp"] = timeOf(row)
		encoded, err := json.Marshal(row)
		if err != nil {
			return err
		}
		docs, problems := event.Read(source.NewFile(path, string(encoded)))
		if len(problems) > 0 {
			return problems
		}
		filter.Observe(dynamic, docs[0])
		s.events, s.ids = append(s.events, docs[0]), append(s.ids, id)
	}
	table, _ := field.FromMap(map[string]any{"@timestamp": "date"}, "suite")
	s.schema = field.NewSchema(table, dynamic)
	return nil
}

func idOf(row map[string]any) int {
	for _, key := range []string{"serial_event_id", "id", "sequence"} {
		if n, ok := row[key].(float64); ok {
			return int(n)
		}
	}
	return -2
}

// timeOf gives an event's time. The reference data counts in steps of 100 nanoseconds since 1601.
func timeOf(row map[string]any) string {
	switch t := row["timestamp"].(type) {
	case string:
		return t
	case float64:
		const since1601 = 116_444_736_000_000_000
		ticks := int64(t) - since1601
		return time.Unix(ticks/10_000_000, ticks%10_000_000*100).UTC().Format(time.RFC3339Nano)
	}
	if t, ok := row["@timestamp"].(string); ok {
		return t
	}
	return "1970-01-01T00:00:00Z"
}

// Run runs every case.
func (s *Suite) Run() []Outcome {
	outcomes := make([]Outcome, len(s.Cases))
	for i, c := range s.Cases {
		outcomes[i] = s.run(c)
	}
	return outcomes
}

func (s *Suite) run(c Case) Outcome {
	o := Outcome{Case: c, Ran: Dialect(c.Query)}
	query, problem := eql.Parse(o.Ran)
	if problem != nil {
		o.Err = problem
		return o
	}
	category := "event_type"
	if _, known := s.schema.Lookup("event.category"); known {
		category = "event.category"
	}
	program, problems := query.Compile(eql.Options{
		Schema: s.schema, Builder: &filter.Builder{Layout: filter.NewLayout(), Now: time.Unix(0, 0)}, CategoryField: category, TiebreakerField: "serial_event_id",
	})
	if program == nil {
		o.Err = problems[0]
		return o
	}
	found := program.Run(s.events)
	for _, i := range found.Events {
		o.Got = append(o.Got, s.ids[i])
	}
	for _, m := range found.Sequences {
		for _, i := range m.Events {
			if i < 0 {
				o.Got = append(o.Got, -1)
			} else {
				o.Got = append(o.Got, s.ids[i])
			}
		}
	}
	return o
}

// Dialect turns the reference implementation's spelling into Elasticsearch's: a single = is ==, and strings in single
// quotes stand in double ones. Within strings nothing changes.
func Dialect(query string) string {
	tokens := regexp.MustCompile(`"""(?s:.*?)"""|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|maxspan\s*=|runs\s*=|[=!<>]=|=`)
	return tokens.ReplaceAllStringFunc(query, func(token string) string {
		switch {
		case token == "=":
			return "=="
		case strings.HasPrefix(token, "'"):
			return `"` + strings.ReplaceAll(strings.ReplaceAll(token[1:len(token)-1], `\'`, `'`), `"`, `\"`) + `"`
		}
		return token
	})
}
