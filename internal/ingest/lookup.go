package ingest

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"kept/internal/fault"
)

// Lookup is a table of codes and words in a file of its own, such as the names
// of event types: a column with codes reads it as it would a map.
type Lookup struct {
	Name  string
	File  File   // how the file is read; it has no rows
	Key   string // column with the codes
	Value string // column with what they stand for
	place string
}

// maxLookup bounds the entries of a lookup, which is held in memory.
const maxLookup = 1_000_000

func (p *mapParser) lookups(root *node) []Lookup {
	v := root.get("lookups")
	if v == nil || !p.isMap(v, "lookups (a name, then path, key and value)") {
		return nil
	}
	var out []Lookup
	for _, e := range v.keys {
		l := Lookup{Name: e.key, place: e.place}
		if p.isMap(e.value, "a lookup (path, key and value)") {
			p.only(e.value, append(slices.Clone(fileKeys), "key", "value")...)
			l.File = p.layoutOf(e.value)
			l.Key, l.Value = p.must(e.value, "key"), p.must(e.value, "value")
			l.File.place = e.place
		}
		out = append(out, l)
	}
	return out
}

// bindLookups checks that the lookups that fields name exist.
func (p *mapParser) bindLookups(m *Mapping) {
	names := make([]string, len(m.Lookups))
	for i := range m.Lookups {
		names[i] = m.Lookups[i].Name
	}
	check := func(e *Expr) {
		if e.Lookup != "" && !slices.Contains(names, e.Lookup) {
			have := strings.Join(names, ", ")
			if have == "" {
				have = "none yet"
			}
			p.errs.Add(e.place, "there is no lookup %q: define it under lookups at the top of the mapping (there is %s)", e.Lookup, have)
		}
	}
	for i := range m.Files {
		for j := range m.Files[i].Rows {
			t := &m.Files[i].Rows[j]
			for _, name := range sortedKeys(t.Fields) {
				e := t.Fields[name]
				check(&e)
			}
			for _, list := range [][]Named{t.Attributes, t.External} {
				for k := range list {
					check(&list[k].Expr)
				}
			}
		}
	}
}

// readLookups reads the tables before any row is read. A file that is not among
// those given is an error: without it no code means anything.
func (r *runner) readLookups(ctx context.Context, files []string, taken map[string]bool) error {
	r.lookups = map[string]map[string]string{}
	for i := range r.m.Lookups {
		l := &r.m.Lookups[i]
		table := map[string]string{}
		found := false
		for _, file := range files {
			if !l.File.Matches(file) {
				continue
			}
			found, taken[file] = true, true
			if err := r.readLookup(ctx, l, file, table); err != nil {
				return err
			}
		}
		if !found {
			return fault.At(l.place, "the lookup %s reads %s, and no such file is given: add it to the files of the import", l.Name, l.File.Path)
		}
		r.lookups[l.Name] = table
	}
	return nil
}

func (r *runner) readLookup(ctx context.Context, l *Lookup, file string, table map[string]string) error {
	f := &source{spec: &l.File, path: file, name: filepath.Base(file)}
	in, err := r.open(ctx, f)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // a file that was only read
	for _, column := range []string{l.Key, l.Value} {
		if r.format(f) != JSONL && !slices.Contains(in.Columns(), column) {
			return fault.At(l.place, "%s has no column %q: it has %s", f.name, column, shortList(in.Columns()))
		}
	}
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.Wrap(&fault.Error{Kind: fault.Invalid, Field: f.name, Msg: "the file cannot be read to its end", Err: err}, "read a lookup")
		}
		if row.Bad != nil {
			return fault.At(placeIn(f.name, row.Line), "%s", row.Bad.Reason)
		}
		key, _ := row.Get(l.Key)
		value, _ := row.Get(l.Value)
		key, value = l.File.Cells.clean(key), l.File.Cells.clean(value)
		if key == "" {
			continue
		}
		if before, twice := table[key]; twice && before != value {
			return fault.At(placeIn(f.name, row.Line), "%q stands for %q here and for %q before: a code has one meaning", key, value, before)
		}
		table[key] = value
		if len(table) > maxLookup {
			return fault.At(f.name, "the lookup %s has more than %d codes", l.Name, maxLookup)
		}
	}
}
