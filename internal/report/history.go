package report

import (
	"io"
	"time"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// History is a rule's states, newest first.
type History struct {
	Rule    string         `json:"rule"`
	Path    string         `json:"path"`
	Entries []HistoryEntry `json:"entries"`
}

// HistoryEntry is one state of a rule and how it differs from the one before.
type HistoryEntry struct {
	// Commit is empty for what is not committed yet, and so are the next three.
	Commit  string    `json:"commit,omitempty"`
	Time    time.Time `json:"time,omitzero"`
	Author  string    `json:"author,omitempty"`
	Subject string    `json:"subject,omitempty"`
	// Path is the file at that time, when it had another name.
	Path string `json:"path,omitempty"`
	// Event is "created", "changed", "unchanged" (only what Kibana does not see), "deleted" or "unreadable".
	Event   string                `json:"event"`
	Changes []publish.FieldChange `json:"changes,omitempty"`
}

// HistoryText writes a rule's history, a block an entry.
func HistoryText(w io.Writer, h History, style Style) error {
	p := newPrinter(style)
	p.printf("%s  %s\n", p.bold.Render(clean(h.Rule)), p.faint.Render(clean(h.Path)))
	for _, e := range h.Entries {
		p.historyEntry(e)
	}
	if len(h.Entries) == 0 {
		p.printf("No commit has changed it.\n")
	}
	return p.flush(w)
}

func (p *printer) historyEntry(e HistoryEntry) {
	if e.Commit == "" {
		p.printf("\n%s\n", p.yellow.Render("not committed"))
	} else {
		p.printf("\n%s %s %s\n", p.yellow.Render(e.Commit), e.Time.Format("2006-01-02"), clean(e.Author))
		p.printf("  %s\n", shorten(clean(e.Subject), p.style.Width-2))
	}
	if e.Path != "" {
		p.printf("  %s\n", p.faint.Render("as "+clean(e.Path)))
	}
	switch e.Event {
	case "created":
		p.printf("  %s\n", p.green.Render("+ created"))
	case "deleted":
		p.printf("  %s\n", p.red.Render("- deleted"))
	case "unreadable":
		p.printf("  %s\n", p.red.Render("! it cannot be read as a rule in this state"))
	case "unchanged":
		p.printf("  %s\n", p.faint.Render("nothing that Kibana sees: comments, layout, metadata or the name of the file"))
	}
	for _, f := range e.Changes {
		p.fieldChange(f)
	}
}

// HistoryJSON writes a rule's history as JSON.
func HistoryJSON(w io.Writer, h History) error { return writeJSON(w, h) }
