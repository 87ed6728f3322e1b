// Package examples holds mappings and models that a user can copy; the default
// model is built into the program.
package examples

import "embed"

// DefaultModel is the model that a new installation starts with.
//
//go:embed default/model/*.yaml
var DefaultModel embed.FS
