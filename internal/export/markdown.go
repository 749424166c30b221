package export

import (
	"regexp"
	"strings"
)

// blockKind is what a block of Markdown is.
type blockKind uint8

const (
	paragraph blockKind = iota
	blank
	heading
	fence
	listItem
	quote
)

// block is one or more whole lines of Markdown; the texts of all blocks together are the text. An item of a list and a
// quotation are blocks of their own, whatever is in them.
type block struct {
	kind blockKind
	text string
	// level is that of a heading: 1 to 6.
	level int
}

var (
	headingLine = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]|\r?\n|$)`)
	fenceLine   = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})")
	itemLine    = regexp.MustCompile(`^ {0,3}(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]+|\r?\n|$)`)
	quoteLine   = regexp.MustCompile(`^ {0,3}> ?`)
)

// markdownBlocks splits a text into its blocks. A heading inside a code block is none.
func markdownBlocks(text string) []block {
	var blocks []block
	open, start, at := "", 0, 0
	for line := range strings.Lines(text) {
		b := block{kind: kindOf(line), text: line}
		last := len(blocks) - 1
		at += len(line)
		switch {
		case open != "":
			blocks[last].text = text[start:at]
			if closes(line, open) {
				open = ""
			}
			continue
		case b.kind == heading:
			b.level = len(headingLine.FindStringSubmatch(line)[1])
		case b.kind == fence:
			open = fenceLine.FindStringSubmatch(line)[1]
		case last >= 0 && joins(blocks[last].kind, b.kind):
			blocks[last].text = text[start:at]
			continue
		}
		blocks, start = append(blocks, b), at-len(line)
	}
	return blocks
}

func kindOf(line string) blockKind {
	switch {
	case strings.TrimFunc(line, isSpace) == "":
		return blank
	case headingLine.MatchString(line):
		return heading
	case fenceLine.MatchString(line):
		return fence
	case itemLine.MatchString(line):
		return listItem
	case quoteLine.MatchString(line):
		return quote
	}
	return paragraph
}

// joins tells whether a line goes on with the block before it.
func joins(before, line blockKind) bool {
	switch line {
	case blank:
		return before == blank
	case quote:
		return before == quote
	case paragraph:
		return before == paragraph || before == listItem || before == quote
	}
	return false
}

func closes(line, open string) bool {
	mark := strings.TrimSpace(line)
	return strings.HasPrefix(mark, open) && strings.Trim(mark, open[:1]) == ""
}

// proseOf is what the peer keeps of blocks, up to a heading of level 2 or below: paragraphs, code spans and code blocks,
// without the marks of lists, emphasis and links.
func proseOf(blocks []block) string {
	var b strings.Builder
	for _, block := range blocks {
		if block.kind == heading && block.level >= 2 {
			break
		}
		switch block.kind {
		case blank:
			b.WriteByte('\n')
		case paragraph:
			b.WriteString(inlineProse(block.text) + "\n")
		case fence:
			b.WriteString("```\n" + fenced(block.text) + "\n```\n")
		case heading:
			b.WriteString(inlineProse(headingLine.ReplaceAllString(block.text, "")))
		case listItem:
			b.WriteString(inlineProse(itemLine.ReplaceAllString(block.text, "")))
		case quote:
			b.WriteString(inlineProse(quoteMark.ReplaceAllString(block.text, "")))
		}
	}
	return strings.TrimFunc(b.String(), isSpace)
}

var quoteMark = regexp.MustCompile(`(?m)^ {0,3}> ?`)

func fenced(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\r\n"), "\n")
	body := lines[1:]
	if n := len(body); n > 0 && fenceLine.MatchString(body[n-1]) {
		body = body[:n-1]
	}
	return strings.TrimFunc(strings.Join(body, "\n"), isSpace)
}

// inline matches what has marks in a paragraph: code, links and images, addresses, strong and plain emphasis.
var inline = regexp.MustCompile("(`+)(?s:(.+?))`+" + `|!?\[([^\]]*)\]\([^)]*\)|<(https?://[^>\s]+)>` +
	`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\b__([^_]+)__\b|\b_([^_]+)_\b`)

// inlineProse is the text of a paragraph without its marks, but with those of code.
func inlineProse(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimFunc(line, isSpace))
	}
	return strings.TrimFunc(inline.ReplaceAllStringFunc(strings.Join(lines, "\n"), func(found string) string {
		m := inline.FindStringSubmatch(found)
		if m[1] != "" {
			return "`" + strings.TrimSpace(m[2]) + "`"
		}
		return strings.Join(m[3:], "")
	}), isSpace)
}
