package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"time"

	"kept/examples"
	"kept/internal/access"
	"kept/internal/config"
	"kept/internal/duckstore"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/model"
	"kept/internal/secret"
	"kept/internal/sqlstore"
)

const recordsFile = "kept.db"

// instance is an open data directory. One process owns it.
type instance struct {
	dir     string
	lock    *sqlstore.Lock
	records *sqlstore.Store
	events  *duckstore.Store
	engine  *evaluate.Engine
	box     *secret.Box // seals the secrets of connections
}

// open opens a data directory, creating and migrating it, and puts the newest
// model in force; the default one when there is none. The evaluation engine is
// empty until load.
func (e *env) open(ctx context.Context, cfg *config.Stores) (in *instance, err error) {
	if err := cfg.Resolve(e.getenv); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Data)
	if err != nil {
		return nil, fault.Wrap(err, "find the data directory")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Field: "--data", Msg: dir + " cannot be created: choose a directory that you may write to", Err: err}
	}
	in = &instance{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.close())
			in = nil
		}
	}()
	if in.box, err = openBox(dir, cfg.SecretKey); err != nil {
		return in, err
	}
	if in.lock, err = sqlstore.AcquireLock(dir); err != nil {
		return in, err
	}
	url := cfg.DatabaseURL
	if url == "" {
		url = filepath.Join(dir, recordsFile)
	}
	if in.records, err = sqlstore.Open(ctx, url, e.clock); err != nil {
		return in, err
	}
	if _, err = in.records.Migrate(ctx); err != nil {
		return in, err
	}
	if in.events, err = duckstore.Open(ctx, dir, duckstore.Options{Clock: e.clock}); err != nil {
		return in, err
	}
	in.engine = evaluate.New(evaluate.Options{
		Records: in.records, Events: in.events, Overrides: overrides{in.records}, History: in.events, Clock: e.clock,
	})
	return in, in.useModel(ctx, e.log)
}

// openBox returns the box of the given key, or of the key in the data directory.
func openBox(dir, given string) (*secret.Box, error) {
	if given == "" {
		return secret.LoadFile(filepath.Join(dir, secret.KeyFile))
	}
	key, err := secret.ParseKey(given)
	if err != nil {
		return nil, err
	}
	return secret.New(key)
}

func (in *instance) close() error {
	var errs []error
	if in.events != nil {
		errs = append(errs, in.events.Close())
	}
	if in.records != nil {
		errs = append(errs, in.records.Close())
	}
	if in.lock != nil {
		errs = append(errs, in.lock.Release())
	}
	return errors.Join(errs...)
}

// with opens the data directory for the time of fn.
func (e *env) with(ctx context.Context, cfg *config.Stores, fn func(*instance) error) (err error) {
	in, err := e.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	return fn(in)
}

// load brings the evaluation engine up to date.
func (in *instance) load(ctx context.Context) error {
	_, err := in.engine.Refresh(ctx)
	return err
}

// modelName is what the stored text is called in its errors.
const modelName = "model.yaml"

// useModel puts the newest stored model in force. One that an earlier program
// accepted, and whose units this one doubts, stays in force with a warning.
func (in *instance) useModel(ctx context.Context, log *slog.Logger) error {
	stored, err := in.records.LatestModel(ctx)
	if fault.Is(err, fault.NotFound) {
		stored, err = in.saveDefault(ctx)
	}
	if err != nil {
		return err
	}
	c, units, err := model.ParseStored(model.File{Path: modelName, Data: []byte(stored.YAML)})
	if err != nil {
		return fault.Wrap(err, "read the stored model: this program does not understand it")
	}
	for _, u := range units {
		log.WarnContext(ctx, "the model in force is used as it is, but its next version has to be mended", slog.Int64("version", stored.Version), slog.String("place", u.Field), slog.String("what", u.Msg))
	}
	in.engine.SetModel(stored.Version, c)
	return nil
}

