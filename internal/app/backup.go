package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"kept/internal/config"
	"kept/internal/duckstore"
	"kept/internal/fault"
)

// manifest says what a backup holds; restore checks every file against it.
type manifest struct {
	Kept      string         `json:"kept"`
	CreatedAt time.Time      `json:"created_at"`
	Files     []manifestFile `json:"files"`
}

type manifestFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const manifestName = "manifest.json"

// backupFiles are the files of a backup; restore takes no other name.
var backupFiles = []string{recordsFile, duckstore.FileName}

type backupCmd struct {
	config.Stores
	To   string `arg:"" help:"Folder to write to; it must not exist or be empty."`
	JSON bool   `name:"json" help:"Print one report as JSON."`
}

// Run copies both stores, verified, and writes the manifest last: a backup
// without one is not complete.
func (c *backupCmd) Run(ctx context.Context, e *env) error {
	if err := emptyFolder("TO", c.To); err != nil {
		return err
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		m := manifest{Kept: config.Version, CreatedAt: e.clock.Now()}
		if err := in.records.Backup(ctx, filepath.Join(c.To, recordsFile)); err != nil {
			return err
		}
		if err := in.events.Backup(ctx, filepath.Join(c.To, duckstore.FileName)); err != nil {
			return err
		}
		for _, name := range backupFiles {
			f, err := describe(c.To, name)
			if err != nil {
				return err
			}
			m.Files = append(m.Files, f)
		}
		raw, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return fault.Wrap(err, "write the manifest")
		}
		if err := os.WriteFile(filepath.Join(c.To, manifestName), append(raw, '\n'), 0o600); err != nil {
			return fault.Wrap(err, "write the manifest")
		}
		if c.JSON {
			return printJSON(e, m)
		}
		tell(e.Err, "The backup in %s is complete and verified.\n", c.To)
		return nil
	})
}

// emptyFolder makes the folder, and refuses one that holds anything.
func emptyFolder(field, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.At(field, "%s cannot be created: %v", dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fault.At(field, "%s cannot be read: %v", dir, err)
	}
	if len(entries) > 0 {
		return fault.At(field, "%s is not empty: choose another folder", dir)
	}
	return nil
}

func describe(dir, name string) (out manifestFile, err error) {
	f, err := os.Open(filepath.Join(dir, name)) //nolint:gosec // one of backupFiles
	if err != nil {
		return out, fault.Wrap(err, "read the backup")
	}
	defer f.Close() //nolint:errcheck // read only
	h := sha256.New()
	n, err := io.Copy(h, f)
	return manifestFile{Name: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, fault.Wrap(err, "read the backup")
}

type restoreCmd struct {
	config.Stores
	From string `arg:"" help:"Folder of the backup."`
}

// Run checks the backup, copies it into an empty data directory and opens it. A
// copy that fails is removed again.
func (c *restoreCmd) Run(ctx context.Context, e *env) (err error) {
	raw, err := os.ReadFile(filepath.Join(c.From, manifestName))
	if err != nil {
		return fault.At("FROM", "%s has no %s: it is not a complete backup", c.From, manifestName)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil || len(m.Files) != len(backupFiles) {
		return fault.At("FROM", "%s is damaged: restore another backup", manifestName)
	}
	for i, name := range backupFiles {
		have, err := describe(c.From, name)
		if err != nil {
			return fault.At("FROM", "%s is missing or cannot be read", name)
		}
		if have != m.Files[i] {
			return fault.At("FROM", "%s is not what was backed up (its checksum differs): restore another backup", name)
		}
	}
	if err := c.Resolve(e.getenv); err != nil {
		return err
	}
	if c.DatabaseURL != "" {
		return fault.At("--database-url", "a backup holds SQLite records: restore PostgreSQL with pg_restore")
	}
	if err := emptyFolder("--data", c.Data); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			for _, name := range backupFiles {
				err = errors.Join(err, os.RemoveAll(filepath.Join(c.Data, name)))
			}
		}
	}()
	for _, name := range backupFiles {
		if err := copyFile(filepath.Join(c.From, name), filepath.Join(c.Data, name)); err != nil {
			return err
		}
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		n, err := in.records.CountAccounts(ctx)
		if err != nil {
			return err
		}
		events, _, _, err := in.events.Bounds(ctx)
		if err != nil {
			return err
		}
		tell(e.Err, "Restored %d accounts and %d events into %s.\n", n, events, in.dir)
		return nil
	})
}

func copyFile(from, to string) (err error) {
	src, err := os.Open(from) //nolint:gosec // one of backupFiles
	if err != nil {
		return fault.Wrap(err, "read the backup")
	}
	defer src.Close()                                                     //nolint:errcheck // read only
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // one of backupFiles
	if err != nil {
		return fault.Wrap(err, "write the data directory")
	}
	_, err = io.Copy(dst, src)
	return fault.Wrap(errors.Join(err, dst.Sync(), dst.Close()), "write the data directory")
}
