package duckstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kept/internal/fault"
)

// Backup writes a copy of the store to a file, which is complete when it
// returns and is not touched otherwise. The copy is one consistent state; events
// can be appended meanwhile. It is verified by reading it back: the number of
// rows of every table and a checksum over the events must agree. To restore,
// put the file into an empty data directory under the name FileName.
//
// The copy is a new file rather than the bytes of this one, so that it has
// neither free space nor what was erased.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	s.attach.Lock()
	defer s.attach.Unlock()
	return s.produce(path, func(tmp string) error {
		return s.rawRead(func(r *rawConn) error { return copyTo(ctx, r, tmp) })
	})
}

func copyTo(ctx context.Context, r *rawConn, file string) error {
	if err := r.exec(ctx, "ATTACH "+quote(file)+" AS copied"); err != nil {
		return fault.Wrap(err, "create the backup")
	}
	var want string
	err := r.exec(ctx, "BEGIN")
	if err == nil {
		want, err = copyTables(ctx, r)
	}
	if err == nil {
		err = r.exec(ctx, "COMMIT")
	}
	sure := context.WithoutCancel(ctx)
	if err != nil {
		// A failed commit leaves nothing to roll back; DETACH says if it did.
		rollback := r.exec(sure, "ROLLBACK")
		return errors.Join(fault.Wrap(err, "write the backup"), rollback, r.exec(sure, "DETACH copied"))
	}
	if err := r.exec(sure, "DETACH copied"); err != nil {
		return fault.Wrap(err, "finish the backup")
	}
	if err := r.exec(ctx, "ATTACH "+quote(file)+" AS copied (READ_ONLY)"); err != nil {
		return fault.Wrap(err, "read the backup again")
	}
	got, err := checksum(ctx, r, "copied")
	if err = errors.Join(err, r.exec(sure, "DETACH copied")); err != nil {
		return fault.Wrap(err, "verify the backup")
	}
	if got != want {
		return fault.New(fault.Internal, "the backup differs from the store: it has %s and not %s; check the disk, and try again", got, want)
	}
	return nil
}

// copyTables copies everything in the transaction of r and returns the checksum
// of what the transaction saw.
func copyTables(ctx context.Context, r *rawConn) (string, error) {
	var catalog string
	err := r.stream(ctx, "SELECT current_database()", func(c rawChunk) error {
		catalog = c.texts(0)[0]
		return nil
	})
	if err != nil {
		return "", err
	}
	want, err := checksum(ctx, r, catalog)
	if err != nil {
		return "", err
	}
	return want, r.exec(ctx, "COPY FROM DATABASE "+catalog+" TO copied")
}

// checksum describes the content of a database.
func checksum(ctx context.Context, r *rawConn, catalog string) (string, error) {
	var parts []string
	for _, table := range append(wordTables[:], "schema_version", "erasure", "evaluation") {
		parts = append(parts, fmt.Sprintf("'%[2]s ' || (SELECT count(*) FROM %[1]s.main.%[2]s)", catalog, table))
	}
	parts = append(parts, fmt.Sprintf(`(SELECT 'event ' || count(*) || ' sum ' || coalesce(
		bit_xor(hash(message_id, happened_at, known_at, account, product, actor, name, source, value, properties, mark)), 0) FROM %s.main.event)`, catalog))
	var out string
	err := r.stream(ctx, "SELECT "+strings.Join(parts, " || ', ' || "), func(c rawChunk) error {
		out = c.texts(0)[0]
		return nil
	})
	return out, err
}
