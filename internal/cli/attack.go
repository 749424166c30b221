package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/report"
)

func (a *app) attackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attack",
		Short: "Look up tactics and techniques of MITRE ATT&CK",
		Long: `Looks up tactics, techniques and subtechniques of MITRE ATT&CK, which check compares the rules' own with. tocsin brings one
version; a project can have another, which update makes of the bundle that MITRE publishes.`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "show ID ...", Short: "Tell about a tactic or technique", Example: "  tocsin attack show T1611\n  tocsin attack show TA0005 T1059.001",
			Args: between(1, 100), RunE: func(_ *cobra.Command, args []string) error { return a.attackShow(args) },
		},
		&cobra.Command{
			Use: "search WORD ...", Short: "Find tactics and techniques by a part of their name", Example: "  tocsin attack search escape to host",
			Args: between(1, 100), RunE: func(_ *cobra.Command, args []string) error { return a.attackSearch(strings.Join(args, " ")) },
		},
		&cobra.Command{
			Use: "update FILE", Short: "Write the project's own table from a STIX bundle", Example: "  tocsin attack update enterprise-attack.json",
			Args: between(1, 1), RunE: func(_ *cobra.Command, args []string) error { return a.attackUpdate(args[0]) },
		},
	)
	return cmd
}

func (a *app) attackTable() (*attack.Table, error) {
	w, err := a.open()
	if err != nil {
		return nil, err
	}
	table, problems := w.Attack()
	if table == nil {
		if err := a.complain(problems); err != nil {
			return nil, err
		}
		return nil, &exit{code: exitUsage}
	}
	return table, nil
}

func (a *app) attackShow(ids []string) error {
	table, err := a.attackTable()
	if err != nil {
		return err
	}
	for i, id := range ids {
		e, ok := table.Lookup(id)
		if !ok {
			return usage("ATT&CK %s has no %s: tocsin attack search WORD finds techniques by name", table.Version, id)
		}
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		if err := report.AttackEntry(a.Out, table, e, a.reportStyle()); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) attackSearch(text string) error {
	table, err := a.attackTable()
	if err != nil {
		return err
	}
	found := table.Search(text)
	if len(found) == 0 {
		fmt.Fprintf(a.Out, "no tactic or technique of ATT&CK %s has %q in its name\n", table.Version, text)
		return findings()
	}
	return report.AttackList(a.Out, table, found, a.reportStyle())
}

func (a *app) attackUpdate(path string) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	file, err := os.Open(a.absolute(path))
	if err != nil {
		var inPath *fs.PathError
		if errors.As(err, &inPath) {
			err = inPath.Err
		}
		return usage("cannot read %s: %v", path, err)
	}
	defer file.Close()
	limited := &io.LimitedReader{R: file, N: maxKnowledge}
	table, err := attack.FromSTIX(limited)
	if limited.N <= 0 {
		err = fmt.Errorf("it is longer than %d MB", maxKnowledge>>20)
	}
	if err != nil {
		return usage("%s: %v", path, err)
	}
	before, _ := w.Attack() // nil when the one before cannot be read: then there is nothing to compare with
	if err := replaceFile(w.AttackPath(), table.Text()); err != nil {
		return cannotWrite(w.Config.Attack, err)
	}
	fmt.Fprintf(a.Out, "%s holds ATT&CK %s: %d entries\n", w.Config.Attack, table.Version, len(table.Entries()))
	if before != nil {
		d := attack.Compare(before, table)
		fmt.Fprintf(a.Out, "since %s: %d new, %d out of use, %d renamed, %d gone\n", before.Version, d.New, d.Retired, d.Renamed, d.Gone)
	}
	return nil
}
