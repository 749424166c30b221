package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// maxQuery bounds a query that is typed.
const maxQuery = 1 << 20

// typed is a line, or why there is none.
type typed struct {
	text string
	err  error
}

// queryLoop takes one query after another from standard input and runs each over the events that are loaded. A line that
// ends in a pipe or a backslash goes on in the next. It ends with the input, with "exit", or when it is interrupted.
func (a *app) queryLoop(done <-chan struct{}, run func(text *source.File) error) error {
	reader := a.lineReader()
	defer reader.restore()
	lines := make(chan typed, 1)
	var query strings.Builder
	for {
		go func(prompt string) {
			text, err := reader.readLine(prompt)
			lines <- typed{text, err}
		}(prompt(query.Len() > 0))
		var line typed
		select {
		case <-done:
			return nil
		case line = <-lines:
		}
		text := strings.TrimRight(line.text, " \t\r")
		switch {
		case errors.Is(line.err, io.EOF) && a.Interactive:
			fmt.Fprintln(a.Err)
			return nil // what was begun is given up
		case errors.Is(line.err, io.EOF):
			return a.one(query.String(), run)
		case line.err != nil:
			return usage("cannot read queries: %v", line.err)
		case query.Len() == 0 && (text == "exit" || text == "quit"):
			return nil
		}
		goesOn := strings.HasSuffix(text, "|") || strings.HasSuffix(text, `\`)
		query.WriteString(strings.TrimSuffix(text, `\`) + "\n")
		if goesOn {
			continue
		}
		if err := a.one(query.String(), run); err != nil {
			return err
		}
		query.Reset()
	}
}

func prompt(within bool) string {
	if within {
		return "   ...> "
	}
	return "tocsin> "
}

// one runs a query that was typed. What is wrong with it is told, and does not end the loop.
func (a *app) one(text string, run func(text *source.File) error) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	err := run(source.NewFile("<query>", strings.TrimSuffix(text, "\n")))
	var told *exit
	if !errors.As(err, &told) {
		return err
	}
	if told.err != nil {
		fmt.Fprintf(a.Err, "tocsin: %v\n", told.err)
	}
	return nil
}
