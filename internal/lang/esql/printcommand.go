package esql

import "strings"

// String prints the field with its name and condition.
func (f Field) String() string {
	out := f.Expr.String()
	if f.Name != nil {
		out = f.Name.String() + " = " + out
	}
	if f.Where != nil {
		out += " WHERE " + f.Where.String()
	}
	return out
}

// String prints the source.
func (i Index) String() string {
	if i.Query != nil {
		return "(" + i.Query.String() + ")"
	}
	if i.Text != "" && strings.IndexFunc(i.Text, func(r rune) bool { return r < 0x80 && isSeparator(byte(r)) && r != ':' }) < 0 &&
		!strings.Contains(i.Text, "//") && !strings.Contains(i.Text, "/*") && !strings.HasPrefix(i.Text, ":") && !strings.HasSuffix(i.Text, ":") && !strings.Contains(i.Text, ":::") && !strings.EqualFold(i.Text, "metadata") {
		return i.Text
	}
	return printString(i.Text)
}

// String prints the command.
func (c *From) String() string {
	out := c.Word + " " + join(c.Indices, text[Index])
	if len(c.Metadata) > 0 {
		out += " METADATA " + join(c.Metadata, func(n *Name) string { return n.Text })
	}
	return out
}

// String prints the command.
func (c *Row) String() string { return "ROW " + join(c.Fields, text[Field]) }

// String prints the command.
func (c *Where) String() string { return "WHERE " + c.Condition.String() }

// String prints the command.
func (c *Eval) String() string { return "EVAL " + join(c.Fields, text[Field]) }

// String prints the command.
func (c *Keep) String() string { return "KEEP " + join(c.Patterns, text[Pattern]) }

// String prints the command.
func (c *Drop) String() string { return "DROP " + join(c.Patterns, text[Pattern]) }

// String prints the command.
func (c *Rename) String() string {
	return "RENAME " + join(c.Pairs, func(r Renaming) string {
		if r.Assigned {
			return r.New.String() + " = " + r.Old.String()
		}
		return r.Old.String() + " AS " + r.New.String()
	})
}

// String prints the command.
func (c *Sort) String() string {
	return "SORT " + join(c.Orders, func(o Order) string {
		out := o.Expr.String()
		if o.Descending {
			out += " DESC"
		}
		switch {
		case o.NullsFirst == nil:
		case *o.NullsFirst:
			out += " NULLS FIRST"
		default:
			out += " NULLS LAST"
		}
		return out
	})
}

// String prints the command.
func (c *Limit) String() string { return "LIMIT " + c.Count.String() + by(c.By) }

func by(fields []Field) string {
	if len(fields) == 0 {
		return ""
	}
	return " BY " + join(fields, text[Field])
}

// String prints the command.
func (c *Stats) String() string {
	out := c.Word
	if len(c.Aggregates) > 0 {
		out += " " + join(c.Aggregates, text[Field])
	}
	return out + by(c.By)
}

// String prints the command.
func (c *MvExpand) String() string { return "MV_EXPAND " + c.Column.String() }

// String prints the command.
func (c *Dissect) String() string {
	out := "DISSECT " + operand(c.Input, rankAtom) + " " + c.Pattern.String()
	if len(c.Options) > 0 {
		out += " " + join(c.Options, text[Setting])
	}
	return out
}

// String prints the command.
func (c *Grok) String() string {
	return "GROK " + operand(c.Input, rankAtom) + " " + join(c.Patterns, text[Expr])
}

// String prints the command.
func (c *Enrich) String() string {
	out := "ENRICH " + Index{Text: c.Policy}.String()
	if c.On != nil {
		out += " ON " + c.On.String()
	}
	if len(c.With) > 0 {
		out += " WITH " + join(c.With, func(r Renaming) string {
			if r.Assigned {
				return r.New.String() + " = " + r.Old.String()
			}
			return r.Old.String()
		})
	}
	return out
}

// String prints the command.
func (c *LookupJoin) String() string {
	return "LOOKUP JOIN " + Index{Text: c.Index}.String() + " ON " + join(c.On, text[Expr])
}

func with(options *Map) string {
	if options == nil {
		return ""
	}
	return " WITH " + options.String()
}

func assign(target *Name, value string) string {
	if target == nil {
		return value
	}
	return target.String() + " = " + value
}

// String prints the command.
func (c *Completion) String() string {
	return "COMPLETION " + assign(c.Target, operand(c.Prompt, rankAtom)) + with(c.Options)
}

// String prints the command.
func (c *Fork) String() string {
	out := "FORK"
	for _, branch := range c.Branches {
		out += " (" + branch.String() + ")"
	}
	return out
}

// String prints the command.
func (c *Sample) String() string { return "SAMPLE " + c.Probability.String() }

// String prints the command.
func (c *ChangePoint) String() string {
	out := "CHANGE_POINT " + c.Value.String()
	if c.On != nil {
		out += " ON " + c.On.String()
	}
	if c.Type != nil {
		out += " AS " + c.Type.String() + ", " + c.PValue.String()
	}
	return out
}

// String prints the command.
func (c *Dedup) String() string { return "DEDUP" }

// String prints the command.
func (c *Extract) String() string {
	return c.Word + " " + c.Prefix.String() + " = " + operand(c.Input, rankAtom) + with(c.Options)
}

// String prints the command.
func (c *Rerank) String() string {
	return "RERANK " + assign(c.Target, operand(c.Query, rankAtom)) + " ON " + join(c.Fields, text[Field]) + with(c.Options)
}

// String prints the command.
func (c *Fuse) String() string {
	out := "FUSE"
	if c.Method != "" {
		out += " " + c.Method
	}
	if len(c.Score) > 0 {
		out += " SCORE BY " + join(c.Score, text[*Name])
	}
	if len(c.Key) > 0 {
		out += " KEY BY " + join(c.Key, text[*Name])
	}
	if c.Group != nil {
		out += " GROUP BY " + c.Group.String()
	}
	return out + with(c.Options)
}

// String prints the command.
func (c *Opaque) String() string { return strings.TrimSpace(c.Word + " " + c.Text) }
