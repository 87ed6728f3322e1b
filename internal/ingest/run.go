package ingest

import (
	"context"

	"kept/internal/fault"
)

// Run imports the files by the mapping.
func Run(ctx context.Context, deps Deps, m *Mapping, files []string, opts Options) (Report, error) {
	return Report{}, fault.New(fault.Unavailable, "import is not there yet")
}
