package sqlstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kept/internal/fault"
)

const lockFile = "kept.lock"

// Lock is the ownership of a data directory.
type Lock struct{ file *os.File }

// AcquireLock makes this process the owner of the data directory until Release
// or its end, however it ends. Kept's embedded files have one owner: with
// another alive it is a Conflict that says which and what to do.
func AcquireLock(dir string) (*Lock, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the directory
	if err != nil {
		return nil, fault.New(fault.Invalid, "the data directory cannot be used: %w; create it, or make it writable, or choose another with --data", err)
	}
	if err := lockExclusive(f); err != nil {
		owner := describeOwner(path)
		closed := f.Close()
		if errors.Is(err, errLocked) {
			return nil, fault.New(fault.Conflict, "the data directory %s is in use by another kept%s: stop that one, "+
				"or talk to it with --server, or choose another directory with --data", dir, owner)
		}
		return nil, fault.Wrap(errors.Join(err, closed), "lock the data directory")
	}
	// The content only helps a person who looks: the lock is the kernel's.
	if err := f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
		if err != nil {
			return nil, fault.Wrap(errors.Join(err, f.Close()), "write the lock file")
		}
	}
	return &Lock{f}, nil
}

// Release gives the directory up. The file stays: removing it would let two
// processes lock two files of one name.
func (l *Lock) Release() error {
	return fault.Wrap(errors.Join(unlock(l.file), l.file.Close()), "release the data directory")
}

func describeOwner(path string) string {
	raw, err := os.ReadFile(path) //nolint:gosec // our own file
	if pid := strings.TrimSpace(string(raw)); err == nil && pid != "" && len(pid) < 20 {
		return " (process " + pid + ")"
	}
	return ""
}

var errLocked = errors.New("another process holds the lock")
