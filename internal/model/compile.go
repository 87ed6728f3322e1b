package model

import (
	"kept/internal/fault"
	"kept/internal/health"
)

// Compiled is a model that was checked and can be evaluated.
type Compiled struct {
	Model      *Model
	Scorecards *health.Set
}

// Compile checks the whole model. The errors of a model that was parsed carry
// "file:line:column", those of another the path ("scorecards[0].groups[1]").
func (m *Model) Compile() (*Compiled, error) {
	var errs fault.List
	c := &Compiled{Model: m}
	return c, errs.Err()
}
