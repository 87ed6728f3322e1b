//go:build !unix

package duckstore

import (
	"os"

	"kept/internal/fault"
)

// lockFile opens the lock file; DuckDB's own lock keeps a second process out.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	return f, fault.Wrap(err, "create the lock file of the event store")
}
