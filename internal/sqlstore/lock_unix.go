//go:build unix

package sqlstore

import (
	"errors"
	"os"
	"syscall"
)

// lockExclusive takes the kernel's lock on the open file without waiting.
func lockExclusive(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err //nolint:wrapcheck // the caller says what was being done
}

// unlock has nothing to do: closing the file gives the lock up.
func unlock(*os.File) error { return nil }
