package evaluate

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// Weeks is how many weekly scores a snapshot carries; the last is its own.
const Weeks = 26

// scoreColumn is the score and band of every position of the book at one instant.
type scoreColumn struct {
	key        columnKey
	generation int64
	used       int64
	score      []float64 // NaN where there is none
	band       []uint8
}

// columnCache keeps the score columns of past instants. A column that data have
// overtaken is brought up to date account by account.
type columnCache struct {
	mu      sync.Mutex
	clock   int64
	columns map[columnKey]*scoreColumn
}

// columnKey tells apart the columns of one instant: each model that is looked
// through has its own.
type columnKey struct {
	instant, version int64
	corrected        bool
}

func (s *state) key(t time.Time) columnKey {
	return columnKey{instant: t.Unix(), version: s.version, corrected: s.corrected}
}

// keptColumns bounds the cache: 9 bytes per account and column.
const keptColumns = 240

// weeklyScores is the trend of a snapshot: score columns at ascending instants,
// the last of which is the snapshot's own, and the columns 30 and 90 days back.
type weeklyScores struct {
	instants []time.Time
	columns  []*scoreColumn // one fewer than instants: the last is the snapshot itself
	back30   *scoreColumn
	back90   *scoreColumn
	bands    *bandTable
}

// day cuts an instant down to the start of its UTC day.
func day(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }

// weekGrid returns the Mondays 00:00 UTC before asOf, ascending, so that the
// columns of one week serve every instant of the next.
func weekGrid(asOf time.Time, n int) []time.Time {
	monday := day(asOf.Add(-time.Second))
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	out := make([]time.Time, n)
	for i := range out {
		out[i] = monday.AddDate(0, 0, -7*(n-1-i))
	}
	return out
}

// trend returns the columns that a snapshot's trend needs. Live instants move by
// minutes, so "30 days ago" counts from the start of the day: for an as-of date
// it is exact.
func (e *Engine) trend(ctx context.Context, s *state, asOf time.Time) (*weeklyScores, error) {
	grid := weekGrid(asOf, Weeks-1)
	back30, back90 := day(asOf).AddDate(0, 0, -30), day(asOf).AddDate(0, 0, -90)
	columns, err := e.columnsAt(ctx, s, append(append([]time.Time{}, grid...), back30, back90))
	if err != nil {
		return nil, err
	}
	n := len(grid)
	return &weeklyScores{
		instants: append(grid, asOf), columns: columns[:n], back30: columns[n], back90: columns[n+1], bands: bandCodes(s.model),
	}, nil
}

