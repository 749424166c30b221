package workspace

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/schemas"
)

// Attack gives the ATT&CK table of the project, or the one that tocsin brings when the project has none. The table is nil
// when it cannot be read; the finding says why.
func (w *Workspace) Attack() (*attack.Table, diag.List) { return w.attack() }

// AttackPath is the file of the project's own ATT&CK table, which may not exist.
func (w *Workspace) AttackPath() string { return filepath.Join(w.Root, w.Config.Attack) }

func (w *Workspace) loadAttack() (*attack.Table, diag.List) {
	path := w.AttackPath()
	text, name := schemas.Attack(), "the built-in table"
	if _, err := os.Stat(path); err == nil {
		file, problem := w.readFile(path)
		if problem != nil {
			return nil, diag.List{*problem}
		}
		text, name = file.Text(), w.shown(path)
	}
	table, err := attack.Parse(text)
	if err != nil {
		return nil, diag.List{diag.AtFile(name, "attack-table", fmt.Sprintf("the ATT&CK table cannot be read: %v", err), "write it anew with tocsin attack update FILE")}
	}
	return table, nil
}
