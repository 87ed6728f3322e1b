//go:build !unix

package ingest

import (
	"errors"
	"os"
)

// mapSlots has no way to map files here: the slots stay in memory.
func mapSlots(file *os.File, _ int) ([]memoSlot, func(), error) {
	return nil, nil, errors.Join(errors.ErrUnsupported, file.Close(), os.Remove(file.Name()))
}
