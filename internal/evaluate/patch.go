package evaluate

import (
	"context"
	"maps"
	"slices"
	"time"

	"kept/internal/id"
)

// patched returns the snapshot of an instant that was evaluated before, with only
// the accounts evaluated again that have changed since. It is nil when there is
// no such snapshot, or when it is less work, or safer, to compute all.
func (e *Engine) patched(ctx context.Context, p *pass, s *state, asOf time.Time) (*Snapshot, error) {
	var old *Snapshot
	e.cache.each(func(k snapshotKey, snap *Snapshot) {
		if k.asOf == asOf.Unix() && k.version == s.version && k.corrected == s.corrected && k.generation <= s.generation && (old == nil || snap.Generation > old.Generation) {
			old = snap
		}
	})
	if old == nil || old.model != s.model {
		return nil, nil //nolint:nilnil // nothing to patch is not an error
	}
	touched, known := e.changedSince(old.Generation)
	if !known || 2*len(touched) > len(old.Rows) {
		return nil, nil //nolint:nilnil // as above
	}
	var changed []int32 // positions of accounts to evaluate
	for at := range touched {
		// The book of s may be older than the newest change.
		if int(at) >= len(s.book.dossiers) {
			continue
		}
		row, was := slices.BinarySearch(old.positions, at)
		switch exists := s.book.dossiers[at].exists(asOf); {
		case was && exists, exists && row == len(old.positions):
			changed = append(changed, at)
		case was || exists:
			return nil, nil //nolint:nilnil // rows move
		}
	}
	slices.Sort(changed)
	return p.patch(ctx, old, changed, asOf)
}

// patch evaluates the accounts at some positions of the book and puts them into a
// copy of a snapshot; new ones come after all others.
func (p *pass) patch(ctx context.Context, old *Snapshot, changed []int32, asOf time.Time) (*Snapshot, error) {
	accounts := make([]*dossier, len(changed))
	for i, at := range changed {
		accounts[i] = p.book.dossiers[at]
	}
	part, err := p.rowsOf(ctx, accounts, changed, asOf)
	if err != nil {
		return nil, err
	}
	snap := *old
	snap.book, snap.weekly = p.book, nil
	fresh := len(changed)
	for fresh > 0 && (len(old.positions) == 0 || changed[fresh-1] > old.positions[len(old.positions)-1]) {
		fresh--
	}
	more := len(changed) - fresh
	snap.Rows = append(slices.Clip(slices.Clone(old.Rows)), make([]Row, more)...)
	snap.positions = append(slices.Clip(old.positions), changed[fresh:]...)
	snap.values = make([][]float64, len(old.values))
	for m := range snap.values {
		snap.values[m] = append(slices.Clone(old.values[m]), make([]float64, more)...)
	}
	if more > 0 {
		snap.index = make(map[id.Account]int32, len(snap.Rows))
		maps.Copy(snap.index, old.index)
	}
	for i, at := range changed {
		row, _ := slices.BinarySearch(snap.positions, at)
		snap.Rows[row] = part.Rows[i]
		for m := range snap.values {
			snap.values[m][row] = part.values[m][i]
		}
		if i >= fresh {
			snap.index[accounts[i].account.ID] = int32(row) //nolint:gosec // accounts are far fewer than 2^31
		}
	}
	return &snap, nil
}
