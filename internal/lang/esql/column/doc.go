// Package column holds ES|QL values in columns: the data types, typed columns for a batch of rows, and their builders.
//
// A [Column] is one field of many rows. Its values lie in one slice of their own kind ([]int64, []float64 or []string),
// without a box for each. A row without a value is null; a row with several has its values side by side, and offsets
// say where they begin. Which slice a type uses and how its values are coded is said by [Type.Store].
package column
