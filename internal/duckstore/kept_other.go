//go:build !unix

package duckstore

import (
	"io"
	"os"
)

// mapFile reads a file.
func mapFile(f *os.File, size int64) ([]byte, error) {
	data := make([]byte, size)
	_, err := io.ReadFull(f, data)
	return data, err
}
