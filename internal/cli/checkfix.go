package cli

import (
	"fmt"

	"github.com/aymanbagabas/go-udiff"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// mended is a file with the text that its fixes give, and how many findings they mend.
type mended struct {
	file  *source.File
	text  string
	count int
}

// mend applies the fixes of findings, file by file in the order of the findings; every other byte stays.
func mend(problems diag.List) []mended {
	fixes := map[*source.File][][]diag.Edit{}
	var order []*source.File
	for _, d := range problems {
		if len(d.Fix) == 0 {
			continue
		}
		if fixes[d.Subject.File] == nil {
			order = append(order, d.Subject.File)
		}
		fixes[d.Subject.File] = append(fixes[d.Subject.File], d.Fix)
	}
	var all []mended
	for _, file := range order {
		text, count := tomltext.Edit(file.Text(), fixes[file])
		all = append(all, mended{file, text, count})
	}
	return all
}

// showFixes shows what mending would change.
func (a *app) showFixes(problems diag.List) error {
	all := mend(problems)
	for _, m := range all {
		fmt.Fprint(a.Out, udiff.Unified(m.file.Name(), m.file.Name(), m.file.Text(), m.text))
	}
	if len(all) > 0 {
		return findings()
	}
	return nil
}

// fix mends files and gives what is left to tell. Mending one thing may show another, so it goes on until nothing is left
// to mend; each round is checked before it is written, and a file that would be worse stays as it is.
func (a *app) fix(w *workspace.Workspace, args []string, problems diag.List, lowest diag.Severity) (int, diag.List, error) {
	total := 0
	for range maxRounds {
		count, err := a.writeFixes(w, problems)
		if err != nil || count == 0 {
			return total, problems, err
		}
		total += count
		if _, problems, err = checked(w, args); err != nil {
			return total, nil, err
		}
		problems = atLeast(problems, lowest)
	}
	return total, problems, nil
}

// maxRounds bounds how often files are mended in one run.
const maxRounds = 10

func (a *app) writeFixes(w *workspace.Workspace, problems diag.List) (int, error) {
	count := 0
	for _, m := range mend(problems) {
		_, before, err := rule.Load(m.file, w.Schemas)
		if err != nil {
			return count, err
		}
		r, after, err := rule.Load(source.NewFile(m.file.Name(), m.text), w.Schemas)
		switch {
		case err != nil:
			return count, err
		case r == nil || len(after) > len(before):
			continue
		}
		if err := rewriteFile(a.absolute(m.file.Name()), m.text); err != nil {
			return count, &exit{code: exitUsage, err: fmt.Errorf("%s cannot be written: %w", m.file.Name(), pathless(err))}
		}
		count += m.count
	}
	return count, nil
}
