package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"math"
	"strconv"
)

// seenIDs remembers the ids of one target.
type seenIDs struct {
	rows  *memo // by id: content and line of the first row that had it
	times *memo // how often an event without a name of its own occurred
}

type seenRow struct{ content, line uint32 }

var seed = maphash.MakeSeed()

func (r *runner) seenIDs(f *source, t *Target) *seenIDs {
	key := f.spec.Key + "\x00" + t.place
	s := r.seen[key]
	if s == nil {
		s = &seenIDs{rows: newMemo(r.deps.TempDir), times: newMemo(r.deps.TempDir)}
		r.seen[key] = s
	}
	return s
}

// repeated looks whether another row of the run had the id. The same content
// again is counted once; another content is rejected, as the first row is kept,
// unless the mapping keeps duplicates.
func (r *runner) repeated(f *source, d *decoder, external string) bool {
	if len(d.target.ID) == 0 {
		return false
	}
	was, known := r.remember(f, d, external)
	if !known {
		return false
	}
	place, keeps := placeIn(f.name, d.row.Line), d.target.Duplicates == Keep
	if was.content != content(d) {
		r.quality.add(ruleDuplicateID, place, "%s also stands on line %d, with other values", external, was.line)
		if !keeps {
			d.fail(d.target.ID[0], external, "line %d has the same id with other values; the first row is kept", was.line)
		}
		return false
	}
	// A record that many rows repeat (the account of each ticket) is no finding.
	if d.target.Kind.isEvent() && !keeps {
		r.quality.add(ruleDuplicateRow, place, "%s repeats line %d", external, was.line)
	}
	return !keeps
}

// nth returns the id of a record, and where duplicates are kept the id and how
// many rows had it before, from the second one on: files without an id of their
// own name rows by what they are about and by their order.
func (r *runner) nth(f *source, d *decoder, external string) string {
	if d.target.Duplicates != Keep || d.target.Kind.isEvent() {
		return external
	}
	s := r.seenIDs(f, d.target)
	sum := sha256.Sum256([]byte(external))
	times, _ := s.times.at(binary.BigEndian.Uint64(sum[:8]))
	*times++
	if *times == 1 {
		return external
	}
	return external + "#" + strconv.FormatUint(*times, 10)
}

// remember notes the id and returns the row that had it before, if any.
func (r *runner) remember(f *source, d *decoder, external string) (seenRow, bool) {
	s := r.seenIDs(f, d.target)
	key := maphash.String(seed, external)
	first, known := s.rows.at(key)
	if !known {
		*first = uint64(content(d))<<32 | uint64(min(d.row.Line, math.MaxUint32)) //nolint:gosec // bounded
		return seenRow{}, false
	}
	return seenRow{uint32(*first >> 32), uint32(*first)}, true //nolint:gosec // two halves
}

// content condenses what a target reads of a row.
func content(d *decoder) uint32 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, column := range d.target.reads {
		text, _ := d.row.Get(column)
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	return uint32(h.Sum64()) //nolint:gosec // half of the hash is enough for two rows of one id
}
