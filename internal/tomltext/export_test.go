package tomltext

import "github.com/tocsin-rules/tocsin/internal/source"

// Scan is Parse without the decoder.
func Scan(file *source.File) bool {
	if _, bad := checkText(file); bad {
		return false
	}
	return newScanner(&Document{File: file}).document()
}
