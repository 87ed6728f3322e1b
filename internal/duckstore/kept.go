package duckstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"kept/internal/fault"
)

// KeptName is the name of the copy of the projection within the directory of the
// store. It may be deleted at any time that the store is closed.
const KeptName = "events.columns"

// Stamp implements usage.Keeper.
func (s *Store) Stamp(ctx context.Context, mark int64) (string, error) {
	if err := s.begin(ctx); err != nil {
		return "", err
	}
	defer s.end()
	// The hash is that of the message id: the sum of it tells apart what was stored.
	query := fmt.Sprintf(`SELECT concat_ws(' ', count(*), sum(mark), sum(account::UBIGINT), sum(actor::UBIGINT), sum(epoch_us(happened_at)), bit_xor(hash))
		FROM event WHERE account <> 0 AND mark <= %d`, mark)
	var stamp string
	err := s.rawRead(func(r *rawConn) error {
		return r.stream(ctx, query, func(c rawChunk) error {
			stamp = c.texts(0)[0]
			return nil
		})
	})
	return stamp, failed(ctx, err, "describe the events")
}

// Kept implements usage.Keeper: the file is mapped into memory, so that the
// system reads it as it is needed, and lets go of it when memory is short.
func (s *Store) Kept(ctx context.Context) ([]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	f, err := os.Open(filepath.Join(s.dir, KeptName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "open the copy of the projection")
	}
	defer f.Close() //nolint:errcheck // only read; the mapping outlives it
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return nil, fault.Wrap(err, "look at the copy of the projection")
	}
	data, err := mapFile(f, info.Size())
	return data, fault.Wrap(err, "read the copy of the projection")
}

// Keep implements usage.Keeper. The file is not forced to the disk: checksums
// tell one that a crash has left half written.
func (s *Store) Keep(ctx context.Context, write func(io.Writer) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	path := filepath.Join(s.dir, KeptName)
	tmp, err := os.CreateTemp(s.dir, KeptName+".*")
	if err != nil {
		return fault.Wrap(err, "create the copy of the projection")
	}
	w := bufio.NewWriterSize(tmp, 1<<20)
	err = write(w)
	err = errors.Join(err, w.Flush(), tmp.Close())
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fault.Wrap(errors.Join(err, os.Remove(tmp.Name())), "write the copy of the projection")
	}
	return nil
}

// dropKept removes the copy, and what a crash has left of one.
func (s *Store) dropKept() error {
	left, err := filepath.Glob(filepath.Join(s.dir, KeptName+"*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return fault.Wrap(err, "remove the copy of the projection")
}
