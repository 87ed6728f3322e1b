package connector

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
)

// Draft is what a person enters for a connection.
type Draft struct {
	Name    string
	Kind    string
	Config  map[string]string // secrets included; those left out stay as they are
	Mapping string            // empty for the one that ships
	Every   time.Duration
	Paused  bool
}

// check makes a connection of a draft; old is the stored one, or nil.
func (m *Manager) check(d *Draft, old *Connection) (Connection, *Kind, Config, error) {
	var c Connection
	k, err := m.Kinds.Get("kind", d.Kind)
	if err != nil {
		return c, nil, nil, err
	}
	var errs fault.List
	name := strings.TrimSpace(d.Name)
	switch {
	case name == "":
		errs.Add("name", "is missing: give the connection a name, such as %s", k.Title)
	case len(name) > 80 || strings.ContainsAny(name, "\x00\r\n"):
		errs.Add("name", "is longer than 80 bytes, or has a line break")
	}
	if d.Every != 0 && (d.Every < MinEvery || d.Every > MaxEvery) {
		errs.Add("every_seconds", "lies outside of %d to %d: use 0 for by hand only", int(MinEvery.Seconds()), int(MaxEvery.Seconds()))
	}
	given := map[string]string{}
	if old != nil {
		if old.Kind != d.Kind {
			errs.Add("kind", "cannot be changed: make a new connection")
		}
		c = *old
		have, err := m.settings(old)
		if err != nil && !k.complete(d.Config) {
			return c, k, nil, err
		}
		_, secrets := k.Split(have)
		if f := k.moved(have, d.Config); f != nil {
			for name := range secrets {
				if d.Config[name] == "" {
					errs.Add("config."+name, "has to be entered again, because %q was changed: a stored secret is sent nowhere else", f.Title)
				}
			}
			if err := errs.Err(); err != nil {
				return c, k, nil, err
			}
		}
		maps.Copy(given, secrets)
	}
	for name, v := range d.Config {
		if v != "" || given[name] == "" {
			given[name] = v
		}
	}
	cfg, err := k.Check(given, false)
	errs.Join("", err)
	if d.Mapping != "" || k.Mapping == "" {
		c.Mapping, c.Kind = d.Mapping, d.Kind
		if _, _, err := m.MappingOf(&c, k); err != nil {
			errs.Join("", err)
		}
	}
	if err := errs.Err(); err != nil {
		return c, k, nil, err
	}
	sys, err := k.Open(cfg, m.Env)
	if err != nil {
		return c, k, nil, err
	}
	if err := sys.Close(); err != nil {
		return c, k, nil, err
	}
	c.Name, c.Kind, c.Every, c.Paused, c.Mapping = name, d.Kind, d.Every, d.Paused, d.Mapping
	c.Config, _ = k.Split(cfg)
	return c, k, cfg, nil
}

// moved returns the setting that leads to another place than before; nil for none.
func (k *Kind) moved(have Config, given map[string]string) *Field {
	for i := range k.Fields {
		f := &k.Fields[i]
		if now := strings.TrimSpace(given[f.Name]); f.Target && cmp.Or(now, f.Default) != have[f.Name] {
			return f
		}
	}
	return nil
}

// complete reports whether every required secret is given.
func (k *Kind) complete(given map[string]string) bool {
	return !slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Secret && f.Required && given[f.Name] == "" })
}

// Create stores a new connection; it runs at once unless it is paused or by hand only.
func (m *Manager) Create(ctx context.Context, d Draft) (Connection, error) {
	c, k, cfg, err := m.check(&d, nil)
	if err != nil {
		return c, err
	}
	now := m.Clock.Now().Truncate(time.Microsecond)
	if c.ID, err = id.New[id.Connection](now, rand.Reader); err != nil {
		return c, err
	}
	c.CreatedAt = now
	if err := m.seal(&c, k, cfg, now); err != nil {
		return c, err
	}
	if c.Every > 0 && !c.Paused {
		c.NextRunAt = now
	}
	return c, m.Store.PutConnection(ctx, c)
}

// Update replaces what a person entered; secrets that are left out stay.
func (m *Manager) Update(ctx context.Context, ref id.Connection, d Draft) (Connection, error) {
	old, err := m.Store.Connection(ctx, ref)
	if err != nil {
		return old, err
	}
	c, k, cfg, err := m.check(&d, &old)
	if err != nil {
		return c, err
	}
	now := m.Clock.Now().Truncate(time.Microsecond)
	if err := m.seal(&c, k, cfg, now); err != nil {
		return c, err
	}
	c.NextRunAt = time.Time{}
	if c.Every > 0 && !c.Paused {
		c.NextRunAt = now
		if due := old.LastRunAt.Add(c.Every); !old.LastRunAt.IsZero() && old.Failures == 0 && due.After(now) {
			c.NextRunAt = due
		}
	}
	return c, m.Store.PutConnection(ctx, c)
}

// SetPaused stops or resumes the schedule of a connection.
func (m *Manager) SetPaused(ctx context.Context, ref id.Connection, paused bool) (Connection, error) {
	c, err := m.Store.Connection(ctx, ref)
	if err != nil {
		return c, err
	}
	c.Paused, c.NextRunAt = paused, time.Time{}
	if c.Every > 0 && !paused {
		c.NextRunAt = m.Clock.Now().Truncate(time.Microsecond)
	}
	if err := m.Store.PutConnection(ctx, c); err != nil {
		return c, err
	}
	m.Wake()
	return c, nil
}

