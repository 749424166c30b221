package export

import (
	"regexp"
	"strings"
)

// setup takes the set-up instructions of a note that has a heading for them into a field of their own. A rule that states
// the field keeps both as they are.
func (c *conversion) setup() {
	note, _ := c.api["note"].(string)
	if stated, _ := c.api["setup"].(string); stated != "" || !hasSetup(c.rule.Note) {
		return
	}
	blocks := markdownBlocks(note)
	i := setupHeading(blocks)
	if i < 0 {
		return
	}
	if c.env.Compat {
		section := proseOf(markdownBlocks(c.rule.Note)[setupHeading(markdownBlocks(c.rule.Note))+1:])
		note = strings.ReplaceAll(note, "## Setup\n\n", "")
		if section != "" {
			note = strings.ReplaceAll(note, section, "")
		}
		c.api["note"], c.api["setup"] = strings.TrimFunc(note, isSpace), section
		return
	}
	end := sectionEnd(blocks, i)
	section := strings.TrimFunc(text(blocks[i+1:end]), isSpace)
	before := strings.TrimRightFunc(text(blocks[:i]), isSpace)
	after := strings.TrimFunc(text(blocks[end:]), isSpace)
	c.api["note"] = strings.TrimFunc(before+"\n\n"+after, isSpace)
	if c.api["note"] == "" {
		delete(c.api, "note")
	}
	if section != "" {
		c.api["setup"] = section
	}
}

var setupTitle = regexp.MustCompile(`(?m)^ {0,3}##[ \t]+Setup[ \t]*#*[ \t]*$`)

// hasSetup tells whether a note has the heading that the peer looks for.
func hasSetup(note string) bool { return setupTitle.MatchString(note) }

// setupHeading is the index of the first heading that names the set-up; -1 when there is none.
func setupHeading(blocks []block) int {
	for i, b := range blocks {
		if b.kind == heading && strings.Contains(b.text, "Setup") {
			return i
		}
	}
	return -1
}

// sectionEnd is the index of the first heading after block i of the same level or above.
func sectionEnd(blocks []block, i int) int {
	for end := i + 1; end < len(blocks); end++ {
		if blocks[end].kind == heading && blocks[end].level <= blocks[i].level {
			return end
		}
	}
	return len(blocks)
}

func text(blocks []block) string {
	var b strings.Builder
	for _, block := range blocks {
		b.WriteString(block.text)
	}
	return b.String()
}