// columnsAt returns a column for each instant, from the cache where it is
// current, completed where few accounts changed, computed otherwise.
func (e *Engine) columnsAt(ctx context.Context, s *state, instants []time.Time) ([]*scoreColumn, error) {
	e.weeks.mu.Lock()
	defer e.weeks.mu.Unlock()
	if e.weeks.columns == nil {
		e.weeks.columns = map[columnKey]*scoreColumn{}
	}
	p := s.pass(e.workers)
	var missing []time.Time // an evaluation wants ascending instants
	stale := map[int64][]time.Time{}
	for _, t := range instants {
		c, ok := e.weeks.columns[s.key(t)]
		switch {
		case !ok:
			missing = append(missing, t)
		case c.generation < s.generation:
			stale[c.generation] = append(stale[c.generation], t)
		}
	}
	for generation, behind := range stale {
		touched, known := e.changedSince(generation)
		if !known || len(touched) > len(s.book.dossiers)/2 {
			missing = append(missing, behind...)
			continue
		}
		slices.SortFunc(behind, time.Time.Compare)
		if err := e.complete(ctx, p, s, slices.CompactFunc(behind, time.Time.Equal), touched); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(missing, time.Time.Compare)
	if err := e.compute(ctx, p, s, slices.CompactFunc(missing, time.Time.Equal)); err != nil {
		return nil, err
	}
	out := make([]*scoreColumn, len(instants))
	for i, t := range instants {
		e.weeks.clock++
		out[i] = e.weeks.columns[s.key(t)]
		out[i].used = e.weeks.clock
	}
	e.weeks.evict()
	return out, nil
}

func (e *Engine) compute(ctx context.Context, p *pass, s *state, instants []time.Time) error {
	if len(instants) == 0 {
		return nil
	}
	all := make([]int32, len(s.book.dossiers))
	for i := range all {
		all[i] = int32(i) //nolint:gosec // accounts are far fewer than 2^31
	}
	fresh := newColumns(s, instants, len(all))
	err := p.scores(ctx, all, instants, func(t, i int, score float64, band uint8) {
		fresh[t].score[i], fresh[t].band[i] = score, band
	})
	if err != nil {
		return err
	}
	e.weeks.store(fresh)
	return nil
}

// complete makes current copies of columns in which only some accounts changed.
func (e *Engine) complete(ctx context.Context, p *pass, s *state, instants []time.Time, touched map[int32]struct{}) error {
	var positions []int32
	for at := range touched {
		positions = append(positions, at)
	}
	fresh := newColumns(s, instants, len(s.book.dossiers))
	for t := range fresh {
		old := e.weeks.columns[s.key(instants[t])]
		for i := copy(fresh[t].score, old.score); i < len(fresh[t].score); i++ {
			fresh[t].score[i] = math.NaN()
		}
		for i := copy(fresh[t].band, old.band); i < len(fresh[t].band); i++ {
			fresh[t].band[i] = absent
		}
	}
	err := p.scores(ctx, positions, instants, func(t, i int, score float64, band uint8) {
		fresh[t].score[positions[i]], fresh[t].band[positions[i]] = score, band
	})
	if err != nil {
		return err
	}
	e.weeks.store(fresh)
	return nil
}

func newColumns(s *state, instants []time.Time, n int) []*scoreColumn {
	out := make([]*scoreColumn, len(instants))
	for i, t := range instants {
		out[i] = &scoreColumn{key: s.key(t), generation: s.generation, score: make([]float64, n), band: make([]uint8, n)}
	}
	return out
}

func (c *columnCache) store(columns []*scoreColumn) {
	for _, col := range columns {
		c.clock++
		col.used = c.clock
		c.columns[col.key] = col
	}
}

func (c *columnCache) evict() {
	for len(c.columns) > keptColumns {
		var oldest columnKey
		first := true
		for k, col := range c.columns {
			if first || col.used < c.columns[oldest].used {
				oldest, first = k, false
			}
		}
		delete(c.columns, oldest)
	}
}

// addTrend fills the deltas of the rows.
func (s *Snapshot) addTrend() {
	for i := range s.Rows {
		at := int(s.positions[i])
		s.Rows[i].Delta30 = s.Rows[i].Score - s.weekly.back30.at(at)
		s.Rows[i].Delta90 = s.Rows[i].Score - s.weekly.back90.at(at)
	}
}

func (c *scoreColumn) at(position int) float64 {
	if position >= len(c.score) {
		return math.NaN()
	}
	return c.score[position]
}

// Weekly returns the scores of a row at the snapshot's weekly instants, oldest
// first, the last being its own; NaN where there is none.
func (s *Snapshot) Weekly(row int) []float64 {
	out := make([]float64, len(s.weekly.instants))
	for i, c := range s.weekly.columns {
		out[i] = c.at(int(s.positions[row]))
	}
	out[len(out)-1] = s.Rows[row].Score
	return out
}

// WeeklyInstants returns the instants of Weekly.
func (s *Snapshot) WeeklyInstants() []time.Time { return s.weekly.instants }

// BandBefore returns the band of a row 30 days before (from the start of the
// day), and false when the account did not exist then.
func (s *Snapshot) BandBefore(row int) (string, bool) {
	return s.weekly.band(s.weekly.back30, int(s.positions[row]))
}

// WeeklyBand returns the band of a row at a weekly instant, and false when the
// account did not exist then.
func (s *Snapshot) WeeklyBand(row, week int) (string, bool) {
	if week == len(s.weekly.columns) {
		return s.Rows[row].Band, true
	}
	return s.weekly.band(s.weekly.columns[week], int(s.positions[row]))
}

func (w *weeklyScores) band(c *scoreColumn, position int) (string, bool) {
	if position >= len(c.band) || c.band[position] == absent {
		return "", false
	}
	return w.bands.keys[c.band[position]], true
}