func (in *instance) saveDefault(ctx context.Context) (sqlstore.ModelVersion, error) {
	files, err := readModel(examples.DefaultModel, "default/model")
	if err != nil {
		return sqlstore.ModelVersion{}, err
	}
	m, err := model.Parse(files)
	if err != nil {
		return sqlstore.ModelVersion{}, fault.Wrap(err, "read the built-in model")
	}
	return in.saveModel(ctx, m, 0, "Kept's default model: our own choice, a place to start from")
}

// saveModel stores a version based on another one.
func (in *instance) saveModel(ctx context.Context, m *model.Model, base int64, note string) (sqlstore.ModelVersion, error) {
	text := model.Marshal(m)
	sum := sha256.Sum256(text)
	v := sqlstore.ModelVersion{Version: base, Note: note, YAML: string(text), Checksum: hex.EncodeToString(sum[:])}
	version, err := in.records.SaveModel(ctx, v)
	if err != nil {
		return v, err
	}
	return in.records.Model(ctx, version)
}

// saveDraft keeps a model as a draft, which is not in force.
func (in *instance) saveDraft(ctx context.Context, e *env, m *model.Model, base int64, name, note string) (sqlstore.ModelDraft, error) {
	ref, err := id.New[id.Draft](e.clock.Now(), rand.Reader)
	if err != nil {
		return sqlstore.ModelDraft{}, err
	}
	return in.records.PutDraft(ctx, sqlstore.ModelDraft{ID: ref, Name: name, BaseVersion: base, Note: note, YAML: string(model.Marshal(m))}, time.Time{})
}

// readModel reads the YAML files of a folder.
func readModel(fsys fs.FS, folder string) ([]model.File, error) {
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the model cannot be read: %w", err)
	}
	var files []model.File
	for _, entry := range entries {
		ext := filepath.Ext(entry.Name())
		if entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if len(files) >= model.MaxFiles {
			return nil, fault.New(fault.TooLarge, "%s holds more than %d model files", folder, model.MaxFiles)
		}
		info, err := entry.Info()
		if err != nil {
			return nil, fault.Wrap(err, "read the model")
		}
		if info.Size() > model.MaxFileBytes {
			return nil, fault.New(fault.TooLarge, "%s is larger than %d bytes: split it", entry.Name(), model.MaxFileBytes)
		}
		raw, err := fs.ReadFile(fsys, path.Join(folder, entry.Name()))
		if err != nil {
			return nil, fault.New(fault.Invalid, "the model cannot be read: %w", err)
		}
		files = append(files, model.File{Path: entry.Name(), Data: raw})
	}
	if len(files) == 0 {
		return nil, fault.New(fault.Invalid, "%s holds no .yaml file", folder)
	}
	return files, nil
}

// overrides hands the record store's overrides to the evaluation, with the name
// of who made them: an explanation is read by people.
type overrides struct{ *sqlstore.Store }

// HealthOverrides returns the overrides of the accounts.
func (o overrides) HealthOverrides(ctx context.Context, accounts []id.Account) ([]evaluate.AccountOverride, error) {
	rows, err := o.Overrides(ctx, accounts)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	users, err := o.Users(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(users))
	for i := range users {
		names[string(users[i].ID)] = users[i].Name
	}
	out := make([]evaluate.AccountOverride, len(rows))
	for i, r := range rows {
		r.Author = cmp.Or(names[r.Author], r.Author)
		out[i] = evaluate.AccountOverride{Account: r.AccountID, Scorecard: r.Scorecard, Override: r.Override}
	}
	return out, nil
}

// ingestDeps are what an import works on.
func (in *instance) ingestDeps(e *env) ingest.Deps {
	return ingest.Deps{
		Records: in.records, Events: in.events, Clock: e.clock, Users: owners{in.records, e.clock},
		Size: func(path string) int64 {
			info, err := os.Stat(path)
			if err != nil {
				return 0
			}
			return info.Size()
		},
		Parquet: openParquet, TempDir: filepath.Join(in.dir, "tmp"),
	}
}

// access returns the service for users and credentials.
func (in *instance) access(e *env, setupCode string) (*access.Service, error) {
	return access.New(access.Config{Store: in.records, Clock: e.clock, SetupCode: setupCode})
}