// seal encrypts the secrets, when they changed.
func (m *Manager) seal(c *Connection, k *Kind, cfg Config, now time.Time) error {
	_, secrets := k.Split(cfg)
	if len(secrets) == 0 {
		c.Sealed, c.SecretSetAt = "", time.Time{}
		return nil
	}
	raw, err := json.Marshal(secrets)
	if err != nil {
		return fault.Wrap(err, "seal the secrets")
	}
	if c.Sealed != "" {
		if was, err := m.Box.Open(string(c.ID), c.Sealed); err == nil && bytes.Equal(was, raw) {
			return nil
		}
	}
	c.SecretSetAt = now
	c.Sealed, err = m.Box.Seal(string(c.ID), raw)
	return err
}

// Secrets names the secrets that are stored.
func (m *Manager) Secrets(c *Connection) []string {
	k := m.Kinds[c.Kind]
	cfg, err := m.settings(c)
	if k == nil || err != nil {
		return nil
	}
	_, secrets := k.Split(cfg)
	return slices.Sorted(maps.Keys(secrets))
}

// checkTime is how long a test of a connection may take.
const checkTime = 30 * time.Second

// Test reaches the system of a draft and says what it found. ref, if set, is the
// stored connection whose secrets stand in for those left out.
func (m *Manager) Test(ctx context.Context, ref id.Connection, d Draft) (string, error) {
	sys, _, _, err := m.draft(ctx, ref, &d)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	said, err := sys.Check(ctx)
	return said, errors.Join(err, sys.Close())
}

func (m *Manager) draft(ctx context.Context, ref id.Connection, d *Draft) (System, *Kind, *Connection, error) {
	var old *Connection
	if ref != "" {
		stored, err := m.Store.Connection(ctx, ref)
		if err != nil {
			return nil, nil, nil, err
		}
		old = &stored
	}
	c, k, cfg, err := m.check(d, old)
	if err != nil {
		return nil, nil, nil, err
	}
	sys, err := k.Open(cfg, m.Env)
	return sys, k, &c, err
}

// Sample is the start of a stream.
type Sample struct {
	Stream string           `json:"stream"`
	Mapped bool             `json:"mapped"`
	Rows   []map[string]any `json:"rows"`
}

// Preview is what a mapping would make of the start of each stream.
type Preview struct {
	Samples []Sample      `json:"samples"`
	Report  ingest.Report `json:"report"`
	Rejects [][]string    `json:"rejects"` // stream, id, column, value, reason
	Mapping string        `json:"mapping"`
}

const (
	previewRows    = 50
	previewRejects = 20
)

// errEnough ends the reading of a preview.
var errEnough = errors.New("enough rows")

// Preview reads the start of each stream and imports it without writing.
func (m *Manager) Preview(ctx context.Context, ref id.Connection, d Draft) (out Preview, err error) {
	sys, k, c, err := m.draft(ctx, ref, &d)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, 2*checkTime)
	defer cancel()
	mapping, text, err := m.MappingOf(c, k)
	if err != nil {
		return out, err
	}
	out.Mapping = text
	files := map[string][]Row{}
	var names []string
	for _, s := range sys.Streams() {
		var rows []Row
		err := sys.Read(ctx, s.Name, "", func(p Page) error {
			rows = append(rows, p.Rows...)
			if len(rows) >= previewRows {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return out, err
		}
		rows = newest(rows[:min(len(rows), previewRows)])
		sample := Sample{Stream: s.Name, Rows: []map[string]any{}}
		for i := range rows {
			if len(sample.Rows) < 5 {
				sample.Rows = append(sample.Rows, rows[i].Data)
			}
		}
		for i := range mapping.Files {
			if mapping.Files[i].Matches(s.Name+Suffix) && !sample.Mapped {
				mapping.Files[i].Format = ingest.JSONL
				sample.Mapped = true
			}
		}
		out.Samples = append(out.Samples, sample)
		if sample.Mapped && len(rows) > 0 {
			files[s.Name+Suffix] = rows
			names = append(names, s.Name+Suffix)
		}
	}
	out.Rejects = [][]string{}
	if len(names) == 0 {
		return out, nil
	}
	out.Report, err = m.rehearse(ctx, mapping, names, files, &out.Rejects)
	return out, err
}

func (m *Manager) rehearse(ctx context.Context, mapping *ingest.Mapping, names []string, files map[string][]Row, rejects *[][]string) (ingest.Report, error) {
	texts := map[string][]byte{}
	for name, rows := range files {
		text, err := lines(rows)
		if err != nil {
			return ingest.Report{}, err
		}
		texts[name] = text
	}
	deps := m.Deps
	deps.Size, deps.Parquet = nil, nil
	deps.Open = func(path string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(texts[path])), nil }
	return ingest.Run(ctx, deps, mapping, names, ingest.Options{DryRun: true, Rejected: func(r ingest.Reject) {
		rows := files[r.File]
		if len(*rejects) < previewRejects && r.Line >= 1 && r.Line <= len(rows) {
			*rejects = append(*rejects, []string{strings.TrimSuffix(r.File, Suffix), rows[r.Line-1].Key, r.Column, r.Value, r.Reason})
		}
	}})
}
