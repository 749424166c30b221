// Package rule is a detection rule: a typed model of all eight rule types, read from TOML or from Kibana's JSON.
//
// [Decode] reads the TOML of a repository and keeps where everything stands; [DecodeAPI] and [Rule.EncodeAPI]
// speak the JSON of Kibana's detection API. Each table of a rule names its fields once, in a method called
// fields, and both directions and both formats use that one list.
//
// What is absent stays absent and what is present but empty stays so: plain fields hold the zero value in both
// cases, and the tables remember which of their zero values were written. Slices, maps and pointers are nil when
// absent.
package rule
