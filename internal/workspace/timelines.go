package workspace

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/timeline"
)

// Timelines are the timeline templates of a repository.
type Timelines struct {
	Files []TimelineFile
	// Problems are what is wrong with the files.
	Problems diag.List
}

// TimelineFile is a file with timeline templates.
type TimelineFile struct {
	// Path is the file as it is shown.
	Path      string
	Templates []*timeline.Template
}

// Timelines loads the timeline templates of the repository once. A repository without the folder has none.
func (w *Workspace) Timelines() *Timelines { return w.views() }

func (w *Workspace) loadTimelines() *Timelines {
	t := &Timelines{}
	dir := filepath.Join(w.Root, w.Config.Timelines)
	if _, err := os.Stat(dir); err != nil {
		return t
	}
	paths, problems := w.walk(dir, ".ndjson", ".json")
	t.Problems = problems
	first := map[string]diag.Place{}
	for _, path := range paths {
		file, problem := w.readFile(path)
		if problem != nil {
			t.Problems = append(t.Problems, *problem)
			continue
		}
		templates, problems := timeline.Decode(file)
		t.Problems = append(t.Problems, problems...)
		t.Files = append(t.Files, TimelineFile{Path: w.shown(path), Templates: templates})
		for _, found := range templates {
			if before, twice := first[found.ID]; twice {
				t.Problems = append(t.Problems, diag.Diagnostic{
					Name: timeline.Finding, Severity: diag.Error, Message: fmt.Sprintf("the timeline template %q stands in the repository twice", found.ID),
					Subject: found.Place, Related: []diag.Related{{Place: before, Message: "first here"}},
				})
				continue
			}
			first[found.ID] = found.Place
		}
	}
	t.Problems.Sort()
	return t
}
