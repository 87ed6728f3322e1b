//go:build unix

package ingest

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

// mapSlots maps a file of so many slots into memory and takes its name away: the
// kernel writes pages out when memory is short, and the file is gone with the
// process, however that ends.
func mapSlots(file *os.File, slots int) ([]memoSlot, func(), error) {
	size := slots * slotBytes
	err := errors.Join(os.Remove(file.Name()), file.Truncate(int64(size)))
	var raw []byte
	if err == nil {
		raw, err = syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED) //nolint:gosec // a file descriptor is small
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, nil, err
	}
	out := unsafe.Slice((*memoSlot)(unsafe.Pointer(unsafe.SliceData(raw))), slots) //nolint:gosec // pages are aligned
	return out, func() { _ = syscall.Munmap(raw) }, nil
}
