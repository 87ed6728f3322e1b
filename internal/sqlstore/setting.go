package sqlstore

import (
	"context"
	"database/sql"
)

var settingTable = table{name: "setting", columns: []string{"key", "value"}, key: []string{"key"}}

// Setting returns the value of a key, and false when it was never set.
func (r reader) Setting(ctx context.Context, key string) (string, bool, error) {
	rows, err := collect(ctx, r, from("SELECT value FROM setting").add(" WHERE key = ?", key), "read the setting",
		func(rows *sql.Rows, v *string) error { return rows.Scan(v) })
	if err != nil || len(rows) == 0 {
		return "", false, err
	}
	return rows[0], true, nil
}

// PutSetting sets the value of a key.
func (s *Store) PutSetting(ctx context.Context, key, value string) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.PutSetting(ctx, key, value) })
}

// PutSetting is Store.PutSetting within a transaction.
func (tx *Tx) PutSetting(ctx context.Context, key, value string) error {
	if err := required("key", key, "it names the setting"); err != nil {
		return err
	}
	return tx.insert(ctx, settingTable, [][]any{{key, value}})
}
