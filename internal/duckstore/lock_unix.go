//go:build unix

package duckstore

import (
	"errors"
	"os"
	"syscall"

	"kept/internal/fault"
)

// lockFile takes the lock that one process holds while it has the store open.
// DuckDB has a lock of its own, which tells a second process nothing but an I/O
// error, and does not keep the same process from opening the file twice.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Field: "data", Msg: path + " cannot be written: choose a directory that you may write to", Err: err}
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) //nolint:gosec // a file descriptor is small
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = &fault.Error{
			Kind: fault.Unavailable, Field: "data",
			Msg: "another Kept process has this data directory open: stop it, or talk to it with --server (KEPT_SERVER)",
		}
	} else {
		err = fault.Wrap(err, "lock the event store")
	}
	return nil, errors.Join(err, f.Close())
}
