//go:build !unix

package sqlstore

import (
	"errors"
	"io/fs"
	"os"
)

// lockExclusive makes a file beside the open one that can be made only once.
// It is weaker than a kernel's lock: after a crash the operator deletes it.
func lockExclusive(f *os.File) error {
	owner, err := os.OpenFile(f.Name()+".owner", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errLocked
	}
	if err != nil {
		return err
	}
	return owner.Close()
}

func unlock(f *os.File) error { return os.Remove(f.Name() + ".owner") }
