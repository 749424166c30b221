package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/run"
)

// Table writes the result of an ES|QL query as an aligned table: names, types, a line for each row. On a narrow terminal
// long values are cut; where that is not enough, each row is a block with a line for each column.
func Table(w io.Writer, r *run.Result, style Style) error {
	p := newPrinter(style)
	widths := make([]int, len(r.Columns))
	cells := make([][]string, r.Rows.Rows)
	for i, c := range r.Columns {
		widths[i] = max(ansi.StringWidth(clean(c.Name)), len(c.Type.String()))
	}
	for row := range cells {
		for i, values := range r.Rows.Columns {
			cell := clean(cellText(values, row))
			cells[row] = append(cells[row], cell)
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	if !fitWidths(widths, style.Width) && len(cells) > 0 {
		p.blocks(r, cells)
		return p.flush(w)
	}
	names, types := make([]string, len(widths)), make([]string, len(widths))
	for i, c := range r.Columns {
		names[i] = p.bold.Render(padded(clean(c.Name), widths[i], false))
		types[i] = p.faint.Render(padded(c.Type.String(), widths[i], false))
	}
	if len(widths) > 0 {
		p.printf("%s\n%s\n", line(names), line(types))
	}
	for row, list := range cells {
		for i, cell := range list {
			list[i] = padded(cell, widths[i], r.Columns[i].Type.IsNumber())
			if r.Rows.Columns[i].IsNull(row) {
				list[i] = p.faint.Render(list[i])
			}
		}
		p.printf("%s\n", line(list))
	}
	if len(cells) == 0 {
		p.printf("%s\n", p.faint.Render("no rows"))
	}
	return p.flush(w)
}

// blocks writes each row by itself, a line for each column.
func (p *printer) blocks(r *run.Result, cells [][]string) {
	width := 0
	for _, c := range r.Columns {
		width = max(width, ansi.StringWidth(clean(c.Name)))
	}
	for row, list := range cells {
		p.printf("%s\n", p.faint.Render(fmt.Sprintf("row %d", row+1)))
		for i, cell := range list {
			text := shorten(padded(clean(r.Columns[i].Name), width, false)+"  "+cell, p.style.Width)
			p.printf("%s\n", strings.TrimRight(text, " "))
		}
	}
}

// line joins cells.
func line(cells []string) string { return strings.TrimRight(strings.Join(cells, "  "), " ") }

// leastWidth is what a column is never cut below.
const leastWidth = 12

// fitWidths cuts the widest columns until a line fits, and tells whether it does.
func fitWidths(widths []int, room int) bool {
	if room <= 0 {
		return true
	}
	for {
		total, widest := 2*(len(widths)-1), -1
		for i, width := range widths {
			total += width
			if widest < 0 || width > widths[widest] {
				widest = i
			}
		}
		if total <= room || widest < 0 || widths[widest] <= leastWidth {
			return total <= room
		}
		widths[widest] = max(leastWidth, widths[widest]-(total-room), second(widths, widest))
	}
}

// second is the width of the next widest column, down to which the widest is cut first; one less when they are equal.
func second(widths []int, widest int) int {
	next := 0
	for i, width := range widths {
		if i != widest {
			next = max(next, width)
		}
	}
	if next >= widths[widest] {
		return widths[widest] - 1
	}
	return next
}

// padded brings a text to a width: cut, or filled at its end, or at its start.
func padded(text string, width int, right bool) string {
	have := ansi.StringWidth(text)
	switch {
	case have > width:
		return ansi.Truncate(text, width, "…")
	case right:
		return strings.Repeat(" ", width-have) + text
	}
	return text + strings.Repeat(" ", width-have)
}

// cellText is the text of a row's values: several in brackets, none as null.
func cellText(c *column.Column, row int) string {
	start, end := c.Span(row)
	if start == end {
		return "null"
	}
	texts := make([]string, 0, end-start)
	for position := start; position < end; position++ {
		texts = append(texts, c.Render(position))
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// TableCSV writes the result of an ES|QL query as comma-separated values: a line of names, then the rows. Null is empty.
func TableCSV(w io.Writer, r *run.Result) error {
	out := csv.NewWriter(w)
	record := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		record[i] = c.Name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for row := range r.Rows.Rows {
		for i, c := range r.Rows.Columns {
			record[i] = ""
			if !c.IsNull(row) {
				record[i] = cellText(c, row)
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// TableJSON writes the result of an ES|QL query in the form of Elasticsearch's response, and its warnings.
func TableJSON(w io.Writer, r *run.Result) error {
	type header struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	response := struct {
		Columns  []header `json:"columns"`
		Values   [][]any  `json:"values"`
		Warnings []string `json:"warnings"`
	}{[]header{}, [][]any{}, []string{}}
	for _, c := range r.Columns {
		response.Columns = append(response.Columns, header{c.Name, c.Type.String()})
	}
	for row := range r.Rows.Rows {
		values := make([]any, len(r.Rows.Columns))
		for i, c := range r.Rows.Columns {
			values[i] = c.JSON(row)
		}
		response.Values = append(response.Values, values)
	}
	response.Warnings = append(response.Warnings, r.Warnings...)
	return writeJSON(w, response)
}
