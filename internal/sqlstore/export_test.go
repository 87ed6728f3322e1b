package sqlstore

import "testing"

// WriterPragma reads a setting of the connection that writes.
func (s *Store) WriterPragma(t *testing.T, name string) (value string) {
	t.Helper()
	if err := s.writer.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
