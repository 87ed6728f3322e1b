package duckstore

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"kept/internal/fault"
)

// ExportParquet implements usage.Store: one file with the columns of the view
// event_text, in no particular order. The file appears whole or not at all; one
// that is there already is replaced.
func (s *Store) ExportParquet(ctx context.Context, path string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	return s.produce(path, func(tmp string) error {
		_, err := s.db.ExecContext(ctx, "COPY (SELECT * FROM event_text) TO "+quote(tmp)+" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536)")
		return failed(ctx, err, "write the Parquet file")
	})
}

// produce lets DuckDB write a file inside the data directory, the only place it
// may, and moves it to its destination.
func (s *Store) produce(path string, write func(tmp string) error) error {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return &fault.Error{Kind: fault.Invalid, Field: path, Msg: "the directory of this file does not exist: create it, or choose another", Err: err}
	}
	dir, err := os.MkdirTemp(filepath.Join(s.dir, "tmp"), "out-")
	if err != nil {
		return fault.Wrap(err, "create a temporary directory")
	}
	// What cannot be removed now goes with the temporary directory.
	defer func() { _ = os.RemoveAll(dir) }()
	tmp := filepath.Join(dir, "out")
	if err := write(tmp); err != nil {
		return err
	}
	return move(tmp, path)
}

// move renames, or copies to another file system: then to a temporary name
// first, so that the destination is never half-written.
func move(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return fault.Wrap(err, "read the file just written")
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(filepath.Dir(to), ".kept-*")
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Field: to, Msg: "this file cannot be written: choose a directory that you may write to", Err: err}
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		return errors.Join(&fault.Error{Kind: fault.Invalid, Field: to, Msg: "this file cannot be written: check the space and the permissions there", Err: err}, os.Remove(out.Name()))
	}
	return nil
}
