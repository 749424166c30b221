package export

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// setup takes the set-up instructions of a note that has a heading for them into a field of their own. A rule that states
// the field keeps both as they are.
func (c *conversion) setup() {
	if stated, _ := c.api["setup"].(string); stated != "" || !setupTitle.MatchString(c.rule.Note) {
		return
	}
	note, _ := c.api["note"].(string)
	if c.env.Compat {
		c.peerSetup(note)
		return
	}
	blocks := markdownBlocks(note)
	i := headingWith(blocks, setupTitle.MatchString)
	if i < 0 {
		return
	}
	end := sectionEnd(blocks, i)
	section := strings.TrimSpace(text(blocks[i+1 : end]))
	before := strings.TrimRightFunc(text(blocks[:i]), unicode.IsSpace)
	after := strings.TrimSpace(text(blocks[end:]))
	c.api["note"] = strings.TrimSpace(before + "\n\n" + after)
	if c.api["note"] == "" {
		delete(c.api, "note")
	}
	if section != "" {
		c.api["setup"] = section
	}
}

// setupTitle is the heading that the peer looks for.
var setupTitle = regexp.MustCompile(`(?m)^ {0,3}##[ \t]+Setup[ \t]*#*[ \t]*$`)

// peerSetup takes the prose out of the section, and that prose out of the note: what has marks is not found there again. The
// section is that of the first heading with the word in it.
func (c *conversion) peerSetup(note string) {
	blocks := markdownBlocks(c.rule.Note)
	i := headingWith(blocks, func(title string) bool { return strings.Contains(title, "Setup") })
	if i < 0 {
		return
	}
	section := proseOf(blocks[i+1:])
	note = strings.ReplaceAll(note, "## Setup\n\n", "")
	if section != "" {
		note = strings.ReplaceAll(note, section, "")
	}
	c.api["note"], c.api["setup"] = strings.TrimFunc(note, isSpace), section
}

// headingWith is the index of the first heading whose line satisfies a condition; -1 when there is none.
func headingWith(blocks []block, fits func(line string) bool) int {
	return slices.IndexFunc(blocks, func(b block) bool { return b.kind == heading && fits(b.text) })
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
