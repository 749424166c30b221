package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
)

// progress shows how far an apply is: a line for each outcome; and on a terminal, for many of them, a bar with rate and
// remaining time, and lines only for what failed.
type progress struct {
	app *app
	bar *progressbar.ProgressBar
	err error
	// total is how many changes there are, and done how many of them the bar shows.
	total, done int
	// ahead is how many of those done are sent by an import, and their outcomes are not known yet.
	ahead int
}

// manyChanges is from how many changes on a bar is shown.
const manyChanges = 20

func (a *app) progress(plan publish.Plan) *progress {
	p := &progress{app: a, total: plan.Writes()}
	if a.Terminal && p.total >= manyChanges {
		p.bar = progressbar.NewOptions(p.total,
			progressbar.OptionSetWriter(a.Out), progressbar.OptionSetDescription("applying"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rules"),
			progressbar.OptionSetWidth(24), progressbar.OptionThrottle(65*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetRenderBlankState(true))
	}
	return p
}

// sent is told how many rules are on their way. The last step of the bar is left for the last outcome: until then the rules
// are read back, and a bar that has come to its end is gone.
func (p *progress) sent(n int) {
	if n = min(n, p.total-1-p.done); p.bar != nil && n > 0 {
		p.ahead += n
		p.add(n)
	}
}

func (p *progress) add(n int) {
	p.done += n
	_ = p.bar.Add(n) // A bar that cannot be drawn changes nothing.
}

// outcome is told what became of a change.
func (p *progress) outcome(o publish.Outcome) {
	if p.bar != nil && o.Action.Writes() {
		if p.ahead > 0 {
			p.ahead--
		} else {
			p.add(1)
		}
		if o.Err == nil {
			return
		}
		_ = p.bar.Clear()
	}
	if err := report.Outcome(p.app.Out, o, p.app.reportStyle()); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
