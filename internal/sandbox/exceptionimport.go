package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// exceptionImport is what became of the exception lists and items of an import file.
type exceptionImport struct {
	server            *Server
	space             *space
	overwrite, asNew  bool
	lists, items      int
	badLists, badItem int
	errors            []any
	// renamed are the lists that got a new list_id.
	renamed map[string]string
}

// importExceptions serves _import of exception lists, which like that of rules answers 200 when objects were refused.
func (s *Server) importExceptions(c *call) (any, error) {
	flags, err := c.flags("overwrite", "as_new_list")
	if err != nil {
		return nil, err
	}
	_, text, err := c.file(".ndjson")
	if err != nil {
		return nil, err
	}
	file, err := readImport(text)
	if err != nil {
		return nil, err
	}
	if len(file.lists)+len(file.items) > maxImport {
		return nil, siem(http.StatusInternalServerError, fmt.Sprintf("Can't import more than %d exceptions", maxImport))
	}
	done := s.takeExceptions(c.space, file, flags["overwrite"], flags["as_new_list"])
	return map[string]any{
		"success": len(done.errors) == 0, "success_count": done.lists + done.items, "errors": done.errors,
		"success_exception_lists": done.badLists == 0, "success_count_exception_lists": done.lists,
		"success_exception_list_items": done.badItem == 0, "success_count_exception_list_items": done.items,
	}, nil
}

func (s *Server) takeExceptions(in *space, file importFile, overwrite, asNew bool) *exceptionImport {
	i := &exceptionImport{
		server: s, space: in, overwrite: overwrite, asNew: asNew,
		errors: []any{}, renamed: map[string]string{},
	}
	for _, body := range file.lists {
		i.takeList(body)
	}
	for _, body := range file.items {
		i.takeItem(body)
	}
	return i
}

func (i *exceptionImport) takeList(body map[string]any) {
	id := textOf(body, "list_id")
	refuse := func(status int, message string) {
		i.badLists++
		i.errors = append(i.errors, importProblem(status, message, "list_id", id))
	}
	if problems := exceptionListSchema().problems("", body, false); len(problems) > 0 {
		refuse(http.StatusBadRequest, strings.Join(problems, ", "))
		return
	}
	home := i.server.exceptionsOf(i.space, body["namespace_type"])
	old := home.exceptionLists.byKey(id)
	switch {
	case old != nil && i.asNew:
		i.renamed[id] = i.server.options.NewID()
		body["list_id"], body["name"] = i.renamed[id], textOf(body, "name")+" [Duplicate]"
	case old != nil && i.overwrite:
		// Kibana: the list and all its items are deleted, and what the file holds is made anew.
		home.removeList(old)
	case old != nil:
		refuse(http.StatusConflict, fmt.Sprintf("Found that list_id: %q already exists. Import of list_id: %q skipped.", id, id))
		return
	}
	home.exceptionLists.add(i.server.newExceptionList(body, nil))
	i.lists++
}

func (i *exceptionImport) takeItem(body map[string]any) {
	id, listID := textOf(body, "item_id"), textOf(body, "list_id")
	refuse := func(status int, message string) {
		i.badItem++
		i.errors = append(i.errors, importProblem(status, message, "list_id", listID, "item_id", id))
	}
	if problems := listItemSchema(required(nonEmpty())).problems("", body, false); len(problems) > 0 {
		refuse(http.StatusBadRequest, strings.Join(problems, ", "))
		return
	}
	if renamed, ok := i.renamed[listID]; ok {
		body["list_id"] = renamed
		delete(body, "item_id")
	}
	home := i.server.exceptionsOf(i.space, body["namespace_type"])
	if home.exceptionLists.byKey(textOf(body, "list_id")) == nil {
		refuse(http.StatusConflict, fmt.Sprintf("Exception list with list_id: %q, not found for exception list item with item_id: %q", listID, id))
		return
	}
	old := home.exceptionItems.byKey(textOf(body, "item_id"))
	switch {
	case old != nil && i.overwrite:
		home.exceptionItems.replace(old, i.server.newExceptionItem(body, old))
	case old != nil:
		refuse(http.StatusConflict, fmt.Sprintf("Found that item_id: %q already exists. Import of item_id: %q skipped.", id, id))
		return
	default:
		home.exceptionItems.add(i.server.newExceptionItem(body, nil))
	}
	i.items++
}
