//go:build unix

package duckstore

import (
	"os"
	"syscall"
)

// mapFile maps a file into memory, for the life of the process: the projection
// points into it, and so does whoever reads an older snapshot.
func mapFile(f *os.File, size int64) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE) //nolint:gosec // a file descriptor is small
}
