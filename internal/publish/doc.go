// Package publish brings a Kibana space to the state of the repository, in two steps that never mix: rules, exception lists with
// their items, value lists and timeline templates. Connectors are referred to, and never written.
//
// [Make] compares what is desired with what is there and gives a [Plan], a plain value that can be shown, counted and
// kept. [Apply] does what a plan says and nothing else, and gives one [Outcome] for each object. [Read] gets what is there.
//
// Rules are compared by meaning, not by text. Before they are compared, both sides are brought into one form
// (normal.go): what only Kibana sets is left out, what Kibana fills in by default is filled in, and where Kibana writes
// a value in another way than it was sent, both are written in one. So a plan made after a plan was applied is empty.
//
// What a rule file does not state is reset to Kibana's default, because the file is the rule. Four fields are exceptions;
// when the file does not state them they stay as they are in Kibana: enabled and version, which Kibana keeps itself,
// and actions and exceptions_list, which analysts set in Kibana and would lose. A file that states an empty list does
// clear them.
package publish
