// Package exception holds exception lists: what an event must look like so that a rule raises no alert on it, although
// its query matches.
//
// A [List] is a container of [Item]s, an item a conjunction of [Entry]s; a [ValueList] holds the values that an entry
// of type list asks for. [Decode] reads them from a file of the repository, [DecodeList] and [DecodeItem] from
// Kibana's JSON, which [List.EncodeAPI] and [Item.EncodeAPI] write. [Compile] makes of the lists of one rule the
// condition under which an event is excepted, as Kibana builds it, and tells what Kibana does not apply.
package exception
